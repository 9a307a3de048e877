"""Names of plugins and of what they bring."""

import re

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def checked_name(name: object) -> str:
    """`name`, if it is one; else ValueError."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name: lower-case letters, digits, - and _, at most 40, a letter first")
    return name
