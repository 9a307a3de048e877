"""Whether a record has a number."""

from telemarket.adapters.matching import has_number
from telemarket.backend import Record


def test_a_number_is_found_however_it_is_written() -> None:
    record = Record(key="1", phones=(("", "238 00 55-main, (044) 238-05-26"),))
    assert has_number(record, "442380526")
    assert not has_number(record, "550442380")  # two numbers' digits are no number
    assert not has_number(record, "442380527")
