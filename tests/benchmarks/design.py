"""How well the search meets the goals of the public optimisation benchmark PMO, with 10,000 calls each.

    python -m tests.benchmarks.design [SEEDS]

Beside it the same search without the VAE, a genetic search over graphs, begun from as many molecules drawn from
the training set. A quarter of an hour for each seed on two cores.
"""

from __future__ import annotations

import random
import sys

from generators.molecules import moses
from generators.molecules.design import POPULATION, Search
from tests.benchmarks.design_tasks import Score, tasks, top_ten_area
from tests.benchmarks.report import Rows, report

CALLS = 10_000


def area(score: Score, seed: int, begin: list[str], latent: bool) -> float:
    """Of the mean of the ten best against calls."""
    search = Search(score, seed, latent=latent)
    for _ in search.run(begin, CALLS):
        pass
    return top_ten_area(list(search.scored.values()), CALLS)


def main(seeds: int) -> None:
    """Measure every task and write what was found."""
    train = moses.molecules("train")
    rows: Rows = []
    for name, score in tasks().items():
        found: dict[str, list[float]] = {"with the VAE": [], "graphs alone": []}
        for seed in range(seeds):
            begin = random.Random(seed).sample(train, POPULATION)
            found["with the VAE"].append(area(score, seed, [], True))
            found["graphs alone"].append(area(score, seed, begin, False))
        rows.append({"task": name} | {how: sum(areas) / seeds for how, areas in found.items()})
    means = {how: sum(row[how] for row in rows) for how in ("with the VAE", "graphs alone")}
    rows.append({"task": f"sum of {len(rows)}"} | means)
    notes = (f"Area under the mean of the ten best against {CALLS:,} calls, mean of {seeds} seeds.",)
    report("design", {"Goals of the optimisation benchmark": rows}, notes)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
