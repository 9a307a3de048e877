"""What the call centre offers to pages, and what it asks of whoever shows cards."""

from typing import Protocol

from telemarket.calls.views import AgentView, CallView


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


class CardPort(Protocol):
    """Where the call driver sends cards."""

    async def prepare(self, call: CallView) -> int | None:
        """Find out who calls and keep the card ready; the contact's id if it is certain.

        An unknown number gets a contact of its own. Never raises: a card with the bare number is better than
        no call. The caller of this method bounds its time; work goes on after that deadline.
        """
        ...

    def push(self, agent_id: int, call: CallView) -> bool:
        """Send the call's card to the operator's pages now; False if he has none open."""
        ...

    def forget(self, call_id: str) -> None:
        """The call is over and its card no longer needed in memory."""
        ...
