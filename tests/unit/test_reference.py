"""The reference tells of everything there is, and of nothing else."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from telemarket.cli.main import COMMANDS
from telemarket.core.settings import PluginSettings
from telemarket.dialplan.agi import Status
from telemarket.hookspecs import AgiRequest, Hooks
from telemarket.plugins import PluginManager
from tools import backend_reference, generate_reference, plan_reference

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs/reference"


@pytest.mark.parametrize(
    ("page", "generate"),
    [
        ("settings.md", generate_reference.settings_page),
        ("commands.md", generate_reference.commands_page),
        ("backend-contract.md", backend_reference.backend_page),
        ("project-plan.md", plan_reference.plan_page),
    ],
)
def test_generated_pages_are_up_to_date(page: str, generate: Callable[[], str]) -> None:
    assert (REFERENCE / page).read_text(encoding="utf-8") == generate(), "python -m tools.generate_reference"


def test_every_hook_has_its_place_in_the_reference() -> None:
    hooks = {name for name in vars(Hooks) if name.startswith("telemarket_")}
    told = set(re.findall(r"^## `(telemarket_\w+)`", (REFERENCE / "hooks.md").read_text(encoding="utf-8"), re.M))
    assert told == hooks


def test_every_agi_variable_and_status_is_told() -> None:
    text = (REFERENCE / "agi-hooks.md").read_text(encoding="utf-8")
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "telemarket/dialplan").glob("*.py"))
    for name in {"TELEMARKET_STATUS", *re.findall(r"TELEMARKET_[A-Z_]+", source), *Status}:
        assert f"`{name}`" in text


async def test_the_plugin_writers_first_example_works(tmp_path: Path) -> None:
    text = (ROOT / "docs/how-to/plugin-writer.md").read_text(encoding="utf-8")
    settings, plugin = (re.findall(rf"```{language}\n(.*?)```", text, re.S)[0] for language in ("toml", "python"))
    (tmp_path / "tariff.py").write_text(plugin)
    configured = PluginSettings.model_validate({**tomllib.loads(settings)["plugins"], "folder": tmp_path})
    manager = PluginManager(configured)
    manager.load()
    request = AgiRequest(name="tariff", arguments={}, variables={"agi_callerid": "0441234567"})
    assert await manager.agi_hooks()["tariff"](request) == {"TARIFF": "standard"}
    assert manager.problems == ()


@pytest.mark.parametrize("unit", ["telemarket", "telemarket-watchdog"])
def test_units_start_commands_that_exist(unit: str) -> None:
    text = (ROOT / f"etc/systemd/{unit}.service").read_text(encoding="utf-8")
    started = re.search(r"^ExecStart=\S+ --config \S+ (\w+)$", text, re.M)
    assert started
    assert started[1] in COMMANDS
