"""Findings, and running the checks that make them: side by side, each with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

import msgspec

from telemarket.core.errors import TelemarketError

DEADLINE = 10.0


class Level(StrEnum):
    """How bad it is. FAIL: calls, cards or recordings are lost. WARN: it works, but look."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report. `mend` says what to do; it is empty when there is nothing to mend."""

    level: Level
    what: str
    found: str
    mend: str = ""


class Check(msgspec.Struct, frozen=True):
    """A part of the installation and how it is looked at."""

    what: str
    look: Callable[[], Awaitable[Sequence[Finding]]]


def ok(what: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(level=Level.OK, what=what, found=found)


def warn(what: str, found: str, mend: str) -> Finding:
    """It works, but look."""
    return Finding(level=Level.WARN, what=what, found=found, mend=mend)


def fail(what: str, found: str, mend: str) -> Finding:
    """It does not work."""
    plain = str(found)  # JSON cannot hold a text marked for translation, as errors have
    return Finding(level=Level.FAIL, what=what, found=plain, mend=mend)


async def run_checks(checks: Sequence[Check], deadline: float = DEADLINE) -> list[Finding]:
    """All findings, in the order of the checks. A check that hangs or breaks is a finding itself."""
    results = await asyncio.gather(*(_run(check, deadline) for check in checks))
    return [finding for findings in results for finding in findings]


async def _run(check: Check, deadline: float) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(deadline):
            return await check.look()
    except TimeoutError:
        return [fail(check.what, f"no answer within {deadline:g} s", "See whether it is overloaded or hangs.")]
    except TelemarketError as error:
        return [fail(check.what, error.message, error.remedy)]
    except Exception as error:
        return [fail(check.what, f"could not be checked: {type(error).__name__}: {error}", "Report this as a fault.")]
