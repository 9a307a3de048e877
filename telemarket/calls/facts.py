"""Facts: what the engine is told. Times are POSIX seconds; ids are the PBX's channel ids or our users' ids."""

import msgspec

from telemarket.calls.model import OperatorProfile, Project, RestoredCall, RestoredOperator


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


class CommandFailed(Fact, frozen=True, kw_only=True):
    """A command for this call's channels could not be carried out, retries included."""

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
    """Who the caller is has been found out (or not: contact_id is None); the card is ready to be sent."""

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
