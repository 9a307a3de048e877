"""A simulated day as text."""

from collections.abc import Iterator, Sequence
from typing import Any

from telemarket.simulation.day import Day
from telemarket.simulation.estimate import CONFIDENCE, Estimate
from telemarket.simulation.figures import Figures, total
from telemarket.simulation.forecast import Comparison, Measure
from telemarket.simulation.habits import HALF_HOUR
from telemarket.simulation.staffing import Staffing

FORMULA = "answered within {within:g} s / (offered - abandoned within {within:g} s)"
_SPEED = "average speed of answer: from arrival to the operator's voice."
_BLOCKS = " ▏▎▍▌▋▊▉█"
_BAR = 12


def day_report(day: Day, days: Sequence[Sequence[Figures]], compared: Comparison, aim: float) -> Iterator[str]:
    """Lines: the half-hours, the whole day against the formula, and what that means."""
    yield from _half_hours(day, days)
    yield ""
    yield f"SL, service level: {FORMULA.format(within=day.within)}."
    yield f"ASA, {_SPEED} Occupancy: handling / (handling + available)."
    yield ""
    yield from _comparison(compared)
    yield ""
    yield in_words(day, compared, aim)


def staffing_report(day: Day, rows: Sequence[Staffing]) -> Iterator[str]:
    """Lines: a row for each half-hour, and what they say."""
    yield (
        f"{'time':>5}{'calls/h':>9}{'operators':>11}{'SL ' + format(day.within, 'g') + ' s':>10}{'ASA':>9}"
        f"{'wait':>8}{'give up':>9}{'occupancy':>11}"
    )
    for row in rows:
        operators = "–" if row.operators is None else row.operators
        yield (
            f"{_clock(row.start):>5}{row.calls_per_hour:>9g}{operators:>11}{_share(row.service_level):>10}"
            f"{_seconds(row.speed_of_answer):>9}{_share(row.waits):>8}{_share(row.abandons):>9}"
            f"{_share(row.occupancy):>11}"
        )
    yield ""
    model = "Erlang C" if day.patience is None else "Erlang A"
    yield f"By {model}. SL, service level: {FORMULA.format(within=day.within)}. ASA, {_SPEED}"


def day_summary(day: Day, days: Sequence[Sequence[Figures]], compared: Comparison, aim: float) -> dict[str, Any]:
    """The same for programs. Counts are means of the replications; shares are from 0 to 1, times in seconds."""
    rows = [total(each) for each in zip(*days, strict=True)]
    return {
        "replications": compared.replications,
        "confidence": CONFIDENCE,
        "formula": FORMULA.format(within=day.within),
        "half_hours": [
            {
                "start": number * HALF_HOUR,
                "offered": row.offered / len(days),
                "answered": row.answered / len(days),
                "abandoned": row.abandoned / len(days),
                "speed_of_answer": row.speed_of_answer,
                "service_level": row.service_level,
                "occupancy": row.occupancy,
            }
            for number, row in enumerate(rows)
        ],
        "model": compared.model,
        "measures": compared.measures,
        "operators": day.operators,
        "operators_needed": compared.needed,
        "aim": aim,
        "in_words": in_words(day, compared, aim),
    }


def _half_hours(day: Day, days: Sequence[Sequence[Figures]]) -> Iterator[str]:
    """A row each: counts are means of the replications, shares are of all their calls."""
    rows = [total(each) for each in zip(*days, strict=True)]
    most = max(row.offered for row in rows)
    yield (
        f"{'time':>5}{'offered':>9}{'answered':>10}{'abandoned':>11}{'ASA':>9}"
        f"{'SL ' + format(day.within, 'g') + ' s':>10}{'occupancy':>11}"
    )
    for number, row in enumerate(rows):
        bar = _bar(row.offered / most if most else 0.0)
        yield _row(_clock(number * HALF_HOUR), row, len(days)) + f"  {bar}".rstrip()
    yield _row("all", total(rows), len(days))


def _row(name: str, row: Figures, replications: int) -> str:
    return (
        f"{name:>5}{row.offered / replications:>9.1f}{row.answered / replications:>10.1f}"
        f"{row.abandoned / replications:>11.1f}{_seconds(row.speed_of_answer):>9}"
        f"{_share(row.service_level):>10}{_share(row.occupancy):>11}"
    )


def _comparison(compared: Comparison) -> Iterator[str]:
    interval = f"{CONFIDENCE:.0%} interval" if compared.replications > 1 else ""
    yield f"{'':<26}{'simulated':>10}  {interval:<20}{compared.model:>10}"
    for key, measure in compared.measures.items():
        if key == "abandons" and compared.model == "Erlang C":
            continue
        show = _share if measure.unit == "share" else _seconds
        between = f"{show(measure.simulated.low)} … {show(measure.simulated.high)}" if interval else ""
        yield f"{measure.name:<26}{show(measure.simulated.mean):>10}  {between:<20}{show(measure.expected):>10}"


def in_words(day: Day, compared: Comparison, aim: float) -> str:
    """What a planner wants to know, in sentences."""
    level = compared.measures["service_level"]
    interval = _interval(level.simulated)
    sentences = [
        f"{day.operators} operators answer {_share(level.simulated.mean)}{interval} of the calls within "
        f"{day.within:g} s, {_met(level.simulated, aim)} the aim of {aim:.0%}.",
        _verdict(compared, level),
    ]
    if compared.needed is not None:
        sentences.append(f"By {compared.model} the busiest half-hour needs {compared.needed} operators for that aim.")
    else:
        sentences.append("No number of operators reaches that aim: picking up alone takes longer.")
    if compared.replications > 1:
        sentences.append(f"The interval is Student's t over {compared.replications} independent days.")
    return " ".join(sentences)


def _met(level: Estimate, aim: float) -> str:
    if level.low is not None and level.high is not None and level.low < aim <= level.high:
        return "too close to tell from"
    return "which meets" if level.mean >= aim else "which misses"


def _verdict(compared: Comparison, level: Measure) -> str:
    if level.expected is None:
        return "Erlang C has no answer: more work arrives than these operators can do, and nobody gives up."
    differs = f" (it supposes otherwise: {'; '.join(compared.differs)})" if compared.differs else ""
    expects = f"{compared.model} expects {_share(level.expected)}{differs}"
    if level.simulated.low is None:
        return f"{expects}; more than one day (--repeat) tells whether the difference is chance."
    if level.simulated.holds(level.expected):
        return f"{expects}, which agrees with the simulation."
    return f"{expects}, and the difference is not chance."


def _interval(simulated: Estimate) -> str:
    if simulated.low is None:
        return ""
    return f" ({_share(simulated.low)} … {_share(simulated.high)})"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{min(1.0, max(0.0, share)):.1%}"


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{max(0.0, seconds):.1f} s"


def _clock(seconds: float) -> str:
    return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02}"


def _bar(share: float) -> str:
    eighths = round(share * _BAR * 8)
    return _BLOCKS[8] * (eighths // 8) + (_BLOCKS[eighths % 8] if eighths % 8 else "")
