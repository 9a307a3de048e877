"""Logs tell what happened, and nothing about people that is not needed."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from telemarket.core.logging import configure_logging
from telemarket.core.settings import LogSettings


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []  # pytest's own must not be closed
    yield
    logging.captureWarnings(False)
    root.handlers, root.level = handlers, level


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_personal_data_is_masked_and_secrets_never_shown() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(), stream)
    structlog.get_logger("telemarket.x").info(
        "call arrived", caller="+380671234567", name="Новоха", ani="077", email="", password="hunter2", call_id="1.5"
    )
    (record,) = lines(stream)
    assert record["caller"] == "…567"
    assert (record["name"], record["ani"], record["email"]) == ("…", "…", "")
    assert record["password"] == "[secret]"
    assert (record["call_id"], record["event"], record["logger"]) == ("1.5", "call arrived", "telemarket.x")


def test_an_administrator_may_see_numbers_but_no_passwords() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(mask_personal_data=False), stream)
    structlog.get_logger("x").info("call", caller="+380671234567", token="t")
    (record,) = lines(stream)
    assert (record["caller"], record["token"]) == ("+380671234567", "[secret]")


def test_levels_hold_for_our_records_and_for_libraries() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(level="warning"), stream)
    structlog.get_logger("x").info("quiet")
    logging.getLogger("uvicorn.error").info("quiet")
    logging.getLogger("uvicorn.error").warning("loud %s", 1)
    assert [record["event"] for record in lines(stream)] == ["loud 1"]


def test_an_exception_keeps_its_traceback_on_one_line() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(), stream)
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        structlog.get_logger("x").exception("failed")
    (record,) = lines(stream)
    assert "RuntimeError: broken" in record["exception"]


def test_a_console_reads_like_text() -> None:
    stream = io.StringIO()
    configure_logging(LogSettings(format="console"), stream)
    structlog.get_logger("x").info("call arrived", caller="+380671234567")
    assert "call arrived" in stream.getvalue()
    assert "…567" in stream.getvalue()
