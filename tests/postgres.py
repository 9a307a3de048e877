"""A PostgreSQL server of one's own: in a temporary folder, on a socket nobody else can reach."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

INSTALLED = Path("/usr/lib/postgresql")
SETTINGS = {
    "shared_buffers": "256MB",
    "fsync": "off",  # the cluster is thrown away
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "log_min_messages": "warning",
}


def _programs() -> Path:
    versions = sorted(INSTALLED.glob("*/bin"), key=lambda path: int(path.parent.name))
    if not versions:
        raise RuntimeError(f"no PostgreSQL server below {INSTALLED}: install the package 'postgresql'")
    return versions[-1]


def _as_postgres(*command: str | Path) -> None:
    """Run `command`; PostgreSQL refuses to run as root, so root becomes the user postgres for it."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*prefix, *map(str, command)],
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stdout.decode(errors='replace')}")


class PrivatePostgres:
    """Context manager: a running cluster whose databases are gone when the block ends.

    `url` names the database `postgres`; `create(name)` makes a further, empty one and returns its URL.
    """

    def __enter__(self) -> Self:
        self._programs = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="telemarket-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres")
        try:
            self._initialise()
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def _initialise(self) -> None:
        _as_postgres(
            *(self._programs / "initdb", "-D", self._folder / "data", "-U", "telemarket"),
            *("-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )

    def start(self) -> None:
        """Let the server run; also after `stop`."""
        settings = "".join(f" -c {name}={value}" for name, value in SETTINGS.items())
        _as_postgres(
            *(self._programs / "pg_ctl", "-D", self._folder / "data", "-w", "-l", self._folder / "log"),
            *("-o", f"-k {self._folder} -c listen_addresses=''" + settings),  # no port: none to collide on
            "start",
        )

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        finally:
            self._remove()

    def stop(self) -> None:
        """End the server at once, whatever it is doing."""
        _as_postgres(self._programs / "pg_ctl", "-D", self._folder / "data", "-m", "immediate", "stop")

    def _remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the database `postgres`."""
        return self._url("postgres")

    def _url(self, database: str) -> str:
        return f"postgresql+asyncpg://telemarket@/{database}?host={self._folder}"

    def create(self, name: str, template: str = "template1") -> str:
        """Make the database `name`, empty or a copy of another one that nobody uses; returns its URL."""
        _as_postgres(self._programs / "createdb", "-h", self._folder, "-U", "telemarket", "-T", template, name)
        return self._url(name)
