"""What the call centre offers to pages, and what it asks of whoever shows cards."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from telemarket.calls.facts import LeadDialed
from telemarket.calls.views import AgentView, BoardView, CallView


class CallCentre(Protocol):
    """The running call centre, as operators' pages command it.

    Every method returns at once; what came of a command arrives as `AgentChanged` on the bus. A command the
    present state does not permit raises `NotAllowed`; a value that makes no sense raises `InvalidInput`.
    """

    def agent_view(self, agent_id: int) -> AgentView:
        """The operator as he stands now; one who never signed in is offline."""
        ...

    def call_view(self, call_id: str) -> CallView | None:
        """A call that lives or has just ended; None if it is not known (any more)."""
        ...

    def page_connected(self, agent_id: int) -> None:
        """The operator's page opened its live stream."""
        ...

    def page_lost(self, agent_id: int) -> None:
        """The operator's last stream closed or its heartbeat stopped."""
        ...

    def make_ready(self, agent_id: int) -> None:
        """The operator takes calls from now on; ends a pause or wrap-up."""
        ...

    def pause(self, agent_id: int, reason: str) -> None:
        """No calls for now; `reason` is a name from the list of pauses."""
        ...

    def go_offline(self, agent_id: int) -> None:
        """The operator leaves."""
        ...

    def hang_up(self, agent_id: int) -> None:
        """End the operator's current call."""
        ...

    def card_shown(self, agent_id: int, call_id: str) -> None:
        """The operator's browser has the card of this call on its screen."""
        ...

    def contact_chosen(self, call_id: str, contact_id: int) -> None:
        """The operator said whom this call is from."""
        ...

    # ---- talking. `destination` is in the notation of `telemarket.calls.destinations`.

    def hold(self, agent_id: int, on: bool) -> None:
        """Put the customer on hold with music, or take him back."""
        ...

    def mute(self, agent_id: int, on: bool) -> None:
        """Shut or open the operator's microphone, in the PBX: it works with any telephone."""
        ...

    def transfer(self, agent_id: int, destination: str, attended: bool) -> None:
        """Pass the call on. Attended: the customer hears music while the operator talks with the other side first;
        then `consult` says how it goes on."""
        ...

    def consult(self, agent_id: int, how: str) -> None:
        """How a consultation goes on: complete, return, conference or swap."""
        ...

    def send_digits(self, agent_id: int, digits: str) -> None:
        """Send DTMF (0-9 * # A-D) to the customer's side."""
        ...

    def park(self, agent_id: int) -> None:
        """Park the operator's call; anybody may `retrieve` it."""
        ...

    def retrieve(self, agent_id: int, call_id: str) -> None:
        """Take up a parked call, or pick a waiting one."""
        ...

    def call_number(self, agent_id: int, number: str, project_id: int = 0, contact_id: int | None = None) -> str:
        """Call a number (click-to-call): the operator's telephone first, then the number. Returns the call's id.

        Without a project it is the operator's first one.
        """
        ...

    def set_recording(self, agent_id: int, on: bool, by: str = "button") -> None:
        """Pause the recording of the operator's call (`on` False), or go on."""
        ...

    def extend_wrapup(self, agent_id: int) -> None:
        """Add the project's extension to the operator's wrap-up, up to its limit."""
        ...

    def preview_dial(self, agent_id: int) -> None:
        """The operator has seen the lead's card: call him now, the operator's own telephone first."""
        ...

    def preview_skip(self, agent_id: int, reason: str) -> None:
        """The operator does not call the lead whose card he sees, for this reason."""
        ...

    # ---- supervising; `supervisor_id` needs a telephone to listen with

    def board(self) -> BoardView:
        """The whole floor at this moment."""
        ...

    def watch(self, supervisor_id: int, call_id: str, mode: str) -> None:
        """Listen, whisper or barge in; again with another mode changes it. His telephone rings (the page's answers
        by itself)."""
        ...

    def stop_watching(self, supervisor_id: int) -> None:
        """Leave the call he watches."""
        ...

    def take_over(self, supervisor_id: int) -> None:
        """Take the call he watches away from its operator, who goes to wrap-up."""
        ...

    def set_agent_state(self, supervisor_id: int, agent_id: int, state: str, reason: str = "") -> None:
        """Make another ready, paused or offline; in mid-call after the call."""
        ...

    def move_call(self, supervisor_id: int, call_id: str, destination: str) -> None:
        """Send a caller who waits elsewhere."""
        ...

    def end_call(self, supervisor_id: int, call_id: str) -> None:
        """End somebody's call."""
        ...

    # ---- callbacks

    def ask_callback(self, project_id: int, number: str) -> str:
        """Have a number called back in the project's turn, as if it had called now. Returns the call's id."""
        ...


class LeadCalls(Protocol):
    """The running call centre, as the dialer commands it. What becomes of a call the journal's entries tell on the bus:
    each ends with one `call.ended`."""

    def dial_lead(self, lead: LeadDialed) -> None:
        """Call a lead. One asked for twice is called once."""
        ...

    def withdraw_lead(self, call_id: str) -> None:
        """Take a call back; one that has been answered goes on."""
        ...

    def detection_ended(
        self, call_id: str, verdict: str, at_beep: bool = False, greeting_seconds: float | None = None
    ) -> None:
        """What answered, as `telemarket.calls.facts.DetectionEnded` has it."""
        ...


class CallerKnown(msgspec.Struct, frozen=True, kw_only=True):
    """What the look-up found for routing."""

    contact_id: int | None = None
    vip: bool = False
    consultant_id: int | None = None
    last_operator_id: int | None = None


Detect = Callable[[str, str, float], None]
"""Begins to find out who answered: the call's id, the channel's, seconds at most. Returns at once; the answer comes by
`LeadCalls.detection_ended`."""


class CardPort(Protocol):
    """Where the call driver sends cards."""

    async def prepare(self, call: CallView) -> CallerKnown:
        """Find out who calls and keep the card ready; with the contact only if it is certain.

        An unknown number gets a contact of its own. Never raises: a card with the bare number is better than
        no call. The caller of this method bounds its time; work goes on after that deadline.
        """
        ...

    async def look_up_input(self, call: CallView, value: str) -> int | None:
        """Whom a number the caller keyed in (a contract, a telephone number) belongs to; the card follows."""
        ...

    def push(self, agent_id: int, call: CallView) -> bool:
        """Send the call's card to the operator's pages now; False if he has none open."""
        ...

    def forget(self, call_id: str) -> None:
        """The call is over and its card no longer needed in memory."""
        ...
