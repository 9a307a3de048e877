"""Simulated days of a campaign as text, for programs, and as a picture."""

from collections.abc import Iterator, Sequence
from typing import Any

from telemarket.simulation.dialing.figures import DayFigures, bounds, total

_BAR = 20
_WIDTH, _HEIGHT, _MARGIN = 640, 180, 40
_USED, _ABANDONED, _LIMIT, _INK = "#4575b4", "#d73027", "#b2182b", "#333"


def campaign_report(days: Sequence[DayFigures], target: float) -> Iterator[str]:
    """Lines: a row for each day with a bar of how much operators were used, and what that means."""
    yield (
        f"{'day':>4}{'dialed':>9}{'connected':>11}{'abandoned':>11}{'share':>8}{'wait':>8}{'lines':>7}"
        f"{'most':>6}{'used':>8}"
    )
    for number, day in enumerate(days, 1):
        yield f"{_row(str(number), day, 1)}  {'█' * round(day.utilisation * _BAR)}"
    whole = total(days)
    yield _row("all", whole, len(days))
    yield ""
    low, high = bounds(whole.abandoned, whole.live)
    over = sum(day.abandon > target for day in days)
    yield (
        f"Operators talk or wrap up {whole.utilisation:.1%} of their time. {whole.abandon:.2%} of those who answered "
        f"were abandoned ({low:.2%} … {high:.2%} with 95 % confidence), with {target:.1%} allowed; "
        f"{over} of {len(days)} days were over that."
    )


def campaign_summary(days: Sequence[DayFigures], target: float) -> dict[str, Any]:
    """The same for programs: shares from 0 to 1, times in seconds."""
    whole = total(days)
    low, high = bounds(whole.abandoned, whole.live)
    return {
        "days": [_figures(day, 1) for day in days],
        **_figures(whole, len(days)),
        "abandon_low": low,
        "abandon_high": high,
        "target": target,
        "days_over": sum(day.abandon > target for day in days),
    }


def campaign_svg(days: Sequence[DayFigures], target: float) -> str:
    """Two rows of bars, one for each day: how much operators were used, and the share abandoned beside its limit."""
    most = max([2.0 * target, *(day.abandon for day in days)]) or 1.0
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {2 * _HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="{_INK}">',
        *_bars("Operators used", [day.utilisation for day in days], 1.0, _USED, 0),
        *_bars("Abandoned", [day.abandon for day in days], most, _ABANDONED, _HEIGHT),
    ]
    limit = _HEIGHT + _level(target / most)
    parts.append(f'<path d="M{_MARGIN} {limit:.1f}H{_WIDTH}" stroke="{_LIMIT}" stroke-dasharray="4"/>')
    return "".join([*parts, "</svg>\n"])


def _bars(title: str, values: Sequence[float], most: float, colour: str, top: int) -> Iterator[str]:
    yield f'<text x="{_MARGIN}" y="{top + 16}">{title}, top {most:.1%}</text>'
    width = (_WIDTH - _MARGIN) / len(values)
    for number, value in enumerate(values):
        level = _level(value / most)
        yield (
            f'<rect x="{_MARGIN + number * width:.1f}" y="{top + level:.1f}" width="{0.8 * width:.1f}" '
            f'height="{_HEIGHT - 20 - level:.1f}" fill="{colour}"><title>{value:.2%}</title></rect>'
        )


def _level(share: float) -> float:
    return _HEIGHT - 20 - min(1.0, share) * (_HEIGHT - 50)


def _row(name: str, day: DayFigures, days: int) -> str:
    figures = _figures(day, days)
    calls = f"{figures['dialed']:>9.0f}{figures['connected']:>11.0f}{figures['abandoned']:>11.1f}{day.abandon:>8.2%}"
    lines = f"{figures['lines']:>7.1f}{day.most_lines:>6}"
    return f"{name:>4}{calls}{figures['wait']:>6.2f} s{lines}{day.utilisation:>8.1%}"


def _figures(day: DayFigures, days: int) -> dict[str, float]:
    """Means of the days."""
    return {
        "dialed": day.dialed / days,
        "connected": day.connected / days,
        "abandoned": day.abandoned / days,
        "abandon": day.abandon,
        "utilisation": day.utilisation,
        "wait": day.wait_seconds / day.connected if day.connected else 0.0,
        "lines": day.line_seconds / day.counted_seconds if day.counted_seconds else 0.0,
        "most_lines": day.most_lines,
    }
