"""An Asterisk that can be started, whatever it takes: the machine's own, one unpacked before, or one unpacked now."""

from pathlib import Path

from telemarket.asterisk.pbx.errors import ProgramMissing
from telemarket.asterisk.pbx.programs import Asterisk, find_asterisk
from telemarket.asterisk.pbx.unpack import Progress, is_unpacked, unpack


def provide_asterisk(rootfs: Path, progress: Progress) -> Asterisk:
    """The machine's Asterisk, else that of `rootfs`, unpacked first if need be with `progress` told each step.

    Raises PbxError saying exactly what to do where root, debootstrap or a mirror is missing.
    """
    rootfs = rootfs.absolute()
    try:
        return find_asterisk(rootfs)
    except ProgramMissing:
        if is_unpacked(rootfs):
            raise
    unpack(rootfs, progress)
    return find_asterisk(rootfs)
