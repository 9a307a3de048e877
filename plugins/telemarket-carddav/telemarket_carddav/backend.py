"""An address book as a backend."""

from collections.abc import AsyncIterator, Sequence
from hashlib import blake2b

from telemarket.backend import Backend, BackendContext, Batch, CursorRefused, Finding
from telemarket.core.errors import TelemarketError
from telemarket_carddav.card import Unreadable, record_of
from telemarket_carddav.dav import AddressBook, Answer
from telemarket_carddav.options import CardDavOptions

_TOKEN = "token "  # noqa: S105 - the server's sync token follows
_TAGS = "tags "  # a digest of all entity tags follows


class CardDavBackend(Backend):
    """Reads what changed since the server's sync token (RFC 6578); of a server that has none all cards, whenever the
    entity tag of any is another."""

    def __init__(self, context: BackendContext, options: CardDavOptions) -> None:
        self.name = context.name
        self.title = context.title
        self._options = options

    async def check(self) -> Sequence[Finding]:
        """The address, the password, and whether it is an address book."""
        try:
            async with AddressBook(self._options) as book:
                entries = await book.describe()
        except TelemarketError as error:
            return [Finding(what=error.message, well=False, remedy=error.remedy)]
        if not any(entry.is_book for entry in entries if not entry.file):
            books = [entry.file for entry in entries if entry.file and entry.is_book]
            remedy = f"Address books below it: {', '.join(books)}." if books else "Look the address up at the server."
            return [Finding(what=f"{self._options.url} is no address book.", well=False, remedy=remedy)]
        return [Finding(what=f"{len(_files(entries))} cards in the address book.", well=True)]

    async def sync(self, cursor: str) -> AsyncIterator[Batch]:
        if cursor and not cursor.startswith((_TOKEN, _TAGS)):
            raise CursorRefused("The cursor is not one of an address book.")
        async with AddressBook(self._options) as book:
            tells_changes = "sync-collection" in (await book.itself()).reports
            batches = self._changed(book, cursor) if tells_changes else self._all(book, cursor)
            async for batch in batches:
                yield batch

    async def _changed(self, book: AddressBook, cursor: str) -> AsyncIterator[Batch]:
        snapshot = not cursor.startswith(_TOKEN)
        token, more = "" if snapshot else cursor.removeprefix(_TOKEN), True
        while more:
            changes = await book.changes(token)
            files = [answer.file for answer in changes.answers if answer.status != 404]
            async for batch in self._cards(book, files, snapshot):
                yield batch
            token, more = changes.token, changes.more
            gone = [answer.file for answer in changes.answers if answer.status == 404]
            # Deletions are known only when every card has been named: what breaks off before begins anew.
            place = "" if snapshot and more else _TOKEN + token
            yield Batch(deleted=[] if snapshot else gone, snapshot=snapshot, cursor=place)

    async def _all(self, book: AddressBook, cursor: str) -> AsyncIterator[Batch]:
        entries = _files(await book.describe())
        tags = "".join(sorted(f"{entry.file}\n{entry.etag}\n" for entry in entries))
        place = _TAGS + blake2b(tags.encode(), digest_size=16).hexdigest()
        if place == cursor:
            return
        async for batch in self._cards(book, [entry.file for entry in entries], snapshot=True):
            yield batch
        yield Batch(snapshot=True, cursor=place)

    async def _cards(self, book: AddressBook, files: Sequence[str], snapshot: bool) -> AsyncIterator[Batch]:
        for start in range(0, len(files), self._options.page):
            answers = await book.cards(files[start : start + self._options.page])
            yield self._batch(answers, snapshot, len(files))

    def _batch(self, answers: Sequence[Answer], snapshot: bool, total: int) -> Batch:
        records, refused, gone = [], [], []
        for answer in answers:
            if answer.card is None:
                gone.append(answer.file)
                continue
            try:
                records.append(record_of(answer.card, answer.file, self._options.card_template))
            except Unreadable as error:
                refused.append((answer.file, str(error)))
        return Batch(records=records, refused=refused, deleted=gone, snapshot=snapshot, total=total)


def _files(entries: Sequence[Answer]) -> list[Answer]:
    """The cards among what a book holds: what has a tag and is no collection."""
    return [entry for entry in entries if entry.file and entry.etag and not entry.is_book]
