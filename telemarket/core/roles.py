"""Who a signed-in person is and what his role lets him do."""

from enum import StrEnum

import msgspec

from telemarket.core.errors import NotAllowed
from telemarket.core.i18n import N_


class Role(StrEnum):
    """Roles, least first; each may do all that the ones before it may."""

    DISPLAY = "display"  # a screen on the wall, not a person: shows the wall board and nothing else
    OPERATOR = "operator"
    SENIOR = "senior"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"

    @property
    def rank(self) -> int:
        """Its place in the order of roles, 0 for the least."""
        return _RANKS[self]

    def covers(self, least: "Role") -> bool:
        """Whether this role may do what `least` may."""
        return self.rank >= least.rank


_RANKS = {role: rank for rank, role in enumerate(Role)}


class Permission(StrEnum):
    """Things a role may be needed for."""

    WATCH_WALL = "watch_wall"
    TAKE_CALLS = "take_calls"
    EDIT_CONTACT = "edit_contact"
    MERGE_CONTACTS = "merge_contacts"
    DEFINE_ATTRIBUTES = "define_attributes"
    HAND_OUT_PERSONAL_DATA = "hand_out_personal_data"
    ERASE_PERSONAL_DATA = "erase_personal_data"
    IMPORT_CONTACTS = "import_contacts"
    SAVE_REQUEST = "save_request"
    LISTEN_RECORDING = "listen_recording"
    WATCH_BOARD = "watch_board"
    SUPERVISE = "supervise"
    HOLD_RECORDING = "hold_recording"  # keep it from deletion, and see who listened
    MANAGE_PROJECTS = "manage_projects"
    MANAGE_CAMPAIGNS = "manage_campaigns"
    MANAGE_BACKENDS = "manage_backends"
    MANAGE_USERS = "manage_users"


LEAST_ROLE = {
    Permission.WATCH_WALL: Role.DISPLAY,
    Permission.TAKE_CALLS: Role.OPERATOR,
    Permission.EDIT_CONTACT: Role.OPERATOR,
    Permission.MERGE_CONTACTS: Role.SUPERVISOR,
    Permission.DEFINE_ATTRIBUTES: Role.SUPERVISOR,
    Permission.HAND_OUT_PERSONAL_DATA: Role.SUPERVISOR,
    Permission.ERASE_PERSONAL_DATA: Role.ADMINISTRATOR,
    Permission.IMPORT_CONTACTS: Role.SUPERVISOR,
    Permission.SAVE_REQUEST: Role.OPERATOR,
    Permission.LISTEN_RECORDING: Role.SENIOR,
    Permission.WATCH_BOARD: Role.SENIOR,
    Permission.SUPERVISE: Role.SUPERVISOR,
    Permission.HOLD_RECORDING: Role.SUPERVISOR,
    Permission.MANAGE_PROJECTS: Role.SUPERVISOR,
    Permission.MANAGE_CAMPAIGNS: Role.SUPERVISOR,
    Permission.MANAGE_BACKENDS: Role.SUPERVISOR,
    Permission.MANAGE_USERS: Role.ADMINISTRATOR,
}


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person who signs in. `language` is empty until he chooses one; `endpoint` is his PJSIP endpoint's name."""

    id: int
    login: str
    name: str
    role: Role
    language: str = ""
    theme: str = "auto"  # auto | light | dark
    telephone: str = "page"  # page (WebRTC in the browser) | phone (an endpoint of its own)
    endpoint: str = ""
    record: str = ""  # are his calls recorded: "always" | "never"; empty: as the project says
    active: bool = True


def allows(user: User, permission: Permission) -> bool:
    """Whether `user` may do this."""
    return user.active and user.role.covers(LEAST_ROLE[permission])


def require(user: User, permission: Permission) -> None:
    """Raise NotAllowed unless `user` may do this."""
    if not allows(user, permission):
        raise NotAllowed(N_("Your role does not permit this."), remedy=N_("Ask a supervisor for the right to do it."))
