"""A plugin made from the template works as it is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from telemarket.cli.main import cli
from telemarket.core.errors import InvalidInput
from telemarket.core.settings import load_settings
from telemarket.plugins.scaffold import KINDS, Kind, make_plugin

ROOT = Path(__file__).parents[2]


def run(folder: Path, *command: str, stderr: int = subprocess.STDOUT) -> str:
    """What a module prints, run as a command; fails with that if its status is not 0."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, stdout=subprocess.PIPE, stderr=stderr, timeout=120
    )
    text = done.stdout.decode()
    assert done.returncode == 0, text
    return text


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugins_tests_pass_without_a_change(tmp_path: Path, kind: Kind) -> None:
    package = make_plugin("acme-crm", kind, tmp_path)
    assert package == tmp_path / "telemarket-acme-crm"
    report = run(package, "pytest", "-q", "-W", "error", "-p", "no:cacheprovider")
    assert " passed" in report
    run(package, "ruff", "check", "--config", str(ROOT / "pyproject.toml"), "--select", "E,F,W,I,UP,B", ".")
    run(package, "ruff", "format", "--config", str(ROOT / "pyproject.toml"), "--check", ".")
    assert "{{" not in "".join(path.read_text(encoding="utf-8") for path in package.rglob("*.md"))


@pytest.mark.parametrize("name", ["Acme", "1c", "a b", "../x", "", "a" * 41])
def test_a_name_no_plugin_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="is no name"):
        make_plugin(name, "backend", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_configuration_of_the_readme_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (make_plugin("acme-crm", "backend", tmp_path) / "README.md").read_text()
    config = tmp_path / "telemarket.toml"
    config.write_text(re.findall(r"^```toml\n(.*?)^```", readme, re.M | re.S)[0])
    [variable] = re.findall(r"`(TELEMARKET_[A-Z_]+)`", readme)
    monkeypatch.setenv(variable, "a token")
    [source] = load_settings(config).backends.values()
    assert source.kind == "acme-crm"
    assert source.options == {"url": "https://example.com", "token": "a token"}


def test_what_is_there_already_is_left_alone(tmp_path: Path) -> None:
    package = make_plugin("acme", "agi", tmp_path)
    (package / "README.md").write_text("mine")
    with pytest.raises(InvalidInput, match="is there already"):
        make_plugin("acme", "backend", tmp_path)
    assert (package / "README.md").read_text() == "mine"


def test_the_command_makes_one_and_says_what_comes_next(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["plugin", "new", "acme", "--kind", "page", "--dir", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "telemarket-acme/telemarket_acme/page.py").exists()
    assert "python -m pytest" in result.output


PLUGIN = """
from telemarket.hookspecs import hookimpl

@hookimpl
def telemarket_agi_hooks(context):
    return {"tariff": print}

@hookimpl
def telemarket_call_event(event):
    pass

@hookimpl
def telemarket_pages(context):
    raise LookupError("no licence")
"""


def test_the_list_tells_what_plugins_bring_and_what_is_wrong_with_them(tmp_path: Path) -> None:
    (tmp_path / "tariff.py").write_text(PLUGIN)
    (tmp_path / "telemarket.toml").write_text(f'[plugins]\nfolder = "{tmp_path}"\n')
    listing = ("telemarket", "--config", "telemarket.toml", "plugin", "list")
    told = run(tmp_path, *listing)
    for line in ("tariff  (", "AGI hooks tariff", "is told of calls", "telemarket_pages: LookupError: no licence"):
        assert line in told
    told = json.loads(run(tmp_path, *listing, "--json", stderr=subprocess.DEVNULL))
    [plugin] = [each for each in told["plugins"] if each["name"] == "tariff"]
    assert (plugin["agi_hooks"], plugin["pages"], plugin["call_events"]) == (["tariff"], [], True)
    [problem] = [each for each in told["problems"] if each["plugin"] == "tariff"]
    assert problem["where"] == "telemarket_pages"
