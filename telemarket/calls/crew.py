"""The parts of the engine that act on the floor, so that each finds the others."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telemarket.calls import facts
    from telemarket.calls.callbacks import Callbacks
    from telemarket.calls.campaign import Campaign
    from telemarket.calls.ending import Ending
    from telemarket.calls.entry import Entry
    from telemarket.calls.floor import Floor
    from telemarket.calls.offering import Offering
    from telemarket.calls.outgoing import Outgoing
    from telemarket.calls.supervision import Supervision
    from telemarket.calls.switch import Switch
    from telemarket.calls.talking import Talking
    from telemarket.calls.taping import Taping
    from telemarket.calls.waiting import Waiting


class Crew:
    """One of each; the engine puts them here."""

    switch: "Switch"
    offering: "Offering"
    waiting: "Waiting"
    talking: "Talking"
    taping: "Taping"
    entry: "Entry"
    callbacks: "Callbacks"
    outgoing: "Outgoing"
    campaign: "Campaign"
    supervision: "Supervision"
    ending: "Ending"
    tell: "Callable[[facts.Fact], None]"  # handle another fact at the same moment

    def __init__(self, floor: "Floor") -> None:
        self.floor = floor
