"""Whose telephone is whose, and which queue or extension is which project's."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from telemarket.calls.model import Project
from telemarket.calls.projects import ProjectService
from telemarket.core.identity import IdentityService
from telemarket.core.roles import User
from telemarket.core.settings import FollowingSettings
from telemarket.following.telephones import compile_pattern, device_of, number_of

Extensions = tuple[tuple[re.Pattern[str], Project | None], ...]


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """What the follower needs to know of the house.

    `queues` and `extensions` name the followed ones; their project is None where it does not exist (any more).
    `others` are the people who serve no project of Telemarket's own: those the PBX's queues and extensions may ring.
    Of them `at_extensions` are at followed extensions, and so followed always.
    """

    queues: Mapping[str, Project | None] = {}
    extensions: Extensions = ()
    telephones: Mapping[str, int] = {}
    names: Mapping[str, int] = {}
    others: frozenset[int] = frozenset()
    at_extensions: frozenset[int] = frozenset()

    def user_of(self, *names: str) -> int | None:
        """The person behind a channel, interface or member's name; of several the first that is somebody's."""
        for name in names:
            for telephone in (name, device_of(name), number_of(name)):
                if (user_id := self.telephones.get(telephone)) is not None:
                    return user_id
        return next((self.names[name] for name in names if name in self.names), None)

    def follows_telephone(self, channel: str) -> tuple[bool, Project | None]:
        """Whether calls to the extension of this telephone are followed, and for which project."""
        return _follows(self.extensions, channel)

    def project(self, project_id: int | None) -> Project | None:
        """The project of that id, if a queue or extension of it is followed."""
        followed = (*self.queues.values(), *(project for _, project in self.extensions))
        return next((each for each in followed if each is not None and each.id == project_id), None)


def make_directory(settings: FollowingSettings, projects: Iterable[Project], users: Iterable[User]) -> Directory:
    """The directory of a configuration. Raises ConfigurationError for a pattern that is none."""
    by_number = {project.number: project for project in projects}
    people = [user for user in users if user.active]
    by_login = {user.login: user.id for user in people}
    serving = {user_id for project in by_number.values() for user_id in project.operator_ids}
    own = {user.endpoint: user.id for user in people if user.endpoint}
    configured = {name: by_login[login] for name, login in settings.telephones.items() if login in by_login}
    telephones = own | configured
    extensions = tuple(
        (compile_pattern(pattern), by_number.get(number)) for pattern, number in settings.extensions.items()
    )
    return Directory(
        queues={queue: by_number.get(number) for queue, number in settings.queues.items()},
        extensions=extensions,
        telephones=telephones,
        names={user.name: user.id for user in people},
        others=frozenset(user.id for user in people) - serving,
        at_extensions=frozenset(user for name, user in telephones.items() if _follows(extensions, name)[0]) - serving,
    )


def _follows(extensions: Extensions, telephone: str) -> tuple[bool, Project | None]:
    number = number_of(telephone)
    for pattern, project in extensions:
        if pattern.fullmatch(number):
            return True, project
    return False, None


async def load_directory(settings: FollowingSettings, projects: ProjectService, identity: IdentityService) -> Directory:
    """The directory as the database has it now."""
    return make_directory(settings, await projects.load_all(), await identity.users(active_only=True))
