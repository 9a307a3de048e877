"""The rows of the dialing benchmark as an SVG: utilisation by operators, one panel for each load."""

from collections.abc import Sequence
from html import escape
from math import log
from typing import Any

_WIDTH, _HEIGHT, _MARGIN = 300, 240, 44
_COLOURS = ("#1b7837", "#7fbf7b", "#762a83", "#af8dc3", "#d6604d", "#878787")
_LEAST = 0.5


def plot(rows: Sequence[dict[str, Any]]) -> str:
    """The whole picture."""
    panels = list(dict.fromkeys(_panel(row) for row in rows))
    names = list(dict.fromkeys(_series(row) for row in rows))
    across = 3
    down = -(-len(panels) // across)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="10" '
        f'viewBox="0 0 {across * _WIDTH} {down * _HEIGHT + 14 * len(names) + 10}">'
    ]
    for number, panel in enumerate(panels):
        x, y = number % across * _WIDTH, number // across * _HEIGHT
        parts.append(f'<g transform="translate({x},{y})"><text x="{_MARGIN}" y="16">{escape(panel)}</text>')
        parts += _axes()
        for name, colour in zip(names, _COLOURS, strict=False):
            chosen = sorted(
                (row["operators"], row["utilisation"]) for row in rows if (_panel(row), _series(row)) == (panel, name)
            )
            points = " ".join(f"{_x(operators):.1f},{_y(utilisation):.1f}" for operators, utilisation in chosen)
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append("</g>")
    for number, (name, colour) in enumerate(zip(names, _COLOURS, strict=False)):
        y = down * _HEIGHT + 14 * (number + 1)
        parts.append(f'<text x="{_MARGIN}" y="{y}" fill="{colour}">{escape(name)}</text>')
    return "".join([*parts, "</svg>"])


def _panel(row: dict[str, Any]) -> str:
    return f"{row['variant']}: answer {row['answer_rate']:.2f}, {row['aht_s']:.0f} s"


def _series(row: dict[str, Any]) -> str:
    return f"{row['controller']}, {row['target']:.0%}"


def _axes() -> list[str]:
    lines = [
        f'<text x="8" y="{_y(level) + 4:.0f}">{level:.0%}</text><path stroke="#ddd" '
        f'd="M{_MARGIN} {_y(level):.1f}H{_WIDTH - 10}"/>'
        for level in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    ]
    return lines + [f'<text x="{_x(size) - 6:.0f}" y="{_HEIGHT - 8}">{size}</text>' for size in (5, 10, 20, 50, 100)]


def _x(operators: int) -> float:
    return _MARGIN + 8 + (log(operators) - log(5)) / log(20) * (_WIDTH - _MARGIN - 30)


def _y(utilisation: float) -> float:
    return _HEIGHT - 26 - (max(_LEAST, utilisation) - _LEAST) / (1.0 - _LEAST) * (_HEIGHT - 60)
