"""sipp as the world outside: callers with a voice, and operators' desk phones."""

import asyncio
import contextlib
import csv
import itertools
import math
import re
import signal
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import psutil
from jinja2 import Environment, PackageLoader, StrictUndefined

from telemarket.asterisk.pbx.errors import PbxError
from telemarket.asterisk.pbx.tone import voice

FOREVER = 600.0  # seconds: "until the other side ends it"
START_DEADLINE = 10.0
STOP_DEADLINE = 5.0
ANSWER_DEADLINE = 5.0
_HINT = (
    "INFO sip:sipp@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK-hint\r\n"
    "From: <sip:hint@127.0.0.1>\r\nTo: <sip:sipp@127.0.0.1>\r\n"
    "Call-ID: {call_id}\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n"
)
_runs = itertools.count(1)
_scenarios = Environment(  # sipp's scenarios, not pages; what varies by call is handed to sipp as keys, not rendered
    loader=PackageLoader("telemarket.asterisk.pbx", "scenarios"),
    undefined=StrictUndefined,
    trim_blocks=True,
    autoescape=False,  # noqa: S701
)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A SIP message as sipp saw it. `at` is seconds since 1970; `line` is the first line."""

    at: float
    sent: bool
    call_id: str
    line: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run of sipp ended. `exit_code` is 0 if every call went as its scenario says."""

    exit_code: int
    successful: int
    failed: int
    messages: tuple[Message, ...]
    errors: str

    @property
    def invites(self) -> list[Message]:
        """First INVITE of each call, sent or received, in order."""
        return self._first_of_each_call("INVITE ")

    @property
    def answers(self) -> list[Message]:
        """First 200 of each call (for a caller: the moment he was answered), in order."""
        return self._first_of_each_call("SIP/2.0 200")

    @property
    def statuses(self) -> list[int]:
        """Status codes of all responses, sent and received, in order."""
        return [int(m.line.split()[1]) for m in self.messages if m.line.startswith("SIP/2.0 ")]

    def _first_of_each_call(self, start: str) -> list[Message]:
        first: dict[str, Message] = {}
        for message in self.messages:
            if message.line.startswith(start):
                first.setdefault(message.call_id, message)
        return list(first.values())


class Run:
    """A running sipp. Leave it to `Sipp` to make one."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, port: int) -> None:
        self._process = process
        self._folder = folder
        self.port = port

    @property
    def contact(self) -> str:
        """SIP URI under which it can be called."""
        return f"sip:phone@127.0.0.1:{self.port}"

    async def listening(self) -> None:
        """Wait until it can be called. Raises PbxError if it cannot be within some seconds."""
        deadline = time.monotonic() + START_DEADLINE
        while not self._is_listening():
            if self._process.returncode is not None or time.monotonic() > deadline:
                raise PbxError(f"sipp does not start: {_text(self._folder / 'output.log')[-500:]}")
            await asyncio.sleep(0.01)

    def pbx_media_port(self) -> int:
        """Where the PBX listens for the sound of the latest call; 0 before it has said so."""
        said = re.findall(r"m=audio (\d+)", _text(self._folder / "logs.log"))
        return int(said[-1]) if said else 0

    def _is_listening(self) -> bool:
        try:
            sockets = psutil.Process(self._process.pid).net_connections("udp4")
        except psutil.NoSuchProcess:
            return False
        return any(each.laddr.port == self.port for each in sockets if each.laddr)

    async def outcome(self) -> Outcome:
        """Wait for its end."""
        exit_code = await self._process.wait()
        successful, failed = _counts(self._folder / "statistics.csv")
        return Outcome(
            exit_code=exit_code,
            successful=successful,
            failed=failed,
            messages=_messages(self._folder / "messages.log"),
            errors=_text(self._folder / "errors.log"),
        )

    async def kill(self) -> None:
        """End it at once, if it still runs."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def hang_up(self) -> Outcome:
        """Have callers hang up once they have heard of being answered, or after some seconds, and wait for the end."""
        calls = await self.answered()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hint:  # what the scenario takes for: hang up
            for call_id in calls:
                hint.sendto(_HINT.format(call_id=call_id).encode(), ("127.0.0.1", self.port))
        return await self.outcome()

    async def answered(self) -> set[str]:
        """The calls there are, when all of them have been answered; at any rate after some seconds."""
        deadline = time.monotonic() + ANSWER_DEADLINE
        while True:
            messages = _messages(self._folder / "messages.log")
            calls = {message.call_id for message in messages}
            answered = {message.call_id for message in messages if message.line.startswith("ACK ")}
            if calls == answered or time.monotonic() > deadline:
                return calls
            await asyncio.sleep(0.01)

    async def stop(self) -> Outcome:
        """Let calls in progress end, for a few seconds at most, and quit."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGUSR1)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_DEADLINE)
            except TimeoutError:
                await self.kill()
        return await self.outcome()


class Sipp:
    """Runs sipp against the PBX at `target` (HOST:PORT); keeps scenarios and logs in `folder`.

    A context manager: no sipp outlives the block.
    """

    def __init__(self, command: Sequence[str], folder: Path, target: str) -> None:
        self._command = tuple(command)
        self._folder = folder
        self._target = target
        self._runs: list[Run] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        await asyncio.gather(*(run.kill() for run in self._runs))

    async def start_calls(
        self,
        dnis: str,
        *,
        caller: str | Sequence[str] = "380441234567",
        name: str | bytes = "",
        count: int = 1,
        rate: float = 10.0,
        talk: float = FOREVER,
        patience: float = 60.0,
        speak: bool = False,
        media_port: int = 0,
    ) -> Run:
        """Call `dnis` `count` times, `rate` calls a second, from the number `caller` with the display name `name`.

        Of several numbers in `caller` each call takes the next.
        Each caller waits `patience` seconds after the last progress to be answered, talks for `talk` seconds unless
        hung up on, and is silent unless he shall `speak`. A name in bytes goes into the From header as it is, unquoted.
        With `media_port` whoever has that port of 127.0.0.1 is the caller's ear and mouth.
        """
        quoted = (
            b'"%s" ' % name.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"') if isinstance(name, str) else name
        )
        keys = {"dnis": dnis.encode(), "display": quoted if name else b""}
        if isinstance(caller, str):
            number, numbers = "[caller]", ""
            keys["caller"] = caller.encode()
        else:
            number, numbers = "[field0]", "\n".join(["SEQUENTIAL", *caller, ""])
        scenario = {"from_number": number, "patience_ms": _ms(patience), "talk_ms": _ms(talk)}
        longest = math.ceil(count / rate + 4 * patience + talk) + 10
        limits = ["-m", str(count), "-r", str(rate), "-l", str(count), "-timeout", f"{longest}s", "-timeout_error"]
        return await self._start("caller.xml", scenario, speak, media_port, keys, limits, numbers)

    async def call(self, dnis: str, **how: Any) -> Outcome:
        """`start_calls` and wait for the end of all of them."""
        run = await self.start_calls(dnis, **how)
        try:
            return await run.outcome()
        except asyncio.CancelledError:
            await run.stop()
            raise

    @contextlib.asynccontextmanager
    async def phone(
        self,
        *,
        ring: float = 0.2,
        talk: float = FOREVER,
        refuse_with: int = 0,
        speak: bool = False,
        media_port: int = 0,
    ) -> AsyncIterator[Run]:
        """A desk phone that takes any number of calls while the block runs.

        It rings for `ring` seconds, then answers, or refuses with the SIP status `refuse_with`; hangs up after `talk`
        seconds unless hung up on. With `ring=FOREVER` it is never answered. `speak` and `media_port` as for callers.
        """
        scenario = {"ring_ms": _ms(ring), "talk_ms": _ms(talk), "refuse_with": refuse_with}
        run = await self._start("phone.xml", scenario, speak, media_port, {}, [])
        try:
            await run.listening()
            yield run
        finally:
            await run.stop()

    @contextlib.asynccontextmanager
    async def callees(
        self, *, hello: bytes, machine: bytes, ring: float = 1.0, late: float = 5.0, talk: float = FOREVER
    ) -> AsyncIterator[Run]:
        """Everybody there is to be called, at one address. The last digit of a number says what its owner does:

        0, 1: rings for `ring` seconds, then answers and says `hello`; 2: the same after `late` seconds; 3: is busy;
        4: never answers; 5: answers and hangs up at once; 6: the network has no line to him (503); 7: does not exist
        (404); 8: a machine answers and plays `machine`; 9: declines. Whoever talks hangs up after `talk` seconds.
        Sounds are µ-law, 8 kHz.
        """
        scenario = {
            "ring_ms": _ms(ring),
            "late_ms": _ms(late),
            "talk_ms": _ms(talk),
            "brief_ms": _ms(0.2),
            "machine_ms": _ms(len(machine) / 8000 + 30),
        }
        sounds = {"hello.ulaw": hello, "machine.ulaw": machine}
        run = await self._start("callees.xml", scenario, False, 0, {}, [], sounds=sounds)
        try:
            await run.listening()
            yield run
        finally:
            await run.stop()

    async def _start(
        self,
        name: str,
        values: dict[str, Any],
        speak: bool,
        media_port: int,
        keys: dict[str, bytes],
        limits: list[str],
        numbers: str = "",
        sounds: Mapping[str, bytes] | None = None,
    ) -> Run:
        folder = self._folder / f"sipp-{next(_runs)}"
        folder.mkdir(parents=True)
        port, own_media_port = _free_udp_port(), _free_udp_port()
        values |= {"voice": "", "media_port": media_port or "[media_port]"}
        if speak:
            (folder / "voice.ulaw").write_bytes(await asyncio.to_thread(voice))
            values |= {"voice": "voice.ulaw", "media_port": "[rtpstream_audio_port]"}
        for sound, ulaw in (sounds or {}).items():
            (folder / sound).write_bytes(ulaw)
        (folder / name).write_text(_scenarios.get_template(name).render(values))
        arguments: list[str | bytes] = [
            *(self._target, "-sf", name, "-nostdin", *limits),
            *("-i", "127.0.0.1", "-p", str(port), "-mi", "127.0.0.1", "-mp", str(own_media_port)),
            *("-ci", "127.0.0.1"),
            *("-trace_shortmsg", "-shortmessage_file", "messages.log"),
            *("-trace_err", "-error_file", "errors.log"),
            *("-trace_logs", "-log_file", "logs.log"),
            *("-trace_stat", "-stf", "statistics.csv", "-fd", "3600"),
        ]
        for key, value in keys.items():
            arguments += ["-key", key, value]
        if numbers:
            (folder / "numbers.csv").write_text(numbers)
            arguments += ["-inf", "numbers.csv"]
        with (folder / "output.log").open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                *arguments,
                cwd=folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
            )
        self._runs.append(Run(process, folder, port))
        return self._runs[-1]


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _counts(path: Path) -> tuple[int, int]:
    if not path.exists():
        return 0, 0
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    if not rows:
        return 0, 0
    return int(rows[-1]["SuccessfulCall(C)"]), int(rows[-1]["FailedCall(C)"])


def _messages(path: Path) -> tuple[Message, ...]:
    """Read the log of messages: date, time, seconds since 1970, S or R, Call-ID, CSeq, first line."""
    rows = (line.split("\t") for line in _text(path).split("\n"))
    return tuple(
        Message(at=float(row[2]), sent=row[3] == "S", call_id=row[4], line=row[6]) for row in rows if len(row) == 7
    )
