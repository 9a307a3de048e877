"""No task and no silence of the logs may outlive the test that began it; passwords are hashed with little work."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import argon2
import pytest
import structlog

from telemarket.core import passwords


@pytest.fixture(scope="session", autouse=True)
def easy_passwords() -> Iterator[None]:
    """A password is a fifth of a second's work on purpose, and every test has people who sign in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(autouse=True)
async def no_task_leaks() -> AsyncIterator[None]:
    """Fails a test after which, all its fixtures closed, a task of its own still runs."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left, f"tasks left behind: {[task.get_name() for task in left]}"


@pytest.fixture(autouse=True)
def usual_logs() -> Iterator[None]:
    """A command configures the logs of its process, which here is the tests'."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
