"""Rows of a measurement as text, to read in a terminal or on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def lines(head: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows under a head, in columns of even width."""
    names = list(head)
    cells = [names, *([cell(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(names))]
    return "\n".join("  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)) for line in cells)


def cell(value: Any) -> str:
    """A value in at most four digits."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
