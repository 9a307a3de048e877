"""What a text becomes in the air: the GSM alphabet (3GPP TS 23.038) or UCS-2, cut into parts that telephones join."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

# Places 0 to 127; what is at 27 stands for the escape, which is no character.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {"\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62, "|": 64, "€": 101}
_ESCAPE = 27
_CODES = {character: bytes([place]) for place, character in enumerate(_BASIC) if place != _ESCAPE}
_CODES |= {character: bytes([_ESCAPE, place]) for character, place in _EXTENSION.items()}

_GSM_ALONE, _GSM_JOINED = 160, 153
_UCS2_ALONE, _UCS2_JOINED = 140, 134  # octets: 70 and 67 characters


class Parts(msgspec.Struct, frozen=True):
    """The short messages of a text: `ucs2` is their alphabet, otherwise it is GSM's with one octet a septet."""

    ucs2: bool
    texts: Sequence[bytes]


def cut(text: str) -> Parts:
    """`text` in as few short messages as it needs. No character is torn apart."""
    if all(character in _CODES for character in text):
        return Parts(False, _cut(text, _CODES.__getitem__, _GSM_ALONE, _GSM_JOINED))
    return Parts(True, _cut(text, _ucs2, _UCS2_ALONE, _UCS2_JOINED))


def _cut(text: str, encode: Callable[[str], bytes], alone: int, joined: int) -> list[bytes]:
    encoded = [encode(character) for character in text]
    if sum(map(len, encoded)) <= alone:
        return [b"".join(encoded)]
    return list(_filled(encoded, joined))


def _filled(encoded: Sequence[bytes], room: int) -> Iterator[bytes]:
    part = b""
    for character in encoded:
        if len(part) + len(character) > room:
            yield part
            part = b""
        part += character
    yield part


def _ucs2(character: str) -> bytes:
    """Telephones read UTF-16 in it: an emoji takes the room of two characters."""
    return character.encode("utf-16-be", "replace")
