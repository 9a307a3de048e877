"""The AGI hooks Telemarket brings itself, and how plugins' hooks join them."""

from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from telemarket.contacts.model import Match
from telemarket.hookspecs import AgiHook, AgiRequest

log = structlog.get_logger(__name__)

# Characters a dialplan reads as more than text once a value stands inside $[…], ${…} or a quoted string.
_DANGEROUS = {ord(character): "" for character in "$`\\{}[]"} | {ord('"'): "'"}


class Matcher(Protocol):
    """Finds out who calls from a number."""

    async def match(self, ani: str) -> Match:
        """Who a caller with this number, as it arrived, may be."""
        ...


def agi_hooks(
    matcher: Matcher, project_for: Callable[[str], str], from_plugins: Mapping[str, AgiHook]
) -> Mapping[str, AgiHook]:
    """Every hook the dialplan may ask for, by name. A plugin cannot replace one of Telemarket's own.

    `project_for` tells the name of the project that owns a dialled number, or the empty string.
    """
    own = {"lookup": lookup(matcher, project_for)}
    for name in sorted(own.keys() & from_plugins.keys()):
        log.warning("plugin's agi hook left out: the name is Telemarket's own", hook=name)
    return {**from_plugins, **own}


def lookup(matcher: Matcher, project_for: Callable[[str], str]) -> AgiHook:
    """The hook `lookup`: who calls, and for which project.

    Arguments: `caller` and `dnis` override the channel's own numbers. A contact is named only when one may be
    opened unasked; with several candidates the variables stay empty, as they do for an unknown caller.
    """

    async def hook(request: AgiRequest) -> Mapping[str, str]:
        match = await matcher.match(request.arguments.get("caller", request.caller))
        contact = match.contact
        return {
            "TELEMARKET_CONTACT": str(contact.id) if contact else "",
            "TELEMARKET_NAME": dialplan_text(contact.name) if contact else "",
            "TELEMARKET_COMPANY": dialplan_text(contact.company) if contact else "",
            "TELEMARKET_VIP": "1" if contact and contact.vip else "0",
            "TELEMARKET_PROJECT": dialplan_text(project_for(_dialled(request))),
        }

    return hook


def dialplan_text(value: str) -> str:
    """`value` fit to stand in a dialplan expression: `$["${TELEMARKET_NAME}" = "x"]` remains a comparison.

    Drops what would begin an expression or end a quotation, and turns double quotes into single ones.
    """
    return value.translate(_DANGEROUS)


def _dialled(request: AgiRequest) -> str:
    if "dnis" in request.arguments:
        return request.arguments["dnis"]
    dnid = request.variables.get("agi_dnid", "")
    return dnid if dnid not in ("", "unknown") else request.variables.get("agi_extension", "")
