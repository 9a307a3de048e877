"""`?ReadViewEntries&OutputFormat=JSON`, with Domino's oddities: numbers are texts, an empty view has no `viewentry`,
and the header names another character set than the body has."""

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.domino.database import Entry, View, columns_of

if TYPE_CHECKING:
    from tests.fakes.domino.server import DominoServer

ARGUMENTS = {"readviewentries", "outputformat", "start", "count", "expandview", "restricttocategory"}


async def read(server: "DominoServer", request: web.Request) -> web.Response:
    command, *_ = request.rel_url.raw_query_string.split("&")
    arguments = {name.lower(): value for name, value in request.query.items()}
    view = server.database.views.get(request.match_info["view"])
    # Views in brackets are hidden from browsers.
    if view is None or command != "ReadViewEntries" or request.match_info["view"].startswith("("):
        return web.Response(status=404, text="<html>HTTP Web Server: Couldn't find design note</html>")
    if unknown := arguments.keys() - ARGUMENTS:
        return web.Response(status=500, text=f"<html>HTTP Web Server: Unknown {unknown}</html>")
    if "restricttocategory" in arguments:
        entries = server.database.in_category(view, arguments["restricttocategory"])
    else:
        entries = server.database.entries(view)
    start = next((n for n, each in enumerate(entries) if each.position == arguments.get("start", "1")), len(entries))
    count = min(int(arguments.get("count", 30)), server.most_lines)
    said: dict[str, Any] = {
        "@timestamp": "20261122T101500,00Z",
        "@toplevelentries": str(server.database.top_level(view)),
    }
    if shown := [_entry(view, entry) for entry in entries[start : start + count]]:
        said["viewentry"] = shown
    # Line ends within texts come as they are.
    body = json.dumps(said, ensure_ascii=False).replace("\\n", "\n").encode()
    return web.Response(body=body, headers={"Content-Type": "text/html; charset=US-ASCII"})


def _entry(view: View, entry: Entry) -> dict[str, Any]:
    who = {"@unid": entry.document.unid} if entry.document else {}
    values = columns_of(view, entry)
    columns = [
        {"@columnnumber": str(view.columns.index(name)), "@name": name, **_typed(value)}
        for name, value in values.items()
    ]
    return {"@position": entry.position, **who, "@siblings": str(entry.siblings), "entrydata": columns}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"textlist": {"text": [{"0": each} for each in value]}}
    if isinstance(value, float | int):
        return {"number": {"0": str(value)}}
    return {"text": {"0": value}}
