"""Content-Security-Policy sources made from configured addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.desk.security import content_policy, host_source


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://crm.example/open?tel={{ call.ani }}", "https://crm.example"),
        ("http://crm.example:8080/x", "http://crm.example:8080"),
        ("wss://pbx.example/ws", "wss://pbx.example"),
        ("https://user:secret@crm.example/", "https://crm.example"),
        ("https://{{ call.dnis }}.example/", ""),
        ("javascript:alert(1)", ""),
        ("https://crm.example:port/", ""),
        ("//crm.example/", ""),
        ("", ""),
    ],
)
def test_only_plain_hosts_become_sources(url: str, source: str) -> None:
    assert host_source(url) == source


@given(st.text(), st.text())
def test_no_address_can_add_a_directive(connect: str, frame: str) -> None:
    policy = content_policy([connect, f"https://{connect}"], [frame, f"https://{frame}"])
    assert policy.count(";") == 8
    assert "unsafe" not in policy.replace("https://", "").replace(connect, "").replace(frame, "")
