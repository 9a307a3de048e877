"""`telemarket plugin`: what is loaded, and a new one to begin with."""

from pathlib import Path
from typing import get_args

import click
import msgspec

from telemarket.cli.main import Context, pass_context
from telemarket.cli.quiet import quiet_logs
from telemarket.cli.storage import json_option
from telemarket.core.errors import InvalidInput
from telemarket.plugins import PluginManager
from telemarket.plugins.manager import Plugin
from telemarket.plugins.scaffold import Kind, make_plugin


@click.group("plugin")
def command() -> None:
    """See which plugins are loaded, and make new ones."""


@command.command("list")
@json_option
@pass_context
def list_plugins(context: Context, /, as_json: bool) -> None:
    """List the plugins, what they bring and what is wrong with them.

    Loads them as the daemon does: their code runs.
    """
    quiet_logs()
    manager = PluginManager(context.settings.plugins)
    manager.load()
    plugins = manager.inventory()
    if as_json:
        click.echo(msgspec.json.encode({"plugins": plugins, "problems": manager.problems}))
        return
    for plugin in plugins:
        click.echo(f"{plugin.name}  ({plugin.origin})")
        for line in _brings(plugin):
            click.echo(f"  {line}")
    if not plugins:
        click.echo("No plugins are loaded.")
    for problem in manager.problems:
        click.echo(f"Problem of {problem.plugin}, {problem.where}: {problem.what}", err=True)


@command.command("new")
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(get_args(Kind)), default="backend", show_default=True, help="What it is to bring."
)
@click.option(
    *("--dir", "folder"),
    type=click.Path(file_okay=False, writable=True, path_type=Path),
    default=Path(),
    help="Folder to make it in. Default: this one.",
)
def new(name: str, kind: Kind, folder: Path) -> None:
    """Make the package telemarket-NAME, a plugin that works and whose tests pass, to be filled with your own.

    NAME is lower-case letters, digits, - and _.
    """
    try:
        package = make_plugin(name, kind, folder)
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be written: {error.strerror}.", field="dir") from error
    click.echo(f"Made {package}. Next:")
    click.echo(f"  cd {package} && pip install -e . --group dev && python -m pytest")


def _brings(plugin: Plugin) -> list[str]:
    parts = [
        ("backends of the kind", plugin.backend_kinds),
        ("AGI hooks", plugin.agi_hooks),
        ("pages", tuple(f"/plugins/{name}" for name in plugin.pages)),
    ]
    lines = [f"{what} {', '.join(names)}" for what, names in parts if names]
    return [*lines, *(["is told of calls"] if plugin.call_events else [])]
