"""Imports in the browser: a file handed in, its columns chosen and tried, carried out before one's eyes, undone."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, User, require
from telemarket.desk import import_words
from telemarket.desk.context import fragment, page, services_of, text_of, translator_of, user_of, whole
from telemarket.desk.import_forms import read_mapping
from telemarket.importing.model import Column, Mapping, adds_up
from telemarket.importing.profiles import Schedule
from telemarket.importing.service import ImportService
from telemarket.importing.store import Import

_LARGEST_FORM = 1_000_000
_LARGEST_UPLOAD = (4096 << 20) + _LARGEST_FORM  # of the settings' range; the configured limit is told in words
_BLOCK = 1 << 20
_SHOWN_REFUSED = 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    one = "/imports/{import_id:int}"
    profile = "/imports/profiles/{profile_id:int}"
    return [
        Route("/imports", overview, methods=["GET"]),
        Route("/imports", upload, methods=["POST"], max_body_size=_LARGEST_UPLOAD),
        Route("/imports/list", recent, methods=["GET"]),
        Route(one, import_page, methods=["GET"]),
        Route(f"{one}/status", status, methods=["GET"]),
        Route(f"{one}/sheet", other_sheet, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{one}/header", other_header, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{one}/profile", use_profile, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{one}/preview", preview, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{one}/start", start, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{one}/resume", resume, methods=["POST"]),
        Route(f"{one}/stop", stop, methods=["POST"]),
        Route(f"{one}/undo", undo, methods=["POST"]),
        Route(f"{one}/refused.xlsx", refused, methods=["GET"]),
        Route(f"{profile}/schedule", schedule, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{profile}/run", run_now, methods=["POST"]),
        Route(profile, remove_profile, methods=["DELETE"]),
    ]


async def overview(request: Request) -> Response:
    """A form for a new import, the last ones, and the profiles."""
    imports = _service(request)
    profiles = await imports.profiles.all()
    context = {"imports": await imports.imports.recent(), "profiles": profiles, "sources": imports.sources}
    return await page(request, "imports/page.html", largest=imports.largest >> 20, texts=import_words, **context)


async def recent(request: Request) -> Response:
    """The last imports, as they are now."""
    imports = await _service(request).imports.recent()
    return fragment(request, "imports/list.html", imports=imports, texts=import_words)


async def upload(request: Request) -> Response:
    """Keep a file and look at its beginning. Answers with the way to its page."""
    imports, user = _service(request), user_of(request)
    async with request.form(max_part_size=_LARGEST_FORM) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise InvalidInput(N_("Choose a file."), field="file")
        added = await imports.add(file.filename, _blocks(file), user.id)
    await services_of(request).audit.append(user.id, "import.upload", f"import {added.id}")
    return _go_to(added.id)


async def import_page(request: Request) -> Response:
    """An import: its columns while it waits, and then what becomes of it."""
    imports = _service(request)
    found = await imports.imports.get(_id(request))
    if found.state == "waiting":
        return await page(request, "imports/columns.html", **await _columns(request, found))
    return await page(request, "imports/import.html", **await _state(imports, found))


async def status(request: Request) -> Response:
    """How far an import is."""
    imports = _service(request)
    return fragment(request, "imports/status.html", **await _state(imports, await imports.imports.get(_id(request))))


async def other_sheet(request: Request) -> Response:
    """Look at another sheet of the file."""
    async with request.form() as form:
        await _service(request).look(_id(request), text_of(form, "sheet"))
    return _go_to(_id(request))


async def other_header(request: Request) -> Response:
    """Take another row for the headings, or none."""
    async with request.form() as form:
        await _service(request).set_header(_id(request), whole(text_of(form, "header"), "header"))
    return _go_to(_id(request))


async def use_profile(request: Request) -> Response:
    """Take what the columns mean from a profile; columns that it does not know are as they were."""
    imports = _service(request)
    found = await imports.imports.get(_id(request))
    async with request.form() as form:
        profile = await imports.profiles.get(whole(text_of(form, "profile"), "profile"))
    sample = (await imports.sample(found.id)).told(profile.mapping)
    known = {column.heading: column for column in profile.mapping.columns}
    own = {column.heading: column for column in (found.mapping.columns if found.mapping else ())}
    taken = set(itertools.filterfalse(adds_up, profile.mapping.targets()))
    others = {heading: column for heading, column in own.items() if column.target not in taken}
    columns = tuple(
        known.get(heading) or others.get(heading) or Column(heading=heading) for heading in sample.headings()
    )
    mapping = msgspec.structs.replace(profile.mapping, columns=columns, sheet=sample.sheet)
    await imports.imports.choose(found.id, mapping, profile.id)
    return _go_to(found.id)


async def preview(request: Request) -> Response:
    """What would become of the first rows, with the columns as the form says."""
    imports, import_id = _service(request), _id(request)
    async with request.form() as form:
        mapping = await _read(imports, import_id, form)
    tried = await imports.preview(import_id, mapping)
    return fragment(request, "imports/tried.html", preview=tried, texts=import_words)


async def start(request: Request) -> Response:
    """Carry the import out; keep what the columns mean as a profile, if the form names one."""
    imports, import_id, user = _service(request), _id(request), user_of(request)
    async with request.form() as form:
        mapping = await _read(imports, import_id, form)
        name = text_of(form, "name").strip()
    await imports.preview(import_id, mapping)
    profile = await imports.profiles.save(name, mapping) if name else None
    await imports.imports.choose(import_id, mapping, profile.id if profile else None)
    await imports.start(import_id)
    await services_of(request).audit.append(user.id, "import.start", f"import {import_id}")
    return _go_to(import_id)


async def resume(request: Request) -> Response:
    """Go on with an import that ended early."""
    await _service(request).start(_id(request))
    return await _after(request, "import.resume")


async def stop(request: Request) -> Response:
    """Have an import end after the rows it is at."""
    await _service(request).imports.stop(_id(request))
    return await _after(request, "import.stop")


async def undo(request: Request) -> Response:
    """Undo an import."""
    await _service(request).undo(_id(request))
    return await _after(request, "import.undo")


async def refused(request: Request) -> Response:
    """The refused rows as a spreadsheet."""
    imports, import_id = _service(request), _id(request)
    path = await imports.refused(import_id, translator_of(request).language)
    await services_of(request).audit.append(user_of(request).id, "import.refused", f"import {import_id}")
    return FileResponse(path, media_type=_XLSX, filename=f"import-{import_id}-refused.xlsx")


async def schedule(request: Request) -> Response:
    """Have a profile run by itself, or no more."""
    imports, profile_id = _service(request), request.path_params["profile_id"]
    async with request.form() as form:
        source, every = text_of(form, "source"), text_of(form, "every")
    if source and source not in imports.sources:
        raise InvalidInput(N_("There is no such source."), field="source")
    wanted = Schedule(source=source, every=whole(every, "every") * 60) if source else None
    await imports.profiles.schedule(profile_id, wanted)
    await services_of(request).audit.append(user_of(request).id, "import.schedule", f"profile {profile_id}")
    return await _profiles(request)


async def run_now(request: Request) -> Response:
    """Have a scheduled profile run as soon as may be."""
    await _service(request).profiles.want(request.path_params["profile_id"])
    return await _profiles(request)


async def remove_profile(request: Request) -> Response:
    """Forget a profile."""
    await _service(request).profiles.remove(request.path_params["profile_id"])
    return await _profiles(request)


async def _after(request: Request, action: str) -> Response:
    await services_of(request).audit.append(user_of(request).id, action, f"import {_id(request)}")
    return await status(request)


async def _profiles(request: Request) -> Response:
    imports = _service(request)
    profiles = await imports.profiles.all()
    return fragment(request, "imports/profiles.html", profiles=profiles, sources=imports.sources)


async def _columns(request: Request, found: Import) -> dict[str, object]:
    imports, services = _service(request), services_of(request)
    sample = await imports.sample(found.id)
    recognition = await imports.recognise(sample)
    assert found.mapping is not None  # noqa: S101 - chosen when the file was looked at
    tried, problem = None, None
    try:
        tried = await imports.preview(found.id, found.mapping)
    except InvalidInput as error:  # the form below is where it is put right
        problem = error
    return {
        "found": found,
        "sample": sample,
        "columns": list(zip(recognition.columns, found.mapping.columns, strict=True)),
        "preview": tried,
        "problem": problem,
        "profiles": await imports.profiles.all(),
        "regions": services.settings.numbers.regions,
        "texts": import_words,
    }


async def _state(imports: ImportService, found: Import) -> dict[str, Any]:
    rows = await imports.imports.refused(found.id, limit=_SHOWN_REFUSED) if not found.works else []
    kept = await imports.imports.refused(found.id, "kept", limit=_SHOWN_REFUSED) if found.state == "undone" else []
    goes_on = found.state in ("stopped", "failed") and imports.file(found.id).exists()
    return {"found": found, "refused": rows, "kept": kept, "goes_on": goes_on, "texts": import_words}


async def _read(imports: ImportService, import_id: int, form: FormData) -> Mapping:
    found = await imports.imports.get(import_id)
    return read_mapping(form, await imports.sample(import_id), found.mapping.header if found.mapping else None)


async def _blocks(file: UploadFile) -> AsyncIterator[bytes]:
    while block := await file.read(_BLOCK):
        yield block


def _service(request: Request) -> ImportService:
    """The service, for those who may import."""
    user: User = user_of(request)
    require(user, Permission.IMPORT_CONTACTS)
    return services_of(request).imports


def _id(request: Request) -> int:
    import_id: int = request.path_params["import_id"]
    return import_id


def _go_to(import_id: int) -> Response:
    return Response(status_code=204, headers={"HX-Redirect": f"/imports/{import_id}"})
