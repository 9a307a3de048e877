"""Writes the generated pages of docs/reference from the code: python -m tools.generate_reference"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from telemarket.cli.main import COMMANDS, cli
from telemarket.core.settings import BackendSettings, ImportSource, Settings
from tools.backend_reference import backend_page
from tools.plan_reference import plan_page

FOLDER = Path(__file__).parents[1] / "docs/reference"
_SETTINGS = """# Settings

Generated from the code. Telemarket reads one TOML file (`telemarket --config FILE`, or the environment variable
`TELEMARKET_CONFIG`). Every key can be overridden by an environment variable: `ari_password` of the section
`[asterisk]` by `TELEMARKET_ASTERISK__ARI_PASSWORD`. An unknown key is refused by name.
"""
_COMMANDS = """# Commands

Generated from the code. An error that a person can mend is one sentence on the standard error, with exit status 1.
"""


def settings_page() -> str:
    """Every key by section, with its default and meaning."""
    plain = {name: field for name, field in Settings.model_fields.items() if not _section(field)}
    parts = [_SETTINGS, "## Above all sections\n", _table(plain)]
    for name, field in Settings.model_fields.items():
        if section := _section(field):
            parts += [f"## [{name}]\n", _table(section.model_fields)]
    parts += ["## [backends.NAME]\n", _table(BackendSettings.model_fields)]
    parts += ["## [imports.sources.NAME]\n", _table(ImportSource.model_fields)]
    return "\n".join(parts)


def commands_page() -> str:
    """Every command with its arguments and options."""
    parts = [_COMMANDS]
    context = click.Context(cli, info_name="telemarket", **cli.context_settings)
    parts.append(_help("telemarket", cli, context))
    for name in COMMANDS:
        command = import_module(COMMANDS[name][0]).command
        parts += _commands(f"telemarket {name}", command, context)
    return "\n".join(parts)


def _commands(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name.rpartition(" ")[2], parent=parent)
    yield _help(name, command, context)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None  # noqa: S101
            yield from _commands(f"{name} {child}", found, context)


def _help(name: str, command: click.Command, context: click.Context) -> str:
    context.terminal_width = 100
    context.max_content_width = 100
    return f"## {name}\n\n```\n{command.get_help(context)}\n```\n"


def _section(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _table(fields: dict[str, FieldInfo]) -> str:
    rows = [f"| `{name}` | {_default(field)} | {field.description} |" for name, field in fields.items()]
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *rows]) + "\n"


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required() or value is None or isinstance(value, SecretStr) or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if isinstance(value, (int, float, list)) else f'`"{value}"`'


def main() -> None:
    """Write every page."""
    (FOLDER / "settings.md").write_text(settings_page(), encoding="utf-8")
    (FOLDER / "commands.md").write_text(commands_page(), encoding="utf-8")
    (FOLDER / "backend-contract.md").write_text(backend_page(), encoding="utf-8")
    (FOLDER / "project-plan.md").write_text(plan_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
