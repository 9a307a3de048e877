"""Progress of something long, on stderr."""

import sys

import click

_WIDTH = 78


def show_step(step: str) -> None:
    """One line that changes on a terminal, one line a step elsewhere."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{step[:_WIDTH]}", nl=False, err=True)
    else:
        click.echo(step, err=True)


def end_steps() -> None:
    """Clear the changing line."""
    if sys.stderr.isatty():
        click.echo("\r\033[K", nl=False, err=True)
