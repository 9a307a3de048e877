"""The parked calls, told to every operator's page when one is parked or taken up."""

from datetime import datetime

import msgspec

from telemarket.calls.api import CallCentre
from telemarket.calls.views import CallState, CallView
from telemarket.core.clock import Clock
from telemarket.core.i18n import Translator
from telemarket.desk.cards import CardDesk, encode
from telemarket.desk.live import LiveHub
from telemarket.desk.rendering import phone


class _Parked(msgspec.Struct, frozen=True):
    call: CallView
    since: datetime


class ParkedCalls:
    """Watches the floor for parked calls. `since` is when a call was first seen parked, at most a second late."""

    def __init__(self, call_centre: CallCentre, hub: LiveHub, cards: CardDesk, clock: Clock) -> None:
        self._call_centre = call_centre
        self._hub = hub
        self._cards = cards
        self._clock = clock
        self._calls: dict[str, _Parked] = {}

    def look(self) -> None:
        """The floor changed: tell operators' pages if other calls are parked than before."""
        now = self._clock()
        parked = {call.id: call for call in self._call_centre.board().calls if call.state is CallState.PARKED}
        if parked.keys() == self._calls.keys():
            return
        since = {call_id: known.since for call_id, known in self._calls.items()}
        self._calls = {call_id: _Parked(call, since.get(call_id, now)) for call_id, call in parked.items()}
        self._hub.send_to_operators(self.message)

    def message(self, translator: Translator) -> str:
        """The stream message with the parked calls, the longest parked first."""
        ordered = sorted(self._calls.values(), key=lambda parked: parked.since)
        return encode({"type": "parked", "calls": [self._described(parked, translator) for parked in ordered]})

    def _described(self, parked: _Parked, translator: Translator) -> dict[str, object]:
        call, card = parked.call, self._cards.card(parked.call.id)
        return {
            "id": call.id,
            "slot": call.parked_slot,
            "caller": (card.title if card else phone(call.ani)) or translator.gettext("Number withheld"),
            "project": f"{call.project.name} ({call.project.number})",
            "since": parked.since,
        }
