"""Reading queue_log files as they lie on a disk: damaged, still growing, or with a line that never ends."""

import gzip
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from telemarket.cli.queue_log import _read
from telemarket.following.past import Rejected, Source

LINES = [f"17000000{number:02}|1.{number}|400|NONE|ABANDON|1|1|3\n" for number in range(50)]


def read(*files: Path) -> list[Source]:
    with ExitStack() as opened:
        return list(_read(files, opened, lambda _: None))


@pytest.mark.parametrize("damage", [lambda data: data[:-30], lambda data: data[:-8] + b"\0" * 8, lambda _: b"no gzip"])
def test_a_damaged_file_is_handed_back_and_the_next_is_read(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    broken, whole = tmp_path / "queue_log.1.gz", tmp_path / "queue_log"
    broken.write_bytes(damage(gzip.compress("".join(LINES).encode())))
    whole.write_text(LINES[0])
    *_, rejected, last = read(broken, whole)
    assert isinstance(rejected, Rejected)
    assert rejected.file == broken.name
    assert "cannot be read beyond here" in rejected.reason
    assert last == (whole.name, 1, LINES[0])


def test_of_a_line_without_end_only_the_beginning_is_read(tmp_path: Path) -> None:
    file = tmp_path / "queue_log"
    file.write_bytes(b"x" * 1_000_000 + b"\n" + LINES[0].encode())
    endless, good = read(file)
    assert isinstance(endless, tuple)
    assert len(endless[2]) < 20_000
    assert good == (file.name, 2, LINES[0])
