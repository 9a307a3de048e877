"""A supervisor's pages for campaigns, without a browser: who may, what is kept, what is refused and where."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import httpx
import msgspec
import pytest
from python_calamine import CalamineWorkbook
from websockets.exceptions import InvalidStatus

from telemarket.calls.plan import Hours
from telemarket.calls.views import DialMode
from telemarket.core.clock import utc_now
from telemarket.desk.campaign_forms import SECTIONS
from telemarket.dialer.model import Act, Campaign, LeadData, LeadState, Outcome
from telemarket.dialer.profiles import PROFILES
from tests.campaign import WHO, new_reminders
from tests.campaign_pictures import busy_view
from tests.desk import INNA, Desk, running_desk, signed_in, stream
from tests.forms import form_fields

FRAGMENT = {"HX-Request": "true"}


@dataclass
class Supervisor:
    """Someone who plans a campaign."""

    desk: Desk
    client: httpx.AsyncClient
    campaign_id: int

    async def get(self, path: str) -> str:
        answer = await self.client.get(path, headers=FRAGMENT)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    async def post(self, path: str, **fields: str) -> str:
        answer = await self.client.post(path, data=fields, headers=FRAGMENT)
        assert answer.status_code in (200, 204), answer.text
        return unescape(answer.text)

    @property
    def path(self) -> str:
        return f"/campaigns/{self.campaign_id}"

    async def form(self, path: str) -> dict[str, str]:
        """The fields of a form as they stand."""
        answer = await self.client.get(path, headers=FRAGMENT)
        return form_fields(answer.text, "plan-form")

    async def hand(self) -> dict[str, str]:
        """The form of the pace as it stands."""
        return form_fields((await self.client.get(self.path, headers=FRAGMENT)).text, "camp-pace")

    async def send(self, path: str, fields: dict[str, str], do: str = "save") -> str:
        answer = await self.client.post(path, data={**fields, "do": do}, headers=FRAGMENT)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def campaign(self) -> Campaign:
        return await self.desk.services.campaigns.get(self.campaign_id)

    async def add_leads(self, *numbers: str) -> None:
        rows = [LeadData(name=f"Клієнт {number[-2:]}", numbers=(number,)) for number in numbers]
        await self.desk.services.leads.add(self.campaign_id, rows, "test", None)

    async def row(self, path: str, cell: str) -> list[str]:
        """The one row of a table that has this cell."""
        text = (await self.client.get(path)).text.removeprefix("\ufeff")
        (row,) = [row for row in csv.reader(io.StringIO(text)) if cell in row]
        return row

    async def intake(self) -> str:
        """What became of the list that is being added."""
        async with asyncio.timeout(20):
            while True:
                status = await self.get(f"{self.path}/leads/add/status")
                if "every 1s" not in status:
                    return status
                await asyncio.sleep(0.02)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


@pytest.fixture
async def supervisor(desk: Desk) -> AsyncIterator[Supervisor]:
    campaign = await desk.services.campaigns.create(
        project_id=1, name="Нагадування", mode=DialMode.PROGRESSIVE, user=desk.senior.id
    )
    async with signed_in(desk, "iryna") as client:
        yield Supervisor(desk, client, campaign.id)


def saved(html: str) -> bool:
    return "result-answered" in html


async def test_operators_see_no_campaigns_and_seniors_only_look(desk: Desk, supervisor: Supervisor) -> None:
    one = supervisor.path
    looking = ["/campaigns", "/campaigns/-/rows", one]
    managing = [
        f"{one}/{part}" for part in ("settings/law", "leads", "leads/add", "leads.csv", "attempts.xlsx", "rules")
    ]
    managing += [
        "/do-not-call",
        "/do-not-call.csv",
        "/projects/077/results",
        f"{one}/leads/add/status",
        f"{one}/rules/0",
    ]
    acting = ["/campaigns", "/do-not-call", "/do-not-call/remove", "/do-not-call/import", "/projects/077/results"]
    acting += [f"{one}/{part}" for part in ("state", "pace", "copy", "settings/law", "rules/0", "leads/chosen")]
    acting += [f"{one}/leads/{part}" for part in ("again", "add/numbers", "add/contacts", "add/stop")]
    async with signed_in(desk, "olena") as operator:
        for path in looking + managing:
            assert (await operator.get(path)).status_code == 403, path
        for path in acting:
            assert (await operator.post(path, data={})).status_code == 403, path
    await desk.services.identity.update_user(desk.colleague.id, role="senior")
    async with signed_in(desk, "taras") as senior:
        for path in looking:
            assert (await senior.get(path)).status_code == 200, path
        assert "camp-start" not in (await senior.get(one)).text
        for path in managing:
            assert (await senior.get(path)).status_code == 403, path
        for path in acting:
            assert (await senior.post(path, data={})).status_code == 403, path


async def test_another_site_starts_nothing(supervisor: Supervisor) -> None:
    headers = {"Origin": "https://evil.example"}
    answer = await supervisor.client.post(f"{supervisor.path}/state", data={"state": "running"}, headers=headers)
    assert answer.status_code == 403


async def test_a_campaign_is_created_started_slowed_copied_and_ended(supervisor: Supervisor) -> None:
    answer = await supervisor.client.post(
        "/campaigns", data={"project_id": "1", "name": "Опитування", "mode": "preview"}
    )
    supervisor.campaign_id = int(answer.headers["HX-Redirect"].split("/")[2])
    refused = await supervisor.client.post(
        f"{supervisor.path}/state", data={"state": "running"}, headers={**FRAGMENT, "Accept": "application/json"}
    )
    assert refused.status_code == 422
    page = await supervisor.get(supervisor.path)
    assert f'{supervisor.path}/settings/lines"' in page
    assert f'{supervisor.path}/leads/add"' in page

    await supervisor.add_leads("+380672000001")
    fields = await supervisor.form(f"{supervisor.path}/settings/lines")
    assert saved(
        await supervisor.send(f"{supervisor.path}/settings/lines", fields | {"terms.caller_ids": "0444900077"})
    )
    assert "camp-pause" in await supervisor.post(f"{supervisor.path}/state", state="running")
    hand = await supervisor.hand() | {"terms.pace.slow": "40", "terms.pace.most_lines": "7"}
    hand["terms.pace.most_per_operator"] = "1,5"
    assert saved(await supervisor.post(f"{supervisor.path}/pace", **hand))
    pace = (await supervisor.campaign()).terms.pace
    assert (pace.slow, pace.most_lines, pace.most_per_operator) == (0.4, 7, 1.5)
    wrong = await supervisor.client.post(
        f"{supervisor.path}/pace", data=await supervisor.hand() | {"terms.pace.slow": "400"}, headers=FRAGMENT
    )
    assert (wrong.status_code, wrong.json()["field"]) == (422, "terms.pace.slow")

    answer = await supervisor.client.post(f"{supervisor.path}/copy", data={"name": "Ще одне"})
    copied = int(answer.headers["HX-Redirect"].split("/")[2])
    assert (await supervisor.desk.services.campaigns.get(copied)).terms.pace == pace
    assert "camp-start" in await supervisor.post(f"{supervisor.path}/state", state="finished")
    assert "Опитування" in await supervisor.get("/campaigns?state=finished")
    assert "Опитування" not in await supervisor.get("/campaigns?state=running")


async def test_a_running_campaign_shows_how_it_stands(supervisor: Supervisor) -> None:
    assert 'role="img"' in await supervisor.get(supervisor.path)
    supervisor.desk.watch.show(busy_view(supervisor.campaign_id, utc_now(), rate=0.013))
    page = await supervisor.get(supervisor.path)
    assert 'data-level="over"' in page
    assert "Марія Гнатюк" in page
    assert page.count('class="plot-dropped"') == 3
    assert 'data-level="over"' in await supervisor.get("/campaigns/-/rows")


async def test_a_legal_profile_fills_its_form_in_and_every_mistake_stands_at_its_field(supervisor: Supervisor) -> None:
    path = f"{supervisor.path}/settings/law"
    fields = await supervisor.form(path)
    filled = await supervisor.send(path, fields | {"terms.profile.name": "us-ftc"}, do="profile")
    fields = form_fields(filled, "plan-form")
    assert (fields["terms.profile.target"], "terms.profile.consent" in fields) == ("3", False)
    wrong = await supervisor.send(path, fields | {"terms.profile.target": "90", "terms.profile.window_days": "x"})
    assert 'id="terms.profile.window_days.problem-1"' in wrong
    assert not saved(wrong)
    wrong = await supervisor.send(path, fields | {"terms.profile.target": "90"})
    assert 'id="terms.profile.target.problem-1"' in wrong
    assert form_fields(wrong, "plan-form")["terms.profile.target"] == "90"
    assert saved(await supervisor.send(path, fields))
    assert (await supervisor.campaign()).terms.profile == PROFILES["us-ftc"]


async def test_a_form_saved_as_it_is_changes_nothing(supervisor: Supervisor) -> None:
    before = await supervisor.campaign()
    for section in SECTIONS:
        fields = await supervisor.form(f"{supervisor.path}/settings/{section}")
        assert saved(await supervisor.send(f"{supervisor.path}/settings/{section}", fields)), section
    assert await supervisor.campaign() == before


async def test_dates_trunks_and_retries_are_kept_as_filled_in(supervisor: Supervisor) -> None:
    path = f"{supervisor.path}/settings/basics"
    fields = await supervisor.form(path) | {"starts_at": "2027-01-11T09:00", "ends_at": "2027-01-10T09:00"}
    assert 'id="ends_at.problem-1"' in await supervisor.send(path, fields)
    assert saved(await supervisor.send(path, fields | {"ends_at": "2027-02-01T18:30", "mode": "preview"}))
    path = f"{supervisor.path}/settings/lines"
    added = form_fields(await supervisor.send(path, await supervisor.form(path), do="add:terms.trunks"), "plan-form")
    wrong = await supervisor.send(path, added)
    assert 'id="terms.trunks[1].endpoint.problem-1"' in wrong
    more = {"terms.trunks[1].endpoint": "PJSIP/{number}@kyivstar", "terms.trunks[1].prefixes": "+38067, +38068"}
    assert saved(await supervisor.send(path, added | more))
    path = f"{supervisor.path}/settings/attempts"
    fields = await supervisor.form(path)
    busy = next(name.removesuffix(".outcome") for name, value in fields.items() if value == Outcome.BUSY)
    declined = next(name.removesuffix(".outcome") for name, value in fields.items() if value == Outcome.DECLINED)
    del fields[f"{declined}.again"]
    assert f'id="{busy}.after.problem-1"' in await supervisor.send(path, fields | {f"{busy}.after": "0"})
    assert saved(await supervisor.send(path, fields | {f"{busy}.after": "20"}))
    campaign = await supervisor.campaign()
    assert campaign.mode is DialMode.PREVIEW
    assert campaign.starts_at is not None
    assert campaign.starts_at.isoformat() == "2027-01-11T07:00:00+00:00"
    assert campaign.terms.trunks[1].prefixes == ("+38067", "+38068")
    assert campaign.terms.retries[Outcome.BUSY].after == 1200
    assert Outcome.DECLINED not in campaign.terms.retries


async def test_nobody_overwrites_what_another_has_changed_meanwhile(supervisor: Supervisor) -> None:
    path = f"{supervisor.path}/settings/attempts"
    mine = await supervisor.form(path) | {"terms.most_attempts": "4"}
    assert saved(await supervisor.send(path, mine | {"terms.most_attempts": "5"}))
    refused = await supervisor.send(path, mine)
    assert not saved(refused)
    assert (await supervisor.campaign()).terms.most_attempts == 5
    again = form_fields(refused, "plan-form")
    assert again["terms.most_attempts"] == "4"
    assert saved(await supervisor.send(path, again))
    assert (await supervisor.campaign()).terms.most_attempts == 4


async def test_an_old_form_does_not_undo_anothers_hand_on_the_pace(supervisor: Supervisor) -> None:
    path = f"{supervisor.path}/pace"
    mine = await supervisor.hand() | {"terms.pace.slow": "80", "terms.pace.most_lines": "9"}
    assert saved(await supervisor.post(path, **await supervisor.hand() | {"terms.pace.slow": "0"}))
    refused = await supervisor.post(path, **mine)
    assert not saved(refused)
    assert "Не застосовано" in refused
    assert "0 %" in refused.split('role="alert"')[1].split("</div>")[0], "what the colleague has set is told"
    assert (await supervisor.campaign()).terms.pace.slow == 0
    again = form_fields(refused, "camp-pace")
    assert (again["terms.pace.slow"], again["terms.pace.most_lines"]) == ("80", "9")
    assert saved(await supervisor.post(path, **again))
    assert (await supervisor.campaign()).terms.pace.slow == 0.8


async def test_pasted_numbers_become_leads_and_what_cannot_be_called_comes_back_with_a_reason(
    supervisor: Supervisor,
) -> None:
    text = "067 200 00 01; Новоха Інна\n0672000001\nне номер\n+380442379028\tМельник"
    await supervisor.post(f"{supervisor.path}/leads/add/numbers", numbers=text)
    status = await supervisor.intake()
    assert "не номер" in status
    page = await supervisor.desk.services.leads.page(supervisor.campaign_id)
    assert [(lead.name, lead.numbers[0].number) for lead in page.leads] == [
        ("Новоха Інна", "+380672000001"),
        ("Мельник", "+380442379028"),
    ]
    nothing = await supervisor.client.post(
        f"{supervisor.path}/leads/add/numbers", data={"numbers": " "}, headers=FRAGMENT
    )
    assert (nothing.status_code, nothing.json()["field"]) == (422, "numbers")


async def test_contacts_within_a_filter_become_leads(supervisor: Supervisor) -> None:
    law = msgspec.structs.replace((await supervisor.campaign()).terms.profile, consent=False)
    fields = await supervisor.form(f"{supervisor.path}/settings/law")
    del fields["terms.profile.consent"]
    assert saved(await supervisor.send(f"{supervisor.path}/settings/law", fields))
    assert (await supervisor.campaign()).terms.profile == law
    assert "Новоха" in await supervisor.get(f"{supervisor.path}/leads/add/found?q=новоха")
    await supervisor.post(f"{supervisor.path}/leads/add/contacts", q="новоха")
    await supervisor.intake()
    found = (await supervisor.desk.services.leads.page(supervisor.campaign_id)).leads
    assert [lead.contact_id for lead in found] == [supervisor.desk.inna.id]
    shown = await supervisor.get(f"{supervisor.path}/leads/{found[0].id}")
    assert "+380 67 234 56 78" in shown


async def test_leads_are_found_closed_called_again_and_handed_out(supervisor: Supervisor, tmp_path: Path) -> None:
    await supervisor.add_leads(*(f"+38067200{number:04}" for number in range(60)))
    page = await supervisor.get(f"{supervisor.path}/leads")
    assert page.count('name="lead"') == 50
    more = page.split(f'hx-get="{supervisor.path}/leads?')[1].split('"')[0]
    assert (await supervisor.get(f"{supervisor.path}/leads?{more}")).count('name="lead"') == 10
    assert (await supervisor.get(f"{supervisor.path}/leads?q=%2B380672000007")).count('name="lead"') == 1
    first = (await supervisor.desk.services.leads.page(supervisor.campaign_id)).leads[0]
    await supervisor.post(f"{supervisor.path}/leads/chosen", lead=str(first.id), do="close")
    assert (await supervisor.get(f"{supervisor.path}/leads?state=closed")).count('name="lead"') == 1
    for path, empty in (
        ("leads/again", {"outcome": "", "disposition": ""}),
        ("leads/add/contacts", {"attribute": "Борг"}),
    ):
        answer = await supervisor.client.post(f"{supervisor.path}/{path}", data=empty, headers=FRAGMENT)
        assert answer.status_code == 422, "everybody was chosen by one press"
    await supervisor.post(f"{supervisor.path}/leads/chosen", lead=str(first.id), do="again")
    assert (await supervisor.desk.services.leads.lead(first.id)).state is LeadState.READY
    for kind, ending in (("leads", "csv"), ("leads", "xlsx"), ("attempts", "csv")):
        answer = await supervisor.client.get(f"{supervisor.path}/{kind}.{ending}")
        if ending == "csv":
            rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        else:
            rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert len(rows) == (61 if kind == "leads" else 1)
    for nothing in (f"{supervisor.path}/leads.exe", f"/campaigns/{10**20}", f"{supervisor.path}/leads/{10**20}"):
        assert (await supervisor.client.get(nothing)).status_code == 404


async def test_tables_speak_the_readers_language_by_the_projects_clock(desk: Desk, supervisor: Supervisor) -> None:
    campaign = await new_reminders(desk)
    at = datetime(2026, 1, 15, 22, 30, tzinfo=UTC)
    await campaign.attempt("a-1", desk.operator.id, at=at, outcome="skipped", reason="bad-time")
    one = f"/campaigns/{supervisor.campaign_id + 1}"
    skipped = await supervisor.row(f"{one}/attempts.csv", "пропустив оператор")
    assert "невдалий час" in skipped
    assert "16.01.2026 00:30:00" in skipped
    lead = await supervisor.row(f"{one}/leads.csv", WHO)
    assert "можна телефонувати" in lead
    project = (await desk.services.projects.list_all())[0].project
    almaty = msgspec.structs.replace(project.plan, hours=Hours(timezone="Asia/Almaty"))
    await desk.services.projects.update(project.number, plan=almaty)
    assert "16.01.2026 03:30:00" in await supervisor.row(f"{one}/attempts.csv", "пропустив оператор")


async def test_who_left_and_what_is_offered_no_more_keep_their_names(desk: Desk, supervisor: Supervisor) -> None:
    campaign = await new_reminders(desk)
    agreed = await campaign.offered("close")
    await campaign.attempt("a-1", desk.colleague.id, outcome="answered", disposition_id=agreed.id)
    await desk.services.do_not_call.add("+380672000001", user=desk.colleague.id, reason="просив")
    offered = await desk.services.dispositions.of_project(1)
    left = [each for each in offered if each.id != agreed.id]
    await desk.services.dispositions.save(1, left, desk.senior)
    await desk.services.identity.deactivate_user(desk.colleague.id)
    one = f"/campaigns/{supervisor.campaign_id + 1}"
    found = await desk.services.leads.page(supervisor.campaign_id + 1)
    page = await supervisor.get(f"{one}/leads/{found.leads[0].id}")
    assert desk.colleague.name in page
    assert agreed.name in page
    assert desk.colleague.name in await supervisor.get("/do-not-call")
    before = (await desk.services.lead_reader.read(campaign.call("c-2", DialMode.PREVIEW))).before
    assert [(call.operator, call.came_to) for call in before] == [(desk.colleague.name, agreed.name)]


async def test_the_list_of_those_not_to_be_called(supervisor: Supervisor) -> None:
    await supervisor.post("/do-not-call", number="067 200 00 01", project="0", reason="просив")
    wrong = await supervisor.client.post("/do-not-call", data={"number": "12x"}, headers=FRAGMENT)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "number")
    told = await supervisor.client.post(
        "/do-not-call/import",
        data={"project": "1", "reason": "", "numbers": ""},
        files={"file": ("список.csv", "номер;ім'я\n0672000002;Інна\nабв;\n".encode("cp1251"))},
        headers=FRAGMENT,
    )
    assert told.status_code == 200
    assert "абв" in told.text
    page = await supervisor.get("/do-not-call?project=1")
    assert "+380 67 200 00 02" in page
    assert "+380 67 200 00 01" not in page
    assert "+380 67 200 00 01" in await supervisor.get("/do-not-call?q=%2B38067200")
    exported = await supervisor.client.get("/do-not-call.csv")
    assert "+380672000002" in exported.text
    await supervisor.post("/do-not-call/remove", number="+380672000001", project="0")
    assert "+380 67 200 00 01" not in await supervisor.get("/do-not-call")


async def test_the_results_of_a_project(supervisor: Supervisor) -> None:
    path = "/projects/077/results"
    fields = await supervisor.form(path)
    names = [value for name, value in fields.items() if name.endswith(".name")]
    moved = form_fields(await supervisor.send(path, fields, do="up:dispositions[1]"), "plan-form")
    assert moved["dispositions[0].name"] == names[1]
    added = form_fields(await supervisor.send(path, moved, do="add:dispositions"), "plan-form")
    last = f"dispositions[{len(names)}]"
    new = {f"{last}.name": "Просить рахунок", f"{last}.act": "task", f"{last}.key": "1"}
    wrong = await supervisor.send(path, added | new)
    assert f'id="{last}.key.problem-1"' in wrong
    assert not saved(wrong)
    assert saved(await supervisor.send(path, added | new | {f"{last}.key": ""}))
    kept = await supervisor.desk.services.dispositions.of_project(1)
    assert [each.name for each in kept] == [names[1], names[0], *names[2:], "Просить рахунок"]
    assert kept[-1].act is Act.TASK
    assert saved(await supervisor.send(path, await supervisor.form(path)))


async def test_a_nightly_rule_is_tried_kept_and_forgotten(supervisor: Supervisor) -> None:
    path = f"{supervisor.path}/rules/0"
    fields = await supervisor.form(path) | {"name": "КАСКО без відповіді"}
    added = form_fields(await supervisor.send(path, fields, do="add:rule.texts"), "plan-form")
    assert 'id="rule.texts[0].attribute.problem-1"' in await supervisor.send(path, added)
    told = {"rule.texts[0].attribute": "Поліс", "rule.texts[0].value": "1100039"}
    tried = await supervisor.send(path, added | told, do="preview")
    assert "Новоха" in tried
    answer = await supervisor.client.post(path, data={**added, **told, "do": "save"}, headers=FRAGMENT)
    assert answer.headers["HX-Redirect"] == f"{supervisor.path}/rules"
    (rule,) = await supervisor.desk.services.rules.of_campaign(supervisor.campaign_id)
    assert rule.rule.texts[0].value == "1100039"
    assert "КАСКО без відповіді" in await supervisor.get(f"{supervisor.path}/rules")
    assert (await supervisor.form(f"{supervisor.path}/rules/{rule.id}"))["rule.texts[0].attribute"] == "Поліс"
    await supervisor.client.delete(f"{supervisor.path}/rules/{rule.id}", headers=FRAGMENT)
    assert await supervisor.desk.services.rules.of_campaign(supervisor.campaign_id) == ()


async def test_an_old_form_does_not_undo_anothers_change_of_a_rule(supervisor: Supervisor) -> None:
    new = f"{supervisor.path}/rules/0"
    fields = await supervisor.form(new) | {"name": "КАСКО", "rule.category": "VIP", "do": "save"}
    await supervisor.post(new, **fields)
    (rule,) = await supervisor.desk.services.rules.of_campaign(supervisor.campaign_id)
    path = f"{supervisor.path}/rules/{rule.id}"
    mine = await supervisor.form(path) | {"rule.region": "Львів"}
    await supervisor.post(path, **await supervisor.form(path) | {"at": "03:30", "do": "save"})
    refused = await supervisor.send(path, mine)
    (kept,) = await supervisor.desk.services.rules.of_campaign(supervisor.campaign_id)
    assert (kept.at, kept.rule.region) == ("03:30", "")
    again = form_fields(refused, "plan-form")
    assert again["rule.region"] == "Львів"
    await supervisor.post(path, **again | {"do": "save"})
    (kept,) = await supervisor.desk.services.rules.of_campaign(supervisor.campaign_id)
    assert kept.rule.region == "Львів"


@pytest.mark.parametrize("campaign_id", ["77", "4294967296", "9" * 20, "9" * 5000])
async def test_a_campaign_that_is_not_there_is_not_found_whatever_is_done_to_it(
    desk: Desk, supervisor: Supervisor, campaign_id: str
) -> None:
    one = f"/campaigns/{campaign_id}"
    for path, fields in (
        ("state", {"state": "paused"}),
        ("copy", {"name": "Ще одне"}),
        ("pace", await supervisor.hand()),
        ("leads/add/numbers", {"numbers": "0672000001"}),
        ("rules/0", {"name": "КАСКО"}),
    ):
        answer = await supervisor.client.post(f"{one}/{path}", data=fields, headers=FRAGMENT)
        assert answer.status_code == 404, path
    with pytest.raises(InvalidStatus, match="403"):
        async with stream(desk, supervisor.client, path=f"{one}/live"):
            pass


async def test_what_is_not_there_is_not_found(supervisor: Supervisor) -> None:
    for path in ("/campaigns/999", f"{supervisor.path}/settings/x", f"{supervisor.path}/leads/9", "/do-not-call.txt"):
        assert (await supervisor.client.get(path)).status_code == 404, path
    assert INNA not in await supervisor.get("/do-not-call")
