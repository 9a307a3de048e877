"""The pages beside the desk, in the order of the rail; each for those whose role permits it."""

from typing import NamedTuple

from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, User, allows


class Entry(NamedTuple):
    """One page of the rail. `icon` is a symbol of icons.svg."""

    path: str
    icon: str
    title: str
    permission: Permission


ENTRIES = (
    Entry("/day", "day", N_("My day"), Permission.TAKE_CALLS),
    Entry("/contacts", "contacts", N_("Contacts"), Permission.TAKE_CALLS),
    Entry("/calls", "calls", N_("Calls"), Permission.TAKE_CALLS),
    Entry("/requests", "requests", N_("Requests"), Permission.TAKE_CALLS),
    Entry("/board", "board", N_("Board"), Permission.WATCH_BOARD),
    Entry("/campaigns", "campaigns", N_("Campaigns"), Permission.WATCH_BOARD),
    Entry("/messages", "messages", N_("SMS, mail"), Permission.SUPERVISE),
    Entry("/recordings", "recordings", N_("Recordings"), Permission.HOLD_RECORDING),
    Entry("/imports", "imports", N_("Import"), Permission.IMPORT_CONTACTS),
    Entry("/projects", "projects", N_("Projects"), Permission.MANAGE_PROJECTS),
    Entry("/backends", "backends", N_("Sources"), Permission.MANAGE_BACKENDS),
    Entry("/sounds", "sounds", N_("Sounds"), Permission.MANAGE_PROJECTS),
)


def entries_for(user: User) -> list[Entry]:
    """What the rail shows to `user`."""
    return [entry for entry in ENTRIES if allows(user, entry.permission)]
