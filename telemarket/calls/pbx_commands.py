"""Commands of the engine as ARI requests, and recordings through AMI."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import structlog

from telemarket.asterisk.ari.client import AriClient
from telemarket.asterisk.ari.errors import AriConflict, AriError, AriNotFound, AriUnavailable
from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.recordings import Recorder
from telemarket.sounds.phrases import media

log = structlog.get_logger(__name__)

ESSENTIAL = (do.Answer, do.CreateLeg, do.Dial, do.Bridge, do.Snoop)
"""Commands without which a call cannot go on; what becomes of the others is looked after otherwise."""

BRIDGE_TYPE = "mixing,dtmf_events"
"""Without the second, Asterisk joins two telephones packet by packet and sees no key that is pressed."""

AUTO_ANSWER = {
    "PJSIP_HEADER(add,Alert-Info)": "<http://127.0.0.1>;info=alert-autoanswer;delay=0",
    "PJSIP_HEADER(add,Call-Info)": "<sip:127.0.0.1>;answer-after=0",
}
"""What makes telephones answer by themselves, each maker's in his own way; the addresses mean nothing to any."""

LOCAL_FORMATS = "ulaw,alaw"
"""Unless told, Asterisk gives a Local channel 192 kHz: costly. And where one is transcoded, a conference that grew out
of a conversation of two is silent for it (22.10)."""

MAKES_CHANNEL = (do.CreateLeg, do.Snoop)
"""Commands whose channel never comes if they fail: no event of its own tells of its end."""

NOT_THERE = (400, 404, 422)
"""How Asterisk says that a channel, the bridge, or the one in the other is not (any more)."""


class PbxCommands:
    """Carries out one command at a time. `sounds` is the folder of sounds as Asterisk sees it."""

    def __init__(self, ari: AriClient, recorder: Recorder, fallback_context: str, sounds: str) -> None:
        self._ari = ari
        self._recorder = recorder
        self._fallback_context = fallback_context
        self._sounds = sounds
        self._actions: dict[type, Callable[[Any], Awaitable[None]]] = {
            do.IndicateRinging: lambda command: ari.channels.ring(command.channel_id),
            do.Answer: lambda command: ari.channels.answer(command.channel_id),
            do.StartMusic: lambda command: ari.channels.start_moh(command.channel_id, moh_class=command.music_class),
            do.StopMusic: lambda command: ari.channels.stop_moh(command.channel_id, missing_ok=True),
            do.CreateLeg: self._create_leg,
            do.Dial: lambda command: ari.channels.dial(command.channel_id, timeout=command.timeout),
            do.Bridge: self._bridge,
            do.Unbridge: self._unbridge,
            do.DestroyBridge: lambda command: ari.bridges.destroy(command.bridge_id, missing_ok=True),
            do.Play: self._play,
            do.StopPlayback: lambda command: ari.playbacks.stop(command.playback_id, missing_ok=True),
            do.StopRinging: lambda command: ari.channels.ring_stop(command.channel_id, missing_ok=True),
            do.Mute: self._mute,
            do.SendDigits: lambda command: ari.channels.send_dtmf(command.channel_id, dtmf=command.digits),
            do.Snoop: self._snoop,
            do.Record: lambda command: recorder.record(command.channel_id, command.path, stereo=command.stereo),
            do.RenewRecording: lambda command: recorder.renew(command.channel_id, command.path, stereo=command.stereo),
            do.PauseRecording: lambda command: recorder.pause(command.channel_id, command.paused),
            do.StopRecording: lambda command: recorder.stop(command.channel_id),
            do.HangUp: lambda command: ari.channels.hangup(command.channel_id, missing_ok=True),
            do.GiveBack: self._give_back,
        }

    async def carry_out(self, command: do.PbxCommand) -> facts.CommandFailed | facts.PlaybackEnded | None:
        """Do it; returns what the engine has to be told if it could not be done.

        That a channel is gone already is no failure: its end is an event of its own. A playback that does not begin
        has ended. Raises AriUnavailable if the PBX did not answer: it may or may not have done it.
        """
        try:
            await self._actions[type(command)](command)
        except (AriNotFound, AriConflict) as error:
            log.debug("too late for a command", command=type(command).__name__, error=str(error))
            if isinstance(command, MAKES_CHANNEL):
                return _failed(command, error)
            if isinstance(command, do.Play):
                return _not_played(command)
        except AriError as error:
            if isinstance(error, AriUnavailable) and not error.status:
                raise
            log.warning("the PBX refused a command", command=type(command).__name__, error=str(error))
            if isinstance(command, ESSENTIAL):
                return _failed(command, error)
            if isinstance(command, do.Play):
                return _not_played(command)
        return None

    async def _create_leg(self, command: do.CreateLeg) -> None:
        caller = {"CONNECTEDLINE(num,i)": command.ani, "CONNECTEDLINE(name,i)": command.caller_name}
        asked = AUTO_ANSWER if command.auto_answer and command.endpoint.startswith("PJSIP/") else {}
        await self._ari.channels.create(
            endpoint=command.endpoint,
            app=self._ari.app,
            channel_id=command.channel_id,
            variables={name: value for name, value in caller.items() if value} | asked,
            formats=LOCAL_FORMATS if command.endpoint.startswith("Local/") else None,
        )

    async def _bridge(self, command: do.Bridge) -> None:
        with suppress(AriConflict):  # it is there already
            await self._ari.bridges.create_with_id(command.bridge_id, type=BRIDGE_TYPE)
        await self._for_each(command.channel_ids, partial(self._ari.bridges.add_channel, command.bridge_id))

    async def _unbridge(self, command: do.Unbridge) -> None:
        await self._for_each(command.channel_ids, partial(self._ari.bridges.remove_channel, command.bridge_id))

    async def _for_each(self, channel_ids: Sequence[str], request: Callable[..., Awaitable[None]]) -> None:
        """One at a time: a list in which one channel is missing is refused whole. Its end is an event of its own."""
        for channel_id in channel_ids:
            try:
                await request(channel=[channel_id])
            except AriError as error:
                if error.status not in NOT_THERE:
                    raise

    async def _play(self, command: do.Play) -> None:
        await self._ari.channels.play_with_id(
            command.channel_id,
            command.playback_id,
            media=media(self._sounds, command.media),
            lang=command.language or None,
        )

    async def _mute(self, command: do.Mute) -> None:
        if command.on:
            await self._ari.channels.mute(command.channel_id, direction="in")
        else:
            await self._ari.channels.unmute(command.channel_id, direction="in", missing_ok=True)

    async def _snoop(self, command: do.Snoop) -> None:
        await self._ari.channels.snoop_channel_with_id(
            command.channel_id,
            command.snoop_id,
            app=self._ari.app,
            spy="both",
            whisper="out" if command.whisper else "none",
        )

    async def _give_back(self, command: do.GiveBack) -> None:
        await self._ari.channels.continue_in_dialplan(
            command.channel_id, context=self._fallback_context, extension=command.dnis or "s", priority=1
        )


def _not_played(command: do.Play) -> facts.PlaybackEnded:
    return facts.PlaybackEnded(playback_id=command.playback_id, failed=True)


def _failed(command: do.PbxCommand, error: AriError) -> facts.CommandFailed:
    match command:
        case do.Snoop():
            channel_id = command.snoop_id
        case do.Bridge():
            channel_id = command.bridge_id
        case _:
            channel_id = getattr(command, "channel_id", command.call_id)
    return facts.CommandFailed(call_id=command.call_id, channel_id=channel_id, reason=error.message)
