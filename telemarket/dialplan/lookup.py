"""The hook `lookup`: who calls, and for which project."""

from collections.abc import Mapping
from typing import Protocol

from telemarket.contacts.model import Match
from telemarket.dialplan.directory import Directory, dialled
from telemarket.dialplan.text import dialplan_text
from telemarket.hookspecs import AgiHook, AgiRequest


class Matcher(Protocol):
    """Finds out who calls from a number."""

    async def match(self, ani: str) -> Match:
        """Who a caller with this number, as it arrived, may be."""
        ...


def lookup(matcher: Matcher, directory: Directory) -> AgiHook:
    """The hook `lookup`: who calls, and for which project.

    Arguments: `caller` and `dnis` override the channel's own numbers. A contact is named only when one may be
    opened unasked; with several candidates the variables stay empty, as they do for an unknown caller.
    """

    async def hook(request: AgiRequest) -> Mapping[str, str]:
        match = await matcher.match(request.arguments.get("caller", request.caller))
        contact = match.contact
        project = directory.owner(dialled(request))
        return {
            "TELEMARKET_CONTACT": str(contact.id) if contact else "",
            "TELEMARKET_NAME": dialplan_text(contact.name) if contact else "",
            "TELEMARKET_COMPANY": dialplan_text(contact.company) if contact else "",
            "TELEMARKET_VIP": "1" if contact and contact.vip else "0",
            "TELEMARKET_PROJECT": dialplan_text(project.name) if project else "",
        }

    return hook
