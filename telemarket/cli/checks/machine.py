"""What this machine itself offers: folders, free space, the address of the pages."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from telemarket.cli.checks.findings import Finding, Level, fail, ok, warn
from telemarket.core.settings import Settings, WebSettings
from telemarket.sounds.install import Installer
from telemarket.sounds.speech import Speech

DATA = "data folder"
RECORDINGS = "recordings"
SOUNDS = "sounds"
WEB = "pages"


async def data_folder(settings: Settings) -> Sequence[Finding]:
    """Whether the daemon can keep things."""
    return [await asyncio.to_thread(_writable, DATA, settings.data_dir.absolute(), "data_dir")]


async def recordings_folder(settings: Settings) -> Sequence[Finding]:
    """Whether recordings can be kept, and for how long there is room."""
    return await asyncio.to_thread(_recordings, settings)


async def sounds_folder(settings: Settings) -> Sequence[Finding]:
    """Whether everything callers may be told has been installed."""
    installer = Installer(settings.sounds_dir, Speech(settings.sounds.speech_command))
    missing = await asyncio.to_thread(installer.missing)
    if missing:
        found = f"{settings.sounds_dir}: {len(missing)} phrases are missing, such as {missing[0]}"
        return [warn(SOUNDS, found, "Callers hear nothing there. Run 'telemarket sounds install'.")]
    return [ok(SOUNDS, str(settings.sounds_dir))]


async def web_address(settings: Settings) -> Sequence[Finding]:
    """Whether browsers reach the pages in a way that keeps passwords private and lets them use the microphone."""
    web = settings.web
    if web.tls_certificate is not None:
        return [await asyncio.to_thread(_certificate, web)]
    if web.behind_tls_proxy or is_loopback(web.host):
        return [ok(WEB, f"on {web.host}:{web.port}{', behind a TLS proxy' if web.behind_tls_proxy else ''}")]
    return [
        fail(
            WEB,
            f"{web.host} is reached without TLS: passwords travel in clear, browsers refuse the microphone",
            'Set [web] tls_certificate and tls_key, or host = "127.0.0.1" behind a TLS proxy.',
        )
    ]


def _recordings(settings: Settings) -> list[Finding]:
    folder = settings.recordings_dir
    state = _writable(RECORDINGS, folder, "[recording] folder")
    if state.level is not Level.OK:
        return [state]
    free = shutil.disk_usage(nearest(folder)).free // 2**20
    least = settings.recording.minimum_free_mb
    if free < least:
        return [fail(RECORDINGS, f"{folder}: {free} MB free, at least {least} wanted", "Make room or move the folder.")]
    return [ok(RECORDINGS, f"{folder}: {free} MB free")]


def _writable(what: str, folder: Path, key: str) -> Finding:
    there = nearest(folder)
    if not there.is_dir():
        return fail(what, f"{there} is not a folder", f"Remove it, or change {key}.")
    if not os.access(there, os.W_OK | os.X_OK):
        return fail(what, f"{there} cannot be written to", f"Give it to Telemarket's user, or change {key}.")
    return ok(what, str(folder))


def nearest(folder: Path) -> Path:
    """`folder`, or the nearest folder above it that exists: the daemon makes what is missing below."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _certificate(web: WebSettings) -> Finding:
    for key, path in (("tls_certificate", web.tls_certificate), ("tls_key", web.tls_key)):
        if path is None:
            return fail(WEB, f"[web] {key} is missing", "A certificate needs its key, and a key its certificate.")
        if not os.access(path, os.R_OK):
            return fail(WEB, f"[web] {key}: {path} cannot be read", "Mend the path, or let Telemarket's user read it.")
    return ok(WEB, f"TLS on {web.host}:{web.port}")


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
