"""What ARI's events and lists mean to the engine."""

import re
from collections.abc import Callable
from typing import Any

from telemarket.asterisk.ari import models
from telemarket.asterisk.ari.client import AriClient
from telemarket.asterisk.ari.events import ClientEvent
from telemarket.calls import facts
from telemarket.calls.model import LEG_PREFIX
from telemarket.core.text import trim_line

LONGEST_NAME = 200
LONGEST_NUMBER = 80
LISTENING = "Snoop/"
"""How the names of channels begin that listen to another."""

# PJSIP hands on a quoted display name with the escapes SIP put into it.
_ESCAPED = re.compile(r'\\(["\\])')


def fact_of(event: ClientEvent) -> facts.Fact | None:
    """The fact an event tells, or None if the engine need not know."""
    translate = _TRANSLATIONS.get(type(event))
    return translate(event) if translate else None


def _entered(event: models.StasisStart) -> facts.Fact:
    channel = event.channel
    if channel.id.startswith(LEG_PREFIX):
        return facts.LegEntered(channel_id=channel.id)
    return facts.CallerArrived(
        channel_id=channel.id,
        ani=_number(channel),
        caller_name=_name(channel),
        dnis=event.args[0] if event.args else channel.dialplan.exten,
        answered=channel.state == "Up",
    )


def _state_changed(event: models.ChannelStateChange) -> facts.Fact | None:
    return facts.ChannelUp(channel_id=event.channel.id) if event.channel.state == "Up" else None


def _left(event: models.StasisEnd) -> facts.Fact | None:
    """A caller who leaves the application is gone; of an operator's leg its destruction tells more: the cause.

    That a listening channel was destroyed Asterisk does not tell.
    """
    if event.channel.id.startswith(LEG_PREFIX) and not event.channel.name.startswith(LISTENING):
        return None
    return facts.ChannelGone(channel_id=event.channel.id)


def _destroyed(event: models.ChannelDestroyed) -> facts.Fact:
    return facts.ChannelGone(channel_id=event.channel.id, cause=event.cause)


def _key_pressed(event: models.ChannelDtmfReceived) -> facts.Fact:
    return facts.Digit(channel_id=event.channel.id, digit=event.digit)


def _played(event: models.PlaybackFinished) -> facts.Fact:
    return facts.PlaybackEnded(playback_id=event.playback.id, failed=event.playback.state == "failed")


_TRANSLATIONS: dict[type, Callable[[Any], facts.Fact | None]] = {
    models.StasisStart: _entered,
    models.ChannelStateChange: _state_changed,
    models.StasisEnd: _left,
    models.ChannelDestroyed: _destroyed,
    models.ChannelDtmfReceived: _key_pressed,
    models.PlaybackFinished: _played,
}


def _number(channel: models.Channel) -> str:
    return trim_line(channel.caller.number, LONGEST_NUMBER)


def _name(channel: models.Channel) -> str:
    return trim_line(_ESCAPED.sub(r"\1", channel.caller.name), LONGEST_NAME)


async def take_snapshot(ari: AriClient) -> facts.SnapshotTaken:
    """Every channel and bridge of our application. Raises AriError if the PBX cannot be read."""
    application = await ari.applications.get(ari.app)
    ours = set(application.channel_ids)
    channels = [channel for channel in await ari.channels.list() if channel.id in ours]
    bridges = [bridge for bridge in await ari.bridges.list() if bridge.id.startswith(LEG_PREFIX)]
    return facts.SnapshotTaken(
        channels=tuple(_snapshot_channel(channel) for channel in channels),
        bridges={bridge.id: tuple(bridge.channels) for bridge in bridges},
    )


def _snapshot_channel(channel: models.Channel) -> facts.SnapshotChannel:
    arguments = channel.dialplan.app_data.split(",")
    return facts.SnapshotChannel(
        channel.id,
        channel.state == "Up",
        ani=_number(channel),
        caller_name=_name(channel),
        dnis=arguments[1] if len(arguments) > 1 else channel.dialplan.exten,
    )
