"""The sound of a test's telephone: says a tone, tells which tones it hears, presses keys (RFC 4733).

sipp does the signalling; this has the port its SDP names.
"""

import asyncio
import contextlib
import math
import struct
from collections.abc import AsyncIterator, Sequence
from typing import Self

from telemarket.asterisk.pbx.sipp import Run
from telemarket.asterisk.pbx.tone import RATE, mulaw

CALLER, ANNA, BORIS, CHIEF, NUMBER = 900, 1300, 1700, 2100, 2500  # Hz, one for each who speaks in a test
SPOKEN = 3000  # a recorded sound
RING = 425  # of the PBX's country
OTHER = 0  # something else: music, an announcement
DEADLINE = 10.0  # seconds until what shall be heard must be
_KNOWN = (CALLER, ANNA, BORIS, CHIEF, NUMBER, SPOKEN, RING)
_FRAME = 160  # samples in 20 ms
_WINDOW = 20  # frames looked at
_AUDIBLE = 0.01  # share of full scale
_KEYS = "0123456789*#ABCD"
_DTMF = 101  # payload type in sipp's SDP


def _decode(byte: int) -> float:
    value = ~byte & 0xFF
    magnitude = (((value & 0x0F) << 3) + 0x84 << (value >> 4 & 7)) - 0x84
    return (-magnitude if value & 0x80 else magnitude) / 32768


_SAMPLES = [_decode(byte) for byte in range(256)]


class Voice(asyncio.DatagramProtocol):
    """One telephone's ear and mouth. `tone` in Hz is what it says, 0 for silence."""

    def __init__(self, tone: int) -> None:
        self.tone = tone
        self.silent = False  # sends nothing at all
        self._transport: asyncio.DatagramTransport | None = None
        self._telephone: Run | None = None
        self._heard: list[bytes] = []
        self._received: dict[int, str] = {}  # keys, by their time stamp
        self._sequence = 0
        self._clock = 0
        self._speaking: asyncio.Task[None] | None = None
        self._keys: asyncio.Queue[bytes] = asyncio.Queue()
        self._sent = asyncio.Event()

    @classmethod
    @contextlib.asynccontextmanager
    async def speaking(cls, tone: int) -> AsyncIterator[Self]:
        """A voice that speaks while the block runs, to whichever call its telephone has."""
        voice = cls(tone)
        voice._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: voice, local_addr=("127.0.0.1", 0)
        )
        voice._speaking = asyncio.create_task(voice._speak())
        try:
            yield voice
        finally:
            voice._speaking.cancel()
            voice._transport.close()

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def belongs_to(self, telephone: Run) -> None:
        """Speak into the calls of this sipp."""
        self._telephone = telephone

    # ---- hearing

    async def hears(self, *tones: int, deadline: float = DEADLINE) -> None:
        """Wait until, for nearly half a second, exactly these tones are heard. Fails with what is heard instead."""
        last: set[int] | None = None
        try:
            async with asyncio.timeout(deadline):
                while last != set(tones):
                    last = await self.listen()
        except TimeoutError:
            raise AssertionError(f"hears {sorted(last or ())}, not {sorted(tones)}") from None

    async def listen(self) -> set[int]:
        """The tones heard in the time of a window that begins now."""
        self._heard.clear()
        await asyncio.sleep(_WINDOW * _FRAME / RATE)
        return tones_of([_SAMPLES[byte] for frame in self._heard[-_WINDOW:] for byte in frame])

    async def receives_keys(self, keys: str) -> None:
        """Wait until these keys have been sent to this telephone."""
        async with asyncio.timeout(DEADLINE):
            while "".join(self._received.values()) != keys:
                await asyncio.sleep(_FRAME / RATE)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) == 12 + _FRAME and data[1] & 0x7F == 0:
            self._heard.append(data[12:])
        elif len(data) == 16 and data[1] & 0x7F == _DTMF:
            self._received[int.from_bytes(data[4:8], "big")] = _KEYS[data[12]]

    # ---- speaking

    async def press(self, keys: str) -> None:
        """Press keys one after the other; returns when the last has been sent."""
        for key in keys:
            event, began = _KEYS.index(key), self._clock
            for step in range(1, 8):
                ending = step > 5
                duration = min(step, 5) * _FRAME
                self._keys.put_nowait(
                    struct.pack("!BBHII", 0x80, _DTMF | (0x80 if step == 1 else 0), 0, began, 1)
                    + struct.pack("!BBH", event, 0x8A if ending else 0x0A, duration)
                )
            while not self._keys.empty():
                self._sent.clear()
                await self._sent.wait()
            await asyncio.sleep(0.1)

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += _FRAME / RATE
            await asyncio.sleep(max(0.0, due - loop.time()))
            port = self._telephone.pbx_media_port() if self._telephone else 0
            if port and not self.silent:
                self._send(port)
            self._sent.set()

    def _send(self, port: int) -> None:
        assert self._transport is not None
        self._sequence = self._sequence + 1 & 0xFFFF
        if self._keys.empty():
            packet = struct.pack("!BBHII", 0x80, 0, self._sequence, self._clock, 1) + self._frame()
        else:
            key = self._keys.get_nowait()
            packet = key[:2] + struct.pack("!H", self._sequence) + key[4:]
        self._clock += _FRAME
        self._transport.sendto(packet, ("127.0.0.1", port))

    def _frame(self) -> bytes:
        step = 2 * math.pi * self.tone / RATE
        return mulaw(0.2 * math.sin(step * (self._clock + i)) for i in range(_FRAME))


def tones_of(samples: Sequence[float]) -> set[int]:
    """The tones in a piece of sound; OTHER if that does not explain it."""
    if len(samples) < _FRAME:
        return set()
    found = {tone: _amplitude(samples, tone) for tone in _KNOWN}
    tones = {tone for tone, amplitude in found.items() if amplitude > _AUDIBLE}
    explained = sum(amplitude**2 / 2 for tone, amplitude in found.items() if tone in tones)
    power = sum(sample * sample for sample in samples) / len(samples)
    return tones | {OTHER} if power - explained > max(_AUDIBLE**2 / 2, 0.3 * explained) else tones


def _amplitude(samples: Sequence[float], tone: int) -> float:
    """How loud a tone is in the samples: its Fourier coefficient (Goertzel)."""
    coefficient = 2 * math.cos(2 * math.pi * tone / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    power = last * last + before * before - coefficient * last * before
    return 2 * math.sqrt(max(power, 0.0)) / len(samples)
