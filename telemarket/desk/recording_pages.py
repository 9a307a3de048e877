"""Recordings: the ledger for supervisors, the player on a call's page, the sound itself, and legal hold."""

from pathlib import PurePosixPath
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from telemarket.casework.call_log import CallRecord
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, allows, require
from telemarket.desk.call_pages import check_open, read_day
from telemarket.desk.context import fragment, optional_whole, page, services_of, translator_of, user_of
from telemarket.desk.session_pages import address_of
from telemarket.desk.waveform import Waveform
from telemarket.desk.words import RECORDING_STATES
from telemarket.recordings.model import Recording, RecordingFilter, RecordingState

_PAGE = 50
_LARGEST_FORM = 2000
_FILTERS = ("project", "operator", "state", "day", "number")


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/recordings", ledger, methods=["GET"]),
        Route("/recordings/{call_id}", sound, methods=["GET"]),
        Route("/recordings/{call_id}/player", player, methods=["GET"]),
        Route("/recordings/{call_id}/waveform", waveform, methods=["GET"]),
        Route("/recordings/{call_id}/hold", hold, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route("/recordings/{call_id}/release", release, methods=["POST"], max_body_size=_LARGEST_FORM),
    ]


async def ledger(request: Request) -> Response:
    """Every recording that was to be made, newest first, with what became of it."""
    require(user_of(request), Permission.HOLD_RECORDING)
    services, query = services_of(request), request.query_params
    since, until = read_day(query.get("day", ""), translator_of(request))
    wanted = RecordingFilter(
        project_id=optional_whole(query.get("project"), "project"),
        agent_id=optional_whole(query.get("operator"), "operator"),
        state=query.get("state", ""),
        number=query.get("number", "").strip(),
        since=since,
        until=until,
    )
    numbers = await _numbers_of(request, wanted.number)
    found = await services.recordings.ledger.find(wanted, query.get("before"), _PAGE + 1, numbers)
    context: dict[str, Any] = {
        "found": found[:_PAGE],
        "more": found[_PAGE - 1].cursor if len(found) > _PAGE else "",
        "query": {key: query.get(key, "") for key in _FILTERS},
    }
    if "before" in query:
        return fragment(request, "recordings/rows.html", **context)
    return await page(
        request,
        "recordings/list.html",
        projects=await services.projects.load_all(),
        operators=await services.identity.users(),
        states=RECORDING_STATES,
        **context,
    )


async def player(request: Request) -> Response:
    """The recording on its call's page: nothing if none was to be made."""
    record = await _own_call(request)
    return await _player(request, record)


async def waveform(request: Request) -> Response:
    """The drawing of a recording, to be put into the player."""
    record = await _own_call(request)
    recording = await _recording(request, record)
    channels = await services_of(request).recordings.waveform(recording.file)
    return fragment(request, "recordings/waveform.html", waveform=Waveform(channels, recording), call_id=record.id)


async def sound(request: Request) -> Response:
    """The sound of a call, with byte ranges so that the player can jump. Every request is audited."""
    services, user = services_of(request), user_of(request)
    record = await _own_call(request)
    recording = await _recording(request, record)
    path = await run_in_threadpool(services.recordings.path, recording.file)
    headers = {"Cache-Control": "private, no-store"}
    download = "download" in request.query_params
    if download:
        require(user, Permission.LISTEN_RECORDING)
        name = f"{recording.started_at:%Y%m%d-%H%M%S}-{PurePosixPath(recording.file).name}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    action = "recording.download" if download else "recording.play"
    await services.audit.append(user.id, action, record.id, address_of(request))
    return FileResponse(path, media_type="audio/wav", headers=headers)


async def hold(request: Request) -> Response:
    """Keep a recording from deletion."""
    user = user_of(request)
    require(user, Permission.HOLD_RECORDING)
    record = await _own_call(request)
    reason = str((await request.form()).get("reason", ""))
    await services_of(request).recordings.retention.hold(record.id, reason, user.id, address_of(request))
    return await _player(request, record)


async def release(request: Request) -> Response:
    """End the hold."""
    user = user_of(request)
    require(user, Permission.HOLD_RECORDING)
    record = await _own_call(request)
    await services_of(request).recordings.retention.release(record.id, user.id, address_of(request))
    return await _player(request, record)


async def _player(request: Request, record: CallRecord) -> Response:
    services, user = services_of(request), user_of(request)
    recording = await services.recordings.ledger.get(record.id) or _before_the_ledger(record)
    if recording is None:
        return HTMLResponse()
    listen = "listen" in request.query_params  # among others on a page, and at once
    supervises = allows(user, Permission.HOLD_RECORDING) and not listen
    return fragment(
        request,
        "recordings/player.html",
        recording=recording,
        listen=listen,
        may_download=allows(user, Permission.LISTEN_RECORDING),
        in_ledger=recording.state is not RecordingState.DELETING
        and (recording.seconds is not None or recording.state is not RecordingState.SOUND),
        supervises=supervises,
        accesses=await services.recordings.accesses(record.id) if supervises else [],
    )


async def _own_call(request: Request) -> CallRecord:
    """The call in the path, if it is for this person to open."""
    record = await services_of(request).call_log.get(request.path_params["call_id"])
    check_open(request, record)
    return record


async def _recording(request: Request, record: CallRecord) -> Recording:
    recording = await services_of(request).recordings.ledger.get(record.id) or _before_the_ledger(record)
    if recording is None or not recording.playable:
        raise NotFound(N_("There is no recording of this call."))
    return recording


def _before_the_ledger(record: CallRecord) -> Recording | None:
    """A recording of the time before there was a ledger."""
    if not record.recording or record.ended_at is None:
        return None
    return Recording(
        call_id=record.id,
        file=record.recording,
        stereo=False,
        started_at=record.answered_at or record.arrived_at,
        ended_at=record.ended_at,
        state=RecordingState.SOUND,
        expected_seconds=record.talking_seconds,
    )


async def _numbers_of(request: Request, number: str) -> list[str]:
    """All numbers of the person who has `number`: his recordings are to be found under each."""
    if not number:
        return []
    contact = (await services_of(request).contacts.match(number)).contact
    return [phone.e164 or phone.raw for phone in contact.phones] if contact else []
