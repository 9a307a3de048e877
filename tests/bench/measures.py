"""The arithmetic of benchmarks: CPU of a process, quantiles, ratios."""

from collections.abc import Sequence
from statistics import quantiles

import psutil


class Cpu:
    """CPU a process uses from now on, in seconds, in its own code and in the kernel's; its threads included."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._before = self._total()

    @property
    def seconds(self) -> float:
        return self._total() - self._before

    def _total(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """`p50`, `p95` and `p99` of at least two values, rounded to a tenth."""
    parts = quantiles(values, n=100, method="inclusive")
    return {f"p{which}": round(parts[which - 1], 1) for which in (50, 95, 99)}


def rate(moments: Sequence[float]) -> float:
    """How many a second came in the time between the first moment and the last; 0 for fewer than two moments."""
    span = max(moments, default=0.0) - min(moments, default=0.0)
    return (len(moments) - 1) / span if span > 0 else 0.0
