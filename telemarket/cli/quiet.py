"""Commands whose report says it all."""

import logging

import structlog


def quiet_logs() -> None:
    """Let nothing be logged: what the parts log while they are tried out would only stand in between."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
