"""The Domino REST API: lists, queries and documents of the scope `crm`."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.domino.database import Document, Entry, View, columns_of

if TYPE_CHECKING:
    from tests.fakes.domino.server import DominoServer

SCOPE = "crm"
LIST = {"dataSource", "scope", "start", "count", "key", "keyAllowPartial", "category", "column", "direction", "mode"}
LIST |= {"startsWith", "documents", "meta", "metaAdditional", "richTextAs", "distinctDocuments", "ftSearchQuery"}
LIST |= {"unreadOnly", "markRead", "markUnread"}
QUERY = {"dataSource", "action", "count", "start", "richTextAs"}
QUERY_BODY = {"query", "variables", "mode", "maxScanDocs", "maxScanEntries", "timeoutSecs", "viewRefresh", "noViews"}
CREATE = {"dataSource", "parentUnid", "richTextAs"}
CHANGE = {"dataSource", "mode", "revision", "parentUnid", "richTextAs", "markUnread"}

_TERM = re.compile(r"(\w+) = \?(\w+)")


async def read(server: "DominoServer", request: web.Request) -> web.Response:
    if refusal := _checked(request, LIST):
        return refusal
    name = request.match_info["view"]
    view = server.database.views.get(name)
    if view is None:
        return _refused(404, f"View {name} not found")
    if key := request.query.get("key"):
        entries = server.database.in_category(view, key)
    else:
        entries = server.database.entries(view)
    if request.query.get("scope", "all") == "documents":
        entries = [entry for entry in entries if entry.document]
    start = int(request.query.get("start", 0))
    count = int(request.query.get("count", len(entries)))
    return web.json_response([_entry(view, entry) for entry in entries[start : start + count]])


async def design(server: "DominoServer", request: web.Request) -> web.Response:
    """The lists there are, with their columns."""
    if refusal := _checked(request, {"dataSource", "type", "columns", "filter"}):
        return refusal
    part = request.query["filter"].lower()
    found = {name: view for name, view in server.database.views.items() if part in name.lower()}
    return web.json_response(
        [
            {
                "title": name,
                "isFolder": False,
                "alias": [],
                "columns": [{"name": column, "position": n} for n, column in enumerate(view.columns)],
            }
            for name, view in found.items()
        ]
    )


async def query(server: "DominoServer", request: web.Request) -> web.Response:
    """As much of DQL as `Item = ?variable or Item = ?variable`."""
    if refusal := _checked(request, QUERY):
        return refusal
    body = await request.json()
    if body.keys() - QUERY_BODY or request.query.get("action") != "execute":
        return _refused(400, "Bad request")
    terms = [(item, body["variables"][variable]) for item, variable in _TERM.findall(body["query"])]
    found = [
        document
        for document in server.database.documents.values()
        if any(value in _all(document.items.get(item, "")) for item, value in terms)
    ]
    return web.json_response([_document(document) for document in found[: int(request.query["count"])]])


async def create(server: "DominoServer", request: web.Request) -> web.Response:
    if refusal := _checked(request, CREATE):
        return refusal
    items = await request.json()
    if "Form" not in items:
        return _refused(400, "Form is required")
    parent = request.query.get("parentUnid")
    if parent and parent not in server.database.documents:
        return _refused(404, "Parent document not found")
    reference = {"$REF": parent} if parent else {}
    document = server.database.save(f"result {len(server.database.documents)}", **items, **reference)
    return web.json_response(_document(document))


async def change(server: "DominoServer", request: web.Request) -> web.Response:
    if refusal := _checked(request, CHANGE):
        return refusal
    document = server.database.documents.get(request.match_info["unid"])
    if document is None:
        return _refused(404, "Document not found")
    document.items.update(await request.json())
    document.modified = datetime.now(UTC)
    return web.json_response(_document(document))


def _checked(request: web.Request, arguments: set[str]) -> web.Response | None:
    scope = request.query.get("dataSource", "")
    if scope != SCOPE:
        return web.json_response(
            {"status": 404, "message": f"A scope definition with that name cannot be found: {scope}", "errorId": 1112},
            status=404,
        )
    return _refused(400, "Unknown argument") if request.query.keys() - arguments else None


def _entry(view: View, entry: Entry) -> dict[str, Any]:
    """Empty columns are left out."""
    shown = {name: value for name, value in columns_of(view, entry).items() if value not in ("", [])}
    unid = {"@unid": entry.document.unid, "@etag": 'W/" 633eead8"'} if entry.document else {"@category": True}
    return {**unid, "@noteid": 102158, "@index": entry.position, **shown}


def _document(document: Document) -> dict[str, Any]:
    meta = {"unid": document.unid, "lastmodified": document.modified.isoformat(), "noteclass": ["DATA", "DOCUMENT"]}
    return {"@meta": meta, "Form": "Contact", **document.items}


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _refused(status: int, message: str) -> web.Response:
    return web.json_response({"status": status, "message": message, "errorId": 0}, status=status)
