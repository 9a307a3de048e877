"""The AGI hooks Telemarket brings itself, and how plugins' hooks join them."""

from collections.abc import Callable, Mapping

import msgspec
import structlog

from telemarket.calls.api import CallCentre
from telemarket.core.clock import Clock
from telemarket.core.journal import Entry
from telemarket.dialplan.asking import callback, hours, route
from telemarket.dialplan.directory import Directory
from telemarket.dialplan.feature_codes import Pauses, feature
from telemarket.dialplan.lookup import Matcher, lookup
from telemarket.dialplan.reporting import History, result
from telemarket.hookspecs import AgiHook

log = structlog.get_logger(__name__)


class House(msgspec.Struct, frozen=True, kw_only=True):
    """What the hooks ask. `append` takes entries for the journal; `timezone` counts for projects that name none."""

    matcher: Matcher
    centre: CallCentre
    history: History
    directory: Directory
    append: Callable[[Entry], None]
    pauses: Pauses
    clock: Clock
    timezone: str


def agi_hooks(house: House, from_plugins: Mapping[str, AgiHook]) -> Mapping[str, AgiHook]:
    """Every hook the dialplan may ask for, by name. A plugin cannot replace one of Telemarket's own."""
    own = {
        "lookup": lookup(house.matcher, house.directory),
        "route": route(house.centre, house.directory, house.clock, house.timezone),
        "hours": hours(house.directory, house.clock, house.timezone),
        "callback": callback(house.centre, house.directory),
        "result": result(house.matcher, house.centre, house.history, house.directory, house.append, house.clock),
        "feature": feature(house.centre, house.directory, house.pauses),
    }
    for name in sorted(own.keys() & from_plugins.keys()):
        log.warning("plugin's agi hook left out: the name is Telemarket's own", hook=name)
    return {**from_plugins, **own}
