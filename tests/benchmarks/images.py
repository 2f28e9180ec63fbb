"""How good and how fast the image generators are, against the real pictures and the two baselines.

    python -m tests.benchmarks.images BASELINES [fidelity|utility]

BASELINES is a folder in which `airmed train image --model dense_gan|dcgan -o BASELINES` wrote. Two hours on two
cores, most of it classifiers that learn from what was generated, or half an hour for fidelity alone. The figures also
go into the package, where the studio shows them.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from assistant.settings import settings
from generators.images import trained
from generators.images.catalogue import known
from generators.images.controls import USUAL_CONTROLS
from generators.images.datasets import load
from generators.images.evaluation import Evaluation, FileMaker, Maker, evaluated, makers
from generators.images.synthesis import FAMILIES, Request, decode, generate
from tests.benchmarks.report import Rows, report

BASELINES = ("dense_gan", "dcgan")
FIDELITY = ("model", "number", "fid", "fid_ratio", "kid", "kid_deviation", "precision", "recall", "density", "coverage")
PRIVACY = ("model", "nearest_ratio", "copies", "membership_auc")
UTILITY = ("model", "trained_on", "accuracy", "accuracy_deviation", "auc", "auc_deviation")
AXES = ("fidelity", "utility")
SPEED_COUNT = 32


def measured(dataset: str, baselines: Path, axes: str) -> dict[str, Rows]:
    """Every family on the axes asked for, and of the baselines that were trained how near they come."""
    cache = settings().data_dir / "cache" / "features"
    told = lambda doing: print(f"{dataset}: {doing}", file=sys.stderr, flush=True)  # noqa: E731, T201
    evaluation = Evaluation(load(dataset), cache, told)
    result = evaluated(evaluation, makers(dataset, [], [], None), axes)
    if axes == "utility":
        return result
    plain: dict[str, Maker] = {
        name: FileMaker(path, dataset) for name in BASELINES if (path := baselines / name / "pictures.npz").is_file()
    }
    rows = evaluated(evaluation, plain, "fidelity")["fidelity"]
    return {**result, "fidelity": result["fidelity"] + [row for row in rows if row["model"] in plain]}


def speed() -> Rows:
    """Pictures a second of each family in portions, and the wait for the first."""
    rows: Rows = []
    baseline = _seconds(lambda: [decode(_noise(16)) for _ in range(SPEED_COUNT // 16)]) / SPEED_COUNT
    for name in FAMILIES:
        request = Request("chest_xray", model=name, count=SPEED_COUNT)
        next(generate(request))  # reads the weights
        each = _seconds(lambda request=request: list(generate(request))) / SPEED_COUNT  # type: ignore[misc]
        first = _seconds(lambda request=request: next(generate(request)))  # type: ignore[misc]
        row = {"model": name, "images/s": 1 / each, "s/image": each, "first s": first, "decoder = 1": each / baseline}
        rows.append(row)
    return rows


def _noise(number: int) -> Any:
    import torch

    return torch.randn(number, 8, 16, 16)


def _seconds(what: Any) -> float:
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        what()
        times.append(time.perf_counter() - begun)
    return float(np.median(times))


def main(baselines: Path, axes: str = "both") -> None:
    """Measure every dataset and write what was found; of an axis that is not asked for, what was found before stays."""
    path = trained.SHIPPED / "figures.json"
    figures: dict[str, Rows] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for dataset in known():
        for axis, rows in measured(dataset, baselines, axes).items():
            if axis in AXES:
                figures[axis] = [row for row in figures.get(axis, []) if row["dataset"] != dataset] + rows
        path.write_text(json.dumps(figures) + "\n", encoding="utf-8")
    tables: dict[str, Rows] = {"Speed": speed()}
    for dataset in known():
        tables |= _tables(
            dataset, *([row for row in figures.get(axis, []) if row["dataset"] == dataset] for axis in AXES)
        )
    notes = (
        "Held-out real pictures (val) against as many generated ones in the same proportion of labels, seed 0.",
        "fid_ratio = FID(real train, real val) / FID(generated, real val) at equal N.",
        "KID over 50 subsets; precision, recall, density and coverage with 5 neighbours.",
        "Utility: a classifier trained on what was generated, as many as the real ones, three seeds, tested on val.",
        f"Default controls: {USUAL_CONTROLS}.",
    )
    report("images", tables, notes)


def _tables(dataset: str, fidelity: Rows, utility: Rows) -> dict[str, Rows]:
    whole = [row for row in fidelity if row["label"] == "all"]
    by_label = [row for row in fidelity if row["label"] != "all"]
    return {
        f"Fidelity, {dataset}": [{name: row[name] for name in (*FIDELITY, "ms_ssim")} for row in whole],
        f"Privacy, {dataset}": [{name: row[name] for name in PRIVACY} for row in whole if "copies" in row],
        f"Utility, {dataset}": [{name: row[name] for name in UTILITY} for row in utility],
        f"By label, {dataset}": [{name: row[name] for name in ("label", *FIDELITY)} for row in by_label],
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("baselines"), *sys.argv[2:3])
