"""What can be wrong with a base of 1C 7.7."""

from collections.abc import Iterable
from difflib import get_close_matches

from telemarket.backend import BackendRefused, BackendUnavailable
from telemarket.core.i18n import N_


class UnreadableBase(BackendRefused):
    """The base, or a part of it, is not there or not what it should be."""

    error_id = "onec77-unreadable"


class UnknownName(BackendRefused):
    """The mapping names something the base does not have, or more than one thing at once."""

    error_id = "onec77-unknown-name"


class BusyBase(BackendUnavailable):
    """1C writes so much that what is read does not come to rest, or rebuilds its files at this moment."""

    error_id = "onec77-busy"


def unknown(message: str, name: str, known: Iterable[str]) -> UnknownName:
    """`message` says that there is nothing called `name`; the remedy names the nearest of `known`."""
    folded = {each.casefold(): each for each in known}
    near = [folded[each] for each in get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
    if near:
        remedy = N_("Did you mean %(names)s?", names=", ".join(f"«{each}»" for each in near))
    else:
        remedy = N_("`telemarket backend onec77 describe` shows what there is.")
    return UnknownName(message, remedy=remedy)
