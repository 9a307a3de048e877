"""A list of a project that is edited as a whole, in one form."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from telemarket.calls.problems import Problem
from telemarket.core.errors import InvalidInput
from telemarket.desk.project_forms.draft import Draft


class Kept(NamedTuple):
    """What to show after a form was sent. `seen` is the digest of what is kept, as far as its reader has been told."""

    draft: Draft
    seen: str
    saved: bool = False
    conflict: bool = False


async def keep(
    sent: Draft, seen: str, kept: Callable[[], Awaitable[Draft]], save: Callable[[], Awaitable[object]]
) -> Kept:
    """`save` what was `sent`, unless something is wrong with it, or somebody has changed the list since it was `seen`;
    what was typed is not lost. `kept` draws the form as it is kept."""
    if sent.errors:
        return Kept(sent, seen)
    current = (await kept()).digest
    if current != seen:
        return Kept(sent, current, conflict=True)
    try:
        await save()
    except InvalidInput as error:
        sent.problems.append(Problem(error.field, error.message))
        return Kept(sent, seen)
    fresh = await kept()
    return Kept(fresh, fresh.digest, saved=True)
