"""How good and how fast the molecule generators are, by the measures of MOSES, beside its published rows.

    python -m tests.benchmarks.molecules

About half an hour on two cores: 30,000 molecules of each model and of the training set, most of it ChemNet.
"""

from __future__ import annotations

import time
from itertools import islice

from assistant.consultation.proposing import CALLS
from generators.molecules import trained
from generators.molecules.drugs import structure
from generators.molecules.evaluation import NUMBER, Row, evaluated, published
from generators.molecules.goals import Goal, Target
from generators.molecules.proposals import Brief, proposals, search, to_svg, warm
from generators.molecules.synthesis import Request, generate
from tests.benchmarks.report import Rows, report

SHOWN = ("valid", "unique@10k", "fcd/test", "snn/test", "frag/test", "scaf/test", "intdiv", "filters", "novelty")
UNSEEN = ("fcd/test_scaffolds", "snn/test_scaffolds", "frag/test_scaffolds", "scaf/test_scaffolds", "intdiv2")
GOALS = {
    "QED above 0.9, logP 2 to 3": Goal((Target.parse("qed>=0.9"), Target.parse("logp=2..3"))),
    "like ibuprofen, log S above -2.4": Goal((Target.parse("logs>=-2.4"),), near=structure("ibuprofen")),
    "like celecoxib, SA below 2": Goal((Target.parse("sa<=2"),), near=structure("celecoxib")),
    "benzamide stays, polar surface below 60": Goal(
        (Target.parse("tpsa<=60"), Target.parse("qed>=0.8")), scaffold=structure("NC(=O)c1ccccc1")
    ),
}


def columns(rows: list[Row], names: tuple[str, ...]) -> Rows:
    """Some columns of rows."""
    return [{name: row[name] for name in ("model", *names)} for row in rows]


def speed(count: int = 5000) -> Rows:
    """Valid molecules a second in one process, screened for hazards, and of the decoder alone."""
    rows: Rows = []
    for model in trained.MODELS:
        stream = generate(Request(model, count + 1000))
        list(islice(stream, 1000))  # reads the weights
        begun = time.perf_counter()
        made = sum(1 for _ in stream)
        rows.append({"model": model, "valid molecules/s": made / (time.perf_counter() - begun)})
    return rows


def designs() -> Rows:
    """What a search of the chat's length finds for some goals, with a drawing of each, once a server has warmed up."""
    warm()
    rows: Rows = []
    for wish, goal in GOALS.items():
        brief = Brief(goal, 10, 0, calls=CALLS)
        begun = time.perf_counter()
        *_, last = search(brief)
        made = proposals(brief, last)
        for one in made:
            to_svg(one.smiles)
        seconds = time.perf_counter() - begun
        met = sum(one.score for one in made) / len(made)
        rows.append({"wish": wish, "mean of ten": met, "new": sum(one.is_new for one in made), "s": seconds})
    return rows


def main() -> None:
    """Measure and write what was found."""
    rows = [*evaluated(list(trained.MODELS), []), *published()]
    tables = {
        "Molecules against the test set": columns(rows, SHOWN),
        "Molecules against scaffolds never seen": columns(rows, UNSEEN),
        "Speed": speed(),
        "Ten proposals": designs(),
    }
    notes = (
        f"{NUMBER:,} molecules of each model, seed 0; published rows from the benchmark's own table.",
        "FCD depends on the number: real training molecules, as many, stand in the first row.",
        f"Ten proposals: the best of at most {CALLS:,} scored; 1 is a goal that is met.",
    )
    report("molecules", tables, notes)


if __name__ == "__main__":
    main()
