"""The differential on exam vignettes (CRAFT-MD, development half) and on vignettes written apart from the base.

python -m tests.benchmarks.diagnosis [--show]
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from assistant.consultation.case import case_of, read_case
from assistant.consultation.differential import engine
from assistant.consultation.triage import triage
from assistant.safety.red_flags import assess
from knowledge.corpus import conditions
from tests.benchmarks.matching import Matcher
from tests.benchmarks.report import Rows, report
from tests.conftest import SHARED_DATA

WRITTEN = Path(__file__).parents[1] / "data" / "vignettes.jsonl"
MOST = 10
Ranked = tuple[dict[str, Any], str | None, int | None]


def exam() -> list[dict[str, Any]]:
    """The rows of CRAFT-MD with the id of the condition that the answer names, or None."""
    matcher = Matcher(conditions())
    with gzip.open(SHARED_DATA / "vignettes" / "craft_md_dev.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        {"text": row["case_vignette"], "condition": matcher.find(row["answer"]), "group": row["category"], **row}
        for row in rows
    ]


def written() -> list[dict[str, Any]]:
    """The vignettes of the repository."""
    return [json.loads(line) for line in WRITTEN.read_text(encoding="utf-8").splitlines()]


def rank(rows: Iterable[dict[str, Any]]) -> list[Ranked]:
    """Each row with the wanted condition and its place in the differential, from 1; None where the base lacks it."""
    ranked: list[Ranked] = []
    for row in rows:
        case = read_case(row["text"], row.get("age"), row.get("sex"))
        names = [candidate.condition.id for candidate in engine().differential(case, MOST).candidates]
        wanted = row["condition"]
        ranked.append(
            (row, wanted, names.index(wanted) + 1 if wanted in names else (None if wanted is None else MOST + 1))
        )
    return ranked


def speed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Cases a second of what `airmed assess` does for each row, once everything is loaded."""
    started = time.perf_counter()
    for row in rows:
        found = assess(row["text"], row["age"], row["sex"])
        case = case_of(found, row["text"])
        engine().differential(case)
        triage(engine(), case)
    return {"what": "airmed assess, one process", "cases/s": len(rows) / (time.perf_counter() - started), "bound": 50}


def figures(name: str, ranked: list[Ranked]) -> dict[str, Any]:
    """One row of the table."""
    covered = [place for _, _, place in ranked if place is not None]

    def top(most: int, of: int) -> float:
        return sum(place <= most for place in covered) / max(of, 1)

    return {
        "set": name,
        "n": len(ranked),
        "covered": len(covered) / len(ranked),
        **{f"top-{k}, covered": top(k, len(covered)) for k in (1, 3, 5)},
        **{f"top-{k}, all": top(k, len(ranked)) for k in (1, 3, 5)},
    }


def main(show: bool) -> None:
    """Measure both sets."""
    asked = rank(exam())
    groups = sorted({row["group"] for row, _, _ in asked})
    tables: dict[str, Rows] = {
        "CRAFT-MD, development half": [
            figures("all", asked),
            *(figures(group, [r for r in asked if r[0]["group"] == group]) for group in groups),
        ]
    }
    own = rank(written())
    registers = sorted({row["register"] for row, _, _ in own})
    halves = ("tune", "test")
    tables["Vignettes of our own"] = [
        *(figures(f"{half} half", [r for r in own if r[0]["set"] == half]) for half in halves),
        *(figures(name, [r for r in own if r[0]["register"] == name]) for name in registers),
    ]
    tables["Speed of an assessment"] = [speed(written())]
    if show:
        for row, wanted, place in asked:
            print(place, wanted, "|", row["answer"])  # noqa: T201
    report("diagnosis", tables)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--show", action="store_true", help="print each answer with the place of its condition")
    main(options.parse_args().show)
