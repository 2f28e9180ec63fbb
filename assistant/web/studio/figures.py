"""How good the shipped image models are, as measured: the figures that lie with their weights, as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from assistant.locales import Studio
from generators.images import catalogue
from generators.tables import cell

FIGURES = catalogue.CATALOGUE.parent / "weights" / "figures.json"
REAL, SYNTHETIC, WHOLE = "real", "synthetic", "all"
Row = Mapping[str, Any]


@cache
def figures(path: Path = FIGURES) -> Mapping[str, tuple[Row, ...]]:
    """The rows of `fidelity` and of `utility`; none where there is no file."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def figures_table(found: Mapping[str, Iterable[Row]], dataset: str, studio: Studio) -> str:
    """One row for each family, the real pictures last, and what the columns mean; empty where nothing is known."""
    rows = [(name, _row(found, dataset, name)) for name in (*studio.families, REAL)]
    lines = "".join(_line(name, row, studio) for name, row in rows if row)
    if not lines:
        return ""
    words = studio.words
    heads = "".join(
        f'<th scope="col">{escape(head)}</th>' for head in (words["figures_model"], *studio.columns.values())
    )
    table = f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    return f'<h2>{escape(words["figures"])}</h2>{table}<p class="hint">{escape(words["figures_hint"])}</p>'


def _row(found: Mapping[str, Iterable[Row]], dataset: str, model: str) -> dict[str, Any]:
    """What is known of a model: its fidelity over all labels, and its utility where it stands alone."""
    fidelity = [row for row in found.get("fidelity", ()) if row["label"] == WHOLE]
    utility = [row for row in found.get("utility", ()) if row["trained_on"] in (REAL, SYNTHETIC)]
    mine = [row for row in (*fidelity, *utility) if (row["dataset"], row["model"]) == (dataset, model)]
    return {name: value for row in mine for name, value in row.items()}


def _line(name: str, row: Row, studio: Studio) -> str:
    head = escape(studio.families.get(name, studio.words["figures_real"]))
    cells = "".join(f"<td>{escape(cell(row.get(column, '')))}</td>" for column in studio.columns)
    return f'<tr class="{name}"><th scope="row">{head}</th>{cells}</tr>'
