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
from telemarket.following import service
from telemarket.following.centre import FollowedCentre
from telemarket.following.directory import Directory, make_directory
from telemarket.following.service import Following
from telemarket.numbers.model import NumberingPlan
from tests.unit.following.test_follower import ANNA, BORIS, PROJECT, person

OLENA = 3
SERVED = Project(id=8, number="088", name="Own", operator_ids=frozenset({BORIS}))


class House:
    """A centre with boris Telemarket's own, and anna and olena in no project; the PBX is told by hand."""

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
                    OperatorProfile(id=OLENA, endpoint="PJSIP/103"),
                ),
            ),
            0.0,
        )
        settings = FollowingSettings(queues={"400": PROJECT.number})
        directory = make_directory(
            settings,
            [PROJECT, SERVED],
            [person(ANNA, "anna", "101"), person(BORIS, "boris", "102"), person(OLENA, "olena", "103")],
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


async def test_a_supervisor_without_queue_or_project_is_nobodys_operator(house: House) -> None:
    house.centre.page_connected(OLENA)
    house.tell("QueueMemberStatus", Queue="500", Interface="PJSIP/103", Status="1", Paused="0")  # is not followed
    assert not house.centre.board().agents
    house.centre.call_number(OLENA, "0671234567", PROJECT.id)
    house.centre.hang_up(OLENA)


async def test_who_leaves_the_queues_is_followed_no_more(house: House) -> None:
    house.tell("QueueMemberStatus", Queue="400", Interface="PJSIP/101", Status="1", Paused="0")
    house.tell("QueueMemberRemoved", Queue="400", Interface="PJSIP/101")
    assert house.following.agent_view(ANNA) is None
    assert not house.centre.board().agents


async def test_the_pbxs_calls_and_operators_are_not_supervised(house: House) -> None:
    house.tell("QueueMemberStatus", Queue="400", Interface="PJSIP/101", Status="1", Paused="0")
    house.tell("QueueCallerJoin", Channel="PJSIP/trunk-00000000", Uniqueid="1.0", Linkedid="1.0", Queue="400")
    with pytest.raises(NotAllowed, match="exchange's own"):
        house.centre.set_agent_state(OLENA, ANNA, "paused", "lunch")
    for command in (
        lambda: house.centre.watch(OLENA, "1.0", "listen"),
        lambda: house.centre.move_call(OLENA, "1.0", "queue:088"),
        lambda: house.centre.end_call(OLENA, "1.0"),
        lambda: house.centre.retrieve(OLENA, "1.0"),
    ):
        with pytest.raises(NotAllowed, match="runs this call itself"):
            command()


async def test_following_goes_on_after_whatever_went_wrong(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = asyncio.Event()

    async def look() -> bool:
        if not looked.is_set():
            looked.set()
            raise RuntimeError("a picture nobody has seen before")
        return True

    monkeypatch.setattr(service, "TRY_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(house.following, "_look", look)
    monkeypatch.setattr(type(house.following.ami), "connected", True)
    told = asyncio.Event()
    house.bus.subscribe(BoardChanged, lambda _: told.set())
    reading = asyncio.create_task(house.following._persist(house.following._read))
    house.following.events.interrupt()
    await asyncio.wait_for(looked.wait(), 5)
    joined = {"Channel": "PJSIP/trunk-00000000", "Uniqueid": "1.0", "Linkedid": "1.0", "Queue": "400"}
    house.following.events.put(Event("QueueCallerJoin", joined))
    await asyncio.wait_for(told.wait(), 5)
    assert [call.id for call in house.centre.board().calls] == ["1.0"]
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def test_a_call_that_telemarket_gave_back_is_not_counted_again(house: House) -> None:
    arrived = {"project": None, "ani": "1", "caller_name": "", "dnis": "555"}
    house.bus.publish(Entry(utc_now(), "call.arrived", arrived, "1.0"))
    house.tell("QueueCallerJoin", Channel="PJSIP/trunk-00000000", Uniqueid="1.0", Linkedid="1.0", Queue="400")
    assert not house.centre.board().calls
    assert house.journal.backlog == 0
