"""The PBX of the tests, unpacked and taught to speak once for all of them."""

from pathlib import Path

from telemarket.asterisk.pbx.programs import Asterisk
from telemarket.core.settings import SoundSettings
from telemarket.sounds.install import Installer
from telemarket.sounds.speech import Speech

ROOTFS = Path(__file__).parents[1] / "var/pbx/rootfs"


def install_sounds(asterisk: Asterisk) -> Path:
    """The folder of everything Telemarket says; only what is missing is made."""
    folder = ROOTFS.parent / "sounds"
    recordings = [asterisk.data / "sounds"] if asterisk.data else []
    Installer(folder, Speech(SoundSettings().speech_command), recordings).install()
    return folder
