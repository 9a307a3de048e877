"""Who asks, and whom the password is told."""

import ssl

import pytest
import trustme
from aiohttp import web

from telemarket.backend import BackendRefused
from tests.fakes.domino import DominoServer, clients, domino
from tests.integration.adapters.domino.support import House, all_of, at_request, kept, records_of


@pytest.mark.parametrize(
    ("route", "asks", "session"),
    [
        ("views", "basic", False),
        ("views", "form", False),
        ("views", "form", True),
        ("views", "redirect", True),
        ("das", "basic", False),
        ("das", "form", True),
        ("rest", "", False),
    ],
)
async def test_a_wrong_password_is_named_and_not_shown(
    server: DominoServer, house: House, route: str, asks: str, session: bool
) -> None:
    server.asks = asks
    backend = house.open(server.options(route, password="hunter2", session=session))
    with pytest.raises(BackendRefused, match="password") as refusal:
        await all_of(backend)
    assert "hunter2" not in str(refusal.value)
    assert len(server.asked) == 1  # no second try: accounts are locked for less
    assert not (await backend.check())[0].well


@pytest.mark.parametrize("asks", ["form", "redirect"])
async def test_a_session_that_ends_is_renewed(server: DominoServer, house: House, asks: str) -> None:
    server.asks = asks
    at_request(server, 3, lambda _: server.end_sessions())
    batches = await all_of(house.open(server.options("views", session=True, page_size=60)))
    assert kept(batches) == server.database.documents.keys()
    assert server.signed_in == 2


async def test_a_token_that_expires_is_renewed_once(server: DominoServer, house: House) -> None:
    backend = house.open(server.options("rest", page_size=60))
    at_request(server, 3, lambda _: server.end_sessions())
    assert kept(await all_of(backend)) == server.database.documents.keys()
    assert server.signed_in == 2
    server.before = None
    server.end_sessions()
    assert len(await backend.look_up("+380442380007", "")) == 1
    assert server.signed_in == 3


async def test_a_right_taken_away_is_no_endless_renewal(server: DominoServer, house: House) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"status": 401, "message": "Unauthorized"}, status=401)

    server.before = refuse
    with pytest.raises(BackendRefused, match="password"):
        await all_of(house.open(server.options("rest")))
    assert server.signed_in == 2


async def test_a_server_that_sends_elsewhere_gets_no_password(server: DominoServer, house: House) -> None:
    at_request(server, 1, lambda _: web.Response(status=301, headers={"Location": "https://elsewhere.example.com/"}))
    with pytest.raises(BackendRefused, match="another address"):
        await all_of(house.open(server.options("views")))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, house: House) -> str:
    authority.cert_pem.write_to_path(house.folder / "ca.pem")
    return "ca.pem"  # relative to the data directory


async def test_the_password_crosses_only_to_a_server_that_is_known(
    house: House, authority: trustme.CA, ca_file: str
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    async with domino(clients(3), tls) as server:
        assert len(records_of(await all_of(house.open(server.options("views", ca_file=ca_file))))) == 3
        with pytest.raises(BackendRefused, match="ca_file"):
            await all_of(house.open(server.options("views")))
        misnamed = server.options("views", ca_file=ca_file) | {"url": server.url.replace("localhost", "127.0.0.1")}
        with pytest.raises(BackendRefused, match="not trusted"):
            await all_of(house.open(misnamed))
        with pytest.raises(BackendRefused, match=r"absent\.pem"):
            await all_of(house.open(server.options("views", ca_file="absent.pem")))
