"""What may be said about a project, and what of it is refused."""

import re
from collections.abc import Iterable
from typing import TypedDict

from telemarket.calls.crm_url import backend_of, check_crm_url
from telemarket.calls.model import Project
from telemarket.calls.plan import Plan
from telemarket.calls.recordings import check_format
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.text import clean_line

NUMBER = re.compile(r"[0-9A-Za-z._-]{1,20}")
DNIS = re.compile(r"[0-9A-Za-z+*#._-]{1,40}")
_MUSIC_CLASS = re.compile(r"[A-Za-z0-9_-]{1,80}")
RANKS = range(100)
_SECONDS = {"ring_seconds": range(5, 301), "wrapup_seconds": range(3601)}
_RETENTION_DAYS = range(36_501)
_CRM_OPEN = ("", "window", "frame")


class ProjectFields(TypedDict, total=False):
    """Fields of a project; see `Project` for the meaning. `dnis` replaces all its numbers."""

    name: str
    dnis: Iterable[str]
    music_class: str
    ring_seconds: int
    wrapup_seconds: int
    record: bool
    recording_format: str
    recording_stereo: bool
    retention_days: int
    crm_url: str
    crm_open: str
    show_card: bool
    active: bool
    plan: Plan


def clean(fields: ProjectFields) -> ProjectFields:
    """The fields as they are kept. Raises InvalidInput naming the field; the plan is looked at elsewhere."""
    kept = fields.copy()
    if "name" in kept:
        kept["name"] = clean_line(kept["name"], field="name", limit=200, required=True)
    if "dnis" in kept:
        kept["dnis"] = tuple(dict.fromkeys(kept["dnis"]))
        for number in kept["dnis"]:
            check_pattern(DNIS, number, "dnis")
    if "music_class" in kept:
        check_pattern(_MUSIC_CLASS, kept["music_class"], "music_class")
    for name, allowed in _SECONDS.items():
        if name in kept and kept[name] not in allowed:  # type: ignore[literal-required]
            raise InvalidInput(
                N_("It must be from %(least)s to %(most)s seconds.", least=allowed[0], most=allowed[-1]), field=name
            )
    if "recording_format" in kept:
        check_format(kept["recording_format"])
    if kept.get("retention_days", 0) not in _RETENTION_DAYS:
        raise InvalidInput(N_("It must be from 0 (for ever) to 36500 days."), field="retention_days")
    return kept


def check_crm(url: str, opened: str) -> None:
    """Whether an outside CRM can be opened so. Raises InvalidInput naming the field."""
    if opened not in _CRM_OPEN:
        raise InvalidInput(
            N_("It must be one of: %(allowed)s.", allowed=", ".join(filter(None, _CRM_OPEN))), field="crm_open"
        )
    if url:
        check_crm_url(url)
        if backend_of(url) and opened == "frame":
            raise InvalidInput(N_("A source's own page opens in a window, not in the desk."), field="crm_open")
    elif opened:
        raise InvalidInput(N_("An outside CRM needs its address."), field="crm_url")


def check_pattern(pattern: re.Pattern[str], value: str, field: str) -> None:
    """Raises InvalidInput unless `value` is written so."""
    if not pattern.fullmatch(value):
        raise InvalidInput(N_("“%(value)s” cannot be used here.", value=value[:80]), field=field)


def check_range(allowed: range, value: int, field: str) -> None:
    """Raises InvalidInput unless `value` is among those allowed."""
    if value not in allowed:
        raise InvalidInput(
            N_("It must be from %(least)s to %(most)s.", least=allowed[0], most=allowed[-1]), field=field
        )


def changed_fields(old: Project, new: Project) -> list[str]:
    """Names of the fields in which two states of a project differ: `name`, `plan.hours`…"""
    plain = [name for name in Project.__struct_fields__ if name != "plan" and getattr(old, name) != getattr(new, name)]
    planned = [f"plan.{name}" for name in Plan.__struct_fields__ if getattr(old.plan, name) != getattr(new.plan, name)]
    return plain + planned
