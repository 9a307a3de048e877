"""What each role may do."""

import msgspec
import pytest

from telemarket.core.errors import NotAllowed
from telemarket.core.roles import Permission, Role, User, allows, require

USER = User(id=1, login="anna", name="Анна", role=Role.OPERATOR)


def test_each_role_may_do_what_the_lesser_ones_may() -> None:
    roles = list(Role)
    for least in roles:
        allowed = [role for role in roles if role.covers(least)]
        assert allowed == roles[roles.index(least) :]


@pytest.mark.parametrize(
    ("role", "permission", "expected"),
    [
        (Role.OPERATOR, Permission.TAKE_CALLS, True),
        (Role.OPERATOR, Permission.LISTEN_RECORDING, False),
        (Role.SENIOR, Permission.LISTEN_RECORDING, True),
        (Role.SENIOR, Permission.MANAGE_PROJECTS, False),
        (Role.SUPERVISOR, Permission.MANAGE_USERS, False),
        (Role.ADMINISTRATOR, Permission.MANAGE_USERS, True),
    ],
)
def test_permissions_of_roles(role: Role, permission: Permission, expected: bool) -> None:
    assert allows(msgspec.structs.replace(USER, role=role), permission) is expected


def test_what_is_not_permitted_is_refused_in_words() -> None:
    with pytest.raises(NotAllowed, match="role"):
        require(USER, Permission.MANAGE_USERS)


def test_a_deactivated_person_may_do_nothing() -> None:
    gone = msgspec.structs.replace(USER, role=Role.ADMINISTRATOR, active=False)
    assert not any(allows(gone, permission) for permission in Permission)
