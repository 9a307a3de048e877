"""Campaigns planned, started and paused, and the do-not-call lists, on both databases."""

from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from telemarket.calls.views import DialMode
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.model import CampaignState, LeadData, Terms
from telemarket.dialer.profiles import PROFILES
from tests.integration.dialer.store.house import PLAN, House, numbers, terms


async def test_a_new_campaign_is_a_draft_that_keeps_to_the_law(house: House) -> None:
    made = await house.campaigns.create(
        project_id=await house.project(), name="  Борги  листопада ", mode=DialMode.PREDICTIVE, user=None
    )
    assert (made.name, made.state, made.mode) == ("Борги листопада", CampaignState.DRAFT, DialMode.PREDICTIVE)
    assert made.terms.profile == PROFILES["ua"]
    assert await house.campaigns.get(made.id) == made
    assert await house.campaigns.all() == await house.campaigns.all(made.project_id) == (made,)
    assert await house.campaigns.all(made.project_id + 1) == ()
    with pytest.raises(NotFound):
        await house.campaigns.get(made.id + 1)
    with pytest.raises(InvalidInput):
        await house.campaigns.create(project_id=999, name="x", mode=DialMode.PREVIEW, user=None)


async def test_who_was_overtaken_is_refused(house: House) -> None:
    campaign = await house.campaign()
    seen = campaign.updated_at
    house.wait(seconds=1)
    await house.update(campaign, priority=3)
    planned = {name: getattr(campaign, name) for name in ("name", "mode", "priority", "terms", "starts_at", "ends_at")}
    with pytest.raises(InvalidInput, match="Somebody else"):
        await house.campaigns.update(campaign.id, **planned, user=None, seen=seen)
    assert (await house.campaigns.get(campaign.id)).priority == 3


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": " "}),
        ("priority", {"priority": 0}),
        ("ends_at", {"ends_at": True}),
        ("terms.most_attempts", {"terms": Terms(most_attempts=0)}),
    ],
)
async def test_what_makes_no_sense_is_refused(house: House, field: str, changes: dict[str, object]) -> None:
    campaign = await house.campaign()
    if "ends_at" in changes:
        changes = {"starts_at": house.now, "ends_at": house.now}
    with pytest.raises(InvalidInput) as caught:
        await house.update(campaign, **changes)
    assert caught.value.field == field


async def test_what_keeps_it_from_being_started_is_said(house: House) -> None:
    made = await house.campaigns.create(
        project_id=await house.project(), name="Борги", mode=DialMode.PREDICTIVE, user=None
    )
    said = " ".join(await house.campaigns.problems(made))
    assert "message" in said
    assert "nobody to call" in said
    with pytest.raises(InvalidInput, match="message"):
        await house.campaigns.set_state(made.id, CampaignState.RUNNING, None)

    made = await house.update(made, terms=msgspec.structs.replace(made.terms, message="sorry", trunks=()))
    assert any("trunk" in problem for problem in await house.campaigns.problems(made))
    made = await house.update(made, terms=msgspec.structs.replace(made.terms, trunks=Terms().trunks))
    await house.add(made, *numbers(1))
    assert ["consent" in problem for problem in await house.campaigns.problems(made)] == [True]
    given = await house.contact("0500000001", consent="given")
    await house.leads.add(made.id, [LeadData(contact_id=given)], "test", None)
    assert await house.campaigns.problems(made) == []

    made = await house.update(made, ends_at=house.now - timedelta(days=1))
    assert any("passed" in problem for problem in await house.campaigns.problems(made))


async def test_a_sound_that_is_gone_keeps_it_from_being_started(house: House) -> None:
    campaign = await house.campaign(terms(message="sorry"))

    async def sounds() -> frozenset[str]:
        return frozenset({"hello"})

    service = CampaignService(house.database, lambda: house.now, sounds)
    assert any("sorry" in problem for problem in await service.problems(campaign))


async def test_its_course(house: House) -> None:
    campaign = await house.campaign()
    await house.add(campaign, *numbers(1))
    for state in (CampaignState.PAUSED, CampaignState.RUNNING, CampaignState.RUNNING, CampaignState.FINISHED):
        assert (await house.campaigns.set_state(campaign.id, state, None)).state is state
    with pytest.raises(InvalidInput):
        await house.campaigns.set_state(campaign.id, CampaignState.PAUSED, None)
    with pytest.raises(InvalidInput):
        await house.campaigns.set_state(campaign.id, CampaignState.DRAFT, None)
    async with house.database.read() as connection:
        said = sa.text("SELECT subject FROM audit_log WHERE action = 'campaign.state' ORDER BY id")
        subjects = (await connection.scalars(said)).all()
    assert subjects == [f"campaign {campaign.id}: {state}" for state in ("paused", "running", "finished")]


async def test_what_runs_cannot_lose_what_it_needs(house: House) -> None:
    campaign = await house.campaign()
    with pytest.raises(InvalidInput, match="trunk"):
        await house.update(campaign, terms=terms(trunks=()))


async def test_a_copy_of_a_long_name_has_a_name_that_fits(house: House) -> None:
    campaign = await house.update(await house.campaign(), name="Борг " * 39 + "Київ")
    copy = await house.campaigns.copy(campaign.id, f"{campaign.name} (копія)", None)
    assert copy.name.startswith(campaign.name[:190])
    assert len(copy.name) <= 200


async def test_a_copy_has_the_plan_and_no_leads(house: House) -> None:
    campaign = await house.campaign(terms(most_attempts=3))
    await house.add(campaign, *numbers(2))
    copy = await house.campaigns.copy(campaign.id, "Ще раз", None)
    assert (copy.name, copy.terms, copy.state) == ("Ще раз", campaign.terms, CampaignState.DRAFT)
    assert (await house.campaigns.counts(copy.id)).total == 0


async def test_what_the_pace_has_learned_is_kept(house: House) -> None:
    campaign = await house.campaign()
    assert await house.campaigns.load_pacing(campaign.id) == ""
    await house.campaigns.save_pacing(campaign.id, '{"answered": 3}')
    assert await house.campaigns.load_pacing(campaign.id) == '{"answered": 3}'
    assert (await house.campaigns.get(campaign.id)).updated_at == campaign.updated_at
    with pytest.raises(NotFound):
        await house.campaigns.load_pacing(campaign.id + 1)


async def test_terms_that_cannot_be_read_stop_a_campaign(house: House) -> None:
    campaign = await house.campaign()
    async with house.database.write() as connection:
        await connection.execute(sa.text("""UPDATE campaigns SET terms = '{"of": "a later version"}'"""))
    found = await house.campaigns.get(campaign.id)
    assert found.state is CampaignState.PAUSED
    assert "of" in found.stopped_for


# ---- do not call


async def test_numbers_are_blocked_in_any_writing_once(house: House) -> None:
    assert await house.do_not_call.add("067 000-00-01", reason="asked", user=None)
    assert not await house.do_not_call.add("+380 67 0000001", user=None)
    assert await house.do_not_call.add("0670000001", project_id=await house.project(), user=None)
    page = await house.do_not_call.page(project_id=0)
    assert [(each.number, each.reason, each.source) for each in page.numbers] == [("+380670000001", "asked", "desk")]
    assert await house.do_not_call.remove("(067) 0000001", user=None)
    assert not await house.do_not_call.remove("0670000001", user=None)
    for number in ("123", "nobody", ""):
        with pytest.raises(InvalidInput):
            await house.do_not_call.add(number, user=None)
    with pytest.raises(InvalidInput):
        await house.do_not_call.add("0670000001", project_id=999, user=None)


async def test_a_list_of_numbers_is_taken_and_handed_out_again(house: House) -> None:
    lines = ["067 000 00 01", "", "0670000001; 0670000002", "rubbish", "44", *numbers(600, first=3)]
    done = await house.do_not_call.take(lines, source="import: list.txt", user=None)
    assert (done.added, done.known, done.refused_count) == (602, 0, 2)
    assert [line for line, _ in done.refused] == ["4", "5"]
    again = await house.do_not_call.take(lines, source="import: list.txt", user=None)
    assert (again.added, again.known) == (0, 602)
    exported = [each.number async for each in house.do_not_call.export()]
    assert len(exported) == len(set(exported)) == 602
    assert [each.number for each in (await house.do_not_call.page(text="067 0000002")).numbers] == ["+380670000002"]


async def test_the_own_country_is_that_of_the_plan(house: House) -> None:
    assert PLAN.regions == ("UA",)
    assert await house.do_not_call.add("+48 22 123 45 67", user=None)
    with pytest.raises(InvalidInput):
        await house.do_not_call.page(after="nonsense")
