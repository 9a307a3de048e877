"""`telemarket run`: the daemon in the foreground, as systemd wants it."""

import asyncio
import signal

import click
import uvloop

from telemarket.cli.main import Context, pass_context
from telemarket.core.logging import configure_logging
from telemarket.core.settings import Settings
from telemarket.daemon import Daemon


@click.command("run")
@pass_context
def command(context: Context) -> None:
    """Run the daemon until SIGTERM or Ctrl-C.

    Conversations go on in Asterisk meanwhile; the next start takes them up again.
    """
    settings = context.settings
    configure_logging(settings.log)
    uvloop.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Run a daemon until a signal ends it."""
    daemon = Daemon(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stop)
    await daemon.run()
