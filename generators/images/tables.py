"""What an evaluation found, as a table to read in a terminal or on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generators.tables import lines

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
