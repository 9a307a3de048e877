"""The contract of a backend: a source of contacts beside Telemarket's own database.

A *kind* of backend (1C 7.7, Exchange, any SQL database…) is code; a *backend* is one source of that kind that the
configuration names: `[backends.NAME]`. Its records are synchronised into Telemarket's own contacts, so a caller is
matched whatever state the source is in; a live look-up is a second try with a deadline.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from pydantic import BaseModel, ConfigDict

from telemarket.core.errors import TelemarketError


class BackendUnavailable(TelemarketError):
    """The source did not answer, or said that it is busy: trying again later can help.

    `retry_after` is the number of seconds the source asked for, or None.
    """

    error_id = "backend-unavailable"
    retryable = True

    def __init__(self, message: str, *, remedy: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class BackendRefused(TelemarketError):
    """The source refuses: a wrong password, a missing right, a name that is not there. A person has to mend it."""

    error_id = "backend-refused"


class ResultRefused(BackendRefused):
    """The source does not take this one result, and would take others: its record is gone, a text is too long."""

    error_id = "backend-result-refused"


class CursorRefused(TelemarketError):
    """The source no longer knows the place the last synchronisation ended at: it begins anew from nothing."""

    error_id = "backend-cursor-refused"
    retryable = True


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What of a service is left to a contact: a sum of money, a count, or both.

    `unit` is a currency (UAH) for `amount`; `quantity_unit` says what is counted. `of_amount` and `of_quantity` are
    what there was at the beginning, where the source knows it.
    """

    service: str
    provider: str = ""
    contract: str = ""
    amount: Decimal | None = None
    of_amount: Decimal | None = None
    unit: str = ""
    quantity: Decimal | None = None
    of_quantity: Decimal | None = None
    quantity_unit: str = ""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A person or a company as a backend knows it. `key` is the backend's own lasting identifier.

    Telephones pair a kind (mobile, direct, main, home, fax, other; empty: guessed) with the text as the source has
    it, which may hold several numbers; addresses pair a kind (legal, postal, home, work, other) with a text.
    `attributes` are further values by name for the card, in the source's order. `company_key` is the key of the
    company's own record in the same backend. `url` opens the record in the source's own portal.
    """

    key: str
    kind: str = "person"  # person | company
    name: str = ""
    company: str = ""
    company_key: str = ""
    position: str = ""
    phones: tuple[tuple[str, str], ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    site: str = ""
    region: str = ""
    categories: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    limits: tuple[Limit, ...] = ()
    url: str = ""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A service or an article a backend knows, for the lists on the card."""

    key: str
    name: str
    code: str = ""
    group: str = ""
    provider: str = ""
    price: Decimal | None = None
    currency: str = ""
    unit: str = ""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a synchronisation, taken over in one transaction: at most a few thousand records.

    `cursor`, when not empty, is the place from which the next synchronisation may go on once this batch is stored:
    a crash between two batches loses nothing. `snapshot` says that this synchronisation names every record there
    is: when it ends well, what it did not name is gone. `total` is the number of records expected, if known.
    `refused` pairs a key with the reason why a record of the source could not be read.
    """

    records: Sequence[Record] = ()
    services: Sequence[Service] = ()
    deleted: Sequence[str] = ()
    cursor: str = ""
    snapshot: bool = False
    total: int | None = None
    refused: Sequence[tuple[str, str]] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a backend's `check` found out. `remedy` says what to do where it is not well."""

    what: str
    well: bool
    remedy: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request, for a backend that wants to keep it: the write-back."""

    record_key: str
    request_id: int
    at: datetime
    project: str
    direction: str = ""  # inbound | outbound; empty where there was no call
    caller: str = ""
    topic: str = ""
    state: str = ""
    text: str = ""
    operator: str = ""


class Backend:
    """Base of every backend: what a source cannot do is left as it is here.

    All methods run on the event loop that serves the calls: what blocks belongs into a thread
    (`telemarket.core.threads`). They raise BackendUnavailable and BackendRefused; anything else is treated as a
    fault of the backend and shown with its text.
    """

    name: str  # the configuration's name of this source
    title: str  # for people

    async def check(self) -> Sequence[Finding]:
        """What is well and what is not, from the network up to the rights; quick, and changing nothing."""
        return ()

    def sync(self, cursor: str) -> AsyncIterator[Batch]:
        """What has changed since `cursor`; everything if that is empty. Raises CursorRefused as well."""
        raise NotImplementedError

    async def look_up(self, e164: str, digits: str) -> Sequence[Record]:
        """Records with this number, asked live: `e164` as +380441234567, empty if it cannot be known; `digits` as
        they arrived. Cancelled when the deadline of the card's slow part passes."""
        raise NotImplementedError

    async def write_back(self, result: Result) -> None:
        """Keep the result of a request at the record it concerns.

        Raises ResultRefused where the source takes other results, but not this one: it is named and passed over.
        After anything else this result and all later ones wait, so that none is lost.
        """
        raise NotImplementedError

    def card_url(self, e164: str, digits: str) -> str:  # noqa: ARG002 - for those who override it
        """An address in the source's portal that finds the caller itself, with no record known; empty: none."""
        return ""

    async def close(self) -> None:
        """Give connections back; called once, after everything else has ended."""

    @property
    def abilities(self) -> frozenset[str]:
        """Which of sync, look_up and write_back this backend has."""
        return frozenset(name for name in ABILITIES if getattr(type(self), name) is not getattr(Backend, name))


ABILITIES = ("sync", "look_up", "write_back")


class BackendOptions(BaseModel):
    """Base of the options of a kind: unknown keys are refused by name. Give every field a description; secrets
    are `pydantic.SecretStr`."""

    model_config = ConfigDict(extra="forbid")


class BackendContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a backend is given beside its options. `folder` is its own, for what it keeps between runs; relative
    paths of options are relative to `data_dir`; `zone` is the one people here live in."""

    name: str
    title: str
    folder: Path
    data_dir: Path
    clock: Callable[[], datetime]
    zone: tzinfo = UTC


class BackendKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of backend that a plugin (or Telemarket itself) brings.

    `open` makes a backend of checked options; it must not touch the network or the disk.
    """

    name: str  # lower case; what `kind = "…"` of the configuration says
    title: str
    options: type[BackendOptions]
    open: Callable[[BackendContext, Any], Backend]

    DEADLINE: ClassVar[float] = 30.0
    """Seconds that `check` may take before it counts as failed."""
