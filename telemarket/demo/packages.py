"""Programs a demonstration installs for itself: on a Debian, by root, where they are missing."""

import os
import shutil
import subprocess
from collections.abc import Callable

from telemarket.asterisk.pbx.errors import PbxError

Tell = Callable[[str], None]


def install_package(program: str, purpose: str, tell: Tell) -> None:
    """Install the package of the same name if `program` is missing and may be installed, telling each step.

    Raises PbxError if that fails.
    """
    apt = shutil.which("apt-get")
    present = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if present or apt is None or os.geteuid() != 0:
        return
    for step in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", program]):
        tell(f"Installing {program}, {purpose}: apt-get {step[0]}")
        done = subprocess.run([apt, *step], capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise PbxError(
                f"apt-get {step[0]} failed: {done.stderr.strip()[-300:]}",
                remedy=f"Run 'apt-get install {program}' and try again.",
            )
