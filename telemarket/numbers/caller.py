"""Callers who withhold their number."""

from telemarket.numbers.text import clean

_WITHHELD = frozenset(
    {
        "",
        "anonymous",
        "asterisk",  # what Asterisk itself sends when it was given nothing
        "blocked",
        "hidden",
        "not available",
        "private",
        "restricted",
        "s",
        "unavailable",
        "unknown",
        "withheld",
    }
)


def is_anonymous(ani: str) -> bool:
    """Whether the calling number `ani`, as it arrived, says that there is none."""
    user = clean(ani).partition("@")[0]
    return user.strip(" <>\"'()").casefold() in _WITHHELD
