"""The results a project offers, on both databases."""

from typing import Any

import msgspec
import pytest

from telemarket.calls.plan import Plan
from telemarket.calls.projects import ProjectService
from telemarket.core.errors import InvalidInput, NotAllowed, NotFound
from telemarket.dialer.model import Act, Disposition
from tests.integration.dialer.nightly.night import NightHouse


def named(project_id: int, *names: str, **fields: Any) -> list[Disposition]:
    return [Disposition(id=0, project_id=project_id, name=name, **fields) for name in names]


async def test_a_new_project_has_the_usual_ones_in_its_language(house: NightHouse) -> None:
    usual = await house.dispositions.of_project(await house.project())
    assert [each.key for each in usual] == list("123456789")
    assert {each.act for each in usual} == set(Act)
    assert usual[0].name == "Погодився"
    other = await house.project("078")
    await ProjectService(house.database).update("078", plan=Plan(language="en"))
    assert (await house.dispositions.of_project(other))[0].name == "Agreed"


async def test_a_project_that_is_not_there_has_none(house: NightHouse) -> None:
    with pytest.raises(NotFound):
        await house.dispositions.of_project(99)


async def test_what_is_withdrawn_is_not_offered_and_may_come_back(house: NightHouse) -> None:
    project = await house.project()
    first, second = await house.dispositions.save(project, named(project, "Так", "Ні"), house.boss)
    assert [each.name for each in await house.dispositions.of_project(project)] == ["Так", "Ні"]
    assert await house.dispositions.save(project, [second], house.boss) == (
        msgspec.structs.replace(second, position=0),
    )
    again = await house.dispositions.save(project, [second, *named(project, "Так")], house.boss)
    assert [each.id for each in again] == [second.id, first.id]


async def test_names_may_be_exchanged(house: NightHouse) -> None:
    project = await house.project()
    first, second = await house.dispositions.save(project, named(project, "Так", "Ні"), house.boss)
    swapped = [msgspec.structs.replace(first, name="Ні"), msgspec.structs.replace(second, name="Так")]
    saved = await house.dispositions.save(project, swapped, house.boss)
    assert [(each.id, each.name) for each in saved] == [(first.id, "Ні"), (second.id, "Так")]


async def test_a_withdrawn_name_may_be_given_to_another(house: NightHouse) -> None:
    project = await house.project()
    first, second = await house.dispositions.save(project, named(project, "Так", "Ні"), house.boss)
    await house.dispositions.save(project, [second], house.boss)
    saved = await house.dispositions.save(project, [msgspec.structs.replace(second, name="Так")], house.boss)
    assert [(each.id, each.name) for each in saved] == [(second.id, "Так")]
    assert first.id not in [each.id for each in await house.dispositions.of_project(project)]


REFUSED: list[tuple[list[dict[str, Any]], str]] = [
    ([{"name": ""}], "dispositions[0].name"),
    ([{"name": "Так"}, {"name": "так"}], "dispositions[1].name"),
    ([{"name": "Так", "key": "0"}], "dispositions[0].key"),
    ([{"name": "Так", "key": "1"}, {"name": "Ні", "key": "1"}], "dispositions[1].key"),
    ([{"name": "Так", "after": 0.0}], "dispositions[0].after"),
    ([{"name": "Так", "responsible": "nobody"}], "dispositions[0].responsible"),
    ([], "dispositions"),
    ([{"name": f"{number}"} for number in range(31)], "dispositions"),
]


async def test_what_is_refused(house: NightHouse) -> None:
    project = await house.project()
    before = await house.dispositions.of_project(project)
    for fields, field in REFUSED:
        wanted = [Disposition(id=0, project_id=project, **each) for each in fields]
        with pytest.raises(InvalidInput) as refused:
            await house.dispositions.save(project, wanted, house.boss)
        assert refused.value.field == field
    assert await house.dispositions.of_project(project) == before


async def test_an_operator_changes_none_and_nobody_those_of_another_project(house: NightHouse) -> None:
    project, other = await house.project(), await house.project("078")
    with pytest.raises(NotAllowed):
        await house.dispositions.save(project, named(project, "Так"), house.olena)
    [theirs] = await house.dispositions.save(other, named(other, "Так"), house.boss)
    with pytest.raises(NotFound):
        await house.dispositions.save(project, [theirs], house.boss)
