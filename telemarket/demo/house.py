"""Where a demonstration lives: one folder with its PBX, its database, its configuration and its logs."""

import fcntl
import json
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

from telemarket.asterisk.pbx.configuration import write_private
from telemarket.asterisk.pbx.endpoints import Operator, write_endpoints
from telemarket.asterisk.pbx.errors import ProgramMissing
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.programs import Asterisk, find_asterisk, find_sipp
from telemarket.asterisk.pbx.provide import provide_asterisk
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.core.errors import ConfigurationError
from telemarket.core.settings import Settings, SoundSettings, load_settings
from telemarket.demo import insurer
from telemarket.demo.packages import Tell, install_package
from telemarket.sounds.install import Installer
from telemarket.sounds.speech import Speech


class House:
    """A demonstration in `folder`, with programs already provided."""

    def __init__(self, folder: Path, asterisk: Asterisk, sipp: tuple[str, ...]) -> None:
        self.folder = folder.absolute()
        self.pbx = Instance(self.folder / "pbx", asterisk)
        self._sipp = sipp

    @classmethod
    def provide(cls, folder: Path, rootfs: Path, tell: Tell) -> Self:
        """Find Asterisk and sipp, or unpack them into `rootfs`, telling each step.

        Raises PbxError saying what to do where that is not possible.
        """
        try:
            asterisk = find_asterisk(rootfs.absolute())
        except ProgramMissing:
            install_package("debootstrap", "to unpack Asterisk", tell)
            asterisk = provide_asterisk(rootfs, tell)
        return cls(folder, asterisk, find_sipp(rootfs.absolute()))

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "telemarket.db"

    @property
    def config(self) -> Path:
        """The configuration, for every `telemarket --config …` command."""
        return self.folder / "telemarket.toml"

    @property
    def log(self) -> Path:
        """What the daemon logs."""
        return self.folder / "telemarket.log"

    @property
    def insurer(self) -> Path:
        """The insurer's database, which is a backend of this Telemarket."""
        return self.folder / "insurer.db"

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """Keep every other demonstration out of the folder. Raises ConfigurationError if one is in."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ConfigurationError(
                    f"A demonstration runs in {self.folder} already.",
                    remedy="End it with Ctrl-C in its terminal, or choose another --dir and --port.",
                ) from error
            yield

    def clear(self) -> None:
        """Forget everything that was written: the database and the recordings."""
        for path in self.folder.glob(f"{self.database.name}*"):
            path.unlink()
        shutil.rmtree(self.folder / "recordings", ignore_errors=True)

    def configure(self, port: int, telephone: Literal["page", "phone"]) -> Settings:
        """Write the configuration for the PBX as it runs and the pages on `port`, and read it.

        The daemon has the PBX know people's telephones if they are in their pages, and leaves desk phones alone.
        """
        access, ports = self.pbx.access, self.pbx.ports
        sections: dict[str, Mapping[str, str | int | bool]] = {
            "": {"data_dir": str(self.folder), "demo": True},
            "web": {"port": port},
            "agi": {"port": 0},
            "log": {"format": "json"},
            "asterisk": {
                "ari_url": self.pbx.ari_url,
                "ari_user": access.ari_user,
                "ari_password": access.ari_password,
                "app": access.app,
                "ami_port": ports.ami,
                "ami_user": access.ami_user,
                "ami_password": access.ami_password,
                "cdr_file": str(self.pbx.cdr_file),
            },
        }
        if telephone == "page":
            sections["asterisk"] = {**sections["asterisk"], "endpoints_file": str(self.pbx.endpoints_file)}
            sections |= insurer.sections(self.insurer)
        write_private(self.config, to_toml(sections))
        return load_settings(self.config)

    def install_sounds(self, tell: Tell) -> None:
        """Make what callers are told, telling each step. Raises TelemarketError where nothing can speak."""
        install_package("espeak-ng", "to speak to callers", tell)
        tell("Making what callers are told")
        sounds, data = SoundSettings(), self.pbx.asterisk.data
        recordings = [data / "sounds"] if data else list(map(Path, sounds.recordings))
        Installer(self.folder / "sounds", Speech(sounds.speech_command), recordings).install()

    def connect(self, telephones: list[Operator]) -> None:
        """Make `telephones` known to the running PBX."""
        if write_endpoints(self.pbx.endpoints_file, telephones):
            self.pbx.reload_pjsip()

    def world(self, folder: Path) -> Sipp:
        """Callers and desk phones; `folder` is for their notes."""
        return Sipp(self._sipp, folder, self.pbx.sip_address)


def to_toml(sections: Mapping[str, Mapping[str, str | int | bool]]) -> str:
    """TOML of flat sections; "" is what stands before the first. JSON writes these values as TOML does."""
    lines = []
    for section, values in sections.items():
        lines += [f"\n[{section}]"] if section else []
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def check_port(port: int) -> None:
    """Raise ConfigurationError if the pages cannot be served on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigurationError(
                f"Port {port} cannot be had: {error.strerror}.",
                remedy=f"End the program that has it, or choose another: telemarket demo --port {port + 1}",
            ) from error


def free_port() -> int:
    """A TCP port nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
