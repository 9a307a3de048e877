"""What the agent opens and where it signs in."""

import stat
from pathlib import Path

import pytest

from telemarket.agent.account import Account, AccountError, clean_url, forget, keep, load
from telemarket.agent.opening import may_be_opened
from telemarket.core.errors import InvalidInput


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "C:\\Windows\\System32\\calc.exe",
        "\\\\host\\share\\x.exe",
        "ms-msdt:/id",
        "https://",
        "https:///path",
        "http://a b/",
        "http://a/\r\nx",
        "http://[",
        "",
        "https://crm.example.com/" + "x" * 9000,
    ],
)
def test_only_web_pages_are_opened(address: str) -> None:
    assert not may_be_opened(address)


@pytest.mark.parametrize("address", ["https://crm.example.com/?q=%D0%86", "http://127.0.0.1:8090/", "https://[::1]/x"])
def test_web_pages_are(address: str) -> None:
    assert may_be_opened(address)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("desk.example.com", "https://desk.example.com"),
        ("https://desk.example.com:8443/calls?x=1", "https://desk.example.com:8443"),
        ("http://localhost:8090", "http://localhost:8090"),
        ("http://[::1]:8090/", "http://[::1]:8090"),
    ],
)
def test_the_desk_may_be_named_in_many_ways(text: str, url: str) -> None:
    assert clean_url(text) == url


@pytest.mark.parametrize("text", ["http://desk.example.com", "http://10.0.0.1", "ftp://x", "https://", "https://x:y"])
def test_a_password_never_travels_unprotected(text: str) -> None:
    with pytest.raises(InvalidInput):
        clean_url(text)


def test_the_sign_in_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    assert load(folder) is None
    account = Account("https://desk.example.com", "anna", "telemarket", "secret")
    keep(folder, account)
    assert load(folder) == account
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]
    forget(folder)
    assert load(folder) is None


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "agent.json").write_text("{")
    with pytest.raises(AccountError, match="Remove the file"):
        load(tmp_path)
