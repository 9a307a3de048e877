"""An outside CRM for one project of the demonstration: a page of its own, which the card opens in a frame."""

import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

_TEMPLATE = (
    "http://127.0.0.1:{port}/client"
    "?name={{{{ contact.name }}}}"
    '&policy={{{{ contact.attributes["Поліс"] }}}}'
    '&car={{{{ contact.attributes["Автомобіль"] }}}}'
)
_PAGE = """<!doctype html>
<html lang="uk"><meta charset="utf-8"><title>Страхова система</title>
<style>
  body {{ margin: 16px; font: 14px system-ui, sans-serif; color: #1b2733; background: #fff }}
  h1 {{ margin: 0 0 8px; font-size: 16px }}
  td {{ padding: 4px 16px 4px 0 }}
  td:first-child {{ color: #5b6875 }}
</style>
<h1>Страхова система · договір</h1>
<table>{rows}</table>
<p>Так виглядала б сторінка вашої CRM: адресу складено з полів картки.</p>
</html>"""
_LABELS = {"name": "Страхувальник", "policy": "Поліс", "car": "Автомобіль"}


@asynccontextmanager
async def outside_crm() -> AsyncIterator[str]:
    """Serve it while the block runs; gives the template of its address."""
    app = web.Application()
    app.router.add_get("/client", _client)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield _TEMPLATE.format(port=runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _client(request: web.Request) -> web.Response:
    values = ((label, request.query.get(name, "") or "—") for name, label in _LABELS.items())
    rows = "".join(f"<tr><td>{label}</td><td>{html.escape(value)}</td></tr>" for label, value in values)
    return web.Response(
        text=_PAGE.format(rows=rows),
        content_type="text/html",
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )
