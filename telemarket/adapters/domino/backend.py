"""A Domino database as a backend."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path

from telemarket.adapters.domino import quiet
from telemarket.adapters.domino.check import findings
from telemarket.adapters.domino.das import AccessServicesSource
from telemarket.adapters.domino.http import Http
from telemarket.adapters.domino.links import Links
from telemarket.adapters.domino.options import DominoOptions
from telemarket.adapters.domino.records import RowMapping
from telemarket.adapters.domino.rest import RestSource
from telemarket.adapters.domino.snapshot import Snapshot
from telemarket.adapters.domino.source import Source
from telemarket.adapters.domino.spelling import spellings
from telemarket.adapters.domino.views import ViewSource
from telemarket.adapters.ldap import DirectoryBackend
from telemarket.backend import Backend, BackendContext, Batch, Finding, Record, Result

_SOURCES: Mapping[str, Callable[[Http, DominoOptions], Source]] = {
    "views": ViewSource,
    "das": AccessServicesSource,
    "rest": RestSource,
}


class DominoBackend(Backend):
    """Reads a view over HTTP, all of it each time: Domino tells of no deletion."""

    def __init__(self, context: BackendContext, options: DominoOptions) -> None:
        self.name = context.name
        self.title = context.title
        self._clock = context.clock
        self._options = options
        ca_file: Path | None = context.data_dir / options.ca_file if options.ca_file else None
        self._http = Http(options, ca_file)
        self._source: Source = _SOURCES[options.route](self._http, options)
        self._links = Links(options)
        self._mapping = RowMapping(options.columns, options.record_kind, self._links)

    @property
    def abilities(self) -> frozenset[str]:
        """Live look-up and write-back only where the configuration says how."""
        options = self._options
        absent = set() if options.phone_view or options.phone_query else {"look_up"}
        return super().abilities - (absent if options.write_back else absent | {"write_back"})

    async def check(self) -> Sequence[Finding]:
        """Sign-in, the view, its columns, and the view of numbers."""
        return [finding async for finding in findings(self._source, self._mapping, self._options)]

    async def sync(self, cursor: str) -> AsyncIterator[Batch]:
        """Every document of the view; nothing where Access Services say that nothing has changed since `cursor`."""
        services = self._source if isinstance(self._source, AccessServicesSource) else None
        if services and (same := await quiet.goes_on(cursor, services, self._clock(), self._settings())):
            yield Batch(cursor=same)
            return
        snapshot = Snapshot(self._source, self._mapping, self._options.view)
        async with aclosing(snapshot.batches()) as batches:
            async for batch in batches:
                yield batch
        if services and snapshot.first and (place := quiet.write(snapshot.first, self._clock(), self._settings())):
            yield Batch(cursor=place, snapshot=True)

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        """Documents under the number, by the first of its spellings that the view of numbers knows."""
        for number in self._spelled(e164, digits):
            rows = await self._source.find(number)
            if found := {row.unid: self._mapping.record(row) for row in rows if row.unid}:
                return tuple(found.values())
        return ()

    async def write_back(self, result: Result) -> None:
        """Keep the result at its contact, as the configuration says; REST API only."""
        if self._options.write_back is None or not isinstance(self._source, RestSource):
            raise NotImplementedError
        await self._source.write(result, self._options.write_back)

    def card_url(self, e164: str, digits: str) -> str:
        """The first document that the view of numbers has under the number's first spelling."""
        return self._links.by_phone(next(iter(self._spelled(e164, digits)), ""))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _spelled(self, e164: str, digits: str) -> Sequence[str]:
        return spellings(e164, digits, self._options.phone_keys, self._options.trunk_prefix)

    def _settings(self) -> str:
        """A mark of the configuration: whatever changes in it, the view is read anew."""
        return sha256(self._options.model_dump_json().encode()).hexdigest()


class DominoDirectory(DirectoryBackend):
    """Domino's directory by LDAP, whose entries lead to their documents."""

    def __init__(self, context: BackendContext, options: DominoOptions) -> None:
        self._links = Links(options)
        self._domino = options
        assert options.ldap is not None  # noqa: S101 - the options' own check
        url = options.ldap.url_template or self._links.template
        super().__init__(context, options.ldap.model_copy(update={"url_template": url}))

    def card_url(self, e164: str, digits: str) -> str:
        """The first document that the view of numbers has under the number's first spelling."""
        spelled = spellings(e164, digits, self._domino.phone_keys, self._domino.trunk_prefix)
        return self._links.by_phone(next(iter(spelled), ""))


def open_backend(context: BackendContext, options: DominoOptions) -> Backend:
    """The backend of the route that the configuration names."""
    return DominoDirectory(context, options) if options.route == "ldap" else DominoBackend(context, options)
