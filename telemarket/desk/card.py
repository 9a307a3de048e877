"""What a card shows, and reading it from the rooms that know."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from telemarket.calls.views import CallState, CallView, Direction
from telemarket.casework.attendants import Attendants
from telemarket.casework.model import Choice, ChoiceList, HistoryEntry, Request
from telemarket.casework.service import CaseworkService
from telemarket.contacts.live import Answer
from telemarket.contacts.model import Candidate, Contact
from telemarket.contacts.service import ContactService
from telemarket.contacts.sync.reading import StoredRecord
from telemarket.core.roles import User
from telemarket.desk.lead_card import LeadCard, LeadReader
from telemarket.desk.people import People
from telemarket.desk.rendering import phone
from telemarket.messaging.model import Message
from telemarket.messaging.outbox import Outbox
from telemarket.numbers.caller import is_anonymous

HISTORY_PAGE = 10  # entries a card shows at first


@dataclass(slots=True)
class LookUp:
    """A live backend's place on the card; `answer` is None while it is being asked."""

    name: str
    title: str
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class PassedNote:
    """What an operator had written but could not save when he passed the call on."""

    author: str
    text: str


@dataclass(slots=True)
class Card:
    """One card: of a call, or (`call` is None) of a contact outside a call.

    `looked_up` is False until it is known who calls; `broken` says that finding out failed. `records` is what
    backends say of the contact, `sources` the titles of backends by name.
    """

    call: CallView | None = None
    looked_up: bool = False
    broken: bool = False
    contact: Contact | None = None
    candidates: tuple[Candidate, ...] = ()
    history: list[HistoryEntry] = field(default_factory=list)
    messages: tuple[Message, ...] = ()
    request: Request | None = None
    passed_note: PassedNote | None = None
    choices: dict[ChoiceList, tuple[Choice, ...]] = field(default_factory=dict)
    people: tuple[User, ...] = ()
    look_ups: dict[str, LookUp] = field(default_factory=dict)
    records: Sequence[StoredRecord] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    attribute_kinds: Mapping[str, str] = field(default_factory=dict)
    crm_url: str | None = ""  # None until it is known who calls
    lead: LeadCard | None = None

    @property
    def draft(self) -> str:
        """What unsaved words on this card are kept under in the browser."""
        return self.call.id if self.call else f"contact-{self.contact.id if self.contact else 0}"

    @property
    def key(self) -> str:
        """Part of the ids of the card's elements."""
        return re.sub(r"[^A-Za-z0-9]", "-", self.draft)

    @property
    def anonymous(self) -> bool:
        """Whether the caller withheld his number."""
        return self.call is not None and is_anonymous(self.call.ani)

    @property
    def title(self) -> str:
        """The caller in a few words; empty if nothing at all is known."""
        if self.contact and (self.contact.name or self.contact.company):
            return self.contact.name or self.contact.company
        if self.call is None:
            number = next((each.e164 or each.raw for each in self.contact.phones), "") if self.contact else ""
            return phone(number)
        name = self.call.caller_name or (self.lead.name if self.lead else "")
        return name or ("" if self.anonymous else phone(self.call.ani))

    @property
    def more_history(self) -> bool:
        """Whether there may be entries before those shown."""
        return len(self.history) == HISTORY_PAGE

    @property
    def in_history(self) -> bool:
        """Whether the present call stands in the history already."""
        return self.call is not None and any(entry.call_id == self.call.id for entry in self.history)


class CardReader:
    """Fills cards. `sources` are the titles of backends by name; `leads` is needed where campaigns call."""

    def __init__(
        self,
        contacts: ContactService,
        casework: CaseworkService,
        people: People,
        outbox: Outbox,
        sources: Mapping[str, str] | None = None,
        leads: LeadReader | None = None,
    ) -> None:
        self.people = people
        self._sources = sources or {}
        self._contacts = contacts
        self._casework = casework
        self._outbox = outbox
        self._leads = leads

    async def identify(self, card: Card) -> None:
        """Who calls? Opens the certain contact, makes one for an unknown number, or leaves a choice."""
        assert card.call is not None  # noqa: S101
        call = card.call
        if call.contact_id is not None:
            card.contact = await self._contacts.present(call.contact_id)
        elif not card.anonymous:
            match = await self._contacts.match(call.ani)
            card.contact, card.candidates = match.contact, match.candidates
            # A campaign's numbers are many, and most do not answer: none gets a contact for having been dialed.
            if card.contact is None and not card.candidates and call.direction is not Direction.CAMPAIGN:
                card.contact = await self._contacts.ensure_for_caller(call.ani, call.caller_name)
        if call.state is not CallState.ARRIVING:
            await self.read_request(card)
        if self._leads is not None and call.lead_id is not None:
            card.lead = await self._leads.read(call)

    async def find_keyed_in(self, digits: str) -> Contact | None:
        """Whom a contract or telephone number belongs to that a caller keyed in; None unless it is certain."""
        return await self._contacts.find_keyed_in(digits)

    async def attendants(self, contact: Contact) -> Attendants:
        """Who has looked after the contact."""
        return await self._casework.attendants(contact.id)

    async def read_request(self, card: Card) -> None:
        """What was written about this call, if anything."""
        if card.call is not None:
            card.request = await self._casework.request_of_call(card.call.id)

    async def fill(self, card: Card) -> None:
        """The lists of the form, and the history of the contact if there is one."""
        project_id = card.call.project.id if card.call else None
        card.choices = await self._casework.choices(project_id)
        card.people = await self.people.active()
        card.sources = self._sources
        if card.contact:
            card.attribute_kinds = await self._contacts.attribute_kinds()
            card.records = await self._contacts.records(card.contact.id)
            card.history = await self._casework.history(card.contact.id, limit=HISTORY_PAGE)
            card.messages = await self._outbox.of_contact(card.contact.id)

    async def of_contact(self, contact_id: int) -> Card:
        """The card of a contact outside a call. Raises NotFound."""
        card = Card(looked_up=True, contact=await self._contacts.get(contact_id))
        await self.fill(card)
        return card
