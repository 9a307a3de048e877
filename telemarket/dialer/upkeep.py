"""What keeps the dialer going: campaigns taken up, ends written down, leases renewed, and what others left behind."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from telemarket.calls.floor import Floor
from telemarket.core.clock import Clock
from telemarket.core.errors import DatabaseUnavailable
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.claiming import Claims
from telemarket.dialer.dialer import CallCentre, Dialer
from telemarket.dialer.fates import Fates
from telemarket.dialer.figures import FigureReader
from telemarket.dialer.hygiene import NumberHygiene
from telemarket.dialer.model import Attempt, Campaign, CampaignState, Ended, Outcome
from telemarket.dialer.running import Running
from telemarket.dialer.settling import Settling

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.5
SETTLE_SECONDS = 0.1
RELOAD_SECONDS = 2.0
WAKE_SECONDS = 5.0
FIGURES_SECONDS = 15.0
LEASE_SECONDS = 30.0
LEFT_BEHIND_SECONDS = 5.0
SAVE_SECONDS = 60.0
WITHDRAWAL_SECONDS = 0.5
DATABASE_REST_SECONDS = 2.0
"""After the database did not answer."""

_LOOKED_AFTER = (CampaignState.RUNNING, CampaignState.PAUSED)


class Upkeep:
    """Owns the dialer's background work. `clock` is aware UTC, `house_zone` IANA."""

    def __init__(
        self,
        dialer: Dialer,
        floor: Floor,
        centre: CallCentre,
        campaigns: CampaignService,
        claims: Claims,
        settling: Settling,
        hygiene: NumberHygiene,
        figures: FigureReader,
        fates: Fates,
        clock: Clock,
        house_zone: str,
    ) -> None:
        self._dialer = dialer
        self._floor = floor
        self._centre = centre
        self._campaigns = campaigns
        self._claims = claims
        self._settling = settling
        self._hygiene = hygiene
        self._figures = figures
        self._fates = fates
        self._clock = clock
        self._zone = ZoneInfo(house_zone)
        self._looked_back = False  # at the calls that an earlier life of this daemon left on the lines

    async def run(self) -> None:
        """Work until cancelled; then save what the paces have learned."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for work, seconds in (
                    (self.reload, RELOAD_SECONDS),
                    (self.tick, TICK_SECONDS),
                    (self.settle, SETTLE_SECONDS),
                    (self.watch_previews, RELOAD_SECONDS),
                    (self.wake, WAKE_SECONDS),
                    (self.count, FIGURES_SECONDS),
                    (self.renew, LEASE_SECONDS),
                    (self.take_over, LEFT_BEHIND_SECONDS),
                    (self.save, SAVE_SECONDS),
                ):
                    tasks.create_task(_every(seconds, work))
        finally:
            await asyncio.shield(self._close())

    async def _close(self) -> None:
        for running in self._dialer.running.values():
            self._dialer.withdraw(running, ringing=True)
        try:
            await asyncio.sleep(WITHDRAWAL_SECONDS)  # the PBX is told beside us, and this daemon soon hears it no more
            await self.settle()
            await self.save()
        except DatabaseUnavailable as error:  # the journal knows the ends: the next daemon settles them
            log.warning("the dialer could not write down its last calls", error=str(error))

    async def tick(self) -> None:
        """Place the calls that are due; before the first of them it is seen which lines are in use."""
        if self._floor.pbx_connected and not self._looked_back:
            await self.reload()
            await self._see_to_left_behind()
            self._looked_back = True
        await self._dialer.tick()

    # ---- campaigns

    async def reload(self) -> None:
        """Take campaigns as they are now: another process may have changed them."""
        running = self._dialer.running
        for campaign in await self._campaigns.all():
            if campaign.id in running:
                self._take(running[campaign.id], campaign)
            elif campaign.state in _LOOKED_AFTER:
                saved = await self._campaigns.load_pacing(campaign.id)
                spent = await self._figures.spent(campaign, self._clock())
                running.setdefault(campaign.id, Running(campaign, saved, spent))
            ends = campaign.ends_at
            if campaign.state in _LOOKED_AFTER and ends is not None and self._clock() >= ends:
                await self._campaigns.set_state(campaign.id, CampaignState.FINISHED, user=None)
        for known in tuple(running.values()):
            if known.campaign.state not in _LOOKED_AFTER and not known.calls and not known.in_flight:
                del running[known.campaign.id]
                self._dialer.promised.pop(known.campaign.id, None)
                await self._campaigns.save_pacing(known.campaign.id, known.state())

    async def watch_previews(self) -> None:
        """Who only is looked at is asked about again and again: he may be called until the moment he is dialed."""
        for running in tuple(self._dialer.running.values()):
            for call_id, call in tuple(running.calls.items()):
                if call.previewed and (running.stopped_for or await self._claims.recheck(call.attempt) is not None):
                    self._centre.withdraw_lead(call_id)

    def _take(self, running: Running, campaign: Campaign) -> None:
        stopped = running.campaign.state is not campaign.state
        running.take(campaign)
        if stopped and campaign.state is not CampaignState.RUNNING:
            self._dialer.withdraw(running)

    async def save(self) -> None:
        """Keep what the paces have learned."""
        for running in tuple(self._dialer.running.values()):
            await self._campaigns.save_pacing(running.campaign.id, running.state())

    # ---- leads

    async def settle(self) -> None:
        """Write down what became of calls, in order; what cannot be written waits."""
        dialer = self._dialer
        while dialer.dialed_late:
            await self._claims.dialed(dialer.dialed_late[0])
            dialer.dialed_late.popleft()
        while dialer.ended:
            try:
                await self._settle(dialer.ended[0])
            except DatabaseUnavailable:
                raise
            except Exception:  # its lease ends, and then it is asked about again
                log.exception("the end of a call could not be written down", attempt=dialer.ended[0].attempt_id)
            dialer.ended.popleft()

    async def _settle(self, end: Ended) -> None:
        await self._settling.ended(end)
        await self._hygiene.took([end])

    async def wake(self) -> None:
        """Leads whose time has come may be called."""
        now = self._clock()
        if await self._claims.wake(now):
            for running in self._dialer.running.values():
                running.empty_until = 0.0
        for running in tuple(self._dialer.running.values()):
            self._dialer.promised[running.campaign.id] = await self._figures.promised(running.campaign, now)

    async def renew(self) -> None:
        """The calls under way are still ours."""
        for running in tuple(self._dialer.running.values()):
            await self._ask_about_lost(running)
        live = [call_id for running in self._dialer.running.values() for call_id in running.calls]
        if live:
            await self._claims.renew(live)

    async def _ask_about_lost(self, running: Running) -> None:
        """Calls the engine does not know (any more), though nobody told of their end."""
        before = self._clock().timestamp() - LEASE_SECONDS
        for call_id, call in tuple(running.calls.items()):
            if call_id not in self._floor.calls and call.dialed_at < before:
                forgotten = self._dialer.forget(running, call_id)
                await self._take_over(forgotten.attempt, counted=forgotten.connected_at is not None)

    async def count(self) -> None:
        """Read the figures that the database counts."""
        now = self._clock()
        midnight = datetime.combine(now.astimezone(self._zone).date(), time(), self._zone)
        for running in tuple(self._dialer.running.values()):
            running.figures = await self._figures.read(running.campaign, midnight, now - timedelta(hours=1))
            running.progress.leads_left(now, running.figures.leads_left)

    # ---- what was left behind

    async def take_over(self) -> None:
        """See what became of attempts whose daemon is gone, perhaps this one's earlier life."""
        if self._floor.pbx_connected and self._looked_back:  # until the PBX has been seen nobody knows what lives
            await self._see_to_left_behind()

    async def _see_to_left_behind(self) -> None:
        for attempt in await self._claims.left_behind():
            if self._dialer.find(attempt.id) is not None:
                continue
            try:
                await self._take_over(attempt)
            except DatabaseUnavailable:
                raise
            except Exception:  # the others must not wait for this one
                log.exception("what became of a call could not be found out", attempt=attempt.id)

    async def _take_over(self, attempt: Attempt, *, counted: bool = False) -> None:
        """`counted`: the pace knows of it that an operator had it."""
        end = await self._fates.end_of(attempt.id)
        call, running = self._floor.calls.get(attempt.id), self._dialer.running.get(attempt.campaign_id)
        if call is not None:  # it lives; one of a campaign nobody looks after any more is asked about again
            connected = datetime.fromtimestamp(call.answered_at, self._zone) if call.answered_at else None
            if running is not None:
                self._dialer.adopt(running, attempt, connected)
        elif end is not None:
            await self._settle(end)
            if running is not None and not counted:
                running.missed(end)
        elif await self._fates.was_dialed(attempt.id):
            log.warning("nobody saw the end of a call", attempt=attempt.id, campaign=attempt.campaign_id)
            await self._settle(Ended(attempt_id=attempt.id, outcome=Outcome.UNKNOWN, at=self._clock()))
        else:
            await self._claims.release(attempt.id)


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` again and again. Its trouble is not the end of it: the database may be back soon."""
    while True:
        try:
            await work()
        except DatabaseUnavailable as error:
            log.warning("the dialer waits for the database", error=str(error))
            await asyncio.sleep(DATABASE_REST_SECONDS)
        except Exception:
            log.exception("the dialer's upkeep failed", work=getattr(work, "__name__", ""))
        await asyncio.sleep(seconds)
