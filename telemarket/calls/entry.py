"""What a caller meets before and instead of an operator: working hours, greeting, menu, message, voicemail.

A caller who is told or asked something is LISTENING; `call.step` says what to do when he has heard it or pressed a key.
"""

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.crew import Crew
from telemarket.calls.destinations import Destination, DestinationKind, parse_destination
from telemarket.calls.hours import is_open
from telemarket.calls.model import Call, LegRole, call_of_playback
from telemarket.calls.plan import Node, NodeKind, OverflowWhen
from telemarket.calls.talking import TRANSFERRED_FIRST
from telemarket.calls.views import CallState
from telemarket.sounds import phrases

FIRST_NODE = "start"
END_KEY = "#"
MESSAGE_FORMAT = "wav"

GREETING, MESSAGE, VOICEMAIL, RECORDING, NODE = "greeting", "message", "voicemail", "recording", "node:"


class Entry:
    """Handles callers who listen."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._floor = crew.floor

    # ---- coming in

    def enter(self, call: Call) -> None:
        """The look-up is done or took too long: the project takes the caller in."""
        plan = call.project.plan
        if not is_open(plan.hours, self._floor.now, self._floor.settings.timezone):
            self._closed(call)
        elif plan.greeting:
            self._floor.journal("call.greeted", call=call, sound=plan.greeting)
            self._listen(call, GREETING, phrases.sound(plan.language, plan.greeting))
        else:
            self._greeted(call)

    def _closed(self, call: Call) -> None:
        rule = next((rule for rule in call.project.plan.overflow if rule.when is OverflowWhen.CLOSED), None)
        if rule is not None:
            self._floor.journal("call.overflow", call=call, rule=rule.when.value, to=rule.to)
            self.send(call, parse_destination(rule.to))
        else:
            self._listen(call, f"{MESSAGE}:closed", phrases.closed(call.project.plan.language))

    def turned_away(self, call: Call) -> bool:
        """Outside working hours nobody waits for the morning: he is told so. False while the project is open."""
        plan = call.project.plan
        if is_open(plan.hours, self._floor.now, self._floor.settings.timezone):
            return False
        self._listen(call, f"{MESSAGE}:closed", phrases.closed(plan.language))
        return True

    def _greeted(self, call: Call) -> None:
        if FIRST_NODE in call.project.plan.menu:
            self._go_to_node(call, FIRST_NODE)
        else:
            self._crew.waiting.admit(call)

    # ---- anywhere

    def send(self, call: Call, to: Destination) -> None:
        """Send a caller somewhere: by a rule, his own choice in a menu, a transfer, a supervisor."""
        self._crew.waiting.leave(call)
        self._stop_listening(call)
        match to.kind:
            case DestinationKind.QUEUE:
                self._to_queue(call, to.value)
            case DestinationKind.OPERATOR:
                agent = self._floor.by_login.get(to.value)
                if agent is not None:
                    self._floor.hold_for(call, agent.id, TRANSFERRED_FIRST, "transferred")
                self._crew.waiting.wait(call)
            case DestinationKind.NUMBER:
                self._to_number(call, to.value)
            case DestinationKind.VOICEMAIL:
                self._listen(call, VOICEMAIL, phrases.voicemail_prompt(call.project.plan.language))
            case DestinationKind.MESSAGE:
                self._listen(call, f"{MESSAGE}:message", phrases.sound(call.project.plan.language, to.value))
            case DestinationKind.CALLBACK:
                self._crew.callbacks.propose(call)
            case DestinationKind.FALLBACK:
                self._give_back(call)
            case DestinationKind.NODE:
                self._go_to_node(call, to.value)
            case DestinationKind.HANGUP:
                self._crew.ending.end(call, "refused", "telemarket")

    def _to_number(self, call: Call, number: str) -> None:
        """Outside, if that number may be called; a plan may be older than the rules."""
        dialable = self._floor.settings.dialable(number)
        if dialable is None:
            self._floor.journal("call.refused_number", call=call, number=number)
            self._crew.waiting.wait(call)
            return
        call.state, call.waited_music = CallState.RINGING, True
        self._crew.offering.ring_number(call, dialable, LegRole.OFFERED)
        self._crew.switch.answer(call)
        self._crew.switch.settle(call)

    def _to_queue(self, call: Call, number: str) -> None:
        project = self._floor.by_number.get(number)
        if project is not None and project is not call.project:
            call.project = project
            self._floor.journal("call.project", call=call, project=project.id)
        call.queue_ids, call.overflowed = (call.project.id,), 0
        self._crew.waiting.admit(call)

    def _give_back(self, call: Call) -> None:
        """The PBX's own dialplan takes the caller from here."""
        if call.customer is None:
            return
        self._crew.taping.stop(call)
        self._floor.given_back.add(call.customer)
        self._floor.emit(do.GiveBack(call.id, call.customer, call.dnis))
        self._floor.channels.pop(call.customer, None)
        self._crew.ending.end(call, "fallback", "telemarket")

    # ---- listening

    def _listen(self, call: Call, step: str, media: tuple[str, ...]) -> None:
        call.state, call.step, call.keyed = CallState.LISTENING, step, ""
        self._crew.switch.say(call, media)

    def _stop_listening(self, call: Call) -> None:
        self._floor.deadlines.clear("listen", call.id)
        call.step = ""
        self._crew.switch.hush(call)

    def playback_ended(self, fact: facts.PlaybackEnded) -> None:
        """He has heard what he was told."""
        call = self._floor.calls.get(call_of_playback(fact.playback_id))
        if call is None or call.playback != fact.playback_id:
            return
        self._crew.switch.heard(call)
        if call.state is not CallState.LISTENING:
            self._crew.switch.settle(call)  # the music goes on
        elif call.unserved:
            self._crew.campaign.heard(call)
        elif call.step == GREETING:
            call.step = ""
            self._greeted(call)
        elif call.step.startswith(MESSAGE):
            self._crew.ending.end(call, call.step.partition(":")[2], "telemarket")
        elif call.step == VOICEMAIL:
            self._take_message(call)
        elif call.step.startswith(NODE):
            self._node_heard(call)
        else:
            self._crew.callbacks.heard(call)

    def heard_due(self, call_id: str) -> None:
        """The end of what he was told has been missed."""
        call = self._floor.calls.get(call_id)
        if call is not None and call.playback:
            self._floor.emit(do.StopPlayback(call.id, call.playback))
            self.playback_ended(facts.PlaybackEnded(playback_id=call.playback, failed=True))

    def key_pressed(self, call: Call, digit: str) -> None:
        """The caller pressed a key."""
        if call.state is not CallState.LISTENING:
            self._crew.callbacks.key_while_waiting(call, digit)
        elif call.step == RECORDING and digit == END_KEY:
            self._message_taken(call)
        elif call.step.startswith(NODE):
            self._node_key(call, digit)
        elif call.step.startswith("callback"):
            self._crew.callbacks.key(call, digit)

    def listen_due(self, call_id: str) -> None:
        """He has had time enough to press a key, or to speak."""
        call = self._floor.calls.get(call_id)
        if call is None or call.state is not CallState.LISTENING:
            return
        if call.step == RECORDING:
            self._message_taken(call)
        elif call.step.startswith(NODE):
            self._nothing_chosen(call)
        else:
            self._crew.callbacks.timed_out(call)

    # ---- the menu

    def _node(self, call: Call) -> Node:
        return call.project.plan.menu[call.step.removeprefix(NODE)]

    def _go_to_node(self, call: Call, name: str, *, again: bool = False) -> None:
        node = call.project.plan.menu.get(name)
        if node is None:  # a plan changed under him
            self._crew.waiting.admit(call)
            return
        call.tries = call.tries + 1 if again else 1
        language = call.project.plan.language
        prompt = phrases.sound(language, node.sound) if node.sound else phrases.enter_number(language)
        refused = phrases.invalid_choice(language) if again else ()
        self._listen(call, f"{NODE}{name}", refused + prompt)

    def _node_heard(self, call: Call) -> None:
        node = self._node(call)
        if node.kind is NodeKind.SAY:
            self._go_on(call, node.then)
        else:
            self._floor.deadlines.set("listen", call.id, self._floor.now + node.seconds)

    def _node_key(self, call: Call, digit: str) -> None:
        node = self._node(call)
        if node.kind is NodeKind.SAY:
            return
        self._crew.switch.hush(call)
        if node.kind is NodeKind.MENU:
            self._floor.journal("call.menu", call=call, node=call.step.removeprefix(NODE), digit=digit)
            if digit in node.choices:
                self._go_on(call, node.choices[digit])
            else:
                self._nothing_chosen(call)
        elif node.kind is NodeKind.ASK:
            self._floor.deadlines.set("listen", call.id, self._floor.now + node.seconds)
            if digit != END_KEY:
                call.keyed += digit
            if digit == END_KEY or len(call.keyed) >= node.digits:
                self._keyed_in(call, node)

    def _keyed_in(self, call: Call, node: Node) -> None:
        if not call.keyed:
            self._nothing_chosen(call)
            return
        self._floor.journal("call.keyed", call=call, node=call.step.removeprefix(NODE), value=call.keyed)
        if node.look_up:
            self._floor.emit(do.LookUpInput(call.id, call.keyed))
        self._go_on(call, node.then)

    def _nothing_chosen(self, call: Call) -> None:
        node = self._node(call)
        if call.keyed:
            self._keyed_in(call, node)
        elif call.tries < node.attempts:
            self._floor.deadlines.clear("listen", call.id)
            self._go_to_node(call, call.step.removeprefix(NODE), again=True)
        else:
            self._go_on(call, node.otherwise)

    def _go_on(self, call: Call, destination: str) -> None:
        self._stop_listening(call)
        if destination:
            self.send(call, parse_destination(destination))
        else:
            self._crew.waiting.admit(call)

    # ---- voicemail

    def _take_message(self, call: Call) -> None:
        call.step = RECORDING
        call.message_since = self._floor.now
        self._crew.taping.start(call, None, MESSAGE_FORMAT, stereo=False)
        self._floor.deadlines.set("listen", call.id, self._floor.now + self._floor.settings.message_seconds)

    def _message_taken(self, call: Call) -> None:
        self._crew.ending.end(call, self.voicemail_result(call), "caller")

    def voicemail_result(self, call: Call) -> str:
        """The caller has finished speaking, or hung up: his message becomes a request."""
        self._crew.taping.stop(call)
        self._stop_listening(call)
        seconds = round(self._floor.now - call.message_since, 1)
        self._floor.journal("voicemail.taken", call=call, file=call.recording, seconds=seconds)
        return "voicemail"
