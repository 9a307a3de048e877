"""What pages are shown of, and may do with, operators whose telephones the PBX runs."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from telemarket.asterisk.ami import Event
from telemarket.calls import facts
from telemarket.calls.engine import Engine
from telemarket.calls.model import OperatorProfile, Project
from telemarket.calls.outbound import OutboundRules
from telemarket.calls.projection import CallProjection
from telemarket.calls.today import Today
from telemarket.calls.views import AgentState, BoardChanged
from telemarket.core.bus import EventBus
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.errors import NotAllowed
from telemarket.core.journal import Entry, JournalWriter
from telemarket.core.settings import AsteriskSettings, FollowingSettings
from telemarket.following.centre import FollowedCentre
from telemarket.following.directory import Directory, make_directory
from telemarket.following.service import Following
from telemarket.numbers.model import NumberingPlan
from tests.unit.following.test_follower import ANNA, BORIS, PROJECT, person

SERVED = Project(id=8, number="088", name="Own", operator_ids=frozenset({BORIS}))


class House:
    """A centre with anna followed and boris Telemarket's own; the PBX is told by hand."""

    def __init__(self, folder: Path) -> None:
        self.bus = EventBus()
        self.database = Database(f"sqlite+aiosqlite:///{folder / 'telemarket.db'}")
        self.journal = JournalWriter(self.database, CallProjection("sqlite"))
        engine = Engine()
        engine.handle(
            facts.Configured(
                projects=(PROJECT, SERVED),
                operators=(
                    OperatorProfile(id=ANNA, endpoint="PJSIP/101"),
                    OperatorProfile(id=BORIS, endpoint="PJSIP/102"),
                ),
            ),
            0.0,
        )
        settings = FollowingSettings(queues={"400": PROJECT.number})
        directory = make_directory(
            settings, [PROJECT, SERVED], [person(ANNA, "anna", "101"), person(BORIS, "boris", "102")]
        )

        async def load() -> Directory:
            return directory

        self.following = Following(
            AsteriskSettings(ami_port=1), settings, self.journal, self.bus, load, is_own=lambda _: False, card_wait=0.1
        )
        self.following.floor.configure(directory, 0.0)
        self.centre = FollowedCentre(
            engine,
            lambda fact: engine.handle(fact, 1.0),
            self.bus,
            today=Today(self.database, self.bus, ZoneInfo("Europe/Kyiv"), utc_now),
            rules=OutboundRules(plan=NumberingPlan(regions=("UA",), area_code="44")),
            following=self.following,
        )

    def tell(self, event: str, **headers: str) -> None:
        self.following._handle(Event(event, headers))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    await house.following.close()
    await house.database.close()


async def test_the_board_shows_both_kinds_of_queues(house: House) -> None:
    told = asyncio.Event()
    house.bus.subscribe(BoardChanged, lambda _: told.set())
    house.tell("QueueMemberStatus", Queue="400", Interface="PJSIP/101", Status="1", Paused="0")
    house.tell("QueueCallerJoin", Channel="PJSIP/trunk-00000000", Uniqueid="1.0", Linkedid="1.0", Queue="400")
    await asyncio.wait_for(told.wait(), 5)
    board = house.centre.board()
    queues = {queue.project.number: queue for queue in board.queues}
    assert (queues["077"].waiting, queues["077"].ready, queues["077"].on_shift) == (1, 1, 1)
    assert queues["077"].longest_waiting_since
    assert queues["088"].waiting == 0
    assert [agent.id for agent in board.agents] == [ANNA]
    assert [call.id for call in board.calls] == ["1.0"]


async def test_a_followed_operator_is_looked_at_and_not_commanded(house: House) -> None:
    house.tell("QueueMemberStatus", Queue="400", Interface="PJSIP/101", Status="1", Paused="1", PausedReason="lunch")
    view = house.centre.agent_view(ANNA)
    assert (view.state, view.reason) == (AgentState.PAUSED, "lunch")
    for command in (
        lambda: house.centre.make_ready(ANNA),
        lambda: house.centre.pause(ANNA, "lunch"),
        lambda: house.centre.hang_up(ANNA),
        lambda: house.centre.hold(ANNA, True),
    ):
        with pytest.raises(NotAllowed, match="exchange's own"):
            command()
    house.centre.go_offline(ANNA)  # signing out is nobody's command
    house.centre.page_connected(BORIS)
    house.centre.make_ready(BORIS)
    assert house.centre.agent_view(BORIS).state is AgentState.READY


async def test_a_call_that_telemarket_gave_back_is_not_counted_again(house: House) -> None:
    arrived = {"project": None, "ani": "1", "caller_name": "", "dnis": "555"}
    house.bus.publish(Entry(utc_now(), "call.arrived", arrived, "1.0"))
    house.tell("QueueCallerJoin", Channel="PJSIP/trunk-00000000", Uniqueid="1.0", Linkedid="1.0", Queue="400")
    assert not house.centre.board().calls
    assert house.journal.backlog == 0
