"""The CRM as a backend."""

from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

from telemarket.backend import Backend, BackendContext, Batch, Finding, Limit, Record, Result
from telemarket.core.errors import TelemarketError
from telemarket_rest_crm.api import Api, Contact
from telemarket_rest_crm.options import RestCrmOptions

_PHONE_KINDS = {"mobile": "mobile", "work": "direct", "home": "home", "fax": "fax"}


class RestCrmBackend(Backend):
    """Reads the CRM's contacts in the order of their changes, and adds a note for each request."""

    def __init__(self, context: BackendContext, options: RestCrmOptions) -> None:
        self.name = context.name
        self.title = context.title
        self._options = options
        self._url = options.url.rstrip("/")

    async def check(self) -> Sequence[Finding]:
        """Asks for the first contacts: the address, the token and the right to read."""
        try:
            async with Api(self._options) as api:
                page = await api.page("")
        except TelemarketError as error:
            return [Finding(what=error.message, well=False, remedy=error.remedy)]
        count = len(page.contacts) if page.total is None else page.total
        return [Finding(what=f"Signed in at {self._url}: {count} contacts.", well=True)]

    async def sync(self, cursor: str) -> AsyncIterator[Batch]:
        """With a cursor what changed since, a page in each batch. Without one all there is: then only the end has a
        cursor, because deletions are known only when everything has been named."""
        snapshot = not cursor
        async with Api(self._options) as api:
            more = True
            while more:
                page = await api.page(cursor)
                cursor, more = page.cursor, page.more
                yield Batch(
                    records=[self._record(contact) for contact in page.contacts if not contact.deleted],
                    deleted=[contact.id for contact in page.contacts if contact.deleted],
                    cursor="" if snapshot and more else cursor,
                    snapshot=snapshot,
                    total=page.total,
                )

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        async with Api(self._options) as api:
            page = await api.having_number(e164 or digits)
        return [self._record(contact) for contact in page.contacts]

    async def write_back(self, result: Result) -> None:
        """A note at the contact. One that comes twice is added once: the request's number is its key."""
        lines = [f"{result.at:%Y-%m-%d %H:%M} UTC, {result.operator}, {result.topic}, {result.state}", result.text]
        async with Api(self._options) as api:
            key = f"telemarket-{result.request_id}-{result.state}"
            await api.add_note(quote(result.record_key, safe=""), "\n".join(lines), key)

    def card_url(self, e164: str, digits: str) -> str:
        return f"{self._url}/search?phone={quote(e164 or digits, safe='')}"

    def _record(self, contact: Contact) -> Record:
        return Record(
            key=contact.id,
            kind="company" if contact.is_company else "person",
            name=contact.name,
            company=contact.company,
            position=contact.position,
            phones=tuple((_PHONE_KINDS.get(phone.type, ""), phone.number) for phone in contact.phones),
            emails=tuple(contact.emails),
            addresses=(("work", contact.address),) if contact.address else (),
            attributes=tuple(contact.fields.items()),
            limits=tuple(
                Limit(service=balance.service, amount=balance.amount, unit=balance.currency)
                for balance in contact.balances
            ),
            url=f"{self._url}/contacts/{quote(contact.id, safe='')}",
        )
