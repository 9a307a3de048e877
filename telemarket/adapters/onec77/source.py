"""What the mapping is applied to: a base with its dictionary, or a folder of exports."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from telemarket.adapters.onec77.values import Reference


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A catalog, register or document.

    `key` is its lasting name (SC47), with which the keys of its records begin; `number` what a reference of several
    types calls it, 0 where there are none.
    """

    kind: str
    name: str
    key: str
    number: int = 0


class Attribute(msgspec.Struct, frozen=True):
    """`type` is C, N or D; `length` tells the kinds of references apart."""

    type: str
    length: int


Row = tuple[str, ...]
"""An identifier and attributes, without blanks at their ends."""


class Source(Protocol):
    """Blocking; its methods raise BackendUnavailable and BackendRefused.

    `refused` gathers rows that could not be read, each with its record's key or, where that cannot be told, its
    place.
    """

    refused: list[tuple[str, str]]
    identifier: str
    """The attribute that identifies the elements of a catalog."""

    def about(self) -> str:
        """What this is, for people."""

    def find(self, kind: str, name: str) -> Thing:
        """The catalog, register or document an administrator calls so; raises UnknownName."""

    def attribute(self, thing: Thing, name: str) -> Attribute:
        """The attribute an administrator calls so; raises UnknownName."""

    def rows(self, thing: Thing, attributes: Sequence[str]) -> Iterator[Row]:
        """Identifier and the attributes of every element that is neither a folder nor marked for deletion; of every
        line of a posted document; of every current balance of a register."""

    def tells_all(self, things: Iterable[Thing]) -> bool:
        """Whether each row of `things` says whose it is: only then is gone who has none."""

    def key(self, thing: Thing, identifier: str) -> str:
        """The key of the record of an element."""

    def names(self, thing: Thing) -> Mapping[str, str]:
        """The names of a catalog's elements by identifier."""

    def reference(self, text: str, attribute: Attribute) -> Reference | None:
        """What the value of an attribute points to."""

    def count(self, thing: Thing) -> int:
        """How many rows there are, about."""

    def stamp(self, wanted: Iterable[tuple[Thing, Sequence[str]]]) -> str:
        """A text that changes when any of these attributes may have changed; empty where that cannot be known."""
