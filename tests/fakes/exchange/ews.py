"""A server that speaks as much of Exchange Web Services as reading contacts takes.

It honours the shape that is asked for, pages, compares the raw text of one telephone slot, keeps sync states and
refuses those it does not know, wants Basic or NTLM authentication, and can be busy, closed or dead.
"""

import base64
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from ssl import SSLContext
from typing import Any

from aiohttp import BasicAuth, web
from lxml import etree

from tests.fakes.exchange.ntlm import Ntlm
from tests.fakes.exchange.serving import Fate, Trouble, served
from tests.fakes.exchange.store import Folder

USER, PASSWORD = "EXAMPLE\\telemarket", "correct horse"
M = "http://schemas.microsoft.com/exchange/services/2006/messages"
T = "http://schemas.microsoft.com/exchange/services/2006/types"
E = "http://schemas.microsoft.com/exchange/services/2006/errors"
S = "http://schemas.xmlsoap.org/soap/envelope/"
_NS = {"m": M, "t": T, "s": S}
_MOST_CHANGES = 512
_VERSION = {"MajorVersion": "15", "MinorVersion": "1", "MajorBuildNumber": "2507", "MinorBuildNumber": "39"}

Element = Any
Answer = tuple[str, list[Element] | None]  # a response code, and what follows it


class FakeEws:
    """The server: `mailboxes` by address, each with the folders "msgfolderroot" and "contacts" in it."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []  # operations, in order
        self.mailboxes: dict[str, Folder] = {}
        self.public = Folder("Public", public=True)
        self.outlook = "?ItemID={id}&exvsurl=1&viewmodel=PersonaCardViewModelFactory"
        self.fate = Fate()
        self.ntlm: Ntlm | None = None  # how users sign in, instead of Basic
        self.stuck = False  # every page leads to itself
        self._epoch = 0

    def mailbox(self, address: str) -> Folder:
        """A mailbox; returns its contact folder."""
        top = self.mailboxes[address] = Folder("Top of Information Store")
        return Folder("Контакти", top)

    def forget_states(self) -> None:
        """As after a mailbox was moved or restored: no sync state holds any more."""
        self._epoch += 1

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request, as `/EWS/Exchange.asmx` serves it."""
        refusal = self.ntlm.refusal(request) if self.ntlm else _refusal(request)
        if refusal:
            return refusal
        body = etree.fromstring(await request.read()).find("s:Body", _NS)[0]
        operation = etree.QName(body).localname
        self.asked.append(operation)
        if trouble := await self.fate.befall(request):
            return trouble
        answers = getattr(self, f"_{operation}")(body)
        return _soap(_response(operation, answers))

    # Operations; each answers with one message for each thing asked for.

    def _GetFolder(self, body: Element) -> Iterable[Answer]:
        shape = _shape(body, "m:FolderShape")
        return [self._folder_answer(each, shape) for each in body.find("m:FolderIds", _NS)]

    def _folder_answer(self, given: Element, shape: set[str]) -> Answer:
        code, folder = self._folder(given)
        if folder is None:
            return code, None
        return "NoError", [_element(M, "Folders", [_folder_element(folder, shape)])]

    def _FindFolder(self, body: Element) -> Iterable[Answer]:
        shape = _shape(body, "m:FolderShape")
        code, parent = self._folder(body.find("m:ParentFolderIds", _NS)[0])
        if parent is None:
            return [(code, None)]
        name = body.find("m:Restriction/t:IsEqualTo/t:FieldURIOrConstant/t:Constant", _NS)
        found = [each for each in parent.children if name is None or each.name == name.get("Value")]
        return [("NoError", [_paged("Folders", [_folder_element(each, shape) for each in found], 0, len(found))])]

    def _FindItem(self, body: Element) -> Iterable[Answer]:
        shape = _shape(body, "m:ItemShape")
        code, folder = self._folder(body.find("m:ParentFolderIds", _NS)[0])
        if folder is None:
            return [(code, None)]
        restriction = body.find("m:Restriction", _NS)
        found = [
            item_id
            for item_id, values in folder.items.items()
            if restriction is None or _matches(restriction[0], values)
        ]
        view = body.find("m:IndexedPageItemView", _NS)
        offset, most = int(view.get("Offset")), int(view.get("MaxEntriesReturned"))
        page = [self._item_element(folder, each, shape) for each in found[offset : offset + most]]
        return [("NoError", [_paged("Items", page, offset, len(found))])]

    def _GetItem(self, body: Element) -> Iterable[Answer]:
        shape = _shape(body, "m:ItemShape")
        for given in body.find("m:ItemIds", _NS):
            folder = next((each for each in self._folders() if given.get("Id") in each.items), None)
            if folder is None:
                yield "ErrorItemNotFound", None
            else:
                yield "NoError", [_element(M, "Items", [self._item_element(folder, given.get("Id"), shape)])]

    def _SyncFolderItems(self, body: Element) -> Iterable[Answer]:
        shape = _shape(body, "m:ItemShape")
        code, folder = self._folder(body.find("m:SyncFolderId", _NS)[0])
        if folder is None:
            return [(code, None)]
        if folder.public:
            return [("ErrorInvalidOperation", None)]  # not supported for public folders
        since = 0
        if (state := body.findtext("m:SyncState", "", _NS)) and (since := self._since(state, folder)) < 0:
            return [("ErrorInvalidSyncStateData", None)]
        most = min(int(body.findtext("m:MaxChangesReturned", "0", _NS)), _MOST_CHANGES)
        told, place, complete = folder.changes(since, most)
        if self.stuck:
            told, place, complete = [], since, False
        changes = [self._change(folder, what, item_id, shape) for what, item_id in told]
        return [
            (
                "NoError",
                [
                    _element(M, "SyncState", text=self._state(place, folder)),
                    _element(M, "IncludesLastItemInRange", text=str(complete).lower()),
                    _element(M, "Changes", changes),
                ],
            )
        ]

    def _change(self, folder: Folder, what: str, item_id: str, shape: set[str]) -> Element:
        if what == "delete":
            return _element(T, "Delete", [_element(T, "ItemId", Id=item_id, ChangeKey="EQAAAA")])
        return _element(T, what.capitalize(), [self._item_element(folder, item_id, shape)])

    def _state(self, place: int, folder: Folder) -> str:
        return base64.b64encode(json.dumps([self._epoch, folder.id, place]).encode()).decode()

    def _since(self, state: str, folder: Folder) -> int:
        try:
            epoch, folder_id, place = json.loads(base64.b64decode(state, validate=True))
        except ValueError:
            return -1
        return int(place) if (epoch, folder_id) == (self._epoch, folder.id) else -1

    # What is where.

    def _folders(self) -> Iterable[Folder]:
        for top in (*self.mailboxes.values(), self.public):
            yield from top.walk()

    def _folder(self, given: Element) -> tuple[str, Folder | None]:
        if etree.QName(given).localname == "FolderId":
            folder = next((each for each in self._folders() if each.id == given.get("Id")), None)
            code = "ErrorItemNotFound"
        else:
            code, folder = self._distinguished(given)
        if folder is not None and folder.closed:
            return "ErrorAccessDenied", None
        return (code, None) if folder is None else ("NoError", folder)

    def _distinguished(self, given: Element) -> tuple[str, Folder | None]:
        name = given.get("Id")
        if name == "publicfoldersroot":
            return "NoError", self.public
        top = self.mailboxes.get(given.findtext("t:Mailbox/t:EmailAddress", "", _NS))
        if top is None:
            return "ErrorNonExistentMailbox", None
        if name == "root":  # as for a user with rights to a folder only
            return "ErrorAccessDenied", None
        return "NoError", top if name == "msgfolderroot" else top.children[0]

    def _item_element(self, folder: Folder, item_id: str, shape: set[str]) -> Element:
        values = folder.items[item_id]
        parts = [_element(T, "ItemId", Id=item_id, ChangeKey="EQAAAA")]
        if "item:Categories" in shape and (names := values.get("Categories")):
            parts.append(_element(T, "Categories", [_element(T, "String", text=name) for name in names]))
        if "item:WebClientReadFormQueryString" in shape and self.outlook:
            parts.append(_element(T, "WebClientReadFormQueryString", text=self.outlook.format(id=item_id)))
        # In the order of the schema: FileAs, DisplayName, GivenName, CompanyName, EmailAddresses, …
        parts += [_text(values, shape, name) for name in ("FileAs", "DisplayName", "GivenName", "CompanyName")]
        parts += [_entries(values, shape, "EmailAddresses", "EmailAddress"), _addresses(values, shape)]
        parts.append(_entries(values, shape, "PhoneNumbers", "PhoneNumber"))
        parts += [_text(values, shape, name) for name in ("BusinessHomePage", "Department", "JobTitle")]
        parts += [_text(values, shape, name) for name in ("OfficeLocation", "Surname")]
        kind = "DistributionList" if values.get("list") else "Contact"
        return _element(T, kind, [part for part in parts if part is not None])


def busy(seconds: float) -> Trouble:
    """Exchange's own way to say that it is throttling."""

    def respond(_: web.Request) -> web.Response:
        value = _element(T, "Value", text=str(int(seconds * 1000)), Name="BackOffMilliseconds")
        detail = etree.Element("detail")
        detail.append(_element(E, "ResponseCode", text="ErrorServerBusy"))
        detail.append(_element(E, "Message", text="The server cannot service this request right now."))
        detail.append(_element(T, "MessageXml", [value]))
        fault = _element(S, "Fault")
        for name, text in (("faultcode", "a:ErrorServerBusy"), ("faultstring", "The server is busy.")):
            etree.SubElement(fault, name).text = text
        fault.append(detail)
        return _soap(fault, status=500)

    return respond


@asynccontextmanager
async def ews_server(fake: FakeEws, tls: SSLContext | None = None) -> AsyncIterator[None]:
    """Runs it on loopback, for the name localhost; its `url` is set."""
    app = web.Application()
    app.router.add_post("/EWS/Exchange.asmx", fake.answer)
    async with served(app, tls) as url:
        fake.url = f"{url}/EWS/Exchange.asmx"
        yield


def _refusal(request: web.Request) -> web.Response | None:
    with suppress(ValueError):
        given = BasicAuth.decode(request.headers.get("Authorization", ""))
        if (given.login, given.password) == (USER, PASSWORD):
            return None
    return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="mail.example.com"'})


def _element(
    namespace: str, name: str, children: Iterable[Element] = (), *, text: str | None = None, **attributes: str
) -> Element:
    element = etree.Element(f"{{{namespace}}}{name}", attributes)
    element.text = text
    element.extend(children)
    return element


def _soap(content: Element, status: int = 200) -> web.Response:
    version = _element(T, "ServerVersionInfo", **_VERSION)
    envelope = _element(S, "Envelope", [_element(S, "Header", [version]), _element(S, "Body", [content])])
    text = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
    return web.Response(status=status, body=text, content_type="text/xml")


def _response(operation: str, answers: Iterable[Answer]) -> Element:
    messages = []
    for code, content in answers:
        good = code == "NoError"
        parts = [] if good else [_element(M, "MessageText", text=f"The server says {code}.")]
        parts.append(_element(M, "ResponseCode", text=code))
        message = f"{operation}ResponseMessage"
        messages.append(_element(M, message, [*parts, *(content or ())], ResponseClass="Success" if good else "Error"))
    return _element(M, f"{operation}Response", [_element(M, "ResponseMessages", messages)])


def _shape(body: Element, tag: str) -> set[str]:
    """The fields asked for: "contacts:JobTitle", or "contacts:PhoneNumber MobilePhone" for one slot."""
    asked = set()
    for field in body.iterfind(f"{tag}/t:AdditionalProperties/*", _NS):
        uri = field.get("FieldURI")
        asked.add(uri if field.get("FieldIndex") is None else f"{uri} {field.get('FieldIndex')}")
    return asked


def _folder_element(folder: Folder, shape: set[str]) -> Element:
    parts = [_element(T, "FolderId", Id=folder.id, ChangeKey="AQAAAA")]
    if folder.parent is not None and "folder:ParentFolderId" in shape:
        parts.append(_element(T, "ParentFolderId", Id=folder.parent.id, ChangeKey="AQAAAA"))
    known = {"FolderClass": "IPF.Contact", "DisplayName": folder.name, "TotalCount": str(len(folder.items))}
    parts += [_element(T, name, text=text) for name, text in known.items() if f"folder:{name}" in shape]
    return _element(T, "ContactsFolder" if folder.parent else "Folder", parts)


def _paged(name: str, children: list[Element], offset: int, total: int) -> Element:
    end = offset + len(children)
    return _element(
        M,
        "RootFolder",
        [_element(T, name, children)],
        IndexedPagingOffset=str(end),
        TotalItemsInView=str(total),
        IncludesLastItemInRange=str(end >= total).lower(),
    )


def _text(values: dict[str, Any], shape: set[str], name: str) -> Element | None:
    given = values.get(name)
    return _element(T, name, text=given) if given and f"contacts:{name}" in shape else None


def _entries(values: dict[str, Any], shape: set[str], name: str, field: str) -> Element | None:
    given = {key: text for key, text in values.get(name, {}).items() if f"contacts:{field} {key}" in shape}
    entries = [_element(T, "Entry", text=text, Key=key) for key, text in given.items()]
    return _element(T, name, entries) if entries else None


def _addresses(values: dict[str, Any], shape: set[str]) -> Element | None:
    entries = []
    for key, parts in values.get("PhysicalAddresses", {}).items():
        asked = {part: text for part, text in parts.items() if f"contacts:PhysicalAddress:{part} {key}" in shape}
        if asked:
            lines = [_element(T, part, text=text) for part, text in asked.items()]
            entries.append(_element(T, "Entry", lines, Key=key))
    return _element(T, "PhysicalAddresses", entries) if entries else None


def _matches(condition: Element, values: dict[str, Any]) -> bool:
    name = etree.QName(condition).localname
    if name in ("Or", "And"):
        return (any if name == "Or" else all)(_matches(each, values) for each in condition)
    assert name == "Contains"
    assert condition.get("ContainmentMode") == "Substring"
    slot = condition.find("t:IndexedFieldURI", _NS)
    assert slot.get("FieldURI") == "contacts:PhoneNumber"
    raw = values.get("PhoneNumbers", {}).get(slot.get("FieldIndex"), "")
    return condition.find("t:Constant", _NS).get("Value") in raw
