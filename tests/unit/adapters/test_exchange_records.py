"""What an Exchange contact becomes."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from exchangelib.indexed_properties import PhoneNumber

from telemarket.adapters.exchange.ews.records import PHONE_KINDS, Links
from telemarket.adapters.exchange.keys import key_of
from telemarket.contacts.model import PHONE_KINDS as KINDS

SERVICE = "https://mail.example.com/EWS/Exchange.asmx"


def test_each_of_exchanges_telephones_has_a_kind() -> None:
    assert PHONE_KINDS.keys() == set(PhoneNumber.LABEL_CHOICES)
    assert set(PHONE_KINDS.values()) <= set(KINDS)


@pytest.mark.parametrize(
    ("template", "said", "link"),
    [
        ("", "?ItemID=AAMk%2Bx%3D&exvsurl=1", "https://mail.example.com/owa/?ItemID=AAMk%2Bx%3D&exvsurl=1"),
        ("", "https://owa.example.com/owa/?ItemID=1", "https://owa.example.com/owa/?ItemID=1"),
        ("", None, ""),
        ("https://crm.example.com/c?id={id}", None, "https://crm.example.com/c?id=AA%2Bk%2F%3D"),
    ],
)
def test_a_contact_opens_in_outlook_on_the_web(template: str, said: str | None, link: str) -> None:
    item = SimpleNamespace(id="AA+k/=", web_client_read_form_query_string=said)
    assert Links(SERVICE, template).of(item) == link


def test_a_long_id_is_still_a_key() -> None:
    assert key_of("x" * 200) == "x" * 200
    assert len(key_of("x" * 201)) <= 200
    assert key_of("x" * 201) != key_of("x" * 202)


def test_opening_does_not_import_what_takes_long() -> None:
    program = """if True:
        import sys
        from pathlib import Path
        from telemarket.adapters import ldap
        from telemarket.adapters.exchange import ews, graph
        from telemarket.backend import BackendContext
        from telemarket.core.clock import utc_now

        for kind, options in (
            (ldap.KIND, {"host": "example.com", "base": "dc=example,dc=com"}),
            (ews.KIND, {"url": "https://example.com/EWS", "user": "a", "password": "b", "mailboxes": ["a@b"]}),
            (graph.KIND, {"tenant": "a", "client_id": "b", "client_secret": "c", "directory": True}),
        ):
            here = Path()
            kind.open(
                BackendContext(name="a", title="A", folder=here, data_dir=here, clock=utc_now), kind.options(**options)
            )
        print(sorted({"exchangelib", "msal", "ldap3", "requests"} & sys.modules.keys()))
    """
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"
