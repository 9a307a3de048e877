"""The conversation with Exchange by exchangelib, blocking: it belongs into a thread."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial, reduce
from itertools import product
from operator import or_
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from exchangelib import BASIC, DELEGATE, IMPERSONATION, NTLM, Account, Build, Configuration, Credentials, Q, Version
from exchangelib.errors import ErrorItemNotFound, EWSError
from exchangelib.fields import FieldPath
from exchangelib.folders import Contacts, MsgFolderRoot, PublicFoldersRoot, Root
from exchangelib.items import ID_ONLY, Contact
from exchangelib.protocol import Protocol
from exchangelib.services import SyncFolderItems
from exchangelib.services.common import EWSService

from telemarket.adapters.exchange.ews.errors import OneTry, translated
from telemarket.adapters.exchange.ews.options import EwsOptions
from telemarket.adapters.exchange.ews.records import FIELDS, Links, record_of
from telemarket.adapters.exchange.keys import key_of
from telemarket.adapters.exchange.places import DEFAULT_FOLDER, Place
from telemarket.adapters.matching import LIVE_FOUND, has_number
from telemarket.backend import BackendUnavailable, Record
from telemarket.core.i18n import N_

T = TypeVar("T")

# It writes whole requests to the log, with their Authorization at the level debug; what matters is raised anyway.
logging.getLogger("exchangelib").setLevel(logging.CRITICAL)

PAGE = 500  # items; Exchange gives at most 512 changes at once
_BUILDS = {"2010": Build(14, 2), "2013": Build(15, 0, 847), "2016": Build(15, 1), "2019": Build(15, 2)}
_LIVE_SLOTS = (
    *("BusinessPhone", "BusinessPhone2", "CompanyMainPhone", "MobilePhone", "HomePhone", "HomePhone2"),
    *("OtherTelephone", "PrimaryPhone", "CarPhone"),
)


ItemKey = tuple[str, str]
"""The id of an item, and that of its version."""


class Page(msgspec.Struct):
    """A part of a folder's changes. `state` is where to go on; `last` says that this was all for now."""

    records: list[Record]
    deleted: list[str]
    state: str
    last: bool


class Mailboxes:
    """The folders of the options. Every method raises BackendUnavailable, BackendRefused or CursorRefused."""

    def __init__(self, options: EwsOptions, ca_file: Path | None) -> None:
        self._options = options
        self._links = Links(options.url, options.url_template)
        self._fields = (*FIELDS, *self._links.fields)
        self._paths = {FieldPath(field=Contact.get_field_by_fieldname(name)) for name in self._fields}
        self._configuration = _configuration(options)
        # exchangelib keeps one protocol for each address and user; made first, this is the one that accounts get.
        self._protocol = _Protocol(config=self._configuration)
        self._protocol.ca_file = ca_file
        self._protocol.TIMEOUT = options.timeout
        self._folders: dict[Place, Any] = {}

    def close(self) -> None:
        """Close the connections."""
        with suppress(KeyError):
            del Protocol[self._configuration]
        self._protocol.close()

    def count(self, place: Place) -> int:
        """The number of items in a folder, also to find out whether it can be read."""
        return self._asked(place, lambda folder: int(folder.total_count or 0))

    def changes(self, place: Place, state: str) -> Page:
        """What has changed in a mailbox's folder since `state`, all of it if that is empty; one page."""
        return self._asked(place, lambda folder: self._changes(folder, state))

    def ids(self, place: Place) -> list[ItemKey]:
        """The ids of everything in a folder: Exchange does not tell what has changed in public ones."""
        return self._asked(place, lambda folder: list(_sound(folder.all().values_list("id", "changekey"))))

    def contacts(self, place: Place, ids: Sequence[ItemKey]) -> list[Record]:
        """Those of the items that are contacts, and are still there."""
        return self._asked(
            place, lambda folder: self._records(folder.account.fetch(ids=list(ids), only_fields=self._fields))
        )

    def with_number(self, place: Place, digits: str) -> list[Record]:
        """Contacts whose telephones end in `digits`, as far as the spelling lets Exchange find them."""
        asked = product(_LIVE_SLOTS, _spellings(digits))
        wanted = reduce(or_, (Q(**{f"phone_numbers__{slot}__contains": text}) for slot, text in asked))
        found = self._asked(place, lambda folder: self._records(folder.filter(wanted).only(*self._fields)[:LIVE_FOUND]))
        return [record for record in found if has_number(record, digits)]

    def _changes(self, folder: Any, state: str) -> Page:
        service = _Changes(account=folder.account)
        found = service.call(
            folder=folder,
            shape=ID_ONLY,
            additional_fields=self._paths,
            sync_state=state or None,
            ignore=None,
            max_changes_returned=PAGE,
            sync_scope=None,
        )
        page = Page(records=[], deleted=[], state="", last=False)
        for kind, item in _sound(found):
            if kind == _Changes.DELETE:
                page.deleted.append(key_of(item.id))
            elif isinstance(item, Contact):  # distribution lists lie in the same folders
                page.records.append(record_of(item, self._links))
        page.state, page.last = service.sync_state, service.includes_last_item_in_range
        if page.state == state and not page.last:
            # Neither asked for ever, nor taken for the end: what was not read would be taken for deleted.
            raise BackendUnavailable(
                N_("%(server)s says that there is more, but gives nothing to go on from.", server=self._protocol.server)
            )
        return page

    def _records(self, found: Any) -> list[Record]:
        there = (item for item in found if not isinstance(item, ErrorItemNotFound))
        return [record_of(item, self._links) for item in _sound(there) if isinstance(item, Contact)]

    def _asked(self, place: Place, ask: Callable[[Any], T]) -> T:
        try:
            if place not in self._folders:
                self._folders[place] = self._resolved(place)
            return ask(self._folders[place])
        except EWSError as error:
            self._folders.pop(place, None)  # it may have been replaced by another of the same name
            raise translated(error, self._protocol.server) from error

    def _resolved(self, place: Place) -> Any:
        account = self._account(place.mailbox)
        parts = place.path.split("/")
        if place.public:
            folder = PublicFoldersRoot.get_distinguished(account=account)
        elif parts[0].casefold() == DEFAULT_FOLDER:
            folder = Contacts.get_distinguished(root=account.root)
            del parts[0]
        else:
            folder = MsgFolderRoot.get_distinguished(root=account.root)
        for part in parts:
            folder = folder // part
        return folder

    def _account(self, mailbox: str) -> Account:
        access = IMPERSONATION if self._options.access == "impersonation" else DELEGATE
        account = Account(primary_smtp_address=mailbox, config=self._configuration, access_type=access)
        # Named, not asked for: who may read one shared folder need not see the mailbox's root.
        account.root = Root(account=account)
        return account


class _Changes(SyncFolderItems):  # type: ignore[misc]
    """Looks for an error before it looks for the state, which the schema lets a server leave out then."""

    def _get_element_container(self, message: Any, name: str | None = None) -> Any:
        owner = SyncFolderItems if message.get("ResponseClass") == "Success" else EWSService
        return owner._get_element_container(self, message=message, name=name)


class _Protocol(Protocol):  # type: ignore[misc]
    """Trusts the authority that the configuration names, and nobody else then."""

    ca_file: Path | None = None

    def create_session(self) -> Any:
        session = super().create_session()
        if self.ca_file:
            session.request = partial(session.request, verify=str(self.ca_file))  # wins over REQUESTS_CA_BUNDLE
        return session


def _configuration(options: EwsOptions) -> Configuration:
    return Configuration(
        service_endpoint=options.url,
        credentials=Credentials(username=options.user, password=options.password.get_secret_value()),
        auth_type={"ntlm": NTLM, "basic": BASIC}[options.auth],
        version=Version(build=_BUILDS[options.version]),
        retry_policy=OneTry(),
        max_connections=2,
    )


def _sound(found: Iterable[Any]) -> Iterator[Any]:
    """What exchangelib found; it hands out some errors among the items."""
    for each in found:
        if isinstance(each, Exception):
            raise each
        yield each


def _spellings(digits: str) -> Sequence[str]:
    """How people write the last seven digits of a number."""
    a, b, c = digits[-7:-4], digits[-4:-2], digits[-2:]
    return [a + b + c, *(f"{a}{mark}{b}{mark}{c}" for mark in "- "), *(f"{a}{mark}{b}{c}" for mark in "- ")]
