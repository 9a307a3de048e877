"""`telemarket pbx`: a private Asterisk, or the configuration for one's own."""

from pathlib import Path

import click
import msgspec

from telemarket.asterisk.pbx.configuration import Access, write_fragments
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.programs import Asterisk, find_asterisk
from telemarket.asterisk.pbx.provide import provide_asterisk
from telemarket.cli.main import Context, pass_context
from telemarket.cli.progress import show_step
from telemarket.cli.sounds import carry_out
from telemarket.core.settings import Settings
from telemarket.sounds.errors import SpeechUnavailable
from telemarket.sounds.install import Installer
from telemarket.sounds.speech import Speech

folder_option = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the private PBX.  [default: pbx/ in data_dir]",
)


@click.group()
def command() -> None:
    """Start, stop or describe a private Asterisk on this machine; write the configuration for your own."""


@command.command()
@folder_option
@pass_context
def up(context: Context, folder: Path | None) -> None:
    """Start it, unpacking an Asterisk first if this machine has none. Does nothing if it runs."""
    folder = folder or _default_folder(context)
    asterisk = provide_asterisk(folder / "rootfs", show_step)
    _install_sounds(context.settings, asterisk)
    instance = Instance(folder / "instance", asterisk, app=context.settings.asterisk.app).up()
    click.echo(f"Asterisk {asterisk.version} runs in {instance.folder}.")
    click.echo(
        f"ARI  {instance.ari_url}\nSIP  {instance.sip_address} (UDP and TCP)\nAMI  127.0.0.1:{instance.ports.ami}"
    )


@command.command()
@folder_option
@pass_context
def down(context: Context, folder: Path | None) -> None:
    """Stop it. Does nothing if it does not run."""
    instance = _existing(context, folder)
    if instance.pid() is None:
        click.echo(f"No Asterisk runs in {instance.folder}.")
        return
    instance.down()
    click.echo(f"Stopped the Asterisk in {instance.folder}.")


@command.command()
@folder_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_context
def status(context: Context, folder: Path | None, as_json: bool) -> None:
    """Tell whether it runs and where it listens. Exit status 1 if it does not run."""
    state = _existing(context, folder).status()
    if as_json:
        click.echo(msgspec.json.encode(state))
    else:
        for name, value in msgspec.structs.asdict(state).items():
            click.echo(f"{name.replace('_', ' '):14} {value}")
    if not state.running:
        raise SystemExit(1)


@command.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--endpoints-file",
    default="pjsip_operators.conf",
    show_default=True,
    help="Where Telemarket will write operators' telephones, as Asterisk sees it.",
)
@pass_context
def config(context: Context, folder: Path, endpoints_file: str) -> None:
    """Write the files your own Asterisk includes into FOLDER, with new passwords."""
    settings = context.settings.asterisk
    access = msgspec.structs.replace(
        Access.generate(settings.app),
        ari_user=settings.ari_user,
        ami_user=settings.ami_user,
        following_user=context.settings.following.ami_user,
    )
    for path in write_fragments(folder, access, endpoints_file):
        click.echo(path)
    click.echo(
        "\nIn Telemarket's configuration:\n[asterisk]\n"
        f'ari_password = "{access.ari_password}"\nami_password = "{access.ami_password}"\n\n'
        f'[following]\nami_password = "{access.following_password}"'
    )


def _install_sounds(settings: Settings, asterisk: Asterisk) -> None:
    """So that announcements can be heard; without a speech program the PBX starts nevertheless."""
    recordings = [asterisk.data / "sounds"] if asterisk.data else list(map(Path, settings.sounds.recordings))
    installer = Installer(settings.sounds_dir, Speech(settings.sounds.speech_command), recordings)
    try:
        carry_out(installer, installer.plan())
    except SpeechUnavailable as error:
        click.echo(f"Callers will hear no announcements: {error}", err=True)


def _default_folder(context: Context) -> Path:
    return context.settings.data_dir.absolute() / "pbx"


def _existing(context: Context, folder: Path | None) -> Instance:
    folder = folder or _default_folder(context)
    return Instance(folder / "instance", find_asterisk(folder / "rootfs"))
