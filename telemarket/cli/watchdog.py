"""`telemarket watchdog`: a process of its own, because it is needed when the daemon is not there."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import aiohttp
import click

from telemarket.asterisk.ari import AriClient
from telemarket.calls.watchdog import DEADLINE, SILENCE, Watchdog, rescue_waiting
from telemarket.cli.main import Context, pass_context
from telemarket.core import systemd
from telemarket.core.logging import configure_logging
from telemarket.core.settings import Settings, WebSettings

_CONNECTIONS = 8


@click.command("watchdog")
@click.option("--url", default="", help="Where the daemon answers. Default: from the section [web].")
@click.option(
    "--silence",
    type=click.FloatRange(min=DEADLINE),
    default=SILENCE,
    show_default=True,
    help="Seconds without a sign of life after which the daemon counts as dead.",
)
@pass_context
def command(context: Context, url: str, silence: float) -> None:
    """Send waiting callers to the dialplan's fallback while the daemon is dead or frozen."""
    configure_logging(context.settings.log)
    asyncio.run(_run(context.settings, url or liveness_url(context.settings.web), silence))


def liveness_url(web: WebSettings) -> str:
    """Where the daemon says that it is alive, as seen from this machine."""
    host = web.host
    try:
        if ip_address(host).is_unspecified:
            host = "127.0.0.1" if ip_address(host).version == 4 else "::1"
    except ValueError:
        pass  # a name
    host = f"[{host}]" if ":" in host else host
    return f"{'https' if web.tls_certificate else 'http'}://{host}:{web.port}/healthz/live"


async def _run(settings: Settings, url: str, silence: float) -> None:
    asterisk = settings.asterisk
    # Only requests: to open the events socket would take the application over from the daemon.
    client = AriClient(
        asterisk.ari_url,
        asterisk.ari_user,
        asterisk.ari_password.get_secret_value(),
        asterisk.app,
        connections=_CONNECTIONS,
        deadline=DEADLINE,
    )
    # The certificate names the public address, which this is not.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session:
        watchdog = Watchdog(
            _probe(session, url), lambda: rescue_waiting(client, asterisk.fallback_context), silence=silence
        )
        task = asyncio.create_task(watchdog.run(), name="watchdog")
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        systemd.notify("READY=1")
        try:
            await asyncio.gather(task, return_exceptions=True)
        finally:
            systemd.notify("STOPPING=1")
            await client.close()
    if not task.cancelled():
        task.result()


def _probe(session: aiohttp.ClientSession, url: str) -> Callable[[], Awaitable[bool]]:
    async def probe() -> bool:
        try:
            async with session.get(url, allow_redirects=False) as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    return probe
