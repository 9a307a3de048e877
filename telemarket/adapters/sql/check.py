"""What is wrong with a database's configuration, found out before it is relied on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from telemarket.adapters.sql.connections import Database
from telemarket.adapters.sql.mapping import Row, RowMapping
from telemarket.adapters.sql.options import SqlOptions, parameters
from telemarket.backend import Finding
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_

_SAMPLE = 50  # rows looked at
_SERVICE_COLUMNS = ("key", "name")
_CALLER = {"e164": "+380000000000", "digits": "380000000000", "national": "000000000"}


class Inspection:
    """Asks each query of the configuration for a few rows. Executes nothing that writes."""

    def __init__(self, options: SqlOptions, database: Database, mapping: RowMapping) -> None:
        self._options = options
        self._database = database
        self._mapping = mapping
        self._changed = options.changed.lower()

    async def findings(self) -> Sequence[Finding]:
        """What is well and what is not; without a connection only that."""
        try:
            async with self._database.session():
                found = [Finding(what=N_("Connected to %(database)s.", database=self._database.title), well=True)]
        except TelemarketError as error:
            return [Finding(what=error.message, well=False, remedy=error.remedy)]
        needed = [*self._mapping.needed, *filter(None, [self._changed])]
        findings, sample = await self._ask("query", {}, needed)
        found += [*findings, *(self._contents(sample) if sample is not None else ())]
        values = [value for row in sample or () if (value := row.get(self._changed)) is not None]
        if values:
            found += (await self._ask("changes_query", {"cursor": max(values)}, needed))[0]
            found += (await self._ask("deleted_query", {"cursor": max(values)}, ()))[0]
        found += (await self._ask("look_up_query", _CALLER, self._mapping.needed))[0]
        found += (await self._ask("services_query", {}, _SERVICE_COLUMNS))[0]
        return found

    async def _ask(
        self, option: str, values: Mapping[str, Any], needed: Iterable[str]
    ) -> tuple[list[Finding], Sequence[Row] | None]:
        """What there is to say of one query, and its first rows; no rows where it failed."""
        query: str = getattr(self._options, option)
        if not query:
            return [], None
        try:
            # A connection for each: PostgreSQL answers nothing more after a query that failed.
            async with self._database.session() as session:
                given = {name: values[name] for name in parameters(query)}
                columns, rows = await session.some(query, given, _SAMPLE)
        except TelemarketError as error:
            what = N_("%(option)s: %(reason)s", option=option, reason=error.message)
            return [Finding(what=what, well=False, remedy=error.remedy)], None
        if missing := [column for column in needed if column not in columns]:
            return [_missing(option, column, columns) for column in missing], rows
        return [Finding(what=N_("%(option)s can be read.", option=option), well=True)], rows

    def _contents(self, sample: Sequence[Row]) -> Iterator[Finding]:
        if not sample:
            yield Finding(what=N_("The query gives no rows."), well=False, remedy=N_("Check its conditions."))
            return
        if without := sum(not self._mapping.key(row) for row in sample):
            text = N_("%(some)s of the first %(all)s rows have no key.", some=without, all=len(sample))
            yield Finding(what=text, well=False, remedy=N_("Name a column as key that is never empty."))
        read = [self._mapping.record([row]) for row in sample]
        if complaints := [complaint for _, found in read for complaint in found]:
            remedy = N_("Name columns of numbers in limits.")
            yield Finding(what=N_("Limits: %(reason)s", reason=complaints[0]), well=False, remedy=remedy)
        reachable = sum(bool(record.phones) for record, _ in read)
        yield Finding(
            what=N_("%(some)s of the first %(all)s rows have a telephone.", some=reachable, all=len(sample)),
            well=bool(reachable),
            remedy="" if reachable else N_("Say in mapping which columns hold the numbers."),
        )


def _missing(option: str, column: str, columns: Sequence[str]) -> Finding:
    """A column that the configuration names and the answer does not have, with those it has, the likely ones first."""
    likely = get_close_matches(column, columns)
    there = ", ".join(dict.fromkeys([*likely, *columns]))
    return Finding(
        what=N_("%(option)s gives no column %(column)s.", option=option, column=column),
        well=False,
        remedy=N_("Columns it gives: %(columns)s.", columns=there),
    )
