"""Asterisk through ARI: reachable, new enough, the application, the telephones, the clock."""

import asyncio
import grp
import os
import pwd
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from telemarket.asterisk.ari import AriClient, AriNotFound
from telemarket.cli.checks.findings import Finding, fail, ok, warn
from telemarket.cli.checks.machine import is_loopback
from telemarket.core.clock import utc_now
from telemarket.core.settings import Settings

ARI = "ARI"
APP = "application"
CLOCK = "clock"
TELEPHONES = "telephones"
RECORDINGS = "recordings and Asterisk"
OLDEST = 20
# The first releases of each series with all that Telemarket was tried with; older ones lack security releases.
WELL_TRIED = {20: 20, 22: 10}
_FEW_SECONDS = 2.0
_TOO_MANY_SECONDS = 30.0


async def asterisk(client: AriClient) -> Sequence[Finding]:
    """Reachable with this password, and new enough."""
    info = await client.asterisk.get_info()
    version = info.system.version if info.system else ""
    return [ok(ARI, "answers, user and password are right"), version_finding(version)]


def version_finding(version: str) -> Finding:
    """What to think of an Asterisk that calls itself `version`."""
    what = "Asterisk"
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if not numbers:
        return warn(what, f"version {version!r} is not known", f"Use {OLDEST} or newer.")
    series, release = int(numbers[1]), int(numbers[2])
    if series < OLDEST:
        return fail(what, f"{version} is too old", f"Install Asterisk {OLDEST} or newer.")
    if release < WELL_TRIED.get(series, 0):
        mend = (
            f"Install {series}.{WELL_TRIED[series]} or newer, for its security fixes, unless your packager ported them."
        )
        return warn(what, f"{version} is old", mend)
    return ok(what, version)


async def application(client: AriClient) -> Sequence[Finding]:
    """Whether a daemon serves the application."""
    try:
        await client.applications.get(client.app)
    except AriNotFound:
        mend = "Start the daemon (telemarket run); until then every call goes to the fallback."
        return [warn(APP, f"nobody serves {client.app!r}", mend)]
    return [ok(APP, f"{client.app!r} is served")]


async def clock(client: AriClient) -> Sequence[Finding]:
    """Whether Asterisk and we agree on the time."""
    before = utc_now()
    told = datetime.fromisoformat((await client.asterisk.ping()).timestamp)
    apart = max(0.0, abs((told - before).total_seconds()))
    mend = "Let both machines keep their time with NTP."
    if apart > _TOO_MANY_SECONDS:
        return [fail(CLOCK, f"Asterisk's is {apart:.0f} s apart from ours", mend)]
    if apart > _FEW_SECONDS:
        return [warn(CLOCK, f"Asterisk's is {apart:.0f} s apart from ours", mend)]
    return [ok(CLOCK, "agrees with Asterisk's")]


async def telephones(client: AriClient, wanted: Sequence[tuple[str, str]]) -> Sequence[Finding]:
    """Whether PJSIP knows every operator's telephone; `wanted` pairs logins with endpoints.

    Asterisk goes on listing an endpoint that was removed until it is restarted.
    """
    known = {endpoint.resource for endpoint in await client.endpoints.list() if endpoint.technology == "PJSIP"}
    return [
        fail(
            f"telephone of {login}",
            f"PJSIP knows no endpoint {endpoint!r}" if endpoint else "has no endpoint",
            "Include Telemarket's endpoints file in pjsip.conf and reload res_pjsip, or mend the person's endpoint.",
        )
        for login, endpoint in wanted
        if endpoint not in known
    ] or [ok(TELEPHONES, f"PJSIP knows all {len(wanted)}")]


async def recordings_folder(client: AriClient, settings: Settings) -> Sequence[Finding]:
    """Whether Asterisk can write recordings where the daemon looks for them."""
    if not is_loopback(urlsplit(settings.asterisk.ari_url).hostname or ""):
        found = "Asterisk is on another machine: its folder cannot be seen from here"
        return [
            warn(RECORDINGS, found, "Share the folder, set [recording] pbx_folder, and play a test call's recording.")
        ]
    folder = Path(settings.recording.pbx_folder) if settings.recording.pbx_folder else settings.recordings_dir
    if not await asyncio.to_thread(folder.is_dir):
        return [warn(RECORDINGS, f"{folder} is not there yet", "Start the daemon once, or create it.")]
    info = await client.asterisk.get_info(only=["config"])
    user = info.config.setid.user if info.config and info.config.setid else ""
    if await asyncio.to_thread(_may_write, folder, user):
        return [ok(RECORDINGS, f"{user or 'it'} can write to {folder}")]
    return [fail(RECORDINGS, f"its user {user!r} cannot write to {folder}", f"Let {user} write there.")]


def _may_write(folder: Path, user: str) -> bool:
    """Whether `user` may create files in `folder` by its owner, group and mode. No user: as we ourselves may."""
    try:
        person = pwd.getpwnam(user) if user else pwd.getpwuid(os.geteuid())
    except KeyError:  # of a container, perhaps: only a recording will tell
        return True
    if person.pw_uid == 0:
        return True
    state = folder.stat()
    groups = {person.pw_gid, *(group.gr_gid for group in grp.getgrall() if user in group.gr_mem)}
    shift = 6 if state.st_uid == person.pw_uid else 3 if state.st_gid in groups else 0
    return (state.st_mode >> shift) & 0o3 == 0o3
