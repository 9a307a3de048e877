"""How requests are written and answers read, without a server."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.asterisk.ari.errors import AriNotFound, refusal
from telemarket.asterisk.ari.events import EventDecoder
from telemarket.asterisk.ari.models import Event, StasisStart
from telemarket.asterisk.ari.operations import Bridges, Channels, Recordings
from telemarket.core.backoff import jittered
from telemarket.core.errors import InvalidInput

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda value: value not in (".", ".."))


class Sent:
    """Takes the place of the transport and remembers what it was given."""

    def __init__(self, answer: bytes = b"{}", error: Exception | None = None) -> None:
        self._answer = answer
        self._error = error
        self.idempotent = False

    async def request(self, method: str, target: str, body: bytes | None, *, idempotent: bool) -> bytes:
        self.method, self.target, self.body, self.idempotent = method, target, body, idempotent
        if self._error:
            raise self._error
        return self._answer


@given(channel=text, name=text, value=st.text(st.characters(exclude_categories=["Cs"])))
async def test_any_text_survives_the_way_into_a_request(channel: str, name: str, value: str) -> None:
    sent = Sent()
    await Channels(sent).set_channel_var(channel, variable=name, value=value)
    assert sent.target.isascii()
    assert not set(sent.target) & set(" \r\n\t\0#")
    parts = urlsplit(sent.target)
    assert [unquote(part) for part in parts.path.split("/")] == ["", "channels", channel, "variable"]
    query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True)
    assert query == {"variable": [name], "value": [value]}


async def test_half_a_surrogate_pair_costs_no_request() -> None:
    sent = Sent()
    await Channels(sent).set_channel_var("1", variable="NAME", value="a\ud800b")
    assert sent.target.endswith("value=a%3Fb")


@pytest.mark.parametrize("name", ["", ".", ".."])
async def test_an_identifier_that_would_name_another_path_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        await Channels(Sent()).hangup(name)


async def test_what_is_not_given_is_not_sent() -> None:
    sent = Sent()
    await Channels(sent).dial("1")
    assert (sent.method, sent.target, sent.body) == ("POST", "/channels/1/dial", None)


async def test_lists_numbers_and_switches_as_asterisk_reads_them() -> None:
    sent = Sent()
    await Bridges(sent).add_channel("b", channel=["one", "t&wo"], mute=False, absorb_dtmf=True)
    assert sent.target == "/bridges/b/addChannel?channel=one,t%26wo&absorbDTMF=true&mute=false"


async def test_variables_travel_in_the_body() -> None:
    sent = Sent(b'{"id":"1"}')
    with pytest.raises(Exception, match="cannot be understood"):  # the answer is no channel; the request counts
        await Channels(sent).create(endpoint="PJSIP/1", app="a", variables={"X": "1"})
    assert sent.body == b'{"variables":{"X":"1"}}'
    assert sent.target == "/channels/create?endpoint=PJSIP%2F1&app=a"


async def test_only_what_may_arrive_twice_is_sent_again() -> None:
    sent = Sent()
    await Channels(sent).hangup("1")
    assert sent.idempotent
    await Channels(sent).answer("1")
    assert sent.idempotent
    await Channels(sent).continue_in_dialplan("1")
    assert not sent.idempotent


async def test_ending_what_is_gone_may_count_as_success() -> None:
    gone = Sent(error=refusal(404, "DELETE", "/recordings/live/x", "Recording not found"))
    await Recordings(gone).cancel("x", missing_ok=True)
    with pytest.raises(AriNotFound):
        await Recordings(gone).cancel("x")


def test_an_event_keeps_its_type_time_and_place() -> None:
    nobody = {"name": "", "number": ""}
    channel = {
        "id": "1",
        "caller": {"name": "Іван", "number": "+380441234567"},
        "connected": nobody,
        "dialplan": {"exten": "100"},
        "creationtime": "2026-01-02T03:04:05.678+0200",
        "unheard_of": True,
    }
    frame = {
        "type": "StasisStart",
        "application": "a",
        "timestamp": "2026-01-02T03:04:05.678+0200",
        "args": ["100"],
        "channel": channel,
    }
    event = EventDecoder().decode(msgspec.json.encode(frame))
    assert isinstance(event, StasisStart)
    assert event.timestamp == datetime(2026, 1, 2, 1, 4, 5, 678000, UTC)
    assert (event.channel.caller.name, event.channel.dialplan.exten, event.args) == ("Іван", "100", ["100"])


@given(
    st.binary()
    | st.recursive(st.none() | st.text(), lambda inner: st.dictionaries(st.text(), inner)).map(msgspec.json.encode)
)
def test_no_frame_raises(frame: bytes) -> None:
    event = EventDecoder().decode(frame)
    assert event is None or isinstance(event, Event)


@given(st.integers(0, 10_000))
def test_back_off_starts_at_once_and_stays_bounded(attempt: int) -> None:
    assert 0 <= jittered(attempt) <= 5.0
    assert (jittered(attempt) == 0) is (attempt == 0)
