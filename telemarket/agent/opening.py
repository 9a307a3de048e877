"""Opening an address in the operator's own browser."""

import asyncio
import webbrowser
from urllib.parse import urlsplit

LONGEST_ADDRESS = 8000
DEADLINE = 10.0  # seconds the browser may take to start


def may_be_opened(address: str) -> bool:
    """Whether it is the address of a web page, and nothing a computer would run."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    printable = address.isprintable() and " " not in address and len(address) <= LONGEST_ADDRESS
    return parts.scheme in ("http", "https") and bool(parts.hostname) and printable


async def open_in_browser(address: str) -> bool:
    """Open it in the default browser, or the one BROWSER names; False if there is none."""
    try:
        async with asyncio.timeout(DEADLINE):
            return await asyncio.to_thread(webbrowser.open, address)
    except (webbrowser.Error, TimeoutError):
        return False
