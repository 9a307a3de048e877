"""What README, docs and the example configuration say holds."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from telemarket.asterisk.ami import AmiClient
from telemarket.calls.engine import Engine
from telemarket.calls.metrics import CallMetrics
from telemarket.calls.projection import CallProjection
from telemarket.calls.recordings import Recorder
from telemarket.calls.views import AgentState
from telemarket.cli.main import cli
from telemarket.core.bus import EventBus
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.journal import JournalWriter
from telemarket.core.settings import Settings, load_settings
from telemarket.desk.words import CALL_RESULTS, REASONS
from telemarket.recordings.room import RecordingRoom

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLE = ROOT / "config/telemarket.toml"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "plugins").glob("*/README.md"))]
GENERATED = DOCS / "reference/commands.md"


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", _without_blocks(page.read_text(encoding="utf-8"))):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{_name(page)}: {link}"
        assert not anchor or anchor in _anchors(target), f"{_name(page)}: {link}"


def test_the_table_of_contents_leads_to_every_page() -> None:
    index = DOCS / "index.md"
    links = re.findall(r"\]\(([^)#\s]+)\)", index.read_text(encoding="utf-8"))
    told = {(DOCS / link).resolve() for link in links}
    assert set(DOCS.rglob("*.md")) - {index} <= told


def _command_lines(page: Path) -> Iterator[str]:
    """What follows "telemarket" in console blocks and in code within sentences."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)
    lines = [line for language, block in blocks if language in ("", "console") for line in block.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", _without_blocks(text))
    for line in lines:
        found = re.match(r"(?:\$ )?(?:runuser -u telemarket -- )?(?:\S*/bin/)?telemarket (\S.*)", line.strip())
        if found and found[1] != "…" and ": " not in line:
            yield found[1]


@pytest.mark.parametrize("page", [page for page in PAGES if page != GENERATED], ids=_name)
def test_commands_can_be_typed_as_shown(page: Path) -> None:
    for line in _command_lines(page):
        _parse(cli, shlex.split(line), line)


def _parse(command: click.Command, arguments: list[str], line: str, parent: click.Context | None = None) -> None:
    """Let click read `arguments`, and those of the subcommand they name, without running anything."""
    if not arguments:  # a sentence that only names the command
        return
    context = click.Context(command, parent, **command.context_settings)
    try:
        rest = click.Command.parse_args(command, context, list(arguments))
    except click.ClickException as error:
        pytest.fail(f"telemarket {line}: {error.format_message()}")
    except click.exceptions.Exit:  # --help, --version
        return
    if isinstance(command, click.Group) and rest:
        child = command.get_command(context, rest[0])
        assert child is not None, f"telemarket {line}: there is no {rest[0]}"
        _parse(child, rest[1:], line, context)


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field.default


def _flat(values: dict[str, Any], known: set[str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and f"{prefix}{name}" not in known:
            yield from _flat(value, known, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def test_the_example_configuration_can_be_used_as_it_is() -> None:
    assert load_settings(EXAMPLE) == load_settings()


def test_the_example_configuration_has_every_setting_at_its_default() -> None:
    defaults = dict(_keys(Settings))
    uncommented = re.sub(r"^# (?=\w+ = )", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.M)
    told = dict(_flat(tomllib.loads(uncommented), set(defaults)))
    # What has no default stands in an indented example.
    shown = {name for name, default in defaults.items() if default is None}
    for name in shown:
        assert re.search(rf"^#   {name.rpartition('.')[2]} = ", uncommented, re.M), name
    assert told.keys() == defaults.keys() - shown
    for name, value in told.items():
        default = defaults[name]
        secret = getattr(default, "get_secret_value", None)
        plain = secret() if secret else str(default) if isinstance(default, Path) else default
        assert value == plain, name


def _first_cells(page: str, heading: str) -> list[str]:
    """The code in the first column of the table below `heading`."""
    text = (DOCS / "reference" / page).read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    return [code for cell in cells for code in re.findall(r"`([^`]+)`", cell)]


def test_every_metric_is_told(tmp_path: Path) -> None:
    registry, bus = CollectorRegistry(), EventBus()
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'telemarket.db'}")
    journal = JournalWriter(database, CallProjection("sqlite"))
    recorder = Recorder(AmiClient("127.0.0.1", 1, "", ""), Path(), "", 0)
    CallMetrics(registry, bus, Engine().floor, journal, recorder)
    room = RecordingRoom(Settings(data_dir=tmp_path), database, bus, utc_now)
    room.measure(registry)
    room.close()
    there = {
        family.name + "_total" * (family.type == "counter"): family.type  # as Prometheus is shown it
        for family in registry.collect()
    }
    text = (DOCS / "reference/metrics.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)(?:\{\w+\})?` \| (\w+) \|", text, re.M))
    assert told == there


def test_every_result_reason_and_kind_of_journal_entry_is_told() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "telemarket/calls").glob("*.py"))
    kinds = set(re.findall(r'"((?:call|agent|channel|recording|voicemail)\.[a-z_]+)"', sources))
    assert set(_first_cells("call-results.md", "The journal")) == kinds
    assert set(_first_cells("call-results.md", "Results of a call")) == CALL_RESULTS.keys() - {""}
    assert set(_first_cells("call-results.md", "Why an operator is paused or offline")) >= REASONS.keys()


def test_every_state_of_an_operator_is_told() -> None:
    text = (DOCS / "reference/live-stream.md").read_text(encoding="utf-8")
    for state in AgentState:
        assert f"`{state}`" in text
