"""What was read last: a digest of every record, kept in the backend's own folder between synchronisations."""

import re
import secrets
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from telemarket.backend import CursorRefused
from telemarket.core.i18n import N_

_DIGEST_BYTES = 8
_CURSOR = re.compile(r"(?P<stamp>[0-9a-f]*)\.[0-9a-f]{8}")
_KEPT = 3  # older ones too: whoever reads may have failed to note the newest cursor

Digests = dict[str, bytes]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Digests)


def digest(content: Any) -> bytes:
    """Equal for equal content."""
    return blake2b(_encoder.encode(content), digest_size=_DIGEST_BYTES).digest()


class Known:
    """The digests after each of the last synchronisations, by cursor."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, cursor: str) -> Digests:
        """What was known at `cursor`, nothing if that is empty; raises CursorRefused if it cannot be told."""
        if not cursor:
            return {}
        if _CURSOR.fullmatch(cursor):
            try:
                return _decoder.decode(self._path(cursor).read_bytes())
            except (OSError, msgspec.DecodeError):
                pass
        raise CursorRefused(N_("What was read last is not known any more; all is read anew."))

    def save(self, digests: Mapping[str, bytes], stamp: str, previous: str) -> str:
        """Keep `digests`, and those of the cursor `previous`; returns the new cursor."""
        cursor = f"{stamp}.{secrets.token_hex(4)}"
        self._folder.mkdir(parents=True, exist_ok=True)
        half_done = self._path(cursor).with_suffix(".new")
        half_done.write_bytes(_encoder.encode(digests))
        half_done.replace(self._path(cursor))
        kept = sorted(self._folder.glob("known-*"), key=lambda path: path.stat().st_mtime)[-_KEPT:]
        for path in self._folder.glob("known-*"):
            if path not in (*kept, self._path(previous)):
                path.unlink(missing_ok=True)
        return cursor

    def _path(self, cursor: str) -> Path:
        return self._folder / f"known-{cursor}.digests"


def stamp_of(cursor: str) -> str:
    """The stamp a cursor was made with."""
    return cursor.partition(".")[0]
