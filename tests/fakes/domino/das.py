"""Domino Access Services, the data service: `/api/data`."""

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.domino.database import Entry, View, columns_of

if TYPE_CHECKING:
    from tests.fakes.domino.server import DominoServer

ARGUMENTS = {"start", "count", "si", "ps", "page", "search", "searchmaxdocs", "sortcolumn", "sortorder", "startkeys"}
ARGUMENTS |= {"systemcolumns", "keys", "keysexactmatch", "expandlevel", "category", "parentid", "entrycount", "compact"}


async def read(server: "DominoServer", request: web.Request) -> web.Response:
    view = server.database.views.get(request.match_info["view"])
    if view is None:
        return _refused(HTTPStatus.NOT_FOUND, "The specified view is not found.")
    if request.query.keys() - ARGUMENTS:
        return _refused(HTTPStatus.BAD_REQUEST, "Unknown argument.")
    count = int(request.query.get("count", request.query.get("ps", 10)))
    start = int(request.query.get("start", int(request.query.get("page", 0)) * count))
    if count > server.most_entries:
        return _refused(
            HTTPStatus.BAD_REQUEST, f"Limit exceeded.  Cannot read more than {server.most_entries} entries."
        )
    if category := request.query.get("category"):
        entries = server.database.in_category(view, category)
    else:
        entries = server.database.entries(view)
    shown = [_entry(view, entry) for entry in entries[start : start + count]]
    total = sum("." not in each.position for each in entries)
    last = min(total - 1, start + count - 1)
    headers = {"Content-Range": f"items {start}-{last}/{total}"} if start < total else {}
    return web.json_response(shown, headers=headers)


async def documents(server: "DominoServer", request: web.Request) -> web.Response:
    since = datetime.fromisoformat(request.query["since"])
    changed = [each for each in server.database.documents.values() if each.modified >= since]
    path = request.path
    return web.json_response(
        [
            {
                "@modified": f"{each.modified:%Y-%m-%dT%H:%M:%SZ}",
                "@unid": each.unid,
                "@href": f"{path}/unid/{each.unid}",
            }
            for each in changed
        ]
    )


def _entry(view: View, entry: Entry) -> dict[str, Any]:
    unid = entry.document.unid if entry.document else ""
    who: dict[str, Any] = {"@entryid": f"{entry.position}-{unid}", "@unid": unid, "@position": entry.position}
    kind: dict[str, Any] = {"@form": "Contact"} if entry.document else {"@category": True}
    return {**who, "@siblings": entry.siblings, **kind, **columns_of(view, entry)}


def _refused(status: HTTPStatus, message: str) -> web.Response:
    return web.json_response({"code": status, "text": status.phrase, "message": message}, status=status)
