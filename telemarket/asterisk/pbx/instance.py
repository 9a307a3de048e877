"""A private Asterisk on loopback: its own folder, ports, passwords and processes, and nothing of the system's."""

import base64
import http.client
import itertools
import os
import secrets
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import msgspec
import psutil

from telemarket.asterisk.pbx import tone
from telemarket.asterisk.pbx.configuration import Access, Ports, render_private, write_private
from telemarket.asterisk.pbx.errors import PbxError
from telemarket.asterisk.pbx.programs import Asterisk

START_DEADLINE = 60.0  # seconds; an idle machine needs about one
STOP_DEADLINE = 15.0
COMMAND_DEADLINE = 20.0
SOCKET_PATH_LIMIT = 107  # of the kernel, for asterisk.ctl
PORTS = range(20000, 32000)  # below those the kernel gives to outgoing connections
RTP_PORTS = range(10000, 20000)
RTP_SPAN = 8000


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What `telemarket pbx status` tells. Ports are 0 and addresses empty before the first start."""

    running: bool
    pid: int | None
    version: str
    folder: str
    ari_url: str
    ami_port: int
    sip_address: str
    websocket_url: str


class _Kept(msgspec.Struct, frozen=True):
    """What stays the same from start to start: instance.json."""

    ports: Ports
    access: Access


class Instance:
    """A private Asterisk in `folder`, started with the program `asterisk`.

    Ports and passwords are chosen at the first start and kept in the folder. Everything is looked up there: any number
    of instances, in any process, may speak for the same folder.
    """

    def __init__(self, folder: Path, asterisk: Asterisk, *, app: str = "telemarket") -> None:
        self.folder = folder.absolute()
        self.asterisk = asterisk
        self._app = app
        self._file = self.folder / "instance.json"
        if len(str(self._control_socket)) > SOCKET_PATH_LIMIT:
            raise PbxError(
                f"{self.folder}: the path is too long for Asterisk's control socket.", remedy="Use a shorter one."
            )

    # -- where things are

    @property
    def ports(self) -> Ports:
        """Where it listens. Raises PbxError before the first start."""
        return self._kept().ports

    @property
    def access(self) -> Access:
        """Its users and passwords. Raises PbxError before the first start."""
        return self._kept().access

    @property
    def ari_url(self) -> str:
        """Address of Asterisk's HTTP server, as the setting asterisk.ari_url wants it."""
        return f"http://127.0.0.1:{self.ports.http}"

    @property
    def websocket_url(self) -> str:
        """Where the page's telephone connects."""
        return f"ws://127.0.0.1:{self.ports.http}/ws"

    @property
    def sip_address(self) -> str:
        """Host and port for SIP over UDP and TCP."""
        return f"127.0.0.1:{self.ports.sip}"

    @property
    def endpoints_file(self) -> Path:
        """Operators' telephones; call `reload_pjsip` after writing it."""
        return self.folder / "etc/pjsip_operators.conf"

    @property
    def local_dialplan(self) -> Path:
        """Optional dialplan of one's own, read at start and by the command 'dialplan reload'."""
        return self.folder / "etc/extensions_local.conf"

    @property
    def cdr_file(self) -> Path:
        """Call detail records, CSV; the columns are configuration.CDR_COLUMNS."""
        return self.folder / "log/cdr-custom/telemarket.csv"

    @property
    def log_file(self) -> Path:
        """Asterisk's own log."""
        return self.folder / "log/messages"

    @property
    def recordings(self) -> Path:
        """A folder for recordings Asterisk can write to."""
        return self.folder / "recordings"

    @property
    def _control_socket(self) -> Path:
        return self.folder / "run/asterisk.ctl"

    @property
    def _configuration(self) -> Path:
        return self.folder / "etc/asterisk.conf"

    # -- life

    def up(self) -> Self:
        """Start it unless it runs, and wait until ARI answers. Raises PbxError with its last words if it does not."""
        pid = self.pid()
        if pid is None:
            self._prepare()
            pid = self._spawn()
            (self.folder / "asterisk.pid").write_text(f"{pid}\n")
        self._await_ari(psutil.Process(pid))
        return self

    def down(self) -> None:
        """Stop it, calls and all, if it runs."""
        pid = self.pid()
        if pid is None:
            return
        process = psutil.Process(pid)
        process.terminate()
        try:
            process.wait(STOP_DEADLINE)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(STOP_DEADLINE)
        (self.folder / "asterisk.pid").unlink(missing_ok=True)

    def pid(self) -> int | None:
        """Its process id, None if it does not run. A process id that now belongs to something else does not count."""
        try:
            pid = int((self.folder / "asterisk.pid").read_text())
            process = psutil.Process(pid)
            ours = str(self._configuration) in process.cmdline()
            return pid if ours and process.status() != psutil.STATUS_ZOMBIE else None
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            return None

    def status(self) -> Status:
        """How it is."""
        pid = self.pid()
        known = self._file.exists()
        return Status(
            running=pid is not None and self._ari_answers(),
            pid=pid,
            version=self.asterisk.version,
            folder=str(self.folder),
            ari_url=self.ari_url if known else "",
            ami_port=self.ports.ami if known else 0,
            sip_address=self.sip_address if known else "",
            websocket_url=self.websocket_url if known else "",
        )

    def command(self, text: str) -> str:
        """Run a command of Asterisk's console, e.g. "core show channels"; returns what it prints. Raises PbxError."""
        done = subprocess.run(  # noqa: S603
            [*self.asterisk.command, "-C", str(self._configuration), "-rx", text],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_DEADLINE,
            check=False,
        )
        if done.returncode:
            raise PbxError(f"Asterisk in {self.folder} refused {text!r}: {done.stdout}{done.stderr}")
        return done.stdout

    def reload_pjsip(self) -> None:
        """Have it read operators' telephones again."""
        self.command("module reload res_pjsip.so")

    # -- inside

    def _kept(self) -> _Kept:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_Kept)
        except FileNotFoundError as error:
            raise PbxError(f"There is no PBX in {self.folder} yet.", remedy="Run 'telemarket pbx up'.") from error
        except (OSError, msgspec.MsgspecError) as error:
            raise PbxError(f"{self._file}: cannot be read: {error}.", remedy="Remove the file.") from error

    def _prepare(self) -> None:
        """Lay out the folder and write the configuration, keeping ports that are still free and the passwords."""
        for name in ("etc", "lib", "spool/recording", "run", "log/cdr-custom", "music", "recordings"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        kept = self._kept() if self._file.exists() else None
        kept = _Kept(
            ports=kept.ports if kept and _are_free(kept.ports) else _choose_ports(),
            access=kept.access.renewed(self._app) if kept else Access.generate(self._app),
        )
        write_private(self._file, msgspec.json.format(msgspec.json.encode(kept)).decode())
        for name, text in render_private(self.folder, self.asterisk, kept.ports, kept.access).items():
            write_private(self.folder / "etc" / name, text)
        music = self.folder / "music/chords.ulaw"
        if not music.exists():
            music.write_bytes(tone.music())

    def _spawn(self) -> int:
        """Start the process and let go of it: whoever looks into the folder may stop it."""
        arguments = [*self.asterisk.command, "-C", str(self._configuration), "-f", "-n"]
        console = str(self.folder / "log/console")
        return os.posix_spawn(
            arguments[0],
            arguments,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, console, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,  # Ctrl-C in the terminal is for whoever started us to handle
        )

    def _await_ari(self, process: psutil.Process) -> None:
        deadline = time.monotonic() + START_DEADLINE
        while not self._ari_answers():
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                raise PbxError(f"Asterisk ended while starting: {self._last_words()}", remedy=f"See {self.folder}/log.")
            if time.monotonic() > deadline:
                raise PbxError(
                    f"Asterisk did not answer on {self.ari_url} within {START_DEADLINE:.0f} s: {self._last_words()}",
                    remedy=f"See {self.folder}/log.",
                )
            time.sleep(0.02)

    def _ari_answers(self) -> bool:
        access = self.access
        connection = http.client.HTTPConnection("127.0.0.1", self.ports.http, timeout=2)
        credentials = base64.b64encode(f"{access.ari_user}:{access.ari_password}".encode()).decode()
        try:
            connection.request("GET", "/ari/asterisk/ping", headers={"Authorization": f"Basic {credentials}"})
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _last_words(self) -> str:
        lines = (self.folder / "log/console").read_text(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:]) or "it said nothing"


def _choose_ports() -> Ports:
    chance = secrets.SystemRandom()
    candidates = chance.sample(PORTS, len(PORTS))
    http_port, ami, sip = itertools.islice(filter(_is_free, candidates), 3)
    rtp_first = chance.randrange(RTP_PORTS.start, RTP_PORTS.stop - RTP_SPAN, 2)
    return Ports(http=http_port, ami=ami, sip=sip, rtp_first=rtp_first, rtp_last=rtp_first + RTP_SPAN)


def _are_free(ports: Ports) -> bool:
    return all(map(_is_free, (ports.http, ports.ami, ports.sip)))


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:  # as Asterisk does: a connection just closed does not block the port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
