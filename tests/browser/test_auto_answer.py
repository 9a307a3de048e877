"""The page's telephone and a call with somebody on the line already."""

import pytest

from telemarket.asterisk.ari import AriClient
from telemarket.asterisk.ari.models import StasisStart
from telemarket.calls import commands as do
from telemarket.calls.pbx_commands import PbxCommands
from telemarket.core.people import page_endpoint
from tests.browser.operator import OperatorPage
from tests.integration.ari_support import Recorder
from tests.integration.centre import Centre

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_it_answers_by_itself_if_it_is_asked_to_and_only_then(centre: Centre, olena: OperatorPage) -> None:
    access = centre.pbx.access
    endpoint = f"PJSIP/{page_endpoint('olena')}"
    async with AriClient(centre.pbx.ari_url, access.ari_user, access.ari_password, "auto-answer") as ari:
        await ari.wait_connected()
        heard, pbx = Recorder(ari), PbxCommands(ari, None, "telemarket-fallback", "")  # type: ignore[arg-type]
        for leg, asked, state in (("auto-1-leg", True, "talking"), ("auto-2-leg", False, "ringing")):
            await pbx.carry_out(do.CreateLeg("auto", leg, endpoint, "380501112233", "", asked))
            await heard.next(StasisStart)
            await pbx.carry_out(do.Dial("auto", leg, 20))
            await olena.telephone_call(state)
            await pbx.carry_out(do.HangUp("auto", leg))
            await olena.telephone_call("none")
