"""What Prometheus may know of calls: counted from the journal's entries as they are written."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from telemarket.calls.floor import Floor
from telemarket.calls.recordings import Recorder
from telemarket.calls.views import AgentState
from telemarket.core.bus import EventBus
from telemarket.core.journal import Entry, JournalWriter

SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
CARD_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1)


class CallMetrics:
    """Metrics of calls and operators in `registry`. Times are seconds."""

    def __init__(
        self, registry: CollectorRegistry, bus: EventBus, floor: Floor, journal: JournalWriter, recorder: Recorder
    ) -> None:
        self._arrived: dict[str, datetime] = {}
        self.arrived = Counter("telemarket_calls_arrived", "Calls that arrived.", registry=registry)
        self.ended = Counter("telemarket_calls_ended", "Calls that ended.", ["result"], registry=registry)
        self.cards = Counter(
            "telemarket_cards", "Cards: on screen before the phone rang, or not.", ["in_time"], registry=registry
        )
        self.card_seconds = Histogram(
            "telemarket_card_seconds",
            "From a call's arrival, or a lead's answer, to its card on the screen that answers it, waiting included.",
            buckets=CARD_SECONDS,
            registry=registry,
        )
        self.wait_seconds = Histogram(
            "telemarket_wait_seconds", "Wait of answered calls.", buckets=SECONDS, registry=registry
        )
        gauges = {
            "calls": ("Calls that live.", lambda: len(floor.calls)),
            "calls_waiting": ("Callers waiting.", lambda: sum(map(len, floor.waiting.values()))),
            "operators_ready": ("Operators ready.", lambda: _count(floor, AgentState.READY)),
            "operators_talking": ("Operators talking.", lambda: _count(floor, AgentState.TALKING)),
            "pbx_connected": ("1 while the PBX's events flow.", lambda: float(floor.pbx_connected)),
            "journal_backlog": ("Journal entries not yet on disk.", lambda: journal.backlog),
            "recording_failures": ("Calls that should be recorded and are not.", lambda: recorder.failures),
        }
        for name, (what, read) in gauges.items():
            Gauge(f"telemarket_{name}", what, registry=registry).set_function(read)
        bus.subscribe(Entry, self._count)

    def _count(self, entry: Entry) -> None:
        match entry.kind:
            case "call.arrived":
                self.arrived.inc()
                self._arrived[entry.call_id or ""] = entry.at
            case "call.customer_answered":  # what is waited for, and how long, begins here
                self._arrived[entry.call_id or ""] = entry.at
            case "call.card_shown":
                self.cards.labels("yes").inc()
                if (arrived := self._arrived.get(entry.call_id or "")) is not None:
                    self.card_seconds.observe((entry.at - arrived).total_seconds())
            case "call.card_late":
                self.cards.labels("no").inc()
            case "call.answered":
                if (arrived := self._arrived.get(entry.call_id or "")) is not None:
                    self.wait_seconds.observe((entry.at - arrived).total_seconds())
            case "call.ended":
                self.ended.labels(entry.data["result"]).inc()
                self._arrived.pop(entry.call_id or "", None)


def _count(floor: Floor, state: AgentState) -> int:
    return sum(agent.state is state for agent in floor.agents.values())
