"""A daemon that starts while others, or its earlier life, have called: what it knows of their calls."""

from datetime import timedelta

import msgspec

from telemarket.calls.tables import calls
from telemarket.core.bus import EventBus
from telemarket.dialer.claiming import Claims
from telemarket.dialer.dialer import Dialer
from telemarket.dialer.fates import Fates
from telemarket.dialer.figures import FigureReader
from telemarket.dialer.hygiene import NumberHygiene
from telemarket.dialer.model import Attempt, Campaign, Outcome
from telemarket.dialer.upkeep import Upkeep
from tests.fakes.dialing_room import DialingRoom
from tests.integration.dialer.store.house import FREELY, House, numbers


class Daemon:
    """A daemon in its next life, whose PBX knows no call."""

    def __init__(self, house: House, claims: Claims) -> None:
        room = DialingRoom()
        clock = lambda: house.now  # noqa: E731
        bus = EventBus()
        self.dialer = Dialer(room.engine.floor, room, claims, bus, bus.publish, clock, "Europe/Kyiv")
        hygiene, figures = NumberHygiene(house.database, clock), FigureReader(house.database)
        kept = (house.campaigns, claims, house.settling, hygiene, figures, Fates(house.database))
        self.upkeep = Upkeep(self.dialer, room.engine.floor, room, *kept, clock, "Europe/Kyiv")

    def abandons(self, campaign: Campaign) -> tuple[int, int]:
        """What its page says: (abandoned, of how many)."""
        view = self.dialer.view(campaign.id)
        assert view is not None
        return view.abandons.abandoned, view.abandons.counted


async def called(house: House, campaign: Campaign, count: int) -> list[Attempt]:
    """Leads that are being called."""
    attempts = await house.claim(campaign, count)
    for attempt in attempts:
        assert await house.claims.dialed(attempt.id)
    return attempts


async def test_the_budget_is_what_all_daemons_have_called_within_the_window(house: House) -> None:
    profile = msgspec.structs.replace(FREELY.profile, window_days=1, lockout_hours=0)
    campaign = await house.campaign(msgspec.structs.replace(FREELY, profile=profile))
    await house.add(campaign, *numbers(10))
    [old] = await called(house, campaign, 1)
    await house.end(old, Outcome.DROPPED)
    house.wait(days=2)
    for attempt in await called(house, campaign, 5):
        await house.end(attempt, Outcome.ANSWERED, connected_at=house.now)
    house.wait(hours=1)
    for attempt, outcome in zip(await called(house, campaign, 2), (Outcome.DROPPED, Outcome.BUSY), strict=True):
        await house.end(attempt, outcome)
    daemon = Daemon(house, house.daemon("elsewhere"))
    await house.campaigns.save_pacing(campaign.id, "")  # another has kept what he knows
    await daemon.upkeep.reload()
    assert daemon.abandons(campaign) == (1, 6)


async def test_who_was_abandoned_while_the_daemon_was_away_counts(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(2))
    results = {"dropped": None, "answered": house.now + timedelta(seconds=9)}
    for attempt, (result, answered) in zip(await called(house, campaign, 2), results.items(), strict=True):
        call = {"id": attempt.id, "arrived_at": house.now, "answered_at": answered, "ended_at": house.now}
        async with house.database.write() as connection:
            await connection.execute(calls.insert().values(**call, direction="outbound", result=result))
    house.wait(seconds=20)
    daemon = Daemon(house, house.daemon("here"))
    await daemon.upkeep.tick()
    assert daemon.abandons(campaign) == (1, 2)
    again = Daemon(house, house.daemon("here"))
    await again.upkeep.tick()
    assert again.abandons(campaign) == (1, 2), "they are counted once, whoever asks"
