"""The quick reading of usual numbers says what the library says."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from telemarket.numbers import NumberingPlan, extract, normalise
from telemarket.numbers.normalise import thorough
from telemarket.numbers.quick import quick

REGIONS = ("UA", "GE", "MD", "AZ", "LV", "LT", "PL", "RU", "US", "DE")
plans = st.builds(
    NumberingPlan,
    regions=st.permutations(REGIONS).map(lambda regions: tuple(regions[:2])),
    area_code=st.sampled_from(["44", "", "22"]),
)
digits = st.text("0123456789", min_size=7, max_size=13)
prefixes = st.sampled_from(["", "0", "00", "8", "80", "380", "+380", "+", "+373", "995", "+995", "0380", "810380"])
gaps = st.lists(st.sampled_from(["", "", "", " ", "-", ".", ") ", " (", "  "]), min_size=16, max_size=16)


@st.composite
def written(draw: st.DrawFn) -> str:
    """Digits as people write them, most of them like a number of some country."""
    plain = draw(prefixes) + draw(digits)
    return "".join(digit + gap for digit, gap in zip(plain, draw(gaps), strict=False)).strip()


@settings(max_examples=1500)
@given(written(), plans)
@example("0671234567", NumberingPlan())
@example("(067) 123-45-67", NumberingPlan())
@example("380 44 291 01 90", NumberingPlan())
@example("900212345", NumberingPlan())
def test_the_quick_reading_is_the_thorough_one(text: str, plan: NumberingPlan) -> None:
    number = quick(text, plan)
    if number is not None:
        assert number == thorough(text, plan) == normalise(text, plan)
        assert extract(text, plan) == (number,)


@given(st.integers(0, 9_999_999), st.sampled_from(["67", "50", "44", "95", "57"]))
def test_every_shape_of_an_ordinary_number_is_read_quickly(number: int, area: str) -> None:
    national = f"{area}{number:07}"
    plan = NumberingPlan()
    shapes = (national, f"0{national}", f"380{national}", f"+380 {area} {number:07}", f"(0{area}) {number:07}")
    assert {read.e164 if (read := quick(shape, plan)) else "" for shape in shapes} == {f"+380{national}"}
