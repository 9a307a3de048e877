"""What comes from the line, from plugins and from the disk may be rubbish: none of it costs a call."""

import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Sipp
from tests.integration.centre import DNIS, Centre

HOSTILE = {
    "dialplan": "${SHELL(id)}",
    "markup": "<script>alert(1)</script>",
    "quotes": "O'Neil \"; drop table calls; --",
    "line ends": b'"a\\r\\nAction: Originate" ',
    "endless": "Я" * 5000,
    "not UTF-8": b'"\xff\xfe\xfd" ',
    "direction marks": "abc\u202eexe.\u2066",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_hostile_name_is_only_a_name(centre: Centre, stack: AsyncExitStack, name: str | bytes) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        outcome = await centre.sipp.call(DNIS, caller="380671234567", name=name, talk=0.5)
        assert outcome.statuses[-1] == 200
        await anna.until(lambda: bool(anna.cards))
        card = next(iter(anna.cards.values()))["html"]
    assert "<script" not in card
    call = await centre.call()
    assert call["result"] == "answered"
    assert len(call["caller_name"]) <= 200
    if isinstance(name, str) and len(name) < 200:
        assert call["caller_name"] == name.strip()


@pytest.mark.parametrize("caller", ["anonymous", "Restricted", "1" * 60, "+++"])
async def test_a_number_that_is_none_is_answered_like_any(centre: Centre, stack: AsyncExitStack, caller: str) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.ready("anna") as [anna]:
        outcome = await centre.sipp.call(DNIS, caller=caller, talk=0.5)
        assert outcome.statuses[-1] == 200
        await anna.until(lambda: bool(anna.cards))
    assert (await centre.call())["result"] == "answered"


async def test_a_backend_that_hangs_delays_neither_card_nor_call(
    pbx: Instance, sipp: Sipp, tmp_path: Path, stack: AsyncExitStack
) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "hanging.py").write_text(
        dedent("""
        import asyncio
        from telemarket.backend import Backend, BackendKind, BackendOptions
        from telemarket.hookspecs import hookimpl

        class Hanging(Backend):
            def __init__(self, context, options):
                self.name, self.title = context.name, context.title

            async def look_up(self, e164, digits):
                await asyncio.Event().wait()

        @hookimpl
        def telemarket_backend_kinds():
            return [BackendKind(name="hanging", title="Hangs", options=BackendOptions, open=Hanging)]
        """),
        encoding="utf-8",
    )
    extra = f"""
[plugins]
folder = "{folder}"
[backends.crm]
kind = "hanging"
title = "Hanging CRM"
live = true
"""
    centre = Centre(pbx, sipp, tmp_path, extra=extra)
    try:
        phone = await stack.enter_async_context(sipp.phone(ring=0.1))
        await centre.prepare()
        await centre.add_operator("anna", phone)
        await centre.start()
        async with centre.ready("anna") as [anna]:
            outcome = await sipp.call(DNIS, talk=0.5)
            assert outcome.statuses[-1] == 200
            await anna.until(lambda: bool(anna.cards))
            assert "Hanging CRM" in next(iter(anna.cards.values()))["html"]
        await centre.call()
        assert len(await centre.rows("journal", kind="call.card_shown")) == 1
        assert not await centre.rows("journal", kind="call.lookup_late")
        await centre.quiet()
    finally:
        await centre.close()


async def test_recordings_that_cannot_be_written_cost_no_call(centre: Centre, stack: AsyncExitStack) -> None:
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    centre.recordings.write_text("a file where the folder should be")
    await centre.start()
    async with centre.ready("anna"):
        outcome = await centre.sipp.call(DNIS, talk=0.5)
        assert outcome.statuses[-1] == 200
    assert (await centre.call())["result"] == "answered"
    assert "a call is not recorded" in centre.log


async def test_a_full_disk_costs_no_call_and_raises_the_alarm(centre: Centre, stack: AsyncExitStack) -> None:
    centre.recordings.mkdir()
    stack.enter_context(small_disk(centre.recordings))
    phone = await stack.enter_async_context(centre.sipp.phone(ring=0.1, speak=True))
    await centre.prepare()
    await centre.add_operator("anna", phone)
    await centre.start()
    async with centre.ready("anna"):
        for _ in range(2):
            outcome = await centre.sipp.call(DNIS, talk=4.0, speak=True)
            assert outcome.statuses[-1] == 200
    assert [call["result"] for call in await centre.calls(2)] == ["answered", "answered"]
    assert "recordings run out of space" in centre.log


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of 32 kB (two seconds of speech) mounted on `folder`."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
