"""Urgency on 224 vignettes that no rule was written from: by the rules alone, and by all that `triage` weighs.

    python -m tests.benchmarks.triage [--show]

The set's tiers are critical, urgent and routine; ours are emergency, urgent and below. It calls a stroke's weakness
"urgent" and reserves "critical" for two categories at once, so that our emergency for its urgent is counted apart
from over-triage of its routine.
"""

from __future__ import annotations

import argparse
import gzip
import json
from typing import Any

from assistant.consultation.case import case_of
from assistant.consultation.differential import engine
from assistant.consultation.triage import LEVELS, triage
from assistant.safety.red_flags import RANK, assess
from tests.benchmarks.diagnosis import written
from tests.benchmarks.report import Rows, report
from tests.conftest import SHARED_DATA

OURS = {"emergency": 2, "urgent": 1, "routine": 0, "self_care": 0}
TIERS = {"critical": 2, "urgent": 1, "routine": 0}
VITALS = {
    "heart_rate": "heart rate {}", "temperature_c": "temperature {} C", "spo2": "SpO2 {}%",
    "respiratory_rate": "respiratory rate {}",
}  # fmt: skip


def vignettes() -> list[dict[str, Any]]:
    """The rows of the set."""
    with gzip.open(SHARED_DATA / "vignettes" / "red_flags_224.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def text_of(row: dict[str, Any]) -> str:
    """A vignette as a patient's text: complaint, history, and vital signs where they are given."""
    given = row["input"]
    vitals = given.get("vitals") or {}
    said = [VITALS[name].format(vitals[name]) for name in VITALS if vitals.get(name) is not None]
    if vitals.get("systolic_bp"):
        said.append(f"BP {vitals['systolic_bp']}/{vitals.get('diastolic_bp') or '?'}")
    return f"{given['chief_complaint']}. {given.get('history', '')} {', '.join(said)}."


def measure(rows: list[dict[str, Any]], show: bool = False) -> tuple[Rows, Rows]:
    """Figures for each source of vignettes and for all: by the rules alone, and by everything."""
    by_rules: list[tuple[str, int, int]] = []
    by_all: list[tuple[str, int, int]] = []
    for row in rows:
        person = row["input"].get("demographics", {})
        text = text_of(row)
        found = assess(text, person.get("age"), person.get("sex"))
        rules = min(RANK[found.level], 2) if found.level else 0
        ours = OURS[triage(engine(), case_of(found, text)).level]
        gold = TIERS[row["labels"]["gold_risk_tier"]]
        by_rules.append((row["set"], gold, rules))
        by_all.append((row["set"], gold, ours))
        if show and ours != gold:
            print(gold, ours, row["id"], text, [rule.id for rule in found.flags])  # noqa: T201
    names = [*dict.fromkeys(name for name, _, _ in by_all), "all"]
    return _table(names, by_rules), _table(names, by_all)


def _table(names: list[str], judged: list[tuple[str, int, int]]) -> Rows:
    return [_figures(name, [(g, o) for s, g, o in judged if name in (s, "all")]) for name in names]


def _figures(name: str, pairs: list[tuple[int, int]]) -> dict[str, Any]:
    def share(over: list[bool]) -> float | str:
        return sum(over) / len(over) if over else "-"

    return {
        "set": name,
        "n": len(pairs),
        "emergency recall": share([o == 2 for g, o in pairs if g == 2]),
        "safe (>= tier)": share([o >= g for g, o in pairs]),
        "escalated (urgent or more)": share([o >= 1 for g, o in pairs if g >= 1]),
        "over-triage of routine": share([o > 0 for g, o in pairs if g == 0]),
        "exact": share([o == g for g, o in pairs]),
        "urgent called emergency": share([o == 2 for g, o in pairs if g == 1]),
    }


def own(rows: list[dict[str, Any]]) -> Rows:
    """The four levels on our own written vignettes, by half."""
    table: Rows = []
    for half in ("tune", "test"):
        pairs = []
        for row in (row for row in rows if row["set"] == half):
            found = assess(row["text"], row["age"], row["sex"])
            said = triage(engine(), case_of(found, row["text"])).level
            pairs.append((LEVELS.index(row["triage"]), LEVELS.index(said)))
        safe, exact = [o >= g for g, o in pairs], [o == g for g, o in pairs]
        found_all = [o == 3 for g, o in pairs if g == 3]
        calm = [o >= 2 for g, o in pairs if g <= 1]
        table.append(
            {
                "half": half,
                "n": len(pairs),
                "exact": sum(exact) / len(exact),
                "safe (>= level)": sum(safe) / len(safe),
                "emergency recall": sum(found_all) / len(found_all),
                "routine or less sent today or at once": sum(calm) / len(calm),
            }
        )
    return table


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--show", action="store_true", help="print every vignette that differs")
    rules_alone, everything = measure(vignettes(), options.parse_args().show)
    tables = {
        "Urgency by rules on 224 vignettes": rules_alone,
        "Urgency by everything on 224 vignettes": everything,
        "Urgency on vignettes of our own": own(written()),
    }
    report("triage", tables)
