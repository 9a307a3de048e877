"""Unpacking an Asterisk and sipp from Debian into a folder, where the machine has none of its own."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from telemarket.asterisk.pbx.errors import PbxError, ProgramMissing

SUITE = "sid"  # no stable release of Debian carries Asterisk
PACKAGES = "asterisk,sip-tester,asterisk-core-sounds-ru-gsm,ca-certificates"

Progress = Callable[[str], None]


def is_unpacked(rootfs: Path) -> bool:
    """Whether `rootfs` holds a whole unpacked system."""
    return (rootfs / "usr/sbin/asterisk").exists()


def unpack(rootfs: Path, progress: Progress) -> None:
    """Unpack Debian with Asterisk and sipp into `rootfs`, telling `progress` each step.

    Takes one to three minutes and 500 MB; needs root, debootstrap and a Debian mirror (the one apt uses). An
    interrupted attempt leaves nothing that could be taken for a whole one. Raises PbxError saying what is missing.
    """
    debootstrap = shutil.which("debootstrap") or shutil.which("debootstrap", path="/usr/sbin")
    by_hand = f"debootstrap --variant=minbase --include={PACKAGES} {SUITE} {rootfs}"
    if os.geteuid() != 0:
        raise PbxError(
            "Unpacking Asterisk needs root, for debootstrap.",
            remedy=f"Install the package asterisk (20 or newer) and sip-tester, or run once as root: {by_hand}",
        )
    if debootstrap is None:
        raise ProgramMissing(
            "Unpacking Asterisk needs debootstrap.",
            remedy="Run 'apt-get install debootstrap' and try again, or install the package asterisk (20 or newer).",
        )
    partial = rootfs.with_name(f"{rootfs.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    command = [debootstrap, "--variant=minbase", f"--include={PACKAGES}", SUITE, str(partial), *_mirror()]
    failure = _run(command, progress)
    if failure or not is_unpacked(partial):
        raise PbxError(
            f"debootstrap failed: {failure}",
            remedy=f"See {partial}/debootstrap/debootstrap.log; is a Debian mirror within reach? By hand: {by_hand}",
        )
    shutil.rmtree(partial / "var/cache/apt", ignore_errors=True)
    partial.rename(rootfs)


def _run(command: list[str], progress: Progress) -> str:
    """Run `command` line by line; returns its last line, or "" if it ended well."""
    last = ""
    with subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None  # noqa: S101
        for line in process.stdout:
            last = line.strip().removeprefix("I: ")
            progress(last)
    return last if process.returncode else ""


def _mirror() -> list[str]:
    """The Debian mirror this machine's apt is set up with; nothing (debootstrap's own choice) elsewhere."""
    apt = shutil.which("apt-get")
    if apt is None:
        return []
    query = ["indextargets", "--format", "$(REPO_URI)", "Origin: Debian", "Label: Debian", "Identifier: Packages"]
    done = subprocess.run([apt, *query], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    return done.stdout.split()[:1]
