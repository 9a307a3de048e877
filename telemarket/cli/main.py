"""The `telemarket` command. Each subcommand lives in a module of its own, imported only when called."""

import sys
from importlib import import_module
from pathlib import Path

import click

from telemarket.core.errors import TelemarketError
from telemarket.core.settings import Settings, load_settings

# name -> (module, one line for the overview); every module offers a click command or group called `command`.
COMMANDS = {
    "run": ("telemarket.cli.run", "Run the daemon."),
    "demo": ("telemarket.cli.demo", "Start a demonstration call centre on this machine."),
    "pbx": ("telemarket.cli.pbx", "Start, stop or describe a private Asterisk; write its configuration."),
    "check": ("telemarket.cli.check", "Find what is wrong with this installation and how to mend it."),
    "db": ("telemarket.cli.db", "Create or upgrade the database."),
    "user": ("telemarket.cli.user", "Manage people who sign in."),
    "project": ("telemarket.cli.project", "Manage projects, their numbers, operators and plans."),
    "choices": ("telemarket.cli.choices", "Manage the lists operators pick from: topics, pauses and others."),
    "contacts": ("telemarket.cli.contacts", "Look contacts up, join doubles, hand out or erase one person's data."),
    "campaign": ("telemarket.cli.campaign", "Plan outbound campaigns, start and pause them, fill their lists."),
    "nightly": ("telemarket.cli.nightly", "Do now what the daemon does every night for campaigns."),
    "import": ("telemarket.cli.import_", "Import contacts from a spreadsheet; undo an import."),
    "simulate": ("telemarket.cli.simulate", "Try a day out in virtual time; count the operators it needs."),
    "sounds": ("telemarket.cli.sounds", "Install what callers are told; add sounds of your own."),
    "recordings": ("telemarket.cli.recordings", "Check, list, hold and delete recordings."),
    "backend": ("telemarket.cli.backend", "List, check and synchronise sources of contacts."),
    "plugin": ("telemarket.cli.plugin", "See which plugins are loaded; make a new one."),
    "agent": ("telemarket.cli.agent", "Open the page of each of your calls in your browser."),
    "queue-log": ("telemarket.cli.queue_log", "Import the history app_queue has written itself."),
    "watchdog": ("telemarket.cli.watchdog", "Send waiting callers to the fallback when the daemon is dead."),
}


class Context:
    """What every subcommand gets: settings read once, on demand."""

    def __init__(self, config: Path | None) -> None:
        self.config = config
        self._settings: Settings | None = None

    @property
    def settings(self) -> Settings:
        """The settings of --config and the environment."""
        if self._settings is None:
            self._settings = load_settings(self.config)
        return self._settings


pass_context = click.make_pass_decorator(Context)


class _Commands(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = import_module(COMMANDS[name][0]).command
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="TELEMARKET_CONFIG",
    help="Configuration file (TOML).",
)
@click.version_option(package_name="telemarket")
@click.pass_context
def cli(context: click.Context, config: Path | None) -> None:
    """Telemarket: a contact centre for Asterisk."""
    context.obj = Context(config)


def main() -> None:
    """Entry point: an expected error ends with its text on stderr and status 1, without a traceback."""
    try:
        cli()
    except TelemarketError as error:
        click.echo(f"telemarket: {error}", err=True)
        sys.exit(1)
