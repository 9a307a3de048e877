"""Telephones as a PBX names them, and the patterns of its dialplan. Pure."""

import re

from telemarket.core.errors import ConfigurationError

_SERIAL = re.compile(r"-[0-9a-f]{8}$")  # what makes a channel's name unique
_CLASSES = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*"}
_SET = re.compile(r"\[[0-9A-Za-z*#+-]+\]")


def device_of(name: str) -> str:
    """The telephone in the name of a channel, a queue's member or a hint: "PJSIP/101" of "PJSIP/101-0000001f",
    "Local/101" of "Local/101@from-queue/n"."""
    technology, slash, rest = name.removeprefix("hint:").partition(";")[0].partition("/")
    if not slash:
        return technology.partition("@")[0]
    number = _SERIAL.sub("", rest.partition("/")[0]).partition("@")[0]
    return f"{technology}/{number}"


def number_of(name: str) -> str:
    """The telephone without its technology: "101"."""
    return device_of(name).rpartition("/")[2]


def compile_pattern(text: str) -> re.Pattern[str]:
    """An extension as dialplans write it: literal, or with a leading "_" a pattern of X, Z, N, [sets], "." and "!".

    Raises ConfigurationError.
    """
    if not text.startswith("_"):
        return re.compile(re.escape(text))
    pieces = re.findall(r"\[[^\]]*\]|.", text[1:])
    if not pieces:
        raise ConfigurationError("[following] extensions: “_” matches nothing.")
    return re.compile("".join(_piece(piece, text) for piece in pieces))


def _piece(piece: str, pattern: str) -> str:
    if len(piece) == 1 and piece not in "[]":
        return _CLASSES.get(piece.upper() if piece in "xzn" else piece) or re.escape(piece)
    if not _SET.fullmatch(piece):
        raise ConfigurationError(f"[following] extensions: {pattern!r} is no pattern of an Asterisk dialplan.")
    try:
        re.compile(piece)
    except re.error as error:
        raise ConfigurationError(f"[following] extensions: {pattern!r}: {error}.") from error
    return piece
