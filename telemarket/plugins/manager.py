"""The plugin manager: loads plugins, asks for what they bring, tells them of calls, names the broken ones."""

import asyncio
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pluggy
import structlog

from telemarket import hookspecs
from telemarket.backend import BackendKind, BackendOptions
from telemarket.core.roles import Role
from telemarket.core.settings import PluginSettings
from telemarket.hookspecs import AgiHook, CallEvent, Page, PluginContext
from telemarket.plugins.call_events import CallEventCourier
from telemarket.plugins.discovery import Candidate, in_folder, installed
from telemarket.plugins.names import checked_name
from telemarket.plugins.problems import Problem, Problems

log = structlog.get_logger(__name__)

_CLOSE_DEADLINE = 5.0
_Parts = Callable[[Any], Iterable[tuple[str, Any]]]
"""Reads what a hook returned: the names and parts. Raises TypeError and ValueError for what the contract forbids."""


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """A loaded plugin, where it was found, and the names of what it brings."""

    name: str
    origin: str
    backend_kinds: tuple[str, ...]
    agi_hooks: tuple[str, ...]
    pages: tuple[str, ...]
    call_events: bool


class PluginManager:
    """All plugins of this process.

    A plugin that cannot be loaded is left out; a hook that raises or returns something the contract does not
    allow brings nothing. Either way it is named in the log and in `problems`, and the others run on.
    """

    def __init__(self, settings: PluginSettings) -> None:
        self._settings = settings
        self._problems = Problems()
        # One pluggy manager a plugin: a hook that raises must not keep the other plugins from being called.
        self._plugins: dict[str, pluggy.PluginManager] = {}
        self._origins: dict[str, str] = {}
        self._couriers: list[CallEventCourier] = []

    @property
    def names(self) -> Sequence[str]:
        """Names of the loaded plugins, in order of loading."""
        return tuple(self._plugins)

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong with plugins at this moment."""
        return tuple(self._problems)

    def load(self) -> None:
        """Import every plugin that is not disabled. Call once; runs the plugins' own code."""
        for candidate in self._candidates():
            if candidate.name in self._settings.disabled:
                log.info("plugin disabled", plugin=candidate.name)
            else:
                self._load(candidate)
        for name in sorted(self._settings.options.keys() - set(self.names) - set(self._settings.disabled)):
            self._problems.add(name, "configuration", "there are options for it, but no such plugin is loaded")

    def backend_kinds(self) -> Sequence[BackendKind]:
        """The kinds of backends all plugins bring; of two with one name the first."""
        return tuple(kind for _, _, kind in self._brought("telemarket_backend_kinds", _backend_kinds))

    def agi_hooks(self) -> Mapping[str, AgiHook]:
        """The AGI hooks all plugins bring, by name; of two with one name the first."""
        return {name: hook for _, name, hook in self._brought("telemarket_agi_hooks", _agi_hooks)}

    def pages(self) -> Sequence[Page]:
        """The pages all plugins bring; of two with one name the first."""
        return tuple(page for _, _, page in self._brought("telemarket_pages", _pages))

    def inventory(self) -> Sequence[Plugin]:
        """Every loaded plugin and what it brings. Runs the plugins' own code; call it outside the daemon."""
        kinds = self._names_by_plugin("telemarket_backend_kinds", _backend_kinds)
        hooks = self._names_by_plugin("telemarket_agi_hooks", _agi_hooks)
        pages = self._names_by_plugin("telemarket_pages", _pages)
        return tuple(
            Plugin(
                name=name,
                origin=self._origins[name],
                backend_kinds=kinds.get(name, ()),
                agi_hooks=hooks.get(name, ()),
                pages=pages.get(name, ()),
                call_events=bool(manager.hook.telemarket_call_event.get_hookimpls()),
            )
            for name, manager in self._plugins.items()
        )

    def start(self) -> None:
        """Begin to carry call events. To be ended with `close`."""
        for name, plugin in self._plugins.items():
            if plugin.hook.telemarket_call_event.get_hookimpls():
                self._couriers.append(self._courier(name, plugin.hook.telemarket_call_event))

    def call_event(self, event: CallEvent) -> None:
        """Tell every plugin of `event`, later and elsewhere: never waits, never raises. Event loop only."""
        for courier in self._couriers:
            courier.put(event)

    async def close(self) -> None:
        """Let plugins finish with the call events they have, for a few seconds."""
        couriers, self._couriers = self._couriers, []
        await asyncio.gather(*(asyncio.to_thread(courier.close, _CLOSE_DEADLINE) for courier in couriers))

    def _candidates(self) -> Iterator[Candidate]:
        yield from installed()
        folder = self._settings.folder
        if folder is None:
            return
        try:
            yield from in_folder(folder)
        except OSError as error:
            self._problems.add(str(folder), "folder", f"the plugins folder cannot be read: {error.strerror}")

    def _load(self, candidate: Candidate) -> None:
        if candidate.name in self._plugins:
            self._problems.add(candidate.name, "import", f"{candidate.origin}: a plugin of this name is loaded already")
            return
        try:
            plugin = candidate.load()
        # A module may do anything while it is imported, sys.exit() included.
        except (Exception, SystemExit) as error:
            self._problems.add(candidate.name, "import", f"{candidate.origin}: {_text(error)}", exc_info=error)
            return
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs.Hooks)
        try:
            manager.register(plugin, candidate.name)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            self._problems.add(candidate.name, "contract", f"{candidate.origin}: {error}")
            return
        self._plugins[candidate.name] = manager
        self._origins[candidate.name] = candidate.origin
        log.info("plugin loaded", plugin=candidate.name, origin=candidate.origin)

    def _collect(self, hook: str, parts: _Parts) -> Iterator[tuple[str, str, Any]]:
        """(plugin, name, part) of everything the plugins return from `hook`, each checked by `parts`."""
        for plugin, manager in self._plugins.items():
            context = PluginContext(options=self._settings.options.get(plugin, {}))
            try:
                results = getattr(manager.hook, hook)(context=context)
                found = [part for result in results for part in parts(result)]
            except Exception as error:
                self._problems.add(plugin, hook, _text(error), exc_info=error)
                continue
            yield from ((plugin, name, part) for name, part in found)

    def _brought(self, hook: str, parts: _Parts) -> Iterator[tuple[str, str, Any]]:
        """Like `_collect`, without parts whose name is taken."""
        owners: dict[str, str] = {}
        for plugin, name, part in self._collect(hook, parts):
            if name in owners:
                self._problems.add(plugin, hook, f"the name {name!r} is already taken by plugin {owners[name]!r}")
            else:
                owners[name] = plugin
                yield plugin, name, part

    def _names_by_plugin(self, hook: str, parts: _Parts) -> Mapping[str, tuple[str, ...]]:
        names: dict[str, tuple[str, ...]] = {}
        for plugin, name, _ in self._brought(hook, parts):
            names[plugin] = (*names.get(plugin, ()), name)
        return names

    def _courier(self, plugin: str, call: pluggy.HookCaller) -> CallEventCourier:
        def deliver(event: CallEvent) -> None:
            try:
                call(event=event)
            except Exception as error:
                self._problems.add(plugin, "telemarket_call_event", _text(error), exc_info=error)

        def lost(count: int) -> None:
            self._problems.add(plugin, "call event queue", f"too slow: {count} call events were not delivered")

        return CallEventCourier(plugin, deliver, on_lost=lost)


def _backend_kinds(result: object) -> Iterator[tuple[str, BackendKind]]:
    for kind in _sequence(result, "kinds of backends"):
        if not isinstance(kind, BackendKind) or not callable(kind.open):
            raise TypeError(f"{kind!r} is no BackendKind with name, title, options and open")
        if not (inspect.isclass(kind.options) and issubclass(kind.options, BackendOptions)):
            raise TypeError(f"the options of the kind {kind.name!r} are no subclass of BackendOptions")
        yield checked_name(kind.name), kind


def _agi_hooks(result: object) -> Iterator[tuple[str, AgiHook]]:
    if not isinstance(result, Mapping):
        raise TypeError(f"returned {type(result).__name__}, not a mapping of names to hooks")
    for name, hook in result.items():
        if not callable(hook):
            raise TypeError(f"the AGI hook {name!r} cannot be called")
        yield checked_name(name), hook


def _pages(result: object) -> Iterator[tuple[str, Page]]:
    for page in _sequence(result, "pages"):
        if not isinstance(page, Page) or not callable(page.app):
            raise TypeError(f"{page!r} is no Page with an ASGI application")
        if page.role not in tuple(Role):
            raise ValueError(f"the page {page.name!r} asks for role {page.role!r}: use one of {', '.join(Role)}")
        yield checked_name(page.name), page


def _sequence(result: object, what: str) -> Sequence[object]:
    if not isinstance(result, Sequence) or isinstance(result, str):
        raise TypeError(f"returned {type(result).__name__}, not a sequence of {what}")
    return result


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
