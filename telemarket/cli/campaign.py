"""`telemarket campaign`: plan outbound campaigns, start and pause them, fill their lists."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import msgspec

from telemarket.calls.plan_text import convert
from telemarket.calls.views import DialMode
from telemarket.cli import campaign_leads, do_not_call
from telemarket.cli.campaign_services import Services, with_services
from telemarket.cli.main import Context, pass_context
from telemarket.cli.storage import dry_run_option, json_option
from telemarket.core.errors import InvalidInput
from telemarket.dialer.counts import Counts
from telemarket.dialer.model import Campaign, CampaignState, Terms
from telemarket.dialer.profiles import PROFILES
from telemarket.dialer.terms_rules import check_terms

LIVE = "A running daemon takes it over within ten seconds."
_campaign = click.argument("campaign_id", metavar="CAMPAIGN", type=int)


@click.group("campaign")
def command() -> None:
    """Plan outbound campaigns, start and pause them, fill their lists. CAMPAIGN is a campaign's number."""


for _further in (campaign_leads.add_leads, campaign_leads.export, do_not_call.command):
    command.add_command(_further)


@command.command("list")
@json_option
@pass_context
def show_all(context: Context, as_json: bool) -> None:
    """Show every campaign."""
    found = with_services(context.settings, lambda services: services.campaigns.all())
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    for each in () if as_json else found:
        click.echo(_described(each))


@command.command("show")
@_campaign
@json_option
@pass_context
def show(context: Context, campaign_id: int, as_json: bool) -> None:
    """Show CAMPAIGN: its plan, its leads counted, and what keeps it from being started."""

    async def work(services: Services) -> tuple[Campaign, Counts, list[str]]:
        campaign = await services.campaigns.get(campaign_id)
        problems = await services.campaigns.problems(campaign)
        return campaign, await services.campaigns.counts(campaign_id), list(problems)

    campaign, counts, problems = with_services(context.settings, work)
    if as_json:
        told = {"campaign": campaign, "counts": counts, "problems": [str(problem) for problem in problems]}
        click.echo(msgspec.json.encode(told).decode())
        return
    click.echo(_described(campaign))
    for title, counted in (("leads", counts.leads), ("attempts", counts.outcomes)):
        click.echo(f"{title}: {', '.join(f'{count} {name}' for name, count in sorted(counted.items())) or 'none'}")
    for problem in problems:
        click.echo(f"not ready: {problem}")


@command.command("create")
@click.argument("project")
@click.argument("name")
@click.option("--mode", type=click.Choice([mode.value for mode in DialMode]), default="preview", show_default=True)
@click.option("--profile", type=click.Choice(list(PROFILES)), help="The law it keeps to.  [default: ua]")
@click.option("--terms", "file", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="JSON with its terms, alone or as `show --json` prints a campaign.")  # fmt: skip
@dry_run_option
@pass_context
def create(
    context: Context, /, project: str, name: str, mode: str, profile: str | None, file: Path | None, dry_run: bool
) -> None:
    """Add a campaign called NAME to the project with the number PROJECT, a draft."""

    terms = _read_terms(file) if file else None
    if profile:
        terms = msgspec.structs.replace(terms or Terms(), profile=PROFILES[profile])
    if terms:
        check_terms(terms)

    async def work(services: Services) -> Campaign:
        of = (await services.projects.project(project)).id
        made = await services.campaigns.create(project_id=of, name=name, mode=DialMode(mode), user=None)
        if terms is None or dry_run:
            return made
        planned = {field: getattr(made, field) for field in ("name", "mode", "priority", "starts_at", "ends_at")}
        return await services.campaigns.update(made.id, **planned, terms=terms, user=None)

    made = with_services(context.settings, work, dry_run=dry_run)
    click.echo(f"Would create “{made.name}”." if dry_run else f"Created {_described(made)}.")


@command.command("start")
@_campaign
@dry_run_option
@pass_context
def start(context: Context, campaign_id: int, dry_run: bool) -> None:
    """Start CAMPAIGN, or let it go on."""
    started = _change(context, lambda s: s.campaigns.set_state(campaign_id, CampaignState.RUNNING, None), dry_run)
    click.echo(f"{'Would start' if dry_run else 'Started'} {_described(started)}. {LIVE}")


@command.command("pause")
@_campaign
@dry_run_option
@pass_context
def pause(context: Context, campaign_id: int, dry_run: bool) -> None:
    """Pause CAMPAIGN: nobody more is called."""
    paused = _change(context, lambda s: s.campaigns.set_state(campaign_id, CampaignState.PAUSED, None), dry_run)
    click.echo(f"{'Would pause' if dry_run else 'Paused'} {_described(paused)}. {LIVE}")


def _read_terms(file: Path) -> Terms:
    """The terms in `file`, in which a campaign may stand around them. Raises InvalidInput."""
    try:
        told = msgspec.json.decode(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        remedy = "Give a file in UTF-8 as `telemarket campaign show --json` prints it."
        raise InvalidInput(f"{file} cannot be read: {error}.", field="terms", remedy=remedy) from error
    for around in ("campaign", "terms"):
        told = told[around] if isinstance(told, dict) and around in told else told
    return convert(told, Terms, "terms")


def _change(context: Context, change: Callable[[Services], Awaitable[Campaign]], dry_run: bool) -> Campaign:
    return with_services(context.settings, change, dry_run=dry_run)


def _described(campaign: Campaign) -> str:
    return f"{campaign.id} {campaign.name} [{campaign.mode}, {campaign.state}, priority {campaign.priority}]"
