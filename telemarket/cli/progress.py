"""Progress of something long, on stderr."""

import sys

import click

_WIDTH = 78


def show_step(step: str) -> None:
    """One line that changes on a terminal, and is overwritten by what comes after; one line a step elsewhere."""
    if sys.stderr.isatty():
        click.echo(f"\033[K{step[:_WIDTH]}\r", nl=False, err=True)
    else:
        click.echo(step, err=True)


def end_steps() -> None:
    """Wipe the last step away."""
    if sys.stderr.isatty():
        click.echo("\033[K", nl=False, err=True)
