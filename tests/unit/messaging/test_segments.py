"""How many short messages a text is, and that they say the same."""

import pytest
from aiosmpplib import GSM7BitCodec
from hypothesis import given
from hypothesis import strategies as st

from telemarket.core.errors import ConfigurationError
from telemarket.core.settings import load_settings
from telemarket.messaging.gsm import cut
from telemarket.messaging.sms import segments

_GSM = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà\f^{}\\[~]|€"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 152, 2),  # 76 in each part: none is torn apart
        ("€" * 153, 3),
        ("щ" * 70, 1),
        ("щ" * 71, 2),
        ("щ" * 134, 2),
        ("щ" * 135, 3),
        ("🎁" * 35, 1),
        ("🎁" * 36, 2),
        ("🎁" * 67, 3),  # 33 in each part
        ("a" * 70 + "`", 2),  # one character that GSM has not, and all is charged as Cyrillic
        ("щ" * 1000, 15),
    ],
)
def test_texts_at_the_limits(text: str, count: int) -> None:
    assert segments(text) == count


@given(st.text(st.sampled_from(_GSM), max_size=700))
def test_a_text_of_gsm_characters_is_read_as_it_was_written(text: str) -> None:
    parts = cut(text)
    assert not parts.ucs2
    assert "".join(GSM7BitCodec().decode(part)[0] for part in parts.texts) == text
    assert all(len(part) <= (160 if len(parts.texts) == 1 else 153) for part in parts.texts)


@given(st.text(max_size=700))
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    parts = cut(text)
    if parts.ucs2:
        assert "".join(part.decode("utf-16-be") for part in parts.texts) == text
        assert all(len(part) <= (140 if len(parts.texts) == 1 else 134) for part in parts.texts)
    assert parts.ucs2 is not GSM7BitCodec.is_gsm_text(text)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SOURCE", "a name that is too long"),
        ("SOURCE", "Ромашка"),
        ("PASSWORD", "ninechars"),
        ("PASSWORD", "пароль"),
        ("SYSTEM_ID", "a b"),
    ],
)
def test_what_smpp_cannot_carry_is_refused_in_the_configuration(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    monkeypatch.setenv(f"TELEMARKET_SMS__{key}", value)
    with pytest.raises(ConfigurationError, match=f"sms.{key.lower()}") as raised:
        load_settings()
    assert value not in str(raised.value)
