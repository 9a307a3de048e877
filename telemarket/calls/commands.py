"""Commands: what the engine wants done. The driver carries them out in order for each call."""

from typing import Any

import msgspec


class Command(msgspec.Struct, frozen=True):
    """Base of all commands."""


class PbxCommand(Command, frozen=True):
    """A command to the PBX, one of `call_id`'s."""

    call_id: str


class IndicateRinging(PbxCommand, frozen=True):
    channel_id: str


class Answer(PbxCommand, frozen=True):
    channel_id: str


class StartMusic(PbxCommand, frozen=True):
    channel_id: str
    music_class: str


class StopMusic(PbxCommand, frozen=True):
    channel_id: str


class CreateLeg(PbxCommand, frozen=True):
    """Make (not yet dial) the operator's leg; it announces itself with LegEntered."""

    channel_id: str
    endpoint: str
    ani: str
    caller_name: str


class Dial(PbxCommand, frozen=True):
    """Ring the leg. `timeout` is a second line of defence, in seconds: the engine has its own deadline."""

    channel_id: str
    timeout: int


class Bridge(PbxCommand, frozen=True):
    """Let these channels talk."""

    bridge_id: str
    channel_ids: tuple[str, ...]


class DestroyBridge(PbxCommand, frozen=True):
    bridge_id: str


class Record(PbxCommand, frozen=True):
    """Record the conversation as heard on this channel; `path` is below the recordings folder."""

    channel_id: str
    path: str


class HangUp(PbxCommand, frozen=True):
    channel_id: str


class GiveBack(PbxCommand, frozen=True):
    """Send the caller to the dialplan's fallback."""

    channel_id: str
    dnis: str


class LookUp(Command, frozen=True):
    """Find out who calls and prepare the card; answered by LookedUp."""

    call_id: str


class PushCard(Command, frozen=True):
    """Send the prepared card to the operator's browser now."""

    call_id: str
    agent_id: int


class ForgetCard(Command, frozen=True):
    call_id: str


class OperatorChanged(Command, frozen=True):
    """The operator's page should be told: his state, his call or his queue changed."""

    agent_id: int


class QueueChanged(Command, frozen=True):
    """The operators of a project should be told how many wait."""

    project_id: int


class Journal(Command, frozen=True):
    """Append to the call journal. `at` is POSIX seconds."""

    at: float
    kind: str
    data: dict[str, Any]
    call_id: str | None = None
    agent_id: int | None = None
