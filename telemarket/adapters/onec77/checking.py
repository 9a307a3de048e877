"""What `check` finds out: whether the base can be read, and whether it has everything the mapping names."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

from telemarket.adapters.onec77.mapping import ContactMapping, OneC77Options, References, ServiceMapping
from telemarket.adapters.onec77.names import CATALOG, DOCUMENT, REGISTER
from telemarket.adapters.onec77.source import Source
from telemarket.backend import Finding
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_

_Part = tuple[str, str, References]  # kind and name of a thing, and what is read of it


def findings(options: OneC77Options, opened: Callable[[], AbstractContextManager[Source]]) -> list[Finding]:
    """Every finding there is; none raises."""
    found: list[Finding] = []
    try:
        with opened() as source:
            found.append(Finding(what=source.about(), well=True))
            for part in _parts(options):
                found += _of_part(source, *part)
    except TelemarketError as error:
        found.append(_bad(error))
    return found


def _parts(options: OneC77Options) -> Iterator[_Part]:
    for contacts in options.contacts:
        yield CATALOG, contacts.catalog, contacts
        yield from ((CATALOG, details.catalog, details) for details in contacts.details)
    yield from ((CATALOG, services.catalog, services) for services in options.services)
    for limits in options.limits:
        yield (REGISTER, limits.register_, limits) if limits.register_ else (DOCUMENT, limits.document, limits)


def _of_part(source: Source, kind: str, name: str, part: References) -> Iterator[Finding]:
    """One finding that all is well, or one for each thing that is not."""
    try:
        thing = source.find(kind, name)
        rows = source.count(thing)
    except TelemarketError as error:
        yield _bad(error)
        return
    attributes = [*part.named(), *([source.identifier] if isinstance(part, ContactMapping | ServiceMapping) else [])]
    looks: list[Callable[[], object]] = [partial(source.attribute, thing, attribute) for attribute in attributes]
    looks += [partial(source.find, CATALOG, catalog) for catalog in part.references.values()]
    problems = dict.fromkeys(problem for look in looks if (problem := _problem(look)))
    yield from problems or [Finding(what=N_("«%(name)s»: %(rows)s rows", name=name, rows=rows), well=True)]


def _problem(look: Callable[[], object]) -> Finding | None:
    try:
        look()
    except TelemarketError as error:
        return _bad(error)
    return None


def _bad(error: TelemarketError) -> Finding:
    return Finding(what=error.message, well=False, remedy=error.remedy)
