"""The ladder: from phone-index rows that resemble a caller's number to who the caller may be. Pure."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from telemarket.contacts.model import PHONE_KINDS, Candidate, Contact, Match, MatchLevel
from telemarket.numbers import Number, Quality, national_part

MAX_CANDIDATES = 20
_LAST_SURE = MatchLevel.AREA_ASSUMED  # below this rung no card opens unasked

Rank = tuple[int, int, int, int]


class Hit(msgspec.Struct, frozen=True):
    """One row of the phone index (or an operator's earlier choice) that resembles the caller's number."""

    chosen: bool
    contact_id: int
    e164: str
    digits: str
    kind: str
    quality: int
    origin: str


def judge(number: Number, hits: Iterable[Hit], contacts: Mapping[int, Contact], backends: Sequence[str]) -> Match:
    """Who may be calling from `number`.

    Only the best rung with a hit counts. Within it contacts are ranked by the phone's quality and kind and by the
    place of its origin among `backends` (others come last); where that leaves a tie nobody is opened unasked, and
    the most recently changed stands first.
    """
    chosen: Candidate | None = None
    ranks: dict[int, Rank] = {}
    for hit in hits:
        contact = contacts[hit.contact_id]
        if hit.chosen:
            chosen = Candidate(contact=contact, level=MatchLevel.CHOSEN)
            continue
        rank = (level_of(number, hit), hit.quality, _place(hit.kind, PHONE_KINDS), _place(hit.origin, backends))
        ranks[contact.id] = min(rank, ranks.get(contact.id, rank))
    if chosen is not None:
        ranks.pop(chosen.contact.id, None)
    best = min((rank[0] for rank in ranks.values()), default=MatchLevel.SUFFIX_7)
    ordered = sorted((rank, -_changed(contacts[key]), key) for key, rank in ranks.items() if rank[0] == best)
    candidates = [Candidate(contact=contacts[key], level=MatchLevel(rank[0])) for rank, _, key in ordered]
    if chosen is not None:
        return Match(candidates=(chosen, *candidates)[:MAX_CANDIDATES], contact=chosen.contact)
    tied = len(ordered) > 1 and ordered[0][0] == ordered[1][0]
    opens = bool(candidates) and best <= _LAST_SURE and not tied
    return Match(candidates=tuple(candidates[:MAX_CANDIDATES]), contact=candidates[0].contact if opens else None)


def level_of(number: Number, hit: Hit) -> MatchLevel:
    """The rung on which `hit` stands for the caller's `number`."""
    if number.is_internal:
        return MatchLevel.INTERNAL
    if number.e164 and hit.e164 == number.e164:
        sure = number.quality == hit.quality == Quality.VALID
        return MatchLevel.EXACT if sure else MatchLevel.AREA_ASSUMED
    if _national(hit.e164, hit.digits) == _national(number.e164, number.digits):
        return MatchLevel.NATIONAL
    return MatchLevel.SUFFIX_9 if hit.digits[-9:] == number.digits[-9:] else MatchLevel.SUFFIX_7


def _national(e164: str, digits: str) -> str:
    """Without country code or, where none is known, without trunk prefix."""
    return national_part(e164) if e164 else digits.lstrip("0")


def _place(value: str, order: Sequence[str]) -> int:
    return order.index(value) if value in order else len(order)


def _changed(contact: Contact) -> float:
    return contact.updated_at.timestamp() if contact.updated_at else 0.0
