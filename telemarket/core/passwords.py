"""Passwords: argon2, hashed one at a time outside the event loop so that no call waits for a sign-in."""

import asyncio
import base64
import secrets

import argon2
from argon2.low_level import ARGON2_VERSION

from telemarket.core.errors import InvalidInput, TelemarketError
from telemarket.core.i18n import N_

SHORTEST = 8
LONGEST = 1024
_MOST_WAITING = 32
HASHER = argon2.PasswordHasher()
"""How much work a password is; hashes made with other parameters are made anew as people sign in."""


class SignInBusy(TelemarketError):
    """Too many people sign in at this moment."""

    error_id = "sign-in-busy"
    retryable = True


class Passwords:
    """Hashes and verifies passwords. An unknown person's password takes as long to refuse as a wrong one."""

    def __init__(self) -> None:
        self._hasher = HASHER
        self._decoy = _decoy(self._hasher)
        self._one_at_a_time = asyncio.Semaphore(1)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises InvalidInput (field "password") when it is too short or too long."""
        if len(password) < SHORTEST:
            raise InvalidInput(
                N_("The password is too short: at least %(least)s characters.", least=SHORTEST), field="password"
            )
        if len(password) > LONGEST:
            raise InvalidInput(
                N_("The password is too long: at most %(most)s characters.", most=LONGEST), field="password"
            )
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, known_hash: str | None, password: str) -> bool:
        """Whether `password` belongs to `known_hash`; None stands for a person who does not exist.

        Raises SignInBusy when too many checks wait already.
        """
        fits = await self._check(known_hash or self._decoy, password[:LONGEST])
        return fits and known_hash is not None

    def outdated(self, known_hash: str) -> bool:
        """Whether the hash was made with older parameters and should be made anew."""
        return self._hasher.check_needs_rehash(known_hash)

    async def _check(self, known_hash: str, password: str) -> bool:
        if self._waiting >= _MOST_WAITING:
            raise SignInBusy(
                N_("Too many people are signing in at this moment."), remedy=N_("Try again in a few seconds.")
            )
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                return await asyncio.to_thread(self._hasher.verify, known_hash, password)
        except (argon2.exceptions.VerifyMismatchError, argon2.exceptions.InvalidHashError):
            return False
        finally:
            self._waiting -= 1


def _decoy(hasher: argon2.PasswordHasher) -> str:
    """A hash of no password, which to check is as much work as any: only making it is none."""

    def random(length: int) -> str:
        return base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")

    work = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${work}${random(hasher.salt_len)}${random(hasher.hash_len)}"
