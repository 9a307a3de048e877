"""The backends the configuration names, opened: those of Telemarket's own kinds and of plugins' kinds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from zoneinfo import ZoneInfo

import msgspec
import structlog
from pydantic import ValidationError

from telemarket.backend import Backend, BackendContext, BackendKind
from telemarket.contacts.model import OWN
from telemarket.contacts.sync.merging import trust_of
from telemarket.core.errors import NotFound, TelemarketError
from telemarket.core.settings import BackendSettings, Settings

log = structlog.get_logger(__name__)

_BUILT_IN = {
    "sql": "telemarket.adapters.sql",
    "onec77": "telemarket.adapters.onec77",
    "exchange": "telemarket.adapters.exchange.ews",
    "graph": "telemarket.adapters.exchange.graph",
    "ldap": "telemarket.adapters.ldap",
    "domino": "telemarket.adapters.domino",
}


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One section `[backends.NAME]`: its settings, and the backend made of them; None with the reason in `problem`."""

    name: str
    title: str
    settings: BackendSettings
    backend: Backend | None = None
    problem: str = ""


class Registry:
    """All configured backends. A section that cannot be used is named with its reason, and the others are opened.

    `plugin_kinds` are the kinds plugins bring; one of Telemarket's own name does not replace that. Nothing is
    connected to yet.
    """

    def __init__(self, settings: Settings, plugin_kinds: Sequence[BackendKind], clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._plugin_kinds = {kind.name: kind for kind in plugin_kinds}
        self._clock = clock
        self.sources: Mapping[str, Source] = {
            name: self._source(name, given) for name, given in settings.backends.items() if given.enabled
        }

    def source(self, name: str) -> Source:
        """The section of this name; raises NotFound with the names there are."""
        if name not in self.sources:
            known = ", ".join(self.sources) or "none"
            raise NotFound(f"There is no backend {name!r} in the configuration ({known}).")
        return self.sources[name]

    def backends(self) -> Sequence[Backend]:
        """Those that could be opened."""
        return tuple(source.backend for source in self.sources.values() if source.backend is not None)

    def live(self) -> Sequence[Backend]:
        """Those asked at every call."""
        return tuple(backend for backend in self._with("look_up") if self._settings.backends[backend.name].live)

    def kept_informed(self) -> Sequence[Backend]:
        """Those handed the results of requests."""
        return tuple(b for b in self._with("write_back") if self._settings.backends[b.name].write_back)

    def titles(self) -> Mapping[str, str]:
        """The title of each backend, by name."""
        return {name: source.title for name, source in self.sources.items()}

    def trust(self) -> Mapping[str, int]:
        """The priority of each origin, lower first; what people wrote themselves included."""
        return trust_of(self._settings)

    def kinds(self) -> Iterator[BackendKind]:
        """Every kind there is; the modules of Telemarket's own are imported for it."""
        for name in _BUILT_IN:
            yield _built_in(name)
        for name, kind in self._plugin_kinds.items():
            if name not in _BUILT_IN:
                yield kind

    async def close(self) -> None:
        """Close every backend; one that fails to is logged."""
        for backend in self.backends():
            try:
                await backend.close()
            except Exception as error:
                log.warning("backend could not be closed", backend=backend.name, error=str(error))

    def _with(self, ability: str) -> Iterator[Backend]:
        return (backend for backend in self.backends() if ability in backend.abilities)

    def _source(self, name: str, given: BackendSettings) -> Source:
        title = given.title or name
        try:
            backend = self._open(name, title, given)
        except ValidationError as error:
            lines = [f"options.{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
            return self._unusable(name, title, given, "; ".join(lines) + ".")
        except TelemarketError as error:
            return self._unusable(name, title, given, str(error))
        except Exception as error:  # a plugin's kind may do anything
            return self._unusable(name, title, given, f"{type(error).__name__}: {error}")
        return Source(name=name, title=title, settings=given, backend=backend)

    def _unusable(self, name: str, title: str, given: BackendSettings, problem: str) -> Source:
        log.error("backend left out", backend=name, problem=problem)
        return Source(name=name, title=title, settings=given, problem=problem)

    def _open(self, name: str, title: str, given: BackendSettings) -> Backend:
        if name == OWN:
            raise NotFound(f"A backend cannot be called {OWN!r}: that is Telemarket's own database.")
        kind = self._kind(given.kind)
        data_dir = self._settings.data_dir.absolute()
        context = BackendContext(
            name=name,
            title=title,
            folder=data_dir / "backends" / name,
            data_dir=data_dir,
            clock=self._clock,
            zone=ZoneInfo(self._settings.timezone),
        )
        return kind.open(context, kind.options.model_validate(given.options))

    def _kind(self, name: str) -> BackendKind:
        if name in _BUILT_IN:
            return _built_in(name)
        if name not in self._plugin_kinds:
            known = ", ".join([*_BUILT_IN, *self._plugin_kinds])
            raise NotFound(f"There is no kind of backend called {name!r} ({known}).")
        return self._plugin_kinds[name]


def _built_in(name: str) -> BackendKind:
    """Imported when it is needed: their libraries take their time."""
    kind = import_module(_BUILT_IN[name]).KIND
    assert isinstance(kind, BackendKind)  # noqa: S101
    return kind
