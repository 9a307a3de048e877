"""What a contact owes: asked where it is kept, or read from what was synchronised last."""

from collections.abc import Sequence
from decimal import Decimal

import structlog

from telemarket.backend import Backend, Record
from telemarket.contacts.live import Answer, LiveLookup
from telemarket.contacts.model import Contact
from telemarket.contacts.service import ContactService
from telemarket.contacts.typed import BadValue, read_number
from telemarket.numbers import NumberingPlan, normalise

log = structlog.get_logger(__name__)

DEADLINE = 5.0
"""Seconds a backend has to answer."""
_MOST_NUMBERS = 3  # of a contact, by which a backend is asked


class ContactDebts:
    """Implements `telemarket.dialer.ports.Debts`. `backends` are those that can be asked live.

    A backend that knows the contact is asked by his number; if it does not answer nobody can say, for what was
    synchronised before a payment does not tell of it. Without such a backend the contact's own value counts.
    """

    def __init__(self, contacts: ContactService, plan: NumberingPlan, backends: Sequence[Backend]) -> None:
        self._contacts = contacts
        self._plan = plan
        self._backends = tuple(backends)
        self._lookup: LiveLookup | None = None

    async def debt(self, contact_id: int, value: str) -> Decimal | None:
        """See `Debts`."""
        try:
            contact = await self._contacts.present(contact_id)
            if any(backend.name in contact.backend_keys for backend in self._backends):
                return await self._ask(contact, value)
            return _number(contact.attributes.get(value))
        except Exception as error:  # the database is away
            log.warning("what a contact owes could not be found out", contact=contact_id, error=type(error).__name__)
            return None

    def close(self) -> None:
        """Ask nobody any more."""
        if self._lookup is not None:
            self._lookup.close()

    async def _ask(self, contact: Contact, value: str) -> Decimal | None:
        if self._lookup is None:
            self._lookup = LiveLookup(self._backends, deadline=DEADLINE)
        silent = False
        for phone in contact.phones[:_MOST_NUMBERS]:
            number = normalise(phone.raw, self._plan)
            if number is None:
                continue
            async for answer in self._lookup.ask(number):
                if answer.backend not in contact.backend_keys:
                    continue
                silent = silent or bool(answer.failure)
                if record := _record_of(contact, answer):
                    return _owed(record, value)
        return None if silent else _number(contact.attributes.get(value))


def _record_of(contact: Contact, answer: Answer) -> Record | None:
    key = contact.backend_keys[answer.backend]
    return next((record for record in answer.found if record.key == key), None)


def _owed(record: Record, value: str) -> Decimal | None:
    """By a further value of the record, or by a limit of this name in money."""
    said = dict(record.attributes).get(value)
    if said is not None:
        return _number(said)
    return next((limit.amount for limit in record.limits if limit.service == value), None)


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal(read_number(text)) if text else None
    except BadValue:
        return None
