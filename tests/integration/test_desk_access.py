"""Who gets into the desk, and what other sites' pages can do to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.desk import PASSWORD, Desk, close_code, running_desk, signed_in, stream


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


async def test_strangers_see_the_sign_in_page_and_nothing_more(desk: Desk) -> None:
    async with httpx.AsyncClient(base_url=desk.url) as stranger:
        for path in ("/", "/calls", "/contacts/1", "/recordings/old-0", "/nothing"):
            response = await stranger.get(path)
            assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
        refused = await stranger.post("/desk/ready")
        assert (refused.status_code, refused.json()["error_id"]) == (401, "signed-out")
        fragment = await stranger.get("/contacts", headers={"HX-Request": "true"})
        assert (fragment.status_code, fragment.headers["hx-redirect"]) == (401, "/sign-in")


async def test_a_strangers_live_stream_is_told_to_sign_in(desk: Desk) -> None:
    async with connect(desk.url.replace("http", "ws") + "/desk/live", origin=desk.url) as socket:  # type: ignore[arg-type]
        assert await close_code(socket) == 4401


async def test_wrong_password_says_so_in_the_browsers_language(desk: Desk) -> None:
    async with httpx.AsyncClient(base_url=desk.url, headers={"Accept-Language": "ru-RU,ru;q=0.9"}) as stranger:
        response = await stranger.post("/sign-in", data={"login": "olena", "password": "wrong"})
    assert response.status_code == 403
    assert 'lang="ru"' in response.text
    assert 'role="alert"' in response.text
    assert 'value="olena"' in response.text
    assert "set-cookie" not in response.headers


async def test_a_fault_of_ours_is_told_with_the_same_headers(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    async with signed_in(desk) as operator:
        monkeypatch.setattr(desk.services.call_log, "get", broken)
        answer = await operator.get("/calls/old-0", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error_id"]) == (500, "internal")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert {"x-content-type-options", "referrer-policy", "permissions-policy", "cache-control"} <= set(answer.headers)


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: Desk) -> None:
    async with httpx.AsyncClient(base_url=desk.url) as stranger:
        response = await stranger.post("/sign-in", data={"login": "Olena ", "password": PASSWORD})
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_other_sites_can_neither_command_nor_listen(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            refused = await operator.post("/desk/ready", headers=headers)
            assert (refused.status_code, refused.json()["error_id"]) == (403, "cross-origin")
        for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": desk.url}):
            assert (await operator.post("/desk/ready", headers=headers)).status_code == 200
        with pytest.raises(InvalidStatus):
            async with stream(desk, operator, origin="https://evil.example"):
                pass


async def test_answers_carry_a_strict_policy(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        for path in ("/", "/calls", "/nothing", "/static/build/desk.css"):
            headers = (await operator.get(path)).headers
            policy = headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "microphone=(self)" in headers["permissions-policy"]
        assert "ws://127.0.0.1:8088" in (await operator.get("/")).headers["content-security-policy"]


async def test_only_projects_that_ask_for_a_frame_may_be_framed(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        assert "frame-src 'none'" in (await operator.get("/")).headers["content-security-policy"]
        await desk.services.projects.update(
            "077", crm_url="https://crm.example:8443/open?tel={{ call.ani }}", crm_open="frame"
        )
        assert "frame-src https://crm.example:8443;" in (await operator.get("/")).headers["content-security-policy"]


async def test_signing_out_ends_the_session_its_streams_and_the_shift(desk: Desk) -> None:
    async with signed_in(desk) as operator, stream(desk, operator) as page:
        await operator.post("/desk/ready")
        assert (await operator.post("/sign-out")).headers["location"] == "/sign-in"
        assert desk.call_centre.agent_view(desk.operator.id).state == "offline"
        assert await close_code(page) == 1013
        assert (await operator.get("/")).status_code == 303


async def test_the_telephones_secret_goes_to_its_owner_only(tmp_path: Path) -> None:
    async with running_desk(tmp_path, telephone="page") as desk, signed_in(desk) as operator:
        account = await operator.post("/desk/telephone")
        assert account.json()["uri"] == f"sip:{desk.operator.endpoint}@127.0.0.1"
        assert account.json()["websocket_url"] == "ws://127.0.0.1:8088/ws"
        assert len(account.json()["password"]) > 20
        assert account.headers["cache-control"] == "no-store"
        assert (await operator.get("/desk/telephone")).status_code == 405


async def test_an_error_names_itself_and_what_to_do(desk: Desk) -> None:
    async with signed_in(desk) as operator:
        page = await operator.get("/contacts/999")
        assert page.status_code == 404
        assert "not-found" in page.text
        answer = await operator.post("/desk/pause", data={"reason": "курити"}, headers={"Accept": "application/json"})
        assert answer.status_code == 422
        assert answer.json()["error_id"] == "invalid-input"
        assert answer.json()["field"] == "reason"
        assert answer.json()["message"].startswith("Такої причини")
