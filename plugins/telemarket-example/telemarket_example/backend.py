"""The kind of backend `csv`: a file of contacts as a source of Telemarket."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from pydantic import Field

from telemarket.backend import Backend, BackendContext, BackendKind, BackendOptions, Batch, Finding, Record
from telemarket_example.contacts import ContactsFile, Content, FileUnreadable

BATCH = 1000


class CsvOptions(BackendOptions):
    """`[backends.NAME.options]` where `kind = "csv"`."""

    file: Path = Field(description="The CSV file.")
    region: str = Field("UA", description="Region of numbers written without a country code.")
    currency: str = Field("UAH", description="Currency of the limits.")


class CsvBackend(Backend):
    """Contacts of one CSV file."""

    def __init__(self, context: BackendContext, options: CsvOptions) -> None:
        self.name = context.name
        self.title = context.title
        file = context.data_dir / options.file
        self._file = ContactsFile(file, region=options.region, currency=options.currency)

    async def check(self) -> Sequence[Finding]:
        try:
            content = await self._file.content()
        except FileUnreadable as error:
            return [Finding(what=error.message, well=False, remedy=error.remedy)]
        findings = [Finding(what=f"{self._file.path}: {len(content.records)} contacts", well=True)]
        if content.refused:
            contract, reason = content.refused[0]
            what = f"Rows refused: {len(content.refused)}, the first of contract {contract or 'none'}: {reason}"
            findings.append(Finding(what=what, well=False, remedy="Mend these rows of the file."))
        return findings

    async def sync(self, cursor: str) -> AsyncIterator[Batch]:
        """All contacts, unless the file is the one that was read last time: the cursor is its stamp."""
        content = await self._file.content()
        if content.stamp != cursor:
            for batch in _batches(content):
                yield batch

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        return await self._file.find(e164 or digits)


def _batches(content: Content) -> Sequence[Batch]:
    parts = [content.records[start : start + BATCH] for start in range(0, len(content.records), BATCH)]
    total = len(content.records)
    return [
        *(Batch(records=part, snapshot=True, total=total) for part in parts),
        # The cursor goes with the last batch: a synchronisation that breaks off begins anew.
        Batch(refused=content.refused, snapshot=True, total=total, cursor=content.stamp),
    ]


KIND = BackendKind(name="csv", title="CSV file", options=CsvOptions, open=CsvBackend)
