"""The FastAGI protocol without a network."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telemarket.dialplan.protocol import (
    HEADER_LIMIT,
    LINE_LIMIT,
    AgiConnection,
    AgiProtocolError,
    Event,
    Hangup,
    Reply,
    set_variable,
)
from telemarket.dialplan.text import dialplan_text
from telemarket.hookspecs import AgiRequest

HEADER = (
    b"agi_network: yes\nagi_network_script: lookup?caller=%2B380441234567&vip=1\n"
    b"agi_request: agi://127.0.0.1:4573/lookup?caller=%2B380441234567&vip=1\nagi_channel: PJSIP/line-00000001\n"
    b"agi_callerid: 0441234567\nagi_calleridname: \xd0\x86\xd0\xb2\xd0\xb0\xd0\xbd: \xd0\x9a\xd0\xbe\n"
    b"agi_dnid: unknown\nagi_extension: 5001\n\n"
)
REPLIES = (
    b"200 result=1\nHANGUP\n520-Invalid command syntax.  Proper usage follows:\nUsage: X\n520 End of proper usage.\n"
    b"200 result=1 (a (b) c)\r\n511 Command Not Permitted on a dead channel or intercept routine\n"
)


def asterisk_reads(command: bytes) -> list[str]:
    """The words Asterisk makes of a command: its own parse_args(), retold."""
    words: list[str] = []
    word, quoted, escaped, between = "", False, False, True
    for character in command.decode().rstrip("\n"):
        if character == '"' and not escaped:
            quoted = not quoted
            between = False
            continue
        if character in " \t" and not quoted and not escaped:
            if not between:
                words.append(word)
            word, between = "", True
            continue
        if character == "\\" and not escaped:
            escaped = True
            continue
        word, escaped, between = word + character, False, False
    return words if between else [*words, word]


def test_a_header_becomes_a_request_with_decoded_arguments() -> None:
    [request] = AgiConnection().receive(HEADER)
    assert isinstance(request, AgiRequest)
    assert request.name == "lookup"
    assert request.arguments == {"caller": "+380441234567", "vip": "1"}
    assert request.caller == "0441234567"
    assert request.variables["agi_calleridname"] == "Іван: Ко"


def test_a_plus_in_an_argument_is_a_plus() -> None:
    [request] = AgiConnection().receive(b"agi_network_script: lookup?caller=+38044&caller=2&=3&flag\n\n")
    assert isinstance(request, AgiRequest)
    assert request.arguments == {"caller": "+38044", "flag": ""}


def test_the_request_url_serves_when_the_script_is_missing() -> None:
    [request] = AgiConnection().receive(b"agi_request: agi://[::1]:4573/lookup?a=1\n\n")
    assert isinstance(request, AgiRequest)
    assert (request.name, request.arguments) == ("lookup", {"a": "1"})


def test_a_line_smuggled_behind_the_number_does_not_replace_it() -> None:
    [request] = AgiConnection().receive(b"agi_callerid: 101\nagi_calleridname: x\nagi_callerid: 999\n\n")
    assert isinstance(request, AgiRequest)
    assert request.caller == "101"


@given(st.lists(st.integers(0, len(HEADER + REPLIES)), max_size=20))
def test_however_the_bytes_are_split_the_events_are_the_same(cuts: list[int]) -> None:
    stream = HEADER + REPLIES
    connection, events = AgiConnection(), list[Event]()
    for start, end in pairwise(sorted({0, *cuts, len(stream)})):
        events += connection.receive(stream[start:end])
    assert events[1:] == [
        Reply(200, 1),
        Hangup(),
        Reply(520, None, "520-Invalid command syntax.  Proper usage follows:\nUsage: X\n520 End of proper usage."),
        Reply(200, 1, "a (b) c"),
        Reply(511, None, "Command Not Permitted on a dead channel or intercept routine"),
    ]


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_rubbish_is_refused_or_passed_over_but_never_breaks_the_parser(chunks: list[bytes]) -> None:
    for connection in (AgiConnection(), _past_the_header()):
        try:
            for chunk in chunks:
                connection.receive(chunk)
        except AgiProtocolError:
            continue


def _past_the_header() -> AgiConnection:
    connection = AgiConnection()
    connection.receive(HEADER)
    return connection


@pytest.mark.parametrize(
    "data",
    [
        b"x" * (LINE_LIMIT + 1),
        b"agi_x: " + b"y" * LINE_LIMIT + b"\n",
        b"".join(b"agi_arg_%d: %s\n" % (n, b"y" * 10_000) for n in range(HEADER_LIMIT // 10_000 + 1)),
        b"GET / HTTP/1.1\r\n",
    ],
)
def test_a_header_without_end_or_sense_is_refused(data: bytes) -> None:
    with pytest.raises(AgiProtocolError):
        AgiConnection().receive(data)


def test_a_usage_text_without_end_is_refused() -> None:
    with pytest.raises(AgiProtocolError):
        _past_the_header().receive(b"520-Usage\n" + b"more\n" * 1000)


@given(st.text(max_size=300))
def test_any_value_arrives_as_one_word_on_one_line_with_nothing_added(value: str) -> None:
    command = set_variable("TELEMARKET_NAME", value)
    assert command.count(b"\n") == 1
    assert b"\r" not in command
    words = asterisk_reads(command)
    assert words[:3] == ["SET", "VARIABLE", "TELEMARKET_NAME"]
    if value.isprintable():
        assert words[3:] == [value] or len(value.encode()) > 900


@given(st.text(min_size=1, max_size=50), st.integers(1, 10_000))
@example('"', 10_000)
def test_a_command_never_outgrows_what_asterisk_reads_at_once(value: str, times: int) -> None:
    assert len(set_variable("A" * 80, value * times)) < 2048


@pytest.mark.parametrize("name", ["SHELL(id)", "A B", "", "1A", 'A"', "A\n", "___A", "CALLERID(name)", "A" * 81])
def test_only_plain_variables_can_be_set(name: str) -> None:
    with pytest.raises(AgiProtocolError):
        set_variable(name, "x")


@given(st.text())
def test_dialplan_text_keeps_letters_and_drops_what_could_be_evaluated(value: str) -> None:
    text = dialplan_text(f'${{SHELL(id)}}" + `x` $[1]\\{value}Ромашка & Ко, ТОВ')
    assert not set(text) & set('$`\\{}[]"')
    assert text.endswith("Ромашка & Ко, ТОВ")
