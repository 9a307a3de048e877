"""What a contact is recognised by beside his numbers: mail addresses, and a name with its company.

Each is kept as a 64-bit number in `contact_keys`: short, and equal ones stand side by side. Two different texts with
one number are so rare that whoever looks compares the texts only before he acts upon it.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from telemarket.contacts.words import words_of

_DIGEST_BYTES = 8
_TELLING_WORDS = 2  # a name of one word says too little without a company


def mail_key(address: str) -> int:
    """Of a mail address."""
    return _number("mail", address.casefold())


def name_key(name: str, company: str = "") -> int | None:
    """Of a name with its company, whatever the order and the case of the words; None where they say too little."""
    words = sorted(words_of(name))
    if not words or (len(words) < _TELLING_WORDS and not company):
        return None
    return _number("name", " ".join(words), " ".join(sorted(words_of(company))))


def keys_of(values: Mapping[str, Any]) -> set[int]:
    """All keys of a contact with these column values."""
    keys = {mail_key(address) for address in values.get("emails", ())}
    named = name_key(values.get("name", ""), values.get("company", ""))
    return keys if named is None else keys | {named}


def _number(*texts: str) -> int:
    digest = hashlib.blake2b("\n".join(texts).encode(errors="replace"), digest_size=_DIGEST_BYTES).digest()
    return int.from_bytes(digest, signed=True)
