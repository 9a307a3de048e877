"""The call centre with operators beside it whose telephones the PBX runs: pages see both alike."""

from collections.abc import Callable

import msgspec

from telemarket.calls import facts
from telemarket.calls.engine import Engine
from telemarket.calls.model import Agent, Call
from telemarket.calls.outbound import OutboundRules
from telemarket.calls.service import CallCentreService
from telemarket.calls.today import Today
from telemarket.calls.views import AgentState, AgentView, BoardView, CallState, CallView, QueueView
from telemarket.core.bus import EventBus
from telemarket.core.errors import NotAllowed
from telemarket.core.i18n import N_
from telemarket.following.service import Following


class FollowedCentre(CallCentreService):
    """A followed operator is looked at, not commanded: his telephone and its codes are what he commands with."""

    def __init__(
        self,
        engine: Engine,
        submit: Callable[[facts.Fact], None],
        bus: EventBus,
        *,
        today: Today,
        rules: OutboundRules,
        following: Following,
    ) -> None:
        super().__init__(engine, submit, bus, today=today, rules=rules)
        self._following = following

    def agent_view(self, agent_id: int) -> AgentView:
        """The operator as he stands now."""
        return self._following.agent_view(agent_id) or super().agent_view(agent_id)

    def call_view(self, call_id: str) -> CallView | None:
        """A call that lives, or whose operator is still wrapping it up."""
        return super().call_view(call_id) or self._following.call_view(call_id)

    def board(self) -> BoardView:
        """The whole floor at this moment, with the PBX's own calls and their operators."""
        board = super().board()
        followed = {agent.id: agent for agent in self._following.agent_views()}
        own = tuple(agent for agent in board.agents if agent.id not in followed)
        present = tuple(agent for agent in followed.values() if agent.state is not AgentState.OFFLINE)
        return msgspec.structs.replace(
            board,
            queues=tuple(self._with_followed(queue, present) for queue in board.queues),
            agents=tuple(sorted(own + present, key=lambda agent: agent.id)),
            calls=tuple(sorted(board.calls + self._following.call_views(), key=lambda call: call.arrived_at)),
        )

    def _with_followed(self, queue: QueueView, present: tuple[AgentView, ...]) -> QueueView:
        waiting = self._following.waiting(queue.project.id)
        members = [agent for agent in present if queue.project.id in agent.project_ids]
        since = [*waiting, *filter(None, [queue.longest_waiting_since])]
        return msgspec.structs.replace(
            queue,
            waiting=queue.waiting + len(waiting),
            longest_waiting_since=min(since, default=None),
            ready=queue.ready + sum(agent.state is AgentState.READY for agent in members),
            on_shift=queue.on_shift + len(members),
        )

    def page_connected(self, agent_id: int) -> None:
        """The operator's page opened its live stream."""
        super().page_connected(agent_id)
        self._following.page(agent_id, is_open=True)

    def page_lost(self, agent_id: int) -> None:
        """The operator's last stream closed or its heartbeat stopped."""
        super().page_lost(agent_id)
        self._following.page(agent_id, is_open=False)

    def card_shown(self, agent_id: int, call_id: str) -> None:
        """The operator's browser has the card of this call on its screen."""
        super().card_shown(agent_id, call_id)
        self._following.card_shown(agent_id, call_id)

    def contact_chosen(self, call_id: str, contact_id: int) -> None:
        """The operator said whom this call is from."""
        if not self._following.contact_chosen(call_id, contact_id):
            super().contact_chosen(call_id, contact_id)

    def retrieve(self, agent_id: int, call_id: str) -> None:
        """Take up a parked call, or pick a waiting one."""
        self._refuse_followed(call_id)
        super().retrieve(agent_id, call_id)

    def set_agent_state(self, supervisor_id: int, agent_id: int, state: str, reason: str = "") -> None:
        """Make another ready, paused or offline; in mid-call after the call."""
        if self._following.agent_view(agent_id) is not None:
            raise NotAllowed(
                N_("This operator's telephone belongs to the exchange's own queues."),
                remedy=N_("Only its buttons and codes, or the exchange, change what he does."),
            )
        super().set_agent_state(supervisor_id, agent_id, state, reason)

    def _living(self, call_id: str) -> Call:
        """Which call a supervisor's command is about: never one that the PBX runs."""
        self._refuse_followed(call_id)
        return super()._living(call_id)

    def _refuse_followed(self, call_id: str) -> None:
        call = self._following.call_view(call_id)
        if call is not None and call.state is not CallState.ENDED:
            raise NotAllowed(
                N_("The exchange runs this call itself; here it is only shown."),
                remedy=N_("Use what the exchange offers for its own calls."),
            )

    def _operator(self, agent_id: int) -> Agent:
        """Whom a command is about: never somebody whose telephone the PBX runs."""
        if self._following.agent_view(agent_id) is not None:
            raise NotAllowed(
                N_("Your telephone belongs to the exchange's own queues."),
                remedy=N_("Use its buttons and codes; this page shows what it does."),
            )
        return super()._operator(agent_id)
