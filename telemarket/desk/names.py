"""Who and what the numbers in the journal are."""

from collections.abc import Mapping

import msgspec

from telemarket.calls.destinations import DestinationKind
from telemarket.core.i18n import N_, Message
from telemarket.desk.rendering import phone
from telemarket.desk.services import DeskServices


class Names(msgspec.Struct, frozen=True):
    """People by id and by login, projects by id and by number."""

    people: Mapping[int, str]
    logins: Mapping[str, str]
    projects: Mapping[int, str]
    queues: Mapping[str, str]

    def person(self, user_id: object) -> str:
        """An operator's name; the number of one who is there no more."""
        return self.people.get(user_id, f"#{user_id}") if isinstance(user_id, int) else ""

    def destination(self, text: object) -> str:
        """Where a call was sent, as people say it."""
        kind, _, value = str(text or "").partition(":")
        match kind:
            case DestinationKind.QUEUE:
                return N_("the queue %(name)s", name=self.queues.get(value, value))
            case DestinationKind.OPERATOR:
                return self.logins.get(value, value)
            case DestinationKind.NUMBER:
                return phone(value)
            case DestinationKind.MESSAGE:
                return N_("the message %(name)s", name=value)
            case DestinationKind.NODE:
                return N_("the menu %(name)s", name=value)
        return _PLACES.get(kind, str(text or ""))


_PLACES: dict[str, Message] = {
    DestinationKind.VOICEMAIL: N_("voicemail"),
    DestinationKind.CALLBACK: N_("a callback"),
    DestinationKind.FALLBACK: N_("the exchange's own dialplan"),
    DestinationKind.HANGUP: N_("the end of the call"),
}


async def read_names(services: DeskServices) -> Names:
    """Everybody and every project, those no longer active too where they are still known."""
    people = await services.identity.users()
    projects = await services.projects.load_all()
    return Names(
        people={user.id: user.name for user in people},
        logins={user.login: user.name for user in people},
        projects={project.id: f"{project.name} ({project.number})" for project in projects},
        queues={project.number: project.name for project in projects},
    )
