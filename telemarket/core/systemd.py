"""Telling systemd how we are: its notification protocol, one datagram a message."""

import os
import socket

import structlog

log = structlog.get_logger(__name__)


def notify(state: str) -> bool:
    """Send `state` ("READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=…"); False when not run by systemd.

    Never raises and never waits: a service manager that does not listen must not stop the service.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):  # Linux's abstract names begin with a zero byte
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.setblocking(False)
            channel.sendto(state.encode(), address)
    except OSError as error:
        log.warning("systemd not reached", reason=str(error))
        return False
    return True


def watchdog_interval() -> float | None:
    """Seconds after which to send the next "WATCHDOG=1": half of what the unit's WatchdogSec allows.

    None when the unit asks for no such sign of life, or asks it of another process.
    """
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        return int(os.environ["WATCHDOG_USEC"]) / 2_000_000
    except (KeyError, ValueError):
        return None
