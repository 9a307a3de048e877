"""The whole suite, in two processes beside each other: python -m tests [PYTEST OPTIONS]

Most tests wait, for a caller to hang up or a page to be there, and leave the machine idle; the other half of them runs
meanwhile. What both need of the PBX is made before they begin.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile

from telemarket.asterisk.pbx.provide import provide_asterisk
from tests.pbx import ROOTFS, install_sounds

ROOT = Path(__file__).parents[1]
FIRST = ("tests/browser", "tests/integration/calls", "tests/integration/following")
"""Where telephones and browsers are the slowest; whatever is not here belongs to the second half."""
_PARTED = ("tests", "tests/integration")  # folders whose entries are told one by one


def halves() -> tuple[list[str], list[str]]:
    """The folders and files of tests of each half: together everything there is."""
    everything = ["plugins"]
    for folder in _PARTED:
        for entry in sorted((ROOT / folder).iterdir()):
            name = f"{folder}/{entry.name}"
            if name not in _PARTED and (any(entry.rglob("test_*.py")) if entry.is_dir() else _is_test(entry)):
                everything.append(name)
    return list(FIRST), [name for name in everything if name not in FIRST]


def _is_test(path: Path) -> bool:
    return path.name.startswith("test_") and path.suffix == ".py"


def provide() -> None:
    """Unpack Asterisk and make what callers are told, if they are not there yet, before two want them at once."""
    install_sounds(provide_asterisk(ROOTFS, print))


def main() -> int:
    """Run both halves; what the second said comes after the first. Not 0 if either failed."""
    provide()
    first, second = ([sys.executable, "-m", "pytest", *half, *sys.argv[1:]] for half in halves())
    with TemporaryFile() as said:
        beside = subprocess.Popen(second, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        try:
            status = subprocess.run(first, cwd=ROOT, check=False).returncode
            beside.wait()
        finally:
            beside.terminate()
            beside.wait()
        said.seek(0)
        sys.stdout.buffer.write(said.read())
        sys.stdout.flush()
    return max(status, beside.returncode)


if __name__ == "__main__":
    sys.exit(main())
