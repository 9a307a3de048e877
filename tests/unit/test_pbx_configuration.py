"""The configuration Telemarket asks of an Asterisk."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.asterisk.pbx.configuration import Access, render_fragments, write_fragments
from telemarket.asterisk.pbx.endpoints import Operator, render_operator_endpoints, write_endpoints
from telemarket.asterisk.pbx.errors import PbxError, ProgramMissing
from telemarket.asterisk.pbx.programs import find_asterisk, find_sipp
from telemarket.asterisk.pbx.tone import music, voice
from telemarket.core.errors import InvalidInput

IN_THE_REPOSITORY = Path(__file__).parents[2] / "etc/asterisk"
PAGE = Operator(endpoint="olena", secret="wX3-long_enough")


def test_etc_asterisk_holds_what_the_generator_writes() -> None:
    access = Access(ari_password="CHANGE-ME", ami_password="CHANGE-ME", following_password="CHANGE-ME")
    expected = render_fragments(access, "pjsip_operators.conf")
    assert {path.name: path.read_text() for path in IN_THE_REPOSITORY.iterdir()} == expected


def test_fragments_are_written_once_with_fresh_passwords_only_the_group_can_read(tmp_path: Path) -> None:
    access, other = Access.generate(), Access.generate()
    paths = write_fragments(tmp_path, access, "pjsip_operators.conf")
    assert access.ari_password != other.ari_password
    assert access.ari_password in (tmp_path / "ari_telemarket.conf").read_text()
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o640}
    with pytest.raises(PbxError, match="already there"):
        write_fragments(tmp_path, other, "pjsip_operators.conf")
    assert access.ari_password in (tmp_path / "ari_telemarket.conf").read_text()


def test_each_kind_of_telephone_gets_its_sections() -> None:
    text = render_operator_endpoints(
        [
            PAGE,
            Operator(endpoint="1002", kind="phone", secret="another-secret"),
            Operator(endpoint="bench", kind="static", contact="sip:bench@127.0.0.1:5070"),
        ]
    )
    assert "[olena](telemarket-page)" in text
    assert "password = wX3-long_enough" in text
    assert "[1002](telemarket-phone)" in text
    assert "contact = sip:bench@127.0.0.1:5070" in text


@pytest.mark.parametrize(
    ("operator", "field"),
    [
        (Operator(endpoint="a]\n[evil", secret="long-enough"), "endpoint"),
        (Operator(endpoint="", secret="long-enough"), "endpoint"),
        (Operator(endpoint="olena", secret="short"), "secret"),
        (Operator(endpoint="olena", secret="12345678\ntype=x"), "secret"),
        (Operator(endpoint="olena", secret="12345678;comment"), "secret"),
        (Operator(endpoint="olena", kind="static", contact="sip:a@b\nauth = c"), "contact"),
    ],
)
def test_what_cannot_stand_in_the_file_is_refused(operator: Operator, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        render_operator_endpoints([operator])
    assert refused.value.field == field


@given(endpoint=st.text(max_size=50), secret=st.text(max_size=90))
def test_no_name_or_secret_adds_a_line_of_its_own(endpoint: str, secret: str) -> None:
    lines = len(render_operator_endpoints([PAGE]).splitlines())
    try:
        text = render_operator_endpoints([Operator(endpoint=endpoint, secret=secret)])
    except InvalidInput:
        return
    assert len(text.splitlines()) == lines


def test_telephones_are_written_only_when_they_change(tmp_path: Path) -> None:
    path = tmp_path / "pjsip_operators.conf"
    assert write_endpoints(path, [PAGE])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    assert not write_endpoints(path, [PAGE])
    assert write_endpoints(path, [])
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_missing_program_is_named_with_the_way_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(ProgramMissing, match="telemarket pbx up"):
        find_asterisk(tmp_path)
    with pytest.raises(ProgramMissing, match="sip-tester"):
        find_sipp(tmp_path)


def test_music_and_voice_are_audible_and_of_the_length_they_say() -> None:
    assert len(music()) == 16 * 8000
    assert len(voice(1.0)) == 8000
    assert len(set(voice(1.0))) > 100  # not silence
