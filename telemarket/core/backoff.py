"""How long to wait before trying again."""

import random
from collections.abc import Callable

Backoff = Callable[[int], float]
"""Seconds to wait before attempt number `n`, counted from 0 since the last success."""


def jittered(attempt: int, *, base: float = 0.1, cap: float = 5.0) -> float:
    """Nothing before the first attempt, then exponential up to `cap`, spread so that clients do not march in step."""
    if attempt == 0:
        return 0.0
    ceiling = min(cap, base * 2 ** min(attempt, 16))
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311
