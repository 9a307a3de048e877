"""A directory as a backend."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from telemarket.adapters.ldap.mapping import EntryMapping, text_of
from telemarket.adapters.ldap.options import DirectoryOptions
from telemarket.adapters.matching import LIVE_FOUND, has_number, last_digits
from telemarket.backend import Backend, BackendContext, BackendRefused, Batch, CursorRefused, Finding, Record
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_
from telemarket.core.threads import iterate

if TYPE_CHECKING:  # ldap3 takes long to import: it is, in the thread that needs it
    from telemarket.adapters.ldap.client import Directory, Entry

KEYS = ("entryUUID", "objectGUID", "dominoUNID", "nsUniqueId", "ipaUniqueID")
_SAMPLE = 50  # entries that `check` looks at
_LIVE_TIMEOUT = 2  # seconds; the card waits no longer anyway
_THREADS = 2  # of live questions: those of a directory that hangs keep nobody else waiting


class _Place(msgspec.Struct):
    """The cursor: what had been read when. `newest` is the greatest value of the attribute `changed` seen on
    `server`; `complete` is when all entries were read last, with these `options`."""

    newest: str
    server: str
    complete: datetime
    options: str


class DirectoryBackend(Backend):
    """Reads the entries below a base; by default all of them each time, so that deleted ones are noticed."""

    def __init__(self, context: BackendContext, options: DirectoryOptions) -> None:
        self.name = context.name
        self.title = context.title
        self._clock = context.clock
        self._options = options
        self._ca_file: Path | None = context.data_dir / options.ca_file if options.ca_file else None
        self._mapping = EntryMapping(options.fields, options.key, options.url_template)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"backend {self.name}")

    async def check(self) -> Sequence[Finding]:
        """Sign-in, entries below the base, their keys and their telephones."""
        return await asyncio.to_thread(lambda: list(self._findings()))

    def sync(self, cursor: str) -> AsyncIterator[Batch]:
        """All entries, or with the option `changed` those that changed since."""
        return iterate(lambda: self._batches(cursor), name=f"backend {self.name}")

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        """Entries with a telephone that has the number's last digits, however they are separated."""
        wanted = last_digits(e164, digits)
        if not wanted:
            return ()
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._found, wanted)

    async def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _open(self, options: DirectoryOptions | None = None) -> "Directory":
        from telemarket.adapters.ldap.client import Directory

        return Directory(options or self._options, self._ca_file)

    def _batches(self, cursor: str) -> Iterator[Batch]:
        place = _read(cursor)
        options = self._options
        with self._open() as directory:
            server = directory.identity() if options.changed else ""
            since = self._since(place, server)
            search = f"(&{options.filter}({options.changed}>={since}))" if since else options.filter
            attributes = [*self._mapping.attributes, *([options.changed] if options.changed else [])]
            newest, named = since, 0
            for page in directory.pages(search, attributes):
                newest = max([newest, *self._come(page)], key=_rank)
                batch = self._batch(page, snapshot=not since)
                named += len(batch.records)
                yield batch
        if not since and not named:
            raise self._nobody()
        if newest:
            complete = place.complete if place and since else self._clock()
            reached = _Place(newest, server, complete, self._digest())
            yield Batch(cursor=msgspec.json.encode(reached).decode(), snapshot=not since)

    def _since(self, place: _Place | None, server: str) -> str:
        """Where to go on; empty to read everything."""
        if place is None or not self._options.changed or (place.server, place.options) != (server, self._digest()):
            return ""
        due = place.complete + timedelta(hours=self._options.complete_hours)
        return place.newest if self._clock() < due else ""

    def _come(self, page: Sequence["Entry"]) -> list[str]:
        """The values of the attribute `changed`, without times that have not come yet: one entry dated wrongly would
        otherwise be the newest for ever."""
        now = f"{self._clock().astimezone(UTC):%Y%m%d%H%M%S}"
        values = [text_of(value) for _, values in page for value in values.get(self._options.changed.lower(), ())]
        return [value for value in values if value.isdecimal() or value[: len(now)] <= now]

    def _digest(self) -> str:
        """Of what decides how an entry is read: after a change of that every entry has to be."""
        options = self._options
        what = (options.base, options.filter, options.key, list(options.fields.items()), options.url_template)
        return hashlib.sha256(repr(what).encode()).hexdigest()

    def _batch(self, page: Sequence["Entry"], snapshot: bool) -> Batch:
        keyed = [(dn, values) for dn, values in page if self._mapping.key(values)]
        reason = N_("The entry has no %(key)s.", key=self._options.key)
        return Batch(
            records=[self._mapping.record(values) for _, values in keyed],
            refused=[(dn, reason) for dn, values in page if not self._mapping.key(values)],
            snapshot=snapshot,
        )

    def _nobody(self) -> BackendRefused:
        """No entry at all is a lost right or a wrong setting, not an empty house: what was read before stays."""
        return BackendRefused(
            N_("No entry that can be read is below %(base)s.", base=self._options.base),
            remedy=N_("Check base, filter and key, and what the user may see."),
        )

    def _found(self, wanted: str) -> list[Record]:
        spelled = "*".join(wanted)
        search = "".join(f"({attribute}=*{spelled}*)" for attribute in self._mapping.phones())
        with self._open(self._options.model_copy(update={"timeout": _LIVE_TIMEOUT})) as directory:
            page = directory.some(f"(&{self._options.filter}(|{search}))", self._mapping.attributes, LIVE_FOUND)
        return [record for record in self._batch(page, snapshot=False).records if has_number(record, wanted)]

    def _findings(self) -> Iterator[Finding]:
        options = self._options
        try:
            with self._open() as directory:
                yield Finding(what=N_("Signed in at %(host)s.", host=options.host), well=True)
                sample = directory.some(options.filter, [*self._mapping.attributes, *KEYS], _SAMPLE)
        except TelemarketError as error:
            yield Finding(what=error.message, well=False, remedy=error.remedy)
            return
        if not sample:
            nobody = self._nobody()
            yield Finding(what=nobody.message, well=False, remedy=nobody.remedy)
            return
        yield self._key_finding(sample)
        records = [self._mapping.record(values) for _, values in sample]
        reachable = sum(bool(record.phones) for record in records)
        yield Finding(
            what=N_("%(some)s of the first %(all)s entries have a telephone.", some=reachable, all=len(records)),
            well=bool(reachable),
            remedy="" if reachable else N_("Name the attributes that hold the numbers in mapping."),
        )

    def _key_finding(self, sample: Sequence["Entry"]) -> Finding:
        key = self._options.key
        if all(self._mapping.key(values) for _, values in sample):
            return Finding(what=N_("Each entry has its %(key)s.", key=key), well=True)
        there = [each for each in KEYS if all(each.lower() in values for _, values in sample)]
        remedy = N_("Set key to an attribute that each entry has; found here: %(keys)s.", keys=", ".join(there) or "–")
        return Finding(what=N_("Entries have no %(key)s.", key=key), well=False, remedy=remedy)


def _read(cursor: str) -> _Place | None:
    try:
        return msgspec.json.decode(cursor, type=_Place) if cursor else None
    except msgspec.DecodeError as error:
        raise CursorRefused(N_("The cursor is not one of a directory.")) from error


def _rank(moment: str) -> tuple[int, str]:
    """Orders update numbers and timestamps alike: both grow in length before they grow in value."""
    return len(moment), moment
