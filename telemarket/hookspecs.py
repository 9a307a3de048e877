"""The contract with plugins: every hook Telemarket calls, with its meaning.

A plugin is a module or object with functions marked `@hookimpl`, found through the entry-point group
`telemarket.plugins` or as a file in the plugins folder. A hook that raises, or a backend that answers too
late, is named in the log and costs no call. What a backend is, says `telemarket.backend`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
import pluggy

from telemarket.backend import BackendKind

PROJECT = "telemarket"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class CallEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a call: arrived, offered, answered, ended."""

    kind: str
    call_id: str
    at: str  # ISO 8601, UTC
    project: str  # the project's number
    ani: str
    dnis: str
    contact_id: int | None = None
    agent_id: int | None = None
    result: str = ""


class AgiRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the dialplan asked: `agi://host/NAME?arg=…` and the channel's agi_* variables."""

    name: str
    arguments: Mapping[str, str]
    variables: Mapping[str, str]

    @property
    def caller(self) -> str:
        """The calling number as it arrived, empty if withheld."""
        number = self.variables.get("agi_callerid", "")
        return "" if number == "unknown" else number


AgiHook = Callable[[AgiRequest], Awaitable[Mapping[str, str]]]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a plugin, mounted below /plugins/NAME, for the signed-in with at least `role`."""

    name: str
    title: str
    role: str
    app: Any  # an ASGI application


class PluginContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin is given: its own options from the configuration ([plugins.options.NAME])."""

    options: Mapping[str, Any]


class Hooks:
    """The hooks themselves."""

    @hookspec
    def telemarket_backend_kinds(self, context: PluginContext) -> Sequence[BackendKind]:  # type: ignore[empty-body]
        """Kinds of backends this plugin brings; the configuration makes backends of them."""

    @hookspec
    def telemarket_call_event(self, event: CallEvent) -> None:
        """Told of every call event, after the journal has it, outside the call path; may block briefly."""

    @hookspec
    def telemarket_agi_hooks(self, context: PluginContext) -> Mapping[str, AgiHook]:  # type: ignore[empty-body]
        """AGI hooks by name: each takes an AgiRequest and returns channel variables to set."""

    @hookspec
    def telemarket_pages(self, context: PluginContext) -> Sequence[Page]:  # type: ignore[empty-body]
        """Pages this plugin brings."""
