"""The recording of a call: one file that follows the customer from operator to operator."""

from telemarket.calls import commands as do
from telemarket.calls.crew import Crew
from telemarket.calls.model import Agent, Call
from telemarket.calls.recordings import recording_path

BY_RULE = "operator"
"""Who pauses a recording because this operator is never recorded."""


class Taping:
    """Begins, pauses and ends recordings."""

    def __init__(self, crew: Crew) -> None:
        self._floor = crew.floor

    def follow(self, call: Call, agent: Agent | None) -> None:
        """The call has this operator now: record him as he and the project want it."""
        asked = agent.record if agent is not None else ""
        wanted = asked == "always" or (call.project.record and asked != "never")
        if call.recording:
            self.pause(call, agent, paused=not wanted, by=BY_RULE)
        elif wanted:
            self.start(call, agent, call.project.recording_format, stereo=call.project.recording_stereo)

    def start(self, call: Call, agent: Agent | None, file_format: str, *, stereo: bool) -> None:
        """Record what is said on the customer's channel."""
        if call.customer is None or call.recording:  # one file a call: what was recorded before goes on
            return
        call.recording = recording_path(call.id, self._floor.now, file_format)
        call.recording_stereo = stereo
        self._floor.emit(do.Record(call.id, call.customer, call.recording, stereo))
        self._floor.journal(
            "recording.started",
            call=call,
            agent=agent,
            file=call.recording,
            channel=call.customer,
            stereo=stereo,
            project=call.project.id,
        )

    def renew(self, call: Call) -> None:
        """The customer hears somebody else now: let him be heard in the recording too. A paused one stays as it is
        until it goes on."""
        if call.recording and call.customer is not None and not call.recording_paused:
            self._floor.emit(do.RenewRecording(call.id, call.customer, call.recording, call.recording_stereo))

    def pause(self, call: Call, agent: Agent | None, *, paused: bool, by: str) -> None:
        """Keep what is said now out of the recording, or let it in again."""
        if call.customer is None or (call.recording_paused is paused and by == BY_RULE):
            return
        call.recording_paused = paused
        self._floor.emit(do.PauseRecording(call.id, call.customer, paused))
        if paused:
            self._floor.journal("recording.paused", call=call, agent=agent, by=by)
        else:
            self.renew(call)  # he may hear others than when it was paused
            self._floor.journal("recording.resumed", call=call, agent=agent)
        self._floor.tell(agent)

    def stop(self, call: Call) -> None:
        """The recording is whole."""
        if call.recording and call.customer is not None:
            self._floor.emit(do.StopRecording(call.id, call.customer))
            self._floor.journal("recording.stopped", call=call)
