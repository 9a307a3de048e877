"""What the dialplan's hooks ask, with a call centre that does what the test says."""

from datetime import UTC, datetime

from telemarket.calls.facts import Configured
from telemarket.calls.model import OperatorProfile, Project
from telemarket.calls.plan import Hours, Opening, Overflow, OverflowWhen, Plan
from telemarket.contacts.model import Contact, Match
from telemarket.core.bus import EventBus
from telemarket.core.journal import Entry
from telemarket.dialplan.directory import Directory
from telemarket.dialplan.hooks import House
from tests.fakes.call_centre import FakeCallCentre

IVAN = Contact(id=7, name='Іван "${SHELL(touch /tmp/x)}" \\ Коваль', company="Ромашка & Ко, ТОВ", vip=True)
NUMBER_OF_IVAN = "380441234567"
WORKDAY = (Opening(since="09:00", until="18:00"),)
KASKO = Project(
    id=1,
    number="077",
    name="Ромашка",
    dnis=("5001",),
    operator_ids=frozenset((5, 6)),
    plan=Plan(
        hours=Hours(week=(*[WORKDAY] * 5, (), ())),
        max_waiting=3,
        overflow=(
            Overflow(when=OverflowWhen.WAITED, to="voicemail", after=60),
            Overflow(when=OverflowWhen.CLOSED, to="message:closed"),
            Overflow(when=OverflowWhen.FULL, to="queue:078"),
        ),
    ),
)
ROUND_THE_CLOCK = Project(id=2, number="078", name="Цілодобово", dnis=("5002",))
ANNA = OperatorProfile(id=5, endpoint="PJSIP/anna-1", login="anna")
BORIS = OperatorProfile(id=6, endpoint="PJSIP/boris", login="boris")
MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Matcher:
    """Knows one number."""

    async def match(self, ani: str) -> Match:
        return Match(contact=IVAN) if ani == NUMBER_OF_IVAN else Match()


class FakeHouse:
    """`house` is what the hooks are given; `now` is the time they see, `kept` what they put into the journal.

    It is the hooks' history too, of the calls in `kept`.
    """

    def __init__(self) -> None:
        self.now = MONDAY_NOON
        self.kept: list[Entry] = []
        self.centre = FakeCallCentre(EventBus())
        directory = Directory()
        directory.take(Configured(projects=(KASKO, ROUND_THE_CLOCK), operators=(ANNA, BORIS)))
        self.house = House(
            matcher=Matcher(),
            centre=self.centre,
            history=self,
            directory=directory,
            append=self.kept.append,
            pauses=self._pauses,
            clock=lambda: self.now,
            timezone="Europe/Kyiv",
        )

    async def knows(self, call_id: str) -> bool:
        return any(entry.call_id == call_id for entry in self.kept)

    async def _pauses(self) -> list[str]:
        return ["Перерва", "Обід"]
