"""Exchange's identifiers as keys of records."""

import hashlib

_LONGEST = 200


def key_of(item_id: str) -> str:
    """The id itself; one that is too long for a key (some public folders' are) becomes its digest."""
    return item_id if len(item_id) <= _LONGEST else hashlib.sha256(item_id.encode()).hexdigest()
