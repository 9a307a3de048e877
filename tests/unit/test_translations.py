"""Every text of the sources is translated, with the same placeholders."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from telemarket.core.i18n import DOMAIN, LANGUAGES, LOCALE_DIR

ROOT = LOCALE_DIR.parent.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")


def sources() -> Iterator[str | tuple[str, ...]]:
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    for _path, _line, msgid, _comments, _context in extract_from_dir(ROOT, methods, options):
        yield msgid


@pytest.fixture(scope="module")
def msgids() -> set[str | tuple[str, ...]]:
    return set(sources())


@pytest.fixture(scope="module", params=sorted(LANGUAGES.keys() - {"en"}))
def catalog(request: pytest.FixtureRequest) -> Catalog:
    path: Path = LOCALE_DIR / request.param / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as file:
        return read_po(file, locale=request.param, domain=DOMAIN, abort_invalid=True)


def texts(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_every_text_is_translated(msgids: set[str | tuple[str, ...]], catalog: Catalog) -> None:
    missing = []
    for msgid in msgids:
        message = catalog.get(texts(msgid)[0])
        if message is None or message.fuzzy or not all(texts(message.string)):
            missing.append(msgid)
    assert not missing, f"{catalog.locale}: run `make strings` and translate"


def test_no_translation_is_left_over(msgids: set[str | tuple[str, ...]], catalog: Catalog) -> None:
    known = {texts(msgid)[0] for msgid in msgids}
    assert [m.id for m in catalog if m.id and texts(m.id)[0] not in known] == []


def test_placeholders_agree(catalog: Catalog) -> None:
    def agrees(message: Message) -> bool:
        allowed = {p for text in texts(message.id) for p in PLACEHOLDER.findall(text)}
        needed = set(PLACEHOLDER.findall(texts(message.id)[-1]))
        found = [set(PLACEHOLDER.findall(text)) for text in texts(message.string) if text]
        return all(needed <= placeholders <= allowed for placeholders in found)

    assert [message.id for message in catalog if message.id and not agrees(message)] == []
