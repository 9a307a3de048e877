"""Unpacking an Asterisk: what a person is told when it cannot be done."""

import os
from pathlib import Path

import pytest

from telemarket.asterisk.pbx.errors import PbxError
from telemarket.asterisk.pbx.unpack import unpack

WHOLE = 'mkdir -p "$4/usr/sbin" "$4/var/cache/apt"; echo asterisk > "$4/usr/sbin/asterisk"'


def _debootstrap(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "debootstrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setattr("os.geteuid", lambda: 0)


def test_without_root_the_exact_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(PbxError, match=r"run once as root: debootstrap .*asterisk,sip-tester.* sid "):
        unpack(tmp_path / "rootfs", print)


def test_without_debootstrap_the_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(PbxError, match="apt-get install debootstrap"):
        unpack(tmp_path / "rootfs", print)


def test_a_failure_tells_the_last_words_and_leaves_no_half_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _debootstrap(
        tmp_path, monkeypatch, 'echo "I: Retrieving InRelease"; echo "E: no such mirror";' + WHOLE + "; exit 1"
    )
    steps: list[str] = []
    with pytest.raises(PbxError, match="no such mirror"):
        unpack(tmp_path / "rootfs", steps.append)
    assert steps == ["Retrieving InRelease", "E: no such mirror"]
    assert not (tmp_path / "rootfs").exists()


def test_the_system_appears_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _debootstrap(tmp_path, monkeypatch, WHOLE)
    unpack(tmp_path / "rootfs", print)
    assert (tmp_path / "rootfs/usr/sbin/asterisk").exists()
    assert not (tmp_path / "rootfs.partial").exists()
