"""What each channel of a call is connected to: the bridge, music, the ring tone, a recorded voice.

The call's state says how it should be; `settle` tells the PBX what is different from what it was told before.
"""

from telemarket.calls import commands as do
from telemarket.calls.crew import Crew
from telemarket.calls.model import Call, LegRole
from telemarket.calls.views import CallState, Direction, WatchMode

IN_BRIDGE = (LegRole.OWNER, LegRole.CONSULTED)


class Switch:
    """Emits the commands that connect and disconnect."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor

    def settle(self, call: Call) -> None:
        """Bring the PBX to what the call's state wants."""
        emit = self._floor.emit
        talkers, music, ringing = self._talkers(call), self._hearing_music(call), self._hearing_ringing(call)
        if leaving := tuple(sorted(call.joined - talkers)):
            emit(do.Unbridge(call.id, call.bridge_id, leaving))
        for channel_id in sorted(call.music - music):
            emit(do.StopMusic(call.id, channel_id))
        for channel_id in sorted(call.ringing - ringing):
            if channel_id in self._floor.channels and channel_id != call.customer:
                emit(do.StopRinging(call.id, channel_id))
        if talkers - call.joined:
            emit(do.Bridge(call.id, call.bridge_id, tuple(sorted(talkers))))
            call.bridged = True
            if call.customer in talkers:
                self._crew.taping.renew(call)
        for channel_id in sorted(music - call.music):
            emit(do.StartMusic(call.id, channel_id, call.project.music_class))
        for channel_id in sorted(ringing - call.ringing):
            emit(do.IndicateRinging(call.id, channel_id))
        call.joined, call.music, call.ringing = talkers, music, ringing

    def answer(self, call: Call) -> None:
        """Take the caller's call towards the network, if that has not been done."""
        if not call.up and call.customer is not None:
            call.up = call.unheard = True
            self._floor.emit(do.Answer(call.id, call.customer))

    def say(self, call: Call, media: tuple[str, ...]) -> None:
        """Let the customer hear recorded words; PlaybackEnded follows."""
        if call.customer is None:
            return
        self.answer(call)
        self.hush(call)
        call.playback = call.new_playback_id(self._floor.now)
        self.settle(call)
        # Its end may be lost with a connection: nobody waits for it for ever.
        self._floor.deadlines.set("heard", call.id, self._floor.now + self._floor.settings.longest_sound)
        language = call.project.plan.language
        self._floor.emit(do.Play(call.id, call.customer, call.playback, media, language))

    def hush(self, call: Call) -> None:
        """End what the customer is being told."""
        if call.playback:
            self._floor.emit(do.StopPlayback(call.id, call.playback))
            self.heard(call)

    def heard(self, call: Call) -> None:
        """Nothing is being said to the customer any more."""
        call.playback = ""
        self._floor.deadlines.clear("heard", call.id)

    def _talkers(self, call: Call) -> set[str]:
        """Who should be in the bridge; one alone stays out of it, for the ring tone."""
        if call.state is not CallState.TALKING:
            return set()
        talkers = {leg.id for leg in call.legs.values() if leg.up and not leg.held and leg.role in IN_BRIDGE}
        if call.customer is not None and call.up and not call.held:
            talkers.add(call.customer)
        for leg in call.having(LegRole.WATCHER):
            if leg.up and leg.mode is WatchMode.BARGE:
                talkers.add(leg.id)
        return talkers if len(talkers) > 1 else set()

    def _hearing_music(self, call: Call) -> set[str]:
        if call.state is CallState.TALKING:
            music = {leg.id for leg in call.legs.values() if leg.up and leg.held}
            return music | {call.customer} if call.held and call.customer is not None else music
        if call.customer is None or not call.up or not call.waited_music or call.playback:
            return set()
        waiting = call.state in (CallState.WAITING, CallState.RINGING, CallState.PARKED)
        return {call.customer} if waiting else set()

    def _hearing_ringing(self, call: Call) -> set[str]:
        if call.state is CallState.RINGING and call.direction is Direction.INBOUND:
            return {call.customer} if call.customer is not None and not call.up else set()
        calling = call.state is CallState.RINGING or any(not leg.up for leg in call.having(LegRole.CONSULTED))
        return {call.leg.id} if calling and call.leg is not None and call.leg.up else set()
