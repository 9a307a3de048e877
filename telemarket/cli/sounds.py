"""`telemarket sounds`: what callers are told."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from telemarket.calls.projects import ProjectService
from telemarket.calls.sound_use import sound_uses
from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import dry_run_option, json_option, open_database
from telemarket.core.clock import utc_now
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import duration
from telemarket.core.settings import Settings
from telemarket.sounds.install import Installer, Work
from telemarket.sounds.phrases import LANGUAGES
from telemarket.sounds.service import LARGEST_FILE, Sound, SoundService
from telemarket.sounds.speech import Speech

T = TypeVar("T")

_title = click.option("--title", default="", help="For people.")
_language = click.option("--language", type=click.Choice(LANGUAGES), help="For callers of this language only.")


@click.group("sounds")
def command() -> None:
    """Install what Telemarket says to callers; add sounds of your own."""


@command.command("install")
@click.option(
    "--language",
    "languages",
    type=click.Choice(LANGUAGES),
    multiple=True,
    default=LANGUAGES,
    help="This language only. Repeatable.  [default: all]",
)
@click.option("--engine", metavar="COMMAND", help="Speaks instead of [sounds] speech_command.")
@json_option
@dry_run_option
@pass_context
def install(context: Context, languages: tuple[str, ...], engine: str | None, as_json: bool, dry_run: bool) -> None:
    """Make every phrase that is missing or out of date.

    Phrases are joined from Asterisk's own recordings where these say the same, and spoken otherwise. Files you put
    there yourself stay.
    """
    settings = context.settings
    speech = Speech(engine or settings.sounds.speech_command)
    installer = Installer(settings.sounds_dir, speech, recordings_of(settings))
    work = installer.plan(languages)
    if not dry_run:
        carry_out(installer, work)
    made = {"recorded": work.recorded, "spoken": len(work.tasks) - work.recorded}
    if as_json:
        click.echo(msgspec.json.encode({**made, "current": work.current, "own": work.own}))
        return
    click.echo(
        f"{'Would make' if dry_run else 'Made'} {len(work.tasks)} phrases in {settings.sounds_dir}: {made['recorded']} "
        f"from Asterisk's recordings, {made['spoken']} spoken. {work.current} were there, {work.own} are your own."
    )


@command.command("list")
@json_option
@pass_context
def show(context: Context, as_json: bool) -> None:
    """Show your own sounds."""
    sounds = _run(context, lambda service: service.all())
    if as_json:
        click.echo(msgspec.json.encode(sounds))
    for sound in () if as_json else sounds:
        click.echo(f"{_called(sound):<44} {duration(sound.seconds):>6}  {sound.title or sound.text[:60] or sound.file}")


@command.command("add")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_language
@_title
@dry_run_option
@pass_context
def add(context: Context, name: str, file: Path, language: str | None, title: str, dry_run: bool) -> None:
    """Keep FILE, a WAV, MP3, OGG or FLAC, as the sound NAME, in the place of an earlier one."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InvalidInput(f"{file}: cannot be read: {error.strerror}.", field="file") from error
    sound = _run(
        context,
        lambda service: service.upload(name, data, language=language or "", title=title, file=file.name),
        dry_run=dry_run,
    )
    click.echo(f"{'Would keep' if dry_run else 'Kept'} {_called(sound)}, {duration(sound.seconds)}.")


@command.command("say")
@click.argument("name")
@click.argument("text")
@click.option("--language", type=click.Choice(LANGUAGES), required=True, help="The text's language.")
@_title
@dry_run_option
@pass_context
def say(context: Context, name: str, text: str, language: str, title: str, dry_run: bool) -> None:
    """Keep TEXT, spoken, as the sound NAME, in the place of an earlier one."""
    sound = _run(context, lambda service: service.say(name, text, language=language, title=title), dry_run=dry_run)
    click.echo(f"{'Would keep' if dry_run else 'Kept'} {_called(sound)}, {duration(sound.seconds)}.")


@command.command("remove")
@click.argument("name")
@_language
@dry_run_option
@pass_context
def remove(context: Context, name: str, language: str | None, dry_run: bool) -> None:
    """Forget the sound NAME. Refused while a project uses it."""
    _run(context, lambda service: service.remove(name, language or ""), dry_run=dry_run)
    click.echo(f"{'Would remove' if dry_run else 'Removed'} {name}.")


def carry_out(installer: Installer, work: Work) -> None:
    """Make the phrases, and show on a terminal how far it is."""
    if not work.tasks:
        return
    with click.progressbar(
        installer.carry_out(work), length=len(work.tasks), label="Making phrases", file=sys.stderr
    ) as steps:
        for _ in steps:
            pass


def recordings_of(settings: Settings) -> list[Path]:
    """Asterisk's folders of sounds: those configured, and that of the PBX unpacked for this installation."""
    unpacked = settings.data_dir.absolute() / "pbx/rootfs/usr/share/asterisk/sounds"
    return [*map(Path, settings.sounds.recordings), unpacked]


def _run(context: Context, work: Callable[[SoundService], Awaitable[T]], *, dry_run: bool = False) -> T:
    async def run() -> T:
        settings = context.settings
        async with open_database(settings, dry_run=dry_run) as database:
            speech = Speech(settings.sounds.speech_command)
            uses = partial(sound_uses, ProjectService(database))
            return await work(SoundService(database, settings.sounds_dir, utc_now, speech, uses))

    return asyncio.run(run())


def _called(sound: Sound) -> str:
    return f"{sound.name} ({sound.language})" if sound.language else sound.name
