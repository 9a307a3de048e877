"""Logs: structured, personal data masked, secrets never, one stream for our own and every library's records."""

import logging
import sys
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from telemarket.core.settings import LogSettings

PERSONAL = frozenset(
    {"ani", "caller", "caller_name", "company", "contact_name", "email", "name", "number", "phone", "query"}
)
SECRET = frozenset(
    {"authorization", "cookie", "password", "password_hash", "secret", "sip_secret", "token", "token_hash"}
)

# What libraries say below this level concerns their own developers.
_LIBRARIES = {"aiohttp": "WARNING", "aiosqlite": "WARNING", "asyncio": "WARNING", "panoramisk": "WARNING"}
_SHOWN_DIGITS = 3
_LEAST_DIGITS = 7  # in anything shorter three digits would give too much away


def configure_logging(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send every record to `stream` (stderr): for eyes on a terminal, otherwise one JSON object a line.

    Records of the standard library's loggers (uvicorn, aiohttp, SQLAlchemy) take the same way.
    """
    stream = stream or sys.stderr
    level = getattr(logging, settings.level.upper())
    console = settings.format == "console" or (settings.format == "auto" and stream.isatty())
    common = _common_processors(settings.mask_personal_data)
    rendering = _rendering(console, stream)
    structlog.configure(
        processors=[*common, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda name="", *_: _Output(name, stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(True)
    for name, least in _LIBRARIES.items():
        logging.getLogger(name).setLevel(least)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


class _Output(structlog.WriteLogger):
    """A logger that knows its name, for `add_logger_name`."""

    def __init__(self, name: str, stream: TextIO) -> None:
        super().__init__(stream)
        self.name = name


def _common_processors(mask: bool) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
        *([mask_personal_data] if mask else []),
    ]


def _rendering(console: bool, stream: TextIO) -> list[Processor]:
    if console:
        return [
            structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    return [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace passwords, tokens and their like, whatever the configuration says."""
    for key in SECRET & event.keys():
        event[key] = "[secret]"
    return event


def mask_personal_data(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave the last three digits of numbers, and nothing of names and addresses."""
    for key in PERSONAL & event.keys():
        event[key] = _masked(event[key])
    return event


def _masked(value: Any) -> Any:
    if value is None or value == "":
        return value
    digits = "".join(filter(str.isdigit, str(value)))
    return "…" + (digits[-_SHOWN_DIGITS:] if len(digits) >= _LEAST_DIGITS else "")
