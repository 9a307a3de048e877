"""Opening what the options name."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from telemarket.adapters.onec77 import dictionary
from telemarket.adapters.onec77.base import Base
from telemarket.adapters.onec77.drop import Drop
from telemarket.adapters.onec77.errors import UnreadableBase
from telemarket.adapters.onec77.folders import files_in
from telemarket.adapters.onec77.mapping import OneC77Options
from telemarket.adapters.onec77.source import Source
from telemarket.adapters.onec77.tables import DbfTables, Tables, connected
from telemarket.core.i18n import N_


@contextmanager
def opened(options: OneC77Options, data_dir: Path, today: date) -> Iterator[Source]:
    """What the options name, ready to be read. Blocking; raises BackendUnavailable and BackendRefused."""
    folder = data_dir / (options.folder or "")
    if options.source == "folder":
        yield Drop(folder, options.key, options.code_page)
        return
    path = data_dir / options.dictionary if options.dictionary else None
    with opened_tables(folder, options.url.get_secret_value(), path, options.code_page) as tables:
        yield Base(tables, today)


@contextmanager
def opened_tables(folder: Path, url: str, path: Path | None, code_page: str) -> Iterator[Tables]:
    """The tables of a base in SQL at `url`, or if that is empty of the one in `folder`; `path` is its dictionary."""
    known = dictionary.load(path or dictionary_in(folder), code_page)
    if not url:
        yield DbfTables(folder, known)
        return
    with connected(url, known) as tables:
        yield tables


def dictionary_in(folder: Path) -> Path:
    """The dictionary of the base in `folder`; raises UnreadableBase."""
    files = {path.name.lower(): path for path in files_in(folder)}
    for name in dictionary.DICTIONARIES:
        if name in files:
            return files[name]
    raise UnreadableBase(
        N_("%(path)s: there is no 1Cv7.DD.", path=folder),
        remedy=N_("Name the folder of a base of 1C:Enterprise 7.7, in which 1Cv7.MD lies too."),
    )
