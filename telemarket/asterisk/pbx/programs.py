"""Finding Asterisk and sipp: the machine's own, else those of an unpacked Debian.

Programs of an unpacked Debian are started through its own dynamic loader, with its own libraries: no chroot and
no root are needed, and paths mean the same as on the machine itself.
"""

import re
import shutil
import subprocess
from pathlib import Path

import msgspec

from telemarket.asterisk.pbx.errors import ProgramMissing

OLDEST_ASTERISK = 20
MODULE_FOLDERS = (
    "/usr/lib/*-linux-*/asterisk/modules",
    "/usr/lib64/asterisk/modules",
    "/usr/lib/asterisk/modules",
    "/usr/local/lib*/asterisk/modules",
)


class Asterisk(msgspec.Struct, frozen=True, kw_only=True):
    """An Asterisk that can be started. `data` is its data folder, None where the one compiled in is right."""

    command: tuple[str, ...]
    version: str
    modules: Path
    data: Path | None = None


def find_asterisk(rootfs: Path) -> Asterisk:
    """The machine's Asterisk if there is one new enough, else that of `rootfs`.

    Raises ProgramMissing if there is neither.
    """
    own = _own_asterisk()
    if own is not None:
        return own
    binary = rootfs / "usr/sbin/asterisk"
    if not binary.exists():
        raise ProgramMissing(
            f"No Asterisk {OLDEST_ASTERISK} or newer in PATH and none unpacked in {rootfs}.",
            remedy="Run 'telemarket pbx up' as root to unpack one, or install the package asterisk.",
        )
    command = _through_own_loader(rootfs, binary)
    return Asterisk(
        command=command,
        version=_version(command),
        modules=_first(rootfs, "usr/lib/*-linux-*/asterisk/modules"),
        data=rootfs / "usr/share/asterisk",
    )


def find_sipp(rootfs: Path) -> tuple[str, ...]:
    """The command that starts sipp: the machine's own, else that of `rootfs`. Raises ProgramMissing."""
    own = shutil.which("sipp")
    if own is not None:
        return (own,)
    binary = rootfs / "usr/bin/sipp"
    if not binary.exists():
        raise ProgramMissing(
            f"sipp is neither in PATH nor unpacked in {rootfs}.",
            remedy="Install the package sip-tester, or run 'telemarket pbx up' as root.",
        )
    return _through_own_loader(rootfs, binary)


def _own_asterisk() -> Asterisk | None:
    path = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if path is None:
        return None
    modules = next((found for pattern in MODULE_FOLDERS for found in Path("/").glob(pattern[1:])), None)
    version = _version((path,))
    major = re.match(r"\D*(\d+)", version)
    if modules is None or major is None or int(major[1]) < OLDEST_ASTERISK:
        return None
    return Asterisk(command=(path,), version=version, modules=modules)


def _version(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise ProgramMissing(f"{command[-1]} does not start: {error}.", remedy="Reinstall it.") from error
    return done.stdout.strip().removeprefix("Asterisk ")


def _through_own_loader(rootfs: Path, binary: Path) -> tuple[str, ...]:
    loader = _first(rootfs, "usr/lib/*-linux-*/ld-linux*.so.*")
    return str(loader), "--library-path", str(loader.parent), str(binary)


def _first(rootfs: Path, pattern: str) -> Path:
    found = next(rootfs.glob(pattern), None)
    if found is None:
        raise ProgramMissing(
            f"{rootfs} has no {pattern}: it is not a whole Debian system.",
            remedy=f"Remove {rootfs} and run 'telemarket pbx up' again.",
        )
    return found
