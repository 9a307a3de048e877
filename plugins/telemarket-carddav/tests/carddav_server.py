"""Radicale, a real CardDAV server, with one address book, on a port of its own; and what can befall a server."""

import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from radicale import Application, config

USER = "reader"
PASSWORD = "Пароль книги"
_BOOK = b"""<?xml version="1.0"?>
<mkcol xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><set><prop>
<resourcetype><collection/><c:addressbook/></resourcetype><displayname>Contacts</displayname>
</prop></set></mkcol>"""

Answer = Iterable[bytes]
Start = Callable[[str, list[tuple[str, str]]], Any]


class CardDavServer:
    """`failing`, while set, is answered to everything; `without_sync` hides that the server tells what changed."""

    def __init__(self, folder: Path) -> None:
        self.failing: tuple[str, Mapping[str, str]] | None = None
        self.without_sync = False
        self._folder = folder
        self._stalled = threading.Event()
        self._released = threading.Event()
        users = folder / "users"
        users.write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
        given = {
            "auth": {
                "type": "htpasswd",
                "htpasswd_filename": str(users),
                "htpasswd_encryption": "plain",
                "delay": "0",
            },
            "storage": {"filesystem_folder": str(folder / "books"), "_filesystem_fsync": "False"},
            "logging": {"level": "critical"},
        }
        settings = config.load()
        settings.update(given, "tests", privileged=True)
        self._app = Application(settings)
        logging.getLogger("radicale").setLevel(logging.CRITICAL)
        self._server = make_server("127.0.0.1", 0, self._gate, server_class=_Server, handler_class=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> "CardDavServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{USER}/"

    @property
    def book(self) -> str:
        return self.root + "contacts/"

    def stall(self) -> None:
        """Take what is asked and not answer."""
        self._stalled.set()

    def forget(self) -> None:
        """Know no sync token any more."""
        for tokens in (self._folder / "books").rglob("sync-token"):
            shutil.rmtree(tokens)

    def _gate(self, environ: dict[str, Any], start: Start) -> Answer:
        if self._stalled.is_set():
            self._released.wait(60)
        if self.failing is not None:
            status, headers = self.failing
            start(status, [*headers.items()])
            return [b""]
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # compressed answers could not be changed below
        environ["PATH_INFO"] = environ["PATH_INFO"].encode("latin-1").decode()  # as Radicale's own server has it
        answer: Answer = self._app(environ, start)
        if self.without_sync:
            return [b"".join(answer).replace(b"sync-collection", b"sync-nothing-at")]
        return answer


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Tests need no access log."""


MAKE_BOOK = ("MKCOL", _BOOK)
