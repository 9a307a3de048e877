"""Programs of a benchmark that run beside it as processes of their own, so that their CPU is counted apart.

Started as `python -m tests.bench.…`; told what to do by one line of JSON on stdin; says "ready"; ends when stdin does,
telling what came of it in JSON.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 20.0
READY = b"ready\n"


class Child:
    """The parent's side."""

    def __init__(self, module: str, process: asyncio.subprocess.Process) -> None:
        self._module = module
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    async def finish(self) -> Any:
        """Let it end; returns what it tells."""
        output, _ = await asyncio.wait_for(self._process.communicate(b""), STOP_SECONDS)
        return msgspec.json.decode(output)

    async def ready(self) -> None:
        """Wait until it is at work."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), START_SECONDS)
        if line != READY:
            raise RuntimeError(f"{self._module} did not start: it said {line.decode()!r}.")


@asynccontextmanager
async def child(module: str, told: dict[str, Any]) -> AsyncIterator[Child]:
    """`module` at work while the block runs."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module), cwd=ROOT, stdin=pipe, stdout=pipe, limit=2**20
    )
    assert process.stdin is not None
    try:
        process.stdin.write(msgspec.json.encode(told) + b"\n")
        running = Child(module, process)
        await running.ready()
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def told() -> dict[str, Any]:
    """The child's side: what it is to do."""
    instructions: dict[str, Any] = msgspec.json.decode(sys.stdin.buffer.readline())
    return instructions


async def work_until_end() -> None:
    """The child's side: say that it is at work, wait for the end."""
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    await asyncio.to_thread(sys.stdin.buffer.read)


def tell(result: Any) -> None:
    """The child's side: what came of it."""
    sys.stdout.buffer.write(msgspec.json.encode(result))
