"""Write the tables of the README and of the model cards from the results of the benchmarks.

    python -m tests.benchmarks.readme

A table stands between `<!-- NAME: TITLE -->` and `<!-- end -->`; a test fails when it differs from the results.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.benchmarks.report import RESULTS

README = Path(__file__).parents[2] / "README.md"
PAGES = (README, *sorted(README.parent.glob("generators/*/weights/**/README.md")))
TABLE = re.compile(r"(<!-- (?P<name>\w+): (?P<title>[^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def written(text: str) -> str:
    """The text with every table made from the results anew."""
    return TABLE.sub(lambda match: f"{match[1]}{table(match['name'], match['title'])}{match[4]}", text)


def table(name: str, title: str) -> str:
    """One table of a result as Markdown."""
    rows = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))["tables"][title]
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *([_cell(row[column]) for column in head] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.0f}"


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(written(page.read_text(encoding="utf-8")), encoding="utf-8")
