"""What `check` finds."""

import pytest

from tests.fakes.domino import DominoServer
from tests.integration.adapters.domino.support import ROUTES, House


@pytest.mark.parametrize("route", ROUTES)
async def test_check_finds_all_well(server: DominoServer, house: House, route: str) -> None:
    findings = await house.open(server.options(route)).check()
    assert [finding.what for finding in findings if not finding.well] == []
    assert any("Telemarket" in finding.what for finding in findings)


@pytest.mark.parametrize("route", ROUTES)
async def test_check_names_what_is_not_well(server: DominoServer, house: House, route: str) -> None:
    mistyped = house.open(server.options(route, columns={"FullName": "name", "Phone": "phone:direct"}))
    column, telephones = [finding for finding in await mistyped.check() if not finding.well]
    assert column.what == "The view has no column Phone."
    assert "cellphonenumber" in column.remedy
    assert telephones.what.startswith("0 of")
    absent = house.open(server.options(route, view="Нема"))
    assert [finding.well for finding in await absent.check()] == [False]
    no_numbers = house.open(server.options(route, phone_view="(Hidden)"))
    assert [finding.well for finding in await no_numbers.check()][-1] is False


async def test_check_warns_of_a_password_in_the_clear(server: DominoServer, house: House) -> None:
    options = server.options("views") | {"url": server.url.replace("localhost", "127.0.0.2")}
    first, second = await house.open(options).check()
    assert "https" in first.remedy
    assert "does not answer" in second.what
