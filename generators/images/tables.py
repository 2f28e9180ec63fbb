"""What an evaluation found, as a table to read in a terminal or on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

FIDELITY = ("label", "number", "fid", "fid_ratio", "kid", "precision", "recall", "density", "coverage", "ms_ssim")
PRIVACY = ("nearest_ratio", "copies", "membership_auc")
UTILITY = ("trained_on", "accuracy", "accuracy_deviation", "auc", "auc_deviation")


def table(result: Mapping[str, Any]) -> str:
    """Every table of an evaluation, one below the other."""
    fidelity, utility = result.get("fidelity", []), result.get("utility", [])
    private = [row for row in fidelity if PRIVACY[0] in row]
    parts = [
        ("Fidelity", ("model", *FIDELITY), fidelity),
        ("Privacy", ("model", *PRIVACY), private),
        ("Utility", ("model", *UTILITY), utility),
    ]
    return "\n\n".join(f"{title}, {result['dataset']}\n{lines(head, rows)}" for title, head, rows in parts if rows)


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
