"""Facts: what the engine is told. Times are POSIX seconds; ids are the PBX's channel ids or our users' ids."""

import msgspec

from telemarket.calls.destinations import Destination
from telemarket.calls.model import DialTerms, OperatorProfile, Project, RestoredCall, RestoredOperator
from telemarket.calls.views import AgentState, ConsultEnd, WatchMode


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all facts."""


# ---- from the PBX


class CallerArrived(Fact, frozen=True, kw_only=True):
    """A caller's channel entered our Stasis application. `answered`: the dialplan had already answered it."""

    channel_id: str
    ani: str = ""
    caller_name: str = ""
    dnis: str = ""
    answered: bool = False


class LegEntered(Fact, frozen=True, kw_only=True):
    """An operator's leg we created is in the application and may be dialed."""

    channel_id: str


class ChannelUp(Fact, frozen=True, kw_only=True):
    """A channel was answered."""

    channel_id: str


class ChannelGone(Fact, frozen=True, kw_only=True):
    """A channel ended or left the application. `cause` is the Q.850 cause, 0 if unknown."""

    channel_id: str
    cause: int = 0


class Digit(Fact, frozen=True, kw_only=True):
    """A key was pressed on this channel: 0 to 9, *, # or A to D."""

    channel_id: str
    digit: str


class PlaybackEnded(Fact, frozen=True, kw_only=True):
    """A playback we started is over; `failed` if there was nothing to play."""

    playback_id: str
    failed: bool = False


class CommandFailed(Fact, frozen=True, kw_only=True):
    """A command for this call's channels could not be carried out, retries included. `channel_id` is the channel's, or
    the bridge's that could not be made."""

    call_id: str
    channel_id: str
    reason: str


class PbxLost(Fact, frozen=True, kw_only=True):
    """The event socket closed: nothing can be known or done until it is back."""


class SnapshotChannel(msgspec.Struct, frozen=True):
    id: str
    up: bool
    ani: str = ""
    caller_name: str = ""
    dnis: str = ""


class SnapshotTaken(Fact, frozen=True, kw_only=True):
    """Every channel now in our application, and our bridges with the channels in them.

    Whatever the engine believes in and the snapshot lacks has ended unobserved.
    """

    channels: tuple[SnapshotChannel, ...]
    bridges: dict[str, tuple[str, ...]]


# ---- from the look-up


class LookedUp(Fact, frozen=True, kw_only=True):
    """Who the caller is has been found out (or not: contact_id is None); the card is ready to be sent.

    `consultant_id` is the contact's own consultant, `last_operator_id` who talked with him last.
    """

    call_id: str
    contact_id: int | None
    vip: bool = False
    consultant_id: int | None = None
    last_operator_id: int | None = None


class InputLookedUp(Fact, frozen=True, kw_only=True):
    """What a caller keyed in (a contract number) was looked up; contact_id is None if it belongs to nobody."""

    call_id: str
    contact_id: int | None


class ContactChosen(Fact, frozen=True, kw_only=True):
    """The operator said which contact the caller is."""

    call_id: str
    contact_id: int


# ---- from operators


class OperatorFact(Fact, frozen=True, kw_only=True):
    """Base of facts about one operator."""

    agent_id: int


class PageConnected(OperatorFact, frozen=True, kw_only=True):
    """The operator's page opened its live stream."""


class PageLost(OperatorFact, frozen=True, kw_only=True):
    """His last page closed, froze or lost the network."""


class CardShown(OperatorFact, frozen=True, kw_only=True):
    """His browser acknowledged the card of this call."""

    call_id: str


class WantsReady(OperatorFact, frozen=True, kw_only=True):
    """He pressed Ready (also ends wrap-up)."""


class WantsPause(OperatorFact, frozen=True, kw_only=True):
    """He pressed Pause with this reason; in mid-call it takes effect after the call."""

    reason: str


class WantsOffline(OperatorFact, frozen=True, kw_only=True):
    """He signed out; in mid-call it takes effect after the call."""


class WantsHangUp(OperatorFact, frozen=True, kw_only=True):
    """He ended his call, or declined it while it rang."""


class WantsHold(OperatorFact, frozen=True, kw_only=True):
    """He put the customer on hold, or took him back."""

    on: bool


class WantsMute(OperatorFact, frozen=True, kw_only=True):
    """He shut his microphone, or opened it."""

    on: bool


class WantsTransfer(OperatorFact, frozen=True, kw_only=True):
    """He passes his call on: at once, or after he has talked with whom it goes to (`attended`)."""

    to: Destination
    attended: bool


class WantsConsult(OperatorFact, frozen=True, kw_only=True):
    """He decided how his consultation goes on."""

    how: ConsultEnd


class WantsDigits(OperatorFact, frozen=True, kw_only=True):
    """He sends DTMF to the customer's side."""

    digits: str


class WantsPark(OperatorFact, frozen=True, kw_only=True):
    """He parks his call; anybody may take it up."""


class WantsRetrieve(OperatorFact, frozen=True, kw_only=True):
    """He takes up a parked call, or a waiting one he picked."""

    call_id: str


class WantsCall(OperatorFact, frozen=True, kw_only=True):
    """He calls a number. `call_id` is new and chosen by whoever asks."""

    call_id: str
    number: str
    project_id: int
    contact_id: int | None = None


class WantsRecording(OperatorFact, frozen=True, kw_only=True):
    """Pause the recording of his call (`on` False), or go on. `by` is "button" or "api"."""

    on: bool
    by: str = "button"


class WantsMoreWrapUp(OperatorFact, frozen=True, kw_only=True):
    """He needs longer after the call."""


class WantsDial(OperatorFact, frozen=True, kw_only=True):
    """He has seen the lead's card: call him now."""


class WantsSkip(OperatorFact, frozen=True, kw_only=True):
    """He will not call the lead whose card he sees."""

    reason: str


# ---- from supervisors; `agent_id` is the supervisor


class WantsWatch(OperatorFact, frozen=True, kw_only=True):
    """He listens, whispers or barges in; again with another mode changes it."""

    call_id: str
    mode: WatchMode


class WantsUnwatch(OperatorFact, frozen=True, kw_only=True):
    """He leaves the call he watches."""


class WantsTakeOver(OperatorFact, frozen=True, kw_only=True):
    """He takes the call he watches away from its operator."""


class ForcesState(Fact, frozen=True, kw_only=True):
    """A supervisor (`by`) sets another's state: ready, paused or offline; in mid-call it takes effect after it."""

    by: int
    agent_id: int
    state: AgentState
    reason: str = ""


class MovesCall(Fact, frozen=True, kw_only=True):
    """A supervisor (`by`) sends a waiting, parked or listening caller elsewhere."""

    by: int
    call_id: str
    to: Destination


class EndsCall(Fact, frozen=True, kw_only=True):
    """A supervisor (`by`) ends a call."""

    by: int
    call_id: str


# ---- from the dialplan


class CallbackAsked(Fact, frozen=True, kw_only=True):
    """The dialplan, or a page, asks for a number to be called back in the project's turn. `call_id` is new."""

    call_id: str
    project_id: int
    number: str


# ---- from the dialer


class LeadDialed(Fact, frozen=True, kw_only=True):
    """A campaign calls one of its leads. `call_id` is the attempt's, new; `agent_id` is whom a preview is shown."""

    call_id: str
    project_id: int
    number: str
    terms: DialTerms
    contact_id: int | None = None
    agent_id: int | None = None


class LeadWithdrawn(Fact, frozen=True, kw_only=True):
    """The campaign takes a call back; one that has been answered goes on."""

    call_id: str


class DetectionEnded(Fact, frozen=True, kw_only=True):
    """Who answered, as far as can be heard: "human", "unknown", "silence", "machine", "assistant", or another word of
    at most 20 characters for what nobody can talk with ("fax", "busy-tone").

    `at_beep`: the machine records from now on; told beside the verdict or later. `greeting_seconds` is when, after he
    answered, the greeting ended; None if it is not known: now.
    """

    call_id: str
    verdict: str
    at_beep: bool = False
    greeting_seconds: float | None = None


# ---- from the house


class Configured(Fact, frozen=True, kw_only=True):
    """The projects and operators there are, whole."""

    projects: tuple[Project, ...]
    operators: tuple[OperatorProfile, ...]


class Restored(Fact, frozen=True, kw_only=True):
    """What the journal knew when the daemon last stopped; comes before the first snapshot."""

    calls: tuple[RestoredCall, ...]
    operators: tuple[RestoredOperator, ...]


class TimePassed(Fact, frozen=True, kw_only=True):
    """Nothing happened but time: deadlines that are due take effect."""
