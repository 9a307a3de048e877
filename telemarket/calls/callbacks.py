"""Callback that keeps the caller's place: the dialogue, then the call when his turn comes."""

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.crew import Crew
from telemarket.calls.model import Call, Project
from telemarket.calls.views import CallState, Direction
from telemarket.sounds import phrases

OFFER_KEY = "1"
"""What a caller presses to be called back where the plan names no key."""

YES, CHANGE, END_KEY = "1", "2", "#"
KEY_SECONDS = 8.0
MOST_DIGITS = 15
PROMISE_SECONDS = 8.0

CONFIRM, NUMBER, PROMISED = "callback-confirm", "callback-number", "callback-promised"


class Callbacks:
    """Handles callers who would rather be called back."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor

    # ---- offering it

    def offer_due(self, call_id: str) -> None:
        """Tell a waiting caller that he may be called back."""
        call = self._floor.calls.get(call_id)
        if call is None or call.state is not CallState.WAITING:
            return
        if call.playback:
            self._floor.deadlines.set("offer", call.id, self._floor.now + KEY_SECONDS)
            return
        plan = call.project.plan
        self._floor.journal("call.callback_offered", call=call)
        self._crew.switch.say(call, phrases.callback_offer(plan.language, plan.callback.key or OFFER_KEY))

    def key_while_waiting(self, call: Call, digit: str) -> None:
        """The key that asks for a callback."""
        callback = call.project.plan.callback
        if call.state is CallState.WAITING and callback.offered and digit == (callback.key or OFFER_KEY):
            self._crew.waiting.leave(call)
            self.propose(call)

    def propose(self, call: Call) -> None:
        """Ask the caller whether we have his number right."""
        call.number = call.number or self._floor.settings.dialable(call.ani) or ""
        call.state = CallState.LISTENING
        if call.number:
            self._say(call, CONFIRM, phrases.callback_confirm(call.project.plan.language, call.number))
        else:
            self._say(call, NUMBER, phrases.callback_enter(call.project.plan.language))

    def _say(self, call: Call, step: str, media: tuple[str, ...]) -> None:
        call.step, call.keyed = step, ""
        self._floor.deadlines.clear("listen", call.id)
        self._crew.switch.say(call, media)

    # ---- the dialogue

    def heard(self, call: Call) -> None:
        """He has heard what he was asked or told."""
        if call.step == PROMISED:
            self._crew.ending.end(call, "callback", "telemarket")
        else:
            self._floor.deadlines.set("listen", call.id, self._floor.now + KEY_SECONDS)

    def key(self, call: Call, digit: str) -> None:
        """A key pressed in the dialogue."""
        if call.step == PROMISED:
            return
        if not call.playback:
            self._floor.deadlines.set("listen", call.id, self._floor.now + KEY_SECONDS)
        if call.step == CONFIRM:
            if digit == YES:
                self._promise(call)
            elif digit == CHANGE:
                self._say(call, NUMBER, phrases.callback_enter(call.project.plan.language))
        elif digit == END_KEY or len(call.keyed) >= MOST_DIGITS:
            self._entered(call)
        elif digit.isdigit():
            self._crew.switch.hush(call)
            self._floor.deadlines.set("listen", call.id, self._floor.now + KEY_SECONDS)
            call.keyed += digit

    def _entered(self, call: Call) -> None:
        """A number nobody may call is asked for again."""
        call.number = self._floor.settings.dialable(call.keyed) or ""
        if call.number:
            self.propose(call)
        else:
            language = call.project.plan.language
            self._say(call, NUMBER, phrases.invalid_choice(language) + phrases.callback_enter(language))

    def timed_out(self, call: Call) -> None:
        """He says nothing: he goes on waiting, at his place."""
        if call.step == NUMBER and self._floor.settings.dialable(call.keyed):
            self._entered(call)
            return
        call.step = ""
        self._crew.switch.hush(call)
        self._crew.waiting.wait(call)

    def _promise(self, call: Call) -> None:
        self._floor.deadlines.clear("listen", call.id)
        self._floor.journal("call.callback_accepted", call=call, number=call.number)
        self.queue(f"cb-{call.id}", call.project, call.number, call.arrived_at, of=call)
        self._say(call, PROMISED, phrases.callback_promised(call.project.plan.language))

    # ---- the promise kept

    def asked(self, fact: facts.CallbackAsked) -> None:
        """The dialplan or a page asks for a callback."""
        project = self._floor.projects.get(fact.project_id)
        if project is not None and fact.call_id not in self._floor.calls:
            self.queue(fact.call_id, project, fact.number, self._floor.now)

    def queue(self, call_id: str, project: Project, number: str, since: float, of: Call | None = None) -> None:
        """Let a number wait for its turn as if its owner had waited since `since`; asked for twice it waits once."""
        floor = self._floor
        waiting = (call for call in floor.calls.values() if call.direction is Direction.CALLBACK)
        if any(call.number == number and call.project is project for call in waiting):
            return
        call = Call(
            id=call_id,
            project=project,
            ani=number,
            caller_name=of.caller_name if of else "",
            dnis=of.dnis if of else next(iter(project.dnis), ""),
            arrived_at=since,
            customer=None,
            direction=Direction.CALLBACK,
            contact_id=of.contact_id if of else None,
            vip=of.vip if of else False,
            number=number,
            due_at=floor.now,
        )
        floor.add_call(call)
        floor.journal(
            "call.arrived",
            call=call,
            project=project.id,
            ani=number,
            caller_name=call.caller_name,
            dnis=call.dnis,
            direction=call.direction.value,
            since=since,
        )
        self.watch_expiry(call)
        floor.emit(do.LookUp(call.id))
        # Not while he still hears the promise.
        floor.deadlines.set("retry", call.id, floor.now + (PROMISE_SECONDS if of else 0.0))

    def watch_expiry(self, call: Call) -> None:
        """A callback is not for ever."""
        expires = call.project.plan.callback.expires_after
        self._floor.deadlines.set("ghost", call.id, call.arrived_at + expires)

    def attempt_failed(self, call: Call, outcome: str) -> None:
        """The number was not reached: try again later, in the same place."""
        floor, plan = self._floor, call.project.plan.callback
        call.attempts += 1
        call.due_at = floor.now + plan.retry_after
        floor.journal("call.callback_attempt", call=call, attempt=call.attempts, outcome=outcome, due=call.due_at)
        if call.attempts >= plan.attempts:
            self._crew.ending.end(call, outcome, "telemarket")
        else:
            call.state = CallState.ARRIVING
            self.watch_expiry(call)
            floor.deadlines.set("retry", call.id, call.due_at)

    def retry_due(self, call_id: str) -> None:
        """The next attempt."""
        call = self._floor.calls.get(call_id)
        if call is not None and call.state is CallState.ARRIVING:
            call.unresponsive.clear()
            self._crew.waiting.wait(call)
