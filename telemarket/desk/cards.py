"""Cards of calls: prepared while the call is routed, pushed to the operator before his telephone rings."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import structlog

from telemarket.backend import Backend
from telemarket.calls.api import CallerKnown
from telemarket.calls.crm_url import backend_of, render_crm_url
from telemarket.calls.views import CallView
from telemarket.casework.model import LONGEST_TEXT
from telemarket.contacts.live import Erased, LiveLookup
from telemarket.contacts.model import Contact
from telemarket.core.clock import Clock
from telemarket.core.i18n import Translator
from telemarket.desk.card import Card, CardReader, LookUp, PassedNote
from telemarket.desk.lead_card import with_result
from telemarket.desk.live import LiveHub
from telemarket.desk.people import People
from telemarket.desk.rendering import render
from telemarket.dialer.model import Chosen
from telemarket.numbers.model import Number, NumberingPlan
from telemarket.numbers.normalise import normalise

log = structlog.get_logger(__name__)

_encoder = msgspec.json.Encoder()
# What is pressed while a lead is looked at is none of them: it must not be renewed under the operator's hands.
_LEAD_PARTS = ("lead_about", "lead_row")


@dataclass(slots=True)
class _Prepared:
    """A call's card: whose screens it is on, what was rendered of it, the tasks that fill it.

    `without_crm` are those who have the card, but not yet the outside CRM's address.
    """

    card: Card
    known: CallerKnown = field(default_factory=CallerKnown)
    agent_ids: set[int] = field(default_factory=set)
    without_crm: set[int] = field(default_factory=set)
    rendered: dict[Translator, str] = field(default_factory=dict)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class CardDesk:
    """Keeps the cards of living calls and sends them; the call driver's `CardPort`.

    `backends` are asked about each caller, and `erased` tells whom of those they name nobody may see; `sources` are all
    there are, by name, for pages of their own.
    """

    def __init__(
        self,
        hub: LiveHub,
        reader: CardReader,
        plan: NumberingPlan,
        clock: Clock,
        backends: Sequence[Backend] = (),
        sources: Mapping[str, Backend] | None = None,
        erased: Erased | None = None,
    ) -> None:
        self._hub = hub
        self._reader = reader
        self._plan = plan
        self._clock = clock
        self._backends = tuple(backends)
        self._sources = sources or {}
        self._erased = erased
        self._cards: dict[str, _Prepared] = {}
        self._live: LiveLookup | None = None  # needs the running loop

    # The call driver's side

    async def prepare(self, call: CallView) -> CallerKnown:
        """See `CardPort.prepare`."""
        prepared = self._cards.get(call.id)
        if prepared is None:
            prepared = self._begin(call)
        # The driver may stop waiting; the work goes on and reaches the page later.
        await asyncio.wait([prepared.tasks[0]])
        return prepared.known

    async def look_up_input(self, call: CallView, value: str) -> int | None:
        """See `CardPort.look_up_input`."""
        contact = await self._reader.find_keyed_in(value)
        if contact is None:
            return None
        if call.id not in self._cards:
            self._begin(call)
        await self.choose(call.id, contact)
        return contact.id

    def push(self, agent_id: int, call: CallView) -> bool:
        """See `CardPort.push`. Operators who have the card already keep it."""
        prepared = self._cards.get(call.id) or self._begin(call)
        self._move(prepared, call)
        self._will_have(prepared, agent_id)
        passed_by = passed_on_by(agent_id, call)
        # A supervisor who listens goes on with what he looks at; the call is not his.
        beside = _part_of(agent_id, call) == "watching"
        return self._hub.send(
            agent_id, lambda translator: self._message(prepared, translator, passed_by, present=beside)
        )

    def forget(self, call_id: str) -> None:
        """See `CardPort.forget`."""
        prepared = self._cards.pop(call_id, None)
        for task in prepared.tasks if prepared else ():
            task.cancel()

    def close(self) -> None:
        """Give up everything under way."""
        for call_id in tuple(self._cards):
            self.forget(call_id)
        if self._live is not None:
            self._live.close()

    # The pages' side

    def card(self, call_id: str) -> Card | None:
        """The card of a living call."""
        prepared = self._cards.get(call_id)
        return prepared.card if prepared else None

    def live_failures(self) -> dict[str, str]:
        """Why backends failed when last asked about a caller, by name."""
        return self._live.failures if self._live else {}

    @property
    def people(self) -> People:
        """The names of operators."""
        return self._reader.people

    def message(self, agent_id: int, call: CallView, translator: Translator) -> str:
        """The stream message that shows the card of `call`, for a page of `agent_id` that has just connected."""
        prepared = self._cards.get(call.id) or self._begin(call)
        self._will_have(prepared, agent_id)
        return self._message(prepared, translator, passed_on_by(agent_id, call), present=True)

    def keep_note(self, call_id: str, author: str, text: str) -> None:
        """Words an operator could not save go along when he passes the call on."""
        prepared = self._cards.get(call_id)
        if prepared is not None and text.strip():
            prepared.card.passed_note = PassedNote(author, text[:LONGEST_TEXT])
            prepared.rendered.clear()

    async def of_call(self, call: CallView) -> Card:
        """The card of a call that ended long ago. Raises NotFound if its contact is gone."""
        card = Card(call=call, looked_up=True)
        await self._reader.identify(card)
        await self._reader.fill(card)
        return card

    async def of_contact(self, contact_id: int) -> Card:
        """The card of a contact outside a call. Raises NotFound."""
        return await self._reader.of_contact(contact_id)

    def renew(self, contact: Contact) -> None:
        """What was written about a contact shows on the cards of his living calls."""
        for prepared in self._cards.values():
            if prepared.card.contact and prepared.card.contact.id == contact.id:
                prepared.card.contact = contact
                self._changed(prepared, "who")

    async def choose(self, call_id: str, contact: Contact) -> bool:
        """The operator said who calls: the card turns to that contact on his pages. False if none shows it."""
        prepared = self._cards.get(call_id)
        if prepared is None:
            return False
        prepared.card.contact = contact
        prepared.card.candidates = ()
        await self._reader.fill(prepared.card)
        return self._changed(prepared, "who", "history")

    async def refresh(self, call_id: str, saved_by: int) -> None:
        """Read what `saved_by` saved: a page opened later shows it, and those of others who have the card do now."""
        prepared = self._cards.get(call_id)
        if prepared is None:
            return
        await self._reader.read_request(prepared.card)
        await self._reader.fill(prepared.card)
        prepared.card.passed_note = None
        self._changed(prepared, "work", "history", but=saved_by)

    def chosen(self, call_id: str, chosen: Chosen) -> None:
        """The operator said what his conversation came to."""
        prepared = self._cards.get(call_id)
        if prepared is not None and prepared.card.lead is not None:
            prepared.card.lead = with_result(prepared.card.lead, chosen)
            self._changed(prepared, "lead_row")

    # Filling

    def _begin(self, call: CallView) -> _Prepared:
        prepared = self._cards[call.id] = _Prepared(Card(call=call, crm_url=_crm_url_at_first(call)))
        self._start(prepared, self._prepare(prepared))
        number = normalise(call.ani, self._plan)
        if number is not None and self._backends:
            prepared.card.look_ups = {b.name: LookUp(b.name, b.title) for b in self._backends}
            self._start(prepared, self._ask_backends(prepared, number))
        return prepared

    def _move(self, prepared: _Prepared, call: CallView) -> None:
        """The call as it is now; in another project there are other lists to pick from."""
        before, prepared.card.call = prepared.card.call, call
        if before is None or before.project != call.project:
            prepared.card.crm_url = _crm_url_at_first(call)
            self._start(prepared, self._refill(prepared))

    async def _refill(self, prepared: _Prepared) -> None:
        await asyncio.wait([prepared.tasks[0]])  # the address of an outside CRM names the caller
        try:
            await self._reader.fill(prepared.card)
        except Exception:  # what was read for the other project remains
            log.exception("a card could not be read for its new project", call_id=prepared.card.draft)
        self._changed(prepared, "who", "work", "history")
        self._tell_crm(prepared)

    def _start(self, prepared: _Prepared, work: Coroutine[None, None, None]) -> None:
        prepared.tasks.append(asyncio.create_task(work))

    async def _prepare(self, prepared: _Prepared) -> None:
        card = prepared.card
        try:
            await self._reader.identify(card)
            if card.contact is not None:
                prepared.known = await self._known(card.contact)
            await self._reader.fill(card)
        except Exception:
            # The operator still gets the number, and a card that says what is missing.
            card.broken = True
            log.exception("the caller's card could not be read", call_id=card.call.id if card.call else "")
        card.looked_up = True
        self._changed(prepared, "who", "history", "work", *(_LEAD_PARTS if card.call and card.call.lead_id else ()))
        self._tell_crm(prepared)
        for translator in self._hub.translators():
            self._html(prepared, translator)

    async def _known(self, contact: Contact) -> CallerKnown:
        attendants = await self._reader.attendants(contact)
        return CallerKnown(
            contact_id=contact.id,
            vip=contact.vip,
            consultant_id=contact.consultant_id or attendants.consultant_id,
            last_operator_id=attendants.last_operator_id,
        )

    async def _ask_backends(self, prepared: _Prepared, number: Number) -> None:
        async for answer in self._lookup().ask(number):
            prepared.card.look_ups[answer.backend].answer = answer
            self._changed(prepared, f"look-up-{answer.backend}")

    def _lookup(self) -> LiveLookup:
        if self._live is None:
            self._live = LiveLookup(self._backends, self._erased)
        return self._live

    def _will_have(self, prepared: _Prepared, agent_id: int) -> None:
        prepared.agent_ids.add(agent_id)
        if prepared.card.crm_url is None:
            prepared.without_crm.add(agent_id)

    def _tell_crm(self, prepared: _Prepared) -> None:
        """The outside CRM's address can be made now: whoever has the card without it gets it."""
        card, waiting = prepared.card, prepared.without_crm
        assert card.call is not None  # noqa: S101
        card.crm_url, prepared.without_crm = self._crm_url(card), set()
        message = encode(
            {
                "type": "crm",
                "call_id": card.call.id,
                "crm_url": card.crm_url,
                "crm_open": card.call.project.crm_open,
            }
        )
        for agent_id in waiting:
            self._hub.send(agent_id, lambda _: message)

    def _crm_url(self, card: Card) -> str:
        assert card.call is not None  # noqa: S101
        template = card.call.project.crm_url
        if not template:
            return ""
        try:
            if name := backend_of(template):
                return self._page_of_source(name, card)
            return render_crm_url(template, card.call, card.contact)
        except Exception:
            log.exception("the outside CRM's address could not be made", project=card.call.project.number)
            return ""

    def _page_of_source(self, name: str, card: Card) -> str:
        """The page of the caller's record in a backend, or the one on which the backend itself looks him up."""
        assert card.call is not None  # noqa: S101
        for stored in card.records:
            if stored.backend == name and stored.record.url:
                return stored.record.url
        number = normalise(card.call.ani, self._plan)
        if number is None or name not in self._sources:
            return ""
        return self._sources[name].card_url(number.e164, number.digits)

    # Rendering

    def _message(
        self, prepared: _Prepared, translator: Translator, passed_by: int | None, *, present: bool = False
    ) -> str:
        call = prepared.card.call
        assert call is not None  # noqa: S101
        return encode(
            {
                "type": "card",
                "call_id": call.id,
                "html": self._html(prepared, translator),
                "sent_at": self._clock(),
                "present": present,  # the call is not new to its operator, or not his: nothing comes to the front
                "passed_by": self.people.name(passed_by),
                "crm_url": prepared.card.crm_url,
                "crm_open": call.project.crm_open,
            }
        )

    def _html(self, prepared: _Prepared, translator: Translator) -> str:
        html = prepared.rendered.get(translator)
        if html is None:
            html = prepared.rendered[translator] = render("card.html", translator, card=prepared.card)
        return html

    def _changed(self, prepared: _Prepared, *parts: str, but: int | None = None) -> bool:
        """Forget what was rendered, and renew `parts` of the card on the screens it is on (except those of `but`);
        False if it is on none."""
        prepared.rendered.clear()
        seen = False
        for agent_id in prepared.agent_ids - {but}:
            for part in parts:
                seen |= self._hub.send(agent_id, _part_message(prepared.card, part))
        return seen


def _crm_url_at_first(call: CallView) -> str | None:
    """The address names the caller, so it waits for the look-up; a project without an outside CRM has none."""
    return None if call.project.crm_url else ""


def passed_on_by(agent_id: int, call: CallView) -> int | None:
    """Who sends `agent_id` this call: the operator who asks him to join it, or who transferred it."""
    part = _part_of(agent_id, call)
    if part == "watching":
        return None
    by = call.agent_id if part else call.transferred_by
    return by if by != agent_id else None


def _part_of(agent_id: int, call: CallView) -> str:
    """The part of somebody who takes part in another's call; empty for everybody else."""
    return next((party.role for party in call.parties if party.agent_id == agent_id), "")


def _part_message(card: Card, part: str) -> Callable[[Translator], str]:
    name, _, look_up = part.partition("look-up-")
    template = "card/look_up.html" if look_up else f"card/{name}.html"
    found = card.look_ups[look_up] if look_up else None

    def render_part(translator: Translator) -> str:
        html = render(template, translator, card=card, look_up=found)
        return encode({"type": "card_part", "call_id": card.draft, "part": part, "html": html})

    return render_part


def encode(message: dict[str, object]) -> str:
    """A stream message as it travels."""
    return _encoder.encode(message).decode()
