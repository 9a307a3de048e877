"""The gateway of SMS, and what a text costs."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from smpplib import consts

from telemarket.core.i18n import N_
from telemarket.core.settings import SmsSettings
from telemarket.messaging.gsm import Parts, cut
from telemarket.messaging.model import Gateway, Message, NotTaken, Refused, Uncertain
from telemarket.messaging.smpp import Link, problem

_DEADLINE = 10.0  # seconds for connecting, and for each request that sends nothing
_PATIENCE = 30.0  # seconds from a short message to its answer
_FAREWELL = 2.0  # seconds for which the end of Telemarket waits for the centre
_QUIET = 30.0  # seconds of silence after which the centre is asked whether it is still there
_LONGEST_REFERENCE = 100
_NUMBER = re.compile(r"\+?[1-9]\d{4,14}", re.ASCII)
# Answers after which the same may be taken later: those about us, and those that may be about one telephone.
_ABOUT_US = frozenset(
    {
        consts.SMPP_ESME_RINVBNDSTS,
        consts.SMPP_ESME_RTHROTTLED,
        consts.SMPP_ESME_RINVSRCADR,
        consts.SMPP_ESME_RINVSRCTON,
        consts.SMPP_ESME_RINVSRCNPI,
        consts.SMPP_ESME_RINVSYSID,
    }
)
_BUSY = frozenset({consts.SMPP_ESME_RSYSERR, consts.SMPP_ESME_RMSGQFUL, consts.SMPP_ESME_RX_T_APPN})
_PART_TRIES, _PART_PAUSE = 5, 2.0  # more tries that a text has whose beginning was taken, seconds in between


def segments(text: str) -> int:
    """The short messages `text` is sent as, and charged for."""
    return len(cut(text).texts)


class SmsGateway(Gateway):
    """Hands SMS to the centre of `settings`, over one connection that is kept.

    A text that was taken in part is Uncertain: it is with the customer, but not whole. Receipts are not asked for.
    """

    def __init__(
        self,
        settings: SmsSettings,
        *,
        deadline: float = _DEADLINE,
        patience: float = _PATIENCE,
        quiet: float = _QUIET,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._deadline = deadline
        self._patience = patience
        self._quiet = quiet
        self._clock = clock
        self._sleep = sleep
        self._link: Link | None = None
        self._heard = 0.0  # when the centre last answered
        self._next = 0.0  # when the next short message may leave

    async def send(self, message: Message) -> str:
        """Hand over an SMS; returns the centre's id of its first part. Raises NotTaken, Refused and Uncertain."""
        if not _NUMBER.fullmatch(message.recipient):
            raise Refused(N_("This is no number an SMS can be sent to."))
        parts = cut(message.body)
        taken: list[str] = []
        waiting = list(_requests(parts, message.id & 0xFF))
        patience = _PART_TRIES
        while waiting:
            try:
                destination = message.recipient.removeprefix("+")
                taken.append(await self._submit(destination_addr=destination, **waiting[0]))
                del waiting[0]
            except (NotTaken, Refused) as error:
                if not taken:
                    raise
                if isinstance(error, NotTaken) and patience:  # half a text helps nobody
                    patience -= 1
                    await self._sleep(_PART_PAUSE)
                    continue
                values = {"taken": len(taken), "parts": len(parts.texts), "problem": error.message}
                text = N_("Only %(taken)s of %(parts)s parts of the SMS were taken: %(problem)s", **values)
                raise Uncertain(text) from error
        return taken[0][:_LONGEST_REFERENCE]

    async def close(self) -> None:
        """Let the connection go."""
        if self._link:
            await self._link.close(_FAREWELL)
            self._link = None

    async def _submit(self, **fields: Any) -> str:
        await self._keep_pace()
        link = await self._bound()
        try:
            answer = await link.ask(
                "submit_sm",
                self._patience,
                **_source(self._settings.source),
                dest_addr_ton=consts.SMPP_TON_INTL,
                dest_addr_npi=consts.SMPP_NPI_ISDN,
                **fields,
            )
        except OSError as error:
            self._drop(link)
            values = {"problem": problem(error)}
            raise Uncertain(N_("The SMS centre did not say whether it took the SMS: %(problem)s.", **values)) from error
        self._heard = self._clock()
        if answer.status in _ABOUT_US | _BUSY:
            if answer.status == consts.SMPP_ESME_RINVBNDSTS:  # it has forgotten us
                self._drop(link)
            text = N_("The SMS centre does not take the SMS now: %(problem)s.", problem=answer.problem)
            raise NotTaken(text, only_this=answer.status in _BUSY)
        if answer.status:
            raise Refused(N_("The SMS centre refuses the SMS: %(problem)s.", problem=answer.problem))
        return answer.message_id

    async def _keep_pace(self) -> None:
        now = self._clock()
        if now < self._next:
            await self._sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self._settings.per_second

    async def _bound(self) -> Link:
        """The connection, if the centre still answers on it, or a new one. Raises NotTaken."""
        if self._link and not await self._is_there(self._link):
            self._drop(self._link)
        if self._link is None:
            self._link = await Link.bind(self._settings, self._deadline)
            self._heard = self._clock()
        return self._link

    def _drop(self, link: Link) -> None:
        link.drop()
        self._link = None

    async def _is_there(self, link: Link) -> bool:
        if not link.alive or self._clock() - self._heard < self._quiet:
            return link.alive
        try:
            await link.ask("enquire_link", self._deadline)
        except (OSError, NotTaken):
            return False
        return link.alive


def _requests(parts: Parts, reference: int) -> Iterator[dict[str, Any]]:
    """What the requests of a text differ in; `reference` tells telephones which parts belong together."""
    coding = consts.SMPP_ENCODING_ISO10646 if parts.ucs2 else consts.SMPP_ENCODING_DEFAULT
    count = len(parts.texts)
    if count == 1:
        yield {"data_coding": coding, "short_message": parts.texts[0]}
        return
    for number, text in enumerate(parts.texts, 1):
        header = bytes([5, consts.SMPP_UDHIEIE_CONCATENATED, 3, reference, count, number])
        yield {"data_coding": coding, "esm_class": consts.SMPP_GSMFEAT_UDHI, "short_message": header + text}


def _source(source: str) -> dict[str, Any]:
    """Who it is from: a number of the world, one that only this centre knows, a name, or whom the centre puts."""
    if source.startswith("+"):
        ton, npi = consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN
    elif source.isdigit():
        ton, npi = consts.SMPP_TON_UNK, consts.SMPP_NPI_ISDN
    else:
        ton, npi = (consts.SMPP_TON_ALNUM if source else consts.SMPP_TON_UNK), consts.SMPP_NPI_UNK
    return {"source_addr": source.removeprefix("+"), "source_addr_ton": ton, "source_addr_npi": npi}
