"""Small charts as inline SVG: no script and no library, each with a title that a screen reader says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDE, HIGH, EDGE = 440, 170, 22  # of a chart of columns, in its own units
SMALL_WIDE, SMALL_HIGH = 160, 40
STEP_WIDE, STEP_HIGH, NAMES_WIDE = 420, 26, 96
MOST_WIDE = 40.0  # of one column
LETTER = 7  # the width of a letter of a label
NAMED = 190  # what the names beside bars have room in


def trend(values: Sequence[float], told: Sequence[str], title: str) -> str:
    """A line through values in their order; `told` is what each point says."""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = (SMALL_WIDE - 12) / max(len(values) - 1, 1)
    points = [
        (6 + step * place, SMALL_HIGH - 6 - (SMALL_HIGH - 12) * (value - low) / span)
        for place, value in enumerate(values)
    ]
    dots = "".join(_dot(x, y, 3, text, "trend") for (x, y), text in zip(points, told, strict=True))
    return _svg(SMALL_WIDE, SMALL_HIGH, title, f"{_line(points)}{dots}", "trend")


def steps(ranks: Sequence[int], told: Sequence[str], levels: Sequence[tuple[str, str]], title: str) -> str:
    """A line that moves between levels; `levels` holds the class and the name of each, the lowest first."""
    height = STEP_HIGH * len(levels)
    lines = "".join(_level(place, name, height) for place, (_, name) in enumerate(levels))
    step = (STEP_WIDE - NAMES_WIDE - 20) / max(len(ranks) - 1, 1)
    points = [(NAMES_WIDE + 10 + step * place, _middle(rank, height)) for place, rank in enumerate(ranks)]
    dots = "".join(_dot(x, y, 6, text, levels[rank][0]) for (x, y), text, rank in zip(points, told, ranks, strict=True))
    return _svg(STEP_WIDE, height, title, f"{lines}{_line(points)}{dots}", "steps")


def columns(counts: Mapping[str, Mapping[str, int]], kinds: Mapping[str, str], title: str) -> str:
    """Stacked columns: of each label the count of every kind; `kinds` names them, the lowest in the stack first."""
    most = max((sum(held.values()) for held in counts.values()), default=1) or 1
    step = (WIDE - EDGE) / max(len(counts), 1)
    drawn = "".join(
        _column(EDGE + step * place, min(step, MOST_WIDE), label, held, kinds, most)
        for place, (label, held) in enumerate(counts.items())
    )
    labels = "".join(
        f'<text x="{EDGE + step * place:.1f}" y="{HIGH - 4}">{escape(label)}</text>'
        for place, label in _labelled(list(counts))
    )
    axis = f'<text x="0" y="12">{most}</text><text x="0" y="{HIGH - EDGE}">0</text>'
    return _svg(WIDE, HIGH, title, f"{axis}{drawn}{labels}", "columns")


def bars(rows: Sequence[tuple[str, int]], title: str) -> str:
    """Horizontal bars with their names and counts."""
    most = max((count for _, count in rows), default=1)
    drawn = "".join(_bar(place, name, count, most) for place, (name, count) in enumerate(rows))
    return _svg(WIDE, 24 * len(rows), title, drawn, "bars")


def table(heads: Sequence[str], rows: Sequence[Sequence[str | int]], summary: str) -> str:
    """The same as numbers, folded away behind a summary."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    inner = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<details><summary>{escape(summary)}</summary>{inner}</details>"


def _svg(width: float, height: float, title: str, inside: str, kind: str) -> str:
    name = escape(title)
    return (
        f'<svg class="chart {kind}" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{name}">'
        f"<title>{name}</title>{inside}</svg>"
    )


def _line(points: Sequence[tuple[float, float]]) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none"/>' if len(points) > 1 else ""


def _dot(x: float, y: float, radius: float, text: str, kind: str) -> str:
    return (
        f'<circle class="{escape(kind)}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"><title>{escape(text)}</title></circle>'
    )


def _middle(rank: int, height: float) -> float:
    return height - STEP_HIGH * (rank + 0.5)


def _level(rank: int, name: str, height: float) -> str:
    y = _middle(rank, height)
    rule = f'<line x1="{NAMES_WIDE}" x2="{STEP_WIDE}" y1="{y}" y2="{y}"/>'
    return f'{rule}<text x="0" y="{y + 4}">{escape(name)}</text>'


def _column(x: float, step: float, label: str, held: Mapping[str, int], kinds: Mapping[str, str], most: int) -> str:
    drawn, y, unit = "", float(HIGH - EDGE), (HIGH - EDGE - 6) / most
    for kind, name in kinds.items():
        if count := held.get(kind, 0):
            y -= unit * count
            said = escape(f"{label}, {name}: {count}")
            size = f'x="{x:.1f}" y="{y:.1f}" width="{max(step - 2, 1):.1f}" height="{unit * count:.1f}"'
            drawn += f'<rect class="{escape(kind)}" {size}><title>{said}</title></rect>'
    return drawn


def _labelled(labels: Sequence[str]) -> list[tuple[int, str]]:
    """The labels that have room, evenly."""
    wide = LETTER * max(map(len, labels), default=1) + LETTER
    every = max(1, -(-len(labels) * wide // (WIDE - EDGE)))
    return [(place, label) for place, label in enumerate(labels) if place % every == 0]


def _bar(place: int, name: str, count: int, most: int) -> str:
    y, width = 24 * place, (WIDE - NAMED - 50) * count / most
    said, room = escape(f"{name}: {count}"), NAMED // LETTER + 3
    short = name if len(name) <= room else f"{name[: room - 1]}…"
    return (
        f'<text x="0" y="{y + 16}">{escape(short)}<title>{said}</title></text>'
        f'<rect class="count" x="{NAMED}" y="{y + 4}" width="{width:.1f}" height="16"><title>{said}</title></rect>'
        f'<text x="{NAMED + 6 + width:.1f}" y="{y + 16}">{count}</text>'
    )
