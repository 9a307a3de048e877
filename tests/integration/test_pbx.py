"""A private Asterisk lives, serves, falls back and survives callers who mean harm."""

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Sipp


async def test_a_call_nobody_takes_reaches_the_fallback(pbx: Instance, sipp: Sipp) -> None:
    outcome = await sipp.call("0800500100", patience=2)
    assert outcome.statuses == [100, 183, 200, 487]  # tones as early media until the caller gives up; 200 is of CANCEL
