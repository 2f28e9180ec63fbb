"""How well the search meets the goals of the public optimisation benchmark PMO, with 10,000 calls each.

    python -m tests.benchmarks.design [SEEDS]

Beside it the same search without the VAE, a genetic search over graphs, begun from as many molecules drawn from
the training set; and what was published of Graph GA and of REINVENT. Half an hour for each seed on one core.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import yaml

from generators.molecules import moses
from generators.molecules.design import POPULATION, Search
from tests.benchmarks.design_tasks import Score, tasks, top_ten_area
from tests.benchmarks.report import Rows, report

CALLS = 10_000
PUBLISHED = Path(__file__).parent / "data" / "pmo.yaml"
NAMES = {"graph_ga": "Graph GA (published)", "reinvent": "REINVENT (published)"}


def area(score: Score, seed: int, begin: list[str], latent: bool) -> float:
    """Of the mean of the ten best against calls."""
    search = Search(score, seed, latent=latent)
    for _ in search.run(begin, CALLS):
        pass
    return top_ten_area(list(search.scored.values()), CALLS)


def main(seeds: int) -> None:
    """Measure every task and write what was found."""
    train = moses.molecules("train")
    published = {NAMES[how]: areas for how, areas in yaml.safe_load(PUBLISHED.read_text(encoding="utf-8")).items()}
    rows: Rows = []
    for name, score in tasks().items():
        found: dict[str, list[float]] = {"with the VAE": [], "graphs alone": []}
        for seed in range(seeds):
            begin = random.Random(seed).sample(train, POPULATION)
            found["with the VAE"].append(area(score, seed, [], True))
            found["graphs alone"].append(area(score, seed, begin, False))
        measured = {how: sum(areas) / seeds for how, areas in found.items()}
        rows.append({"task": name, **measured} | {how: areas[name] for how, areas in published.items()})
    rows.append(
        {"task": f"sum of {len(rows)}"} | {how: sum(row[how] for row in rows) for how in rows[0] if how != "task"}
    )
    notes = (f"Area under the mean of the ten best against {CALLS:,} calls, mean of {seeds} seeds.",)
    report("design", {"Goals of the optimisation benchmark": rows}, notes)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
