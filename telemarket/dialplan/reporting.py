"""A dialplan that runs its own calls tells what became of one, for cards, history and figures."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from telemarket.calls.api import CallCentre
from telemarket.core.clock import Clock
from telemarket.core.journal import Entry
from telemarket.core.text import trim_line
from telemarket.dialplan.directory import Directory, dialled
from telemarket.dialplan.lookup import Matcher
from telemarket.hookspecs import AgiHook, AgiRequest

SOURCE = "dialplan"
LONGEST = 86400.0  # seconds a call may be said to have lasted
ANSWERED = "ANSWER"
# What Asterisk's DIALSTATUS means for the history: result, and who ended it.
_RESULTS = {ANSWERED: ("answered", "caller"), "CANCEL": ("abandoned", "caller")}
_UNANSWERED = ("failed", "pbx")


class History(Protocol):
    """The calls that have been."""

    async def knows(self, call_id: str) -> bool:
        """Whether the call is in the history already."""
        ...


def result(
    matcher: Matcher,
    centre: CallCentre,
    history: History,
    directory: Directory,
    append: Callable[[Entry], None],
    clock: Clock,
) -> AgiHook:
    """The hook `result`: puts the channel's call into the journal, unless Telemarket ran it or knows of it."""

    async def hook(request: AgiRequest) -> Mapping[str, str]:
        call_id = request.variables.get("agi_uniqueid", "")
        if not call_id or centre.call_view(call_id) or await history.knows(call_id):
            return {"TELEMARKET_RESULT": "refused"}
        contact = (await matcher.match(_caller(request))).contact
        for entry in _history(request, directory, call_id, clock(), contact.id if contact else None):
            append(entry)
        return {"TELEMARKET_RESULT": "kept"}

    return hook


def _history(
    request: AgiRequest, directory: Directory, call_id: str, ended: datetime, contact: int | None
) -> list[Entry]:
    """The call's life, told from its end."""
    project = directory.project(request)
    operator = directory.operator_named(request.arguments.get("operator", ""))
    disposition = request.arguments.get("disposition", "").upper()
    answered = ended - _span(request, "seconds")
    arrived = answered - _span(request, "waited")
    by = operator.id if operator else None
    outcome, ended_by = _RESULTS.get(disposition, _UNANSWERED)

    def entry(at: datetime, kind: str, agent: int | None = None, **data: Any) -> Entry:
        return Entry(at, kind, data | {"source": SOURCE}, call_id, agent)

    entries = [
        entry(
            arrived,
            "call.arrived",
            project=project.id if project else None,
            ani=trim_line(_caller(request), 80),
            caller_name=trim_line(_name(request), 200),
            dnis=trim_line(dialled(request), 80),
        )
    ]
    if contact is not None:
        entries.append(entry(arrived, "call.contact", contact=contact))
    if disposition == ANSWERED:
        entries.append(entry(answered, "call.answered", by, leg="", recording=""))
    return [*entries, entry(ended, "call.ended", by, result=outcome, by=ended_by, disposition=disposition[:20])]


def _caller(request: AgiRequest) -> str:
    return request.arguments.get("caller", request.caller)


def _name(request: AgiRequest) -> str:
    name = request.variables.get("agi_calleridname", "")
    return "" if name == "unknown" else name


def _span(request: AgiRequest, name: str) -> timedelta:
    """Seconds given as an argument; none where they are missing or make no sense."""
    try:
        seconds = float(request.arguments.get(name, "0"))
    except ValueError:
        seconds = 0.0
    return timedelta(seconds=seconds if 0 <= seconds <= LONGEST else 0.0)
