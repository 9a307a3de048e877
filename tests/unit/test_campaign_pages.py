"""What a campaign's pages are made of: plots, pasted numbers, tables for other programs."""

from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.desk.campaign_plots import HEIGHT, WIDTH, against_limit, columns, utilisation
from telemarket.desk.lead_intake import read_lines
from telemarket.desk.spreadsheets import table_file
from telemarket.dialer.views import MINUTES, Abandons, Minute

COUNTS = st.integers(0, 500)
SOME_MINUTES = st.lists(
    st.builds(Minute, COUNTS, COUNTS, COUNTS, COUNTS, st.none() | st.floats(0, 1)), max_size=MINUTES
)


@given(SOME_MINUTES)
def test_every_minute_is_drawn_within_the_plot(minutes: list[Minute]) -> None:
    bars, top = columns(minutes)
    assert all(0 <= bar.x < WIDTH and bar.height > 0 for bar in bars)
    if all(minute.connected + minute.dropped <= top for minute in minutes):
        assert all(-0.2 <= bar.y <= HEIGHT for bar in bars)
    points = [point for line in utilisation(minutes) for point in line.split()]
    assert len(points) == sum(minute.utilisation is not None for minute in minutes)


def test_the_line_is_broken_where_nobody_was_on_shift() -> None:
    minutes = [Minute(utilisation=0.5), Minute(), Minute(utilisation=1.0), Minute(utilisation=0.0)]
    first, second = utilisation(minutes)
    assert (len(first.split()), len(second.split())) == (1, 2)
    assert second.split()[0].endswith(",0.0")


@pytest.mark.parametrize(
    ("rate", "upper", "level"),
    [(None, None, "good"), (0.004, 0.009, "good"), (0.004, 0.02, "near"), (0.02, 0.9, "over")],
)
def test_a_rate_is_within_near_or_over_its_limit(rate: float | None, upper: float | None, level: str) -> None:
    scale = against_limit(Abandons(rate=rate, upper=upper, target=0.01, window_days=30))
    assert scale.level == level
    assert all(0 <= place <= WIDTH for place in scale[:3])


def test_a_line_holds_numbers_and_a_name_in_any_order() -> None:
    lines = "Новоха Інна; 067 234 56 78;+380 (44) 237-90-28\n\n0501234567\tМельник\n  \nне номер; зовсім"
    assert [(lead.name, lead.numbers) for lead in read_lines(lines)] == [
        ("Новоха Інна", ("067 234 56 78", "+380 (44) 237-90-28")),
        ("Мельник", ("0501234567",)),
        ("", ("не номер; зовсім",)),
    ]


@given(st.text())
def test_no_line_is_lost(text: str) -> None:
    filled = [line for line in text.splitlines() if line.replace(";", "").replace("\t", "").strip()]
    assert len(list(read_lines(text))) == len(filled)


async def test_no_cell_becomes_a_formula_and_numbers_keep_their_plus() -> None:
    async def rows() -> AsyncIterator[Sequence[str]]:
        yield ["+380672345678", "=1+1", "@SUM(A1)", "-5", "+cmd|' /C calc'!A0", "Новоха"]

    response = await table_file(rows(), "list", "csv")
    text = b"".join([chunk async for chunk in response.body_iterator]).decode()  # type: ignore[attr-defined]
    assert text == "\ufeff+380672345678,'=1+1,'@SUM(A1),-5,'+cmd|' /C calc'!A0,Новоха\r\n"
