"""`telemarket agent`: the page of each call opens in the operator's own browser. Needs no configuration file."""

import asyncio
import sys
from pathlib import Path

import click

from telemarket.agent import account as accounts
from telemarket.agent import client as desk
from telemarket.agent.account import Account
from telemarket.agent.client import AgentClient, SignedOut
from telemarket.agent.opening import open_in_browser
from telemarket.core.errors import InvalidInput


@click.command("agent")
@click.argument("url", required=False)
@click.option("--login", help="Sign in as this person.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--print", "printing", is_flag=True, help="Print the addresses instead of opening them.")
@click.option("--sign-out", is_flag=True, help="End the sign-in, here and at the desk, and go off duty.")
def command(url: str | None, login: str | None, password_stdin: bool, printing: bool, sign_out: bool) -> None:
    """Open the page of each call that comes to you in your browser: your CRM's, or the desk's.

    URL is where the desk is, e.g. https://desk.example.com; it is asked for once, as are login and password. A token
    is kept in your own settings, the password is not.
    """
    folder = Path(click.get_app_dir("telemarket"))
    if sign_out:
        _sign_out(folder)
        return
    account = accounts.load(folder)
    if account is None or login or (url and accounts.clean_url(url) != account.url):
        account = _sign_in(folder, url or (account.url if account else ""), login, password_stdin)
    try:
        _run(account, printing)
    except SignedOut:
        accounts.forget(folder)
        if not sys.stdin.isatty():
            raise
        click.echo("Your sign-in has ended.", err=True)
        _run(_sign_in(folder, account.url, account.login, password_stdin), printing)


def _sign_out(folder: Path) -> None:
    try:
        if account := accounts.load(folder):
            asyncio.run(desk.sign_out(account))
    finally:
        accounts.forget(folder)


def _run(account: Account, printing: bool) -> None:
    client = AgentClient(account, _print if printing else open_in_browser, lambda text: click.echo(text, err=True))
    click.echo(f"Waiting for the calls of {account.login} at {account.url}. Ctrl-C ends.", err=True)
    try:
        asyncio.run(client.run())
    except KeyboardInterrupt:
        click.echo("", err=True)


async def _print(address: str) -> bool:
    click.echo(address)
    sys.stdout.flush()
    return True


def _sign_in(folder: Path, url: str, login: str | None, password_stdin: bool) -> Account:
    if not (password_stdin or sys.stdin.isatty()):
        raise InvalidInput("No terminal to sign in on.", remedy="Start it in a terminal once, or use --password-stdin.")
    url = accounts.clean_url(url or click.prompt("Address of the desk", err=True))
    login = login or click.prompt("Login", err=True)
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, err=True)
    account = asyncio.run(desk.sign_in(url, login, password))
    accounts.keep(folder, account)
    return account
