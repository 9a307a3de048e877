"""Where the agent signs in, and what it keeps of that: a session's token, never the password."""

import contextlib
import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from telemarket.core.errors import InvalidInput, TelemarketError

FILE = "agent.json"


class AccountError(TelemarketError):
    """What was kept of the sign-in cannot be read or written."""

    error_id = "agent-account"


class Account(msgspec.Struct, frozen=True):
    """A sign-in that holds: the desk's address, the login, and the session's cookie."""

    url: str
    login: str
    cookie: str
    token: str


def clean_url(text: str) -> str:
    """The desk's address, without what follows the host.

    Raises InvalidInput unless it is protected: https, or http on this very machine.
    """
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidInput(f"{text}: not an address.", field="url") from error
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidInput(f"{text}: not an address.", field="url", remedy="E.g. https://desk.example.com")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise InvalidInput(f"{text}: a password must not travel unprotected.", field="url", remedy="Use https://.")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _is_this_machine(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def load(folder: Path) -> Account | None:
    """What was kept; None if nothing was. Raises AccountError."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Account)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise AccountError(f"{folder / FILE}: cannot be read: {error}.", remedy="Remove the file.") from error


def keep(folder: Path, account: Account) -> None:
    """Remember the sign-in, readable by nobody else. Raises AccountError."""
    temporary = folder / f".{FILE}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(account))
        temporary.replace(folder / FILE)
    except OSError as error:
        raise AccountError(f"{folder / FILE}: cannot be written: {error.strerror}.") from error


def forget(folder: Path) -> None:
    """Forget the sign-in."""
    (folder / FILE).unlink(missing_ok=True)
