"""Signing in, sessions and people, on a real database."""

import asyncio
from datetime import UTC, datetime, timedelta

import argon2
import pytest
import sqlalchemy as sa

from telemarket.core.bus import EventBus
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.identity import IdentityService, SignInRefused, TooManyAttempts, UserChanged
from telemarket.core.passwords import Passwords
from telemarket.core.roles import Role, User
from telemarket.core.tables import audit_log, sessions, users

PASSWORD = "correct horse"


class Watch:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 10, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
def identity(database: Database, watch: Watch, bus: EventBus) -> IdentityService:
    return IdentityService(database, watch, 12, bus)


@pytest.fixture
async def anna(identity: IdentityService) -> User:
    return await identity.create_user("Anna", PASSWORD, name=" Анна  Коваль ", role="operator")


async def audited(database: Database) -> list[tuple[str, str, str]]:
    columns = (audit_log.c.action, audit_log.c.subject, audit_log.c.address)
    async with database.read() as connection:
        return [tuple(row) for row in await connection.execute(sa.select(*columns).order_by(audit_log.c.id))]


async def test_a_person_signs_in_and_out(identity: IdentityService, anna: User, database: Database) -> None:
    token, user = await identity.sign_in("ANNA ", PASSWORD, "10.0.0.1")
    assert user == anna
    assert (user.login, user.name, user.role, user.endpoint) == ("anna", "Анна Коваль", Role.OPERATOR, "page-anna")
    assert await identity.user_of(token) == anna
    await identity.sign_out(token, "10.0.0.1")
    assert await identity.user_of(token) is None
    assert await audited(database) == [
        ("user.add", "anna", ""),
        ("sign-in", "", "10.0.0.1"),
        ("sign-out", "", "10.0.0.1"),
    ]


async def test_neither_password_nor_token_is_stored(identity: IdentityService, anna: User, database: Database) -> None:
    token, _ = await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    async with database.read() as connection:
        stored_hash = await connection.scalar(sa.select(users.c.password_hash))
        digest = await connection.scalar(sa.select(sessions.c.token_hash))
    assert str(stored_hash).startswith("$argon2id$")
    assert token.encode() not in bytes(digest or b"")


@pytest.mark.parametrize(("login", "password"), [("anna", "wrong"), ("nobody", PASSWORD), ("anna", "")])
async def test_a_refusal_does_not_say_what_was_wrong(
    identity: IdentityService, anna: User, login: str, password: str
) -> None:
    with pytest.raises(SignInRefused, match=r"^The login or the password is wrong\.$"):
        await identity.sign_in(login, password, "10.0.0.1")


async def test_an_unknown_login_costs_the_same_work(
    identity: IdentityService, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = []
    real = argon2.PasswordHasher.verify

    def counting(self: argon2.PasswordHasher, known: str, password: str) -> bool:
        checks.append(argon2.extract_parameters(known))
        return real(self, known, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counting)
    for login in ("anna", "nobody"):
        with pytest.raises(SignInRefused):
            await identity.sign_in(login, "wrong password", "10.0.0.1")
    assert len(checks) == 2
    assert checks[0] == checks[1]


async def test_what_was_typed_into_the_login_field_is_not_kept(identity: IdentityService, database: Database) -> None:
    with pytest.raises(SignInRefused):
        await identity.sign_in("my secret password", "x", "10.0.0.1")
    assert await audited(database) == [("sign-in.refused", "", "10.0.0.1")]


async def test_repeated_failures_have_to_wait(identity: IdentityService, anna: User, watch: Watch) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await identity.sign_in("anna", "wrong", "10.0.0.1")
    with pytest.raises(TooManyAttempts) as refused:  # the right password too, and from anywhere
        await identity.sign_in("anna", PASSWORD, "10.0.0.2")
    watch.now += refused.value.wait
    await identity.sign_in("anna", PASSWORD, "10.0.0.2")


async def test_guesses_side_by_side_are_counted_too(identity: IdentityService, anna: User) -> None:
    tries = (identity.sign_in("anna", f"guess {n}", "10.0.0.1") for n in range(20))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, SignInRefused) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes) == 15


async def test_one_address_that_tries_many_logins_has_to_wait(identity: IdentityService) -> None:
    tries = (identity.sign_in(f"user{n}", "guess", "10.0.0.1") for n in range(40))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes) == 10
    with pytest.raises(SignInRefused):
        await identity.sign_in("user", "guess", "10.0.0.2")


async def test_a_session_ends_by_itself(identity: IdentityService, anna: User, watch: Watch) -> None:
    token, _ = await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    watch.now += timedelta(hours=11, minutes=59)
    assert await identity.user_of(token) == anna
    watch.now += timedelta(minutes=1)
    assert await identity.user_of(token) is None


async def test_a_known_session_needs_no_database(identity: IdentityService, anna: User, database: Database) -> None:
    token, _ = await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    await identity.user_of(token)
    async with database.write() as connection:
        await connection.execute(sessions.delete())
    assert await identity.user_of(token) == anna


async def test_what_another_process_changes_is_seen_soon(
    identity: IdentityService, anna: User, database: Database, watch: Watch
) -> None:
    token, _ = await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    assert await identity.user_of(token)
    await IdentityService(database, watch, 12).deactivate_user(anna.id)
    watch.now += timedelta(seconds=30)
    assert await identity.user_of(token) is None


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "\ud800", "'; drop table users; --"])
async def test_a_token_that_is_none(identity: IdentityService, token: str) -> None:
    assert await identity.user_of(token) is None


async def test_deactivation_takes_effect_at_once(identity: IdentityService, anna: User, bus: EventBus) -> None:
    told: list[UserChanged] = []
    bus.subscribe(UserChanged, told.append)
    token, _ = await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    assert await identity.user_of(token)
    await identity.deactivate_user(anna.id)
    assert await identity.user_of(token) is None
    assert told == [UserChanged(anna.id)]
    with pytest.raises(SignInRefused):
        await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    await identity.activate_user(anna.id)
    assert await identity.user_of(token) is None
    await identity.sign_in("anna", PASSWORD, "10.0.0.1")


async def test_a_new_password_ends_every_session(identity: IdentityService, anna: User) -> None:
    tokens = [(await identity.sign_in("anna", PASSWORD, "10.0.0.1"))[0] for _ in range(2)]
    await identity.set_password(anna.id, "another horse")
    assert [await identity.user_of(token) for token in tokens] == [None, None]
    with pytest.raises(SignInRefused):
        await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    await identity.sign_in("anna", "another horse", "10.0.0.1")


async def test_what_is_changed_is_seen_at_once(identity: IdentityService, anna: User) -> None:
    token, _ = await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    await identity.user_of(token)
    await identity.update_user(anna.id, role="operator", theme="dark", language="uk")
    user = await identity.user_of(token)
    assert user is not None
    assert (user.role, user.theme, user.language) == (Role.OPERATOR, "dark", "uk")


async def test_another_role_ends_every_session(identity: IdentityService, anna: User) -> None:
    tokens = [(await identity.sign_in("anna", PASSWORD, "10.0.0.1"))[0] for _ in range(2)]
    await identity.user_of(tokens[0])
    await identity.update_user(anna.id, role="supervisor")
    assert [await identity.user_of(token) for token in tokens] == [None, None]
    _, user = await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    assert user.role is Role.SUPERVISOR


async def test_a_known_session_outlives_an_outage_of_the_database(
    identity: IdentityService, anna: User, database: Database, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    other, _ = await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    await identity.user_of(token)

    def away() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(database, "read", away)
    watch.now += timedelta(minutes=9)
    assert await identity.user_of(token) == anna
    with pytest.raises(ConnectionRefusedError):  # not known in memory
        await identity.user_of(other)
    watch.now += timedelta(minutes=1)
    with pytest.raises(ConnectionRefusedError):
        await identity.user_of(token)
    monkeypatch.undo()
    assert await identity.user_of(token) == anna


async def test_an_old_hash_is_made_anew_at_sign_in(identity: IdentityService, anna: User, database: Database) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with database.write() as connection:
        await connection.execute(users.update().values(password_hash=weak))
    await identity.sign_in("anna", PASSWORD, "10.0.0.1")
    async with database.read() as connection:
        stored = await connection.scalar(sa.select(users.c.password_hash))
    assert stored != weak
    assert not Passwords().outdated(str(stored))
    await identity.sign_in("anna", PASSWORD, "10.0.0.1")


@pytest.mark.parametrize(
    ("login", "password", "fields", "field"),
    [
        ("анна", PASSWORD, {}, "login"),
        ("", PASSWORD, {}, "login"),
        ("a" * 33, PASSWORD, {}, "login"),
        ("petro", "short", {}, "password"),
        ("petro", "x" * 2000, {}, "password"),
        ("petro", PASSWORD, {"name": " "}, "name"),
        ("petro", PASSWORD, {"role": "king"}, "role"),
        ("petro", PASSWORD, {"telephone": "phone"}, "endpoint"),
        ("petro", PASSWORD, {"telephone": "phone", "endpoint": "a b"}, "endpoint"),
        ("petro", PASSWORD, {"endpoint": "page-anna"}, "endpoint"),
        ("ANNA", PASSWORD, {"endpoint": "other"}, "login"),
    ],
)
async def test_a_person_who_cannot_be_added(
    identity: IdentityService, anna: User, login: str, password: str, fields: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await identity.create_user(login, password, **{"name": "Петро", "role": "operator", **fields})  # type: ignore[arg-type]
    assert refused.value.field == field
    assert [user.login for user in await identity.users()] == ["anna"]


async def test_telephones(identity: IdentityService, anna: User) -> None:
    petro = await identity.create_user(
        "petro", PASSWORD, name="Петро", role="operator", telephone="phone", endpoint="101"
    )
    first, second = await identity.telephones()
    assert (first.login, first.telephone, first.endpoint) == ("anna", "page", "page-anna")
    assert (second.login, second.telephone, second.endpoint) == ("petro", "phone", "101")
    assert first.sip_secret != second.sip_secret
    assert len(first.sip_secret) >= 32
    changed = await identity.update_user(petro.id, telephone="page")
    assert changed.endpoint == "page-petro"
    await identity.deactivate_user(petro.id)
    assert [t.login for t in await identity.telephones()] == ["anna"]
    with pytest.raises(NotFound):
        await identity.telephone_of(petro.id)


async def test_unknown_people(identity: IdentityService) -> None:
    with pytest.raises(NotFound, match="nobody"):
        await identity.user_by_login("nobody")
    with pytest.raises(NotFound):
        await identity.deactivate_user(99)
    with pytest.raises(NotFound):
        await identity.update_user(99, name="X")


async def test_a_display_has_no_telephone_and_stays_signed_in_for_a_year(identity: IdentityService) -> None:
    display = await identity.create_user("hall", PASSWORD, name="Зала", role="display")
    assert display.endpoint == ""
    await identity.create_user("lobby", PASSWORD, name="Хол", role="display")  # having none, they share none
    assert await identity.telephones() == []
    assert identity.session_life(display) == timedelta(days=365)

    promoted = await identity.update_user(display.id, role="operator")
    assert promoted.endpoint == "page-hall"
    assert (await identity.update_user(display.id, role="display")).endpoint == ""
