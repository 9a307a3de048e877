"""What is wrong with plugins: kept for `telemarket check` and /healthz, and written to the log once."""

import threading
from collections.abc import Iterator

import msgspec
import structlog

log = structlog.get_logger(__name__)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of one plugin. `where` is a hook or a stage of loading; `times` counts repetitions."""

    plugin: str
    where: str
    what: str
    times: int = 1


class Problems:
    """The latest problem of each plugin and place: as many as there are hooks, however often they fail.

    Safe to use from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._problems: dict[tuple[str, str], Problem] = {}

    def __iter__(self) -> Iterator[Problem]:
        with self._lock:
            return iter(tuple(self._problems.values()))

    def add(self, plugin: str, where: str, what: str, *, exc_info: BaseException | None = None) -> None:
        """Note a problem. Only its first occurrence is logged as an error, so that a hook failing at every
        call does not flood the log."""
        with self._lock:
            before = self._problems.get((plugin, where))
            times = before.times + 1 if before else 1
            self._problems[plugin, where] = Problem(plugin=plugin, where=where, what=what, times=times)
        write = log.error if times == 1 else log.debug
        write("plugin problem", plugin=plugin, where=where, what=what, times=times, exc_info=exc_info)
