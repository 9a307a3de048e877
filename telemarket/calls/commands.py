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
    """Make (not yet dial) a leg; it announces itself with LegEntered. `auto_answer`: the telephone is asked to answer
    by itself."""

    channel_id: str
    endpoint: str
    ani: str
    caller_name: str
    auto_answer: bool = False


class Dial(PbxCommand, frozen=True):
    """Ring the leg. `timeout` is a second line of defence, in seconds: the engine has its own deadline."""

    channel_id: str
    timeout: int


class Bridge(PbxCommand, frozen=True):
    """Let these channels talk: make the bridge if there is none, add them if they are not in it."""

    bridge_id: str
    channel_ids: tuple[str, ...]


class Unbridge(PbxCommand, frozen=True):
    """Take these channels out of the bridge; they live on."""

    bridge_id: str
    channel_ids: tuple[str, ...]


class DestroyBridge(PbxCommand, frozen=True):
    bridge_id: str


class Play(PbxCommand, frozen=True):
    """Play sounds one after the other; PlaybackEnded follows. `media` are names without the "sound:"."""

    channel_id: str
    playback_id: str
    media: tuple[str, ...]
    language: str


class StopPlayback(PbxCommand, frozen=True):
    playback_id: str


class StopRinging(PbxCommand, frozen=True):
    channel_id: str


class Mute(PbxCommand, frozen=True):
    """Nothing this channel says is heard (`on`), or it is again."""

    channel_id: str
    on: bool


class SendDigits(PbxCommand, frozen=True):
    """Send DTMF to the far side of this channel."""

    channel_id: str
    digits: str


class Snoop(PbxCommand, frozen=True):
    """Make a channel that hears both sides of `channel_id`, and with `whisper` is heard by its far side. It announces
    itself with LegEntered."""

    channel_id: str
    snoop_id: str
    whisper: bool


class Record(PbxCommand, frozen=True):
    """Record the conversation as heard on this channel; `path` is below the recordings folder."""

    channel_id: str
    path: str
    stereo: bool = False


class RenewRecording(PbxCommand, frozen=True):
    """Begin the recording's next part: the customer hears somebody else now, whom Asterisk would leave out."""

    channel_id: str
    path: str
    stereo: bool


class PauseRecording(PbxCommand, frozen=True):
    """Record silence (`paused`), or go on."""

    channel_id: str
    paused: bool


class StopRecording(PbxCommand, frozen=True):
    channel_id: str


class HangUp(PbxCommand, frozen=True):
    channel_id: str


class GiveBack(PbxCommand, frozen=True):
    """Send the caller to the dialplan's fallback."""

    channel_id: str
    dnis: str


class LookUp(Command, frozen=True):
    """Find out who calls and prepare the card; answered by LookedUp."""

    call_id: str


class LookUpInput(Command, frozen=True):
    """Look the caller up by what he keyed in; answered by InputLookedUp."""

    call_id: str
    value: str


class Listen(Command, frozen=True):
    """Find out within `seconds` whether a human has answered on this channel; answered by DetectionEnded."""

    call_id: str
    channel_id: str
    seconds: float


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


class BoardChanged(Command, frozen=True):
    """What supervisors see is different; emitted at most once a second."""


class Journal(Command, frozen=True):
    """Append to the call journal. `at` is POSIX seconds."""

    at: float
    kind: str
    data: dict[str, Any]
    call_id: str | None = None
    agent_id: int | None = None
