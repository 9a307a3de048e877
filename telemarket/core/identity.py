"""Who is signed in: people, their passwords and their sessions."""

import hashlib
import secrets
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Unpack

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError

from telemarket.core.audit import AuditLog
from telemarket.core.bus import EventBus
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound, TelemarketError
from telemarket.core.i18n import N_
from telemarket.core.passwords import Passwords
from telemarket.core.people import (
    COLUMNS,
    PersonFields,
    Telephone,
    check_endpoint,
    clean_fields,
    clean_login,
    default_endpoint,
    fetch_user,
    new_sip_secret,
    user_from,
)
from telemarket.core.roles import Role, User
from telemarket.core.tables import sessions, users
from telemarket.core.throttle import Throttle

log = structlog.get_logger(__name__)

_LONGEST_TOKEN = 100
_CACHED_SESSIONS = 10_000
# The command line changes people behind the daemon's back; this is how long a page may not know.
_TRUSTED_FOR = timedelta(seconds=30)
# While the database is away, whoever was signed in goes on working.
_TRUSTED_WITHOUT_DATABASE = timedelta(minutes=10)
# Nobody sits at a display to sign it in again every morning; it can do nothing but show figures.
_DISPLAY_LIFE = timedelta(days=365)


class SignInRefused(TelemarketError):
    """The login or the password is wrong; which of them is not said."""

    error_id = "sign-in-refused"


class TooManyAttempts(TelemarketError):
    """Too many failures; `wait` says how long to stay away."""

    error_id = "too-many-attempts"
    retryable = True

    def __init__(self, wait: timedelta) -> None:
        seconds = max(1, round(wait.total_seconds()))
        super().__init__(
            N_("Too many failed attempts to sign in."), remedy=N_("Try again in %(seconds)s s.", seconds=seconds)
        )
        self.wait = wait


class UserChanged(msgspec.Struct, frozen=True):
    """Event on the bus: this person was changed, deactivated, or his sessions ended; ask `user_of` again."""

    user_id: int


class _Session(msgspec.Struct, frozen=True):
    user: User
    expires_at: datetime
    read_at: datetime


class IdentityService:
    """People and their sessions.

    `user_of` answers from memory; whatever this service changes takes effect at once, what another process
    changes within half a minute. While the database is away, memory serves for ten minutes.
    """

    def __init__(self, database: Database, clock: Clock, session_hours: float, bus: EventBus | None = None) -> None:
        self._database = database
        self._clock = clock
        self._session_life = timedelta(hours=session_hours)
        self._bus = bus or EventBus()
        self._audit = AuditLog(database, clock)
        self._passwords = Passwords()
        self._logins = Throttle(clock, free=5)
        self._addresses = Throttle(clock, free=30)  # an office signs in from one address
        self._cache: OrderedDict[bytes, _Session] = OrderedDict()
        self._changes = 0

    # Signing in and out

    async def sign_in(self, login: str, password: str, address: str) -> tuple[str, User]:
        """The session's token (for a cookie) and the person.

        Raises SignInRefused, or TooManyAttempts after repeated failures of this login or address.
        """
        login = login.strip().lower()[:64]
        self._check_throttles(login, address)
        async with self._database.read() as connection:
            row = (
                await connection.execute(sa.select(*COLUMNS, users.c.password_hash).where(users.c.login == login))
            ).first()
        user = user_from(row) if row else None
        known_hash = row.password_hash if row and user and user.active else None
        if not await self._passwords.verify(known_hash, password) or user is None or known_hash is None:
            # A password typed into the wrong field must not be kept: only a known login is named.
            await self._audit.append(user.id if user else None, "sign-in.refused", user.login if user else "", address)
            raise SignInRefused(N_("The login or the password is wrong."))
        self._logins.succeeded(login)
        self._addresses.succeeded(address)
        new_hash = await self._passwords.hash(password) if self._passwords.outdated(known_hash) else known_hash
        return await self._open_session(user, known_hash, new_hash, address), user

    async def user_of(self, token: str) -> User | None:
        """The person signed in with this token, if the session holds."""
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        digest = _digest(token)
        now = self._clock()
        session = self._cache.get(digest)
        if session is None or session.read_at + _TRUSTED_FOR <= now:
            session = await self._read_session_if_possible(digest, now)
        else:
            self._cache.move_to_end(digest)
        return session.user if session and session.expires_at > now else None

    async def sign_out(self, token: str, address: str = "") -> None:
        """End the session; a token that is none is passed over."""
        digest = _digest(token)
        async with self._database.write() as connection:
            user_id = await connection.scalar(
                sessions.delete().where(sessions.c.token_hash == digest).returning(sessions.c.user_id)
            )
            if user_id is not None:
                await self._audit.append_in(connection, user_id, "sign-out", address=address)
        self._changes += 1
        self._cache.pop(digest, None)
        if user_id is not None:
            self._bus.publish(UserChanged(user_id))

    def session_life(self, user: User) -> timedelta:
        """How long a sign-in of this person lasts."""
        return _DISPLAY_LIFE if user.role is Role.DISPLAY else self._session_life

    # People

    async def create_user(
        self, login: str, password: str, *, by: User | None = None, **fields: Unpack[PersonFields]
    ) -> User:
        """Add a person; `name` and `role` are needed. `by` is who does it, None on the command line.

        A page's telephone gets an endpoint and a SIP secret of its own. Raises InvalidInput naming the field.
        """
        login = clean_login(login)
        values = {"telephone": "page", "endpoint": "", **clean_fields({"name": "", "role": "", **fields})}
        if not values["endpoint"]:
            values["endpoint"] = default_endpoint(login, str(values["role"]), str(values["telephone"]))
        password_hash = await self._passwords.hash(password)
        try:
            async with self._database.write() as connection:
                await check_endpoint(connection, None, str(values["telephone"]), str(values["endpoint"]))
                insert = users.insert().values(
                    login=login, password_hash=password_hash, sip_secret=new_sip_secret(), **values
                )
                row = (await connection.execute(insert.returning(*COLUMNS))).one()
                await self._audit.append_in(connection, by.id if by else None, "user.add", login)
        except IntegrityError as error:
            raise InvalidInput(N_("The login %(login)s is taken.", login=login), field="login") from error
        return user_from(row)

    async def update_user(self, user_id: int, *, by: User | None = None, **fields: Unpack[PersonFields]) -> User:
        """Change what is given and leave the rest; another role ends the person's sessions.

        Raises NotFound, or InvalidInput naming the field.
        """
        changes = clean_fields(fields)
        async with self._database.write() as connection:
            user = await fetch_user(connection, user_id)
            if changes.keys() & {"role", "telephone", "endpoint"}:
                telephone = changes.get("telephone", user.telephone)
                role = changes.get("role", user.role)
                kept = user.endpoint if telephone == user.telephone and role != Role.DISPLAY else ""
                endpoint = changes.get("endpoint", kept) or default_endpoint(user.login, role, telephone)
                await check_endpoint(connection, user_id, telephone, endpoint)
                changes["endpoint"] = endpoint
            if changes.get("role", user.role) != user.role:
                await connection.execute(sessions.delete().where(sessions.c.user_id == user_id))
            if changes:
                await connection.execute(users.update().where(users.c.id == user_id).values(**changes))
                subject = f"{user.login}: {', '.join(sorted(changes))}"
                await self._audit.append_in(connection, by.id if by else None, "user.update", subject)
            user = await fetch_user(connection, user_id)
        self._forget(user_id)
        return user

    async def set_password(self, user_id: int, password: str, *, by: User | None = None) -> None:
        """Give a person a new password and end his sessions."""
        password_hash = await self._passwords.hash(password)
        async with self._database.write() as connection:
            user = await fetch_user(connection, user_id)
            await connection.execute(users.update().where(users.c.id == user_id).values(password_hash=password_hash))
            await connection.execute(sessions.delete().where(sessions.c.user_id == user_id))
            await self._audit.append_in(connection, by.id if by else None, "user.password", user.login)
        self._logins.succeeded(user.login)
        self._forget(user_id)

    async def deactivate_user(self, user_id: int, *, by: User | None = None) -> None:
        """Let a person sign in no more and end his sessions; what he wrote stays under his name."""
        await self._set_active(user_id, False, by)

    async def activate_user(self, user_id: int, *, by: User | None = None) -> None:
        """Let a deactivated person sign in again; raises InvalidInput if his endpoint was given away."""
        await self._set_active(user_id, True, by)

    async def users(self, *, active_only: bool = False) -> list[User]:
        """Everybody, by name."""
        query = sa.select(*COLUMNS).order_by(users.c.name, users.c.id)
        if active_only:
            query = query.where(users.c.active)
        async with self._database.read() as connection:
            return [user_from(row) for row in await connection.execute(query)]

    async def user(self, user_id: int) -> User:
        """One person; raises NotFound."""
        async with self._database.read() as connection:
            return await fetch_user(connection, user_id)

    async def user_by_login(self, login: str) -> User:
        """One person; raises NotFound naming the login."""
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(*COLUMNS).where(users.c.login == login.strip().lower()))).first()
        if row is None:
            raise NotFound(N_("There is no user %(login)s.", login=login))
        return user_from(row)

    async def telephones(self) -> list[Telephone]:
        """The telephones of all active people who have one, by login."""
        names = [name for name in Telephone.__struct_fields__ if name != "user_id"]
        having_one = (users.c.active, users.c.endpoint != "")
        query = sa.select(users.c.id, *(users.c[n] for n in names)).where(*having_one).order_by(users.c.login)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
            return [Telephone(user_id=row[0], **dict(zip(names, row[1:], strict=True))) for row in rows]

    async def telephone_of(self, user_id: int) -> Telephone:
        """The telephone of an active person; raises NotFound."""
        for telephone in await self.telephones():
            if telephone.user_id == user_id:
                return telephone
        raise NotFound(N_("There is no such person."))

    # Inside

    def _check_throttles(self, login: str, address: str) -> None:
        wait = max(self._logins.wait(login), self._addresses.wait(address))
        if wait > timedelta(0):
            raise TooManyAttempts(wait)
        self._logins.failed(login)
        self._addresses.failed(address)

    async def _open_session(self, user: User, known_hash: str, new_hash: str, address: str) -> str:
        token = secrets.token_urlsafe(32)
        now = self._clock()
        still_valid = (users.c.id == user.id, users.c.active, users.c.password_hash == known_hash)
        async with self._database.write() as connection:
            # Taken as a lock too: whoever was deactivated, or got another password, meanwhile stays outside.
            update = users.update().where(*still_valid).values(password_hash=new_hash).returning(users.c.id)
            if await connection.scalar(update) is None:
                raise SignInRefused(N_("The login or the password is wrong."))
            await connection.execute(sessions.delete().where(sessions.c.expires_at <= now))
            await connection.execute(
                sessions.insert().values(
                    token_hash=_digest(token),
                    user_id=user.id,
                    created_at=now,
                    expires_at=now + self.session_life(user),
                )
            )
            await self._audit.append_in(connection, user.id, "sign-in", address=address)
        return token

    async def _read_session_if_possible(self, digest: bytes, now: datetime) -> _Session | None:
        """The session as stored, or as known where the database cannot be asked; raises if it is not known either."""
        try:
            return await self._read_session(digest, now)
        except Exception as error:
            known = self._cache.get(digest)
            if known is None or known.read_at + _TRUSTED_WITHOUT_DATABASE <= now:
                raise
            log.warning("a session cannot be looked up, it is trusted", error=str(error))
            return known

    async def _read_session(self, digest: bytes, now: datetime) -> _Session | None:
        changes = self._changes
        query = (
            sa.select(*COLUMNS, sessions.c.expires_at)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.token_hash == digest, sessions.c.expires_at > now, users.c.active)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        self._cache.pop(digest, None)
        if row is None:
            return None
        session = _Session(user_from(row), row.expires_at, now)
        if changes == self._changes:  # otherwise what was read may be out of date already
            self._cache[digest] = session
            if len(self._cache) > _CACHED_SESSIONS:
                self._cache.popitem(last=False)
        return session

    async def _set_active(self, user_id: int, active: bool, by: User | None) -> None:
        async with self._database.write() as connection:
            user = await fetch_user(connection, user_id)
            if active:
                await check_endpoint(connection, user_id, user.telephone, user.endpoint)
            else:
                await connection.execute(sessions.delete().where(sessions.c.user_id == user_id))
            await connection.execute(users.update().where(users.c.id == user_id).values(active=active))
            action = "user.activate" if active else "user.deactivate"
            await self._audit.append_in(connection, by.id if by else None, action, user.login)
        self._forget(user_id)

    def _forget(self, user_id: int) -> None:
        self._changes += 1
        for digest in [d for d, session in self._cache.items() if session.user.id == user_id]:
            del self._cache[digest]
        self._bus.publish(UserChanged(user_id))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
