"""How well the analyst reads held-out pictures, and whether it knows what it does not know.

python -m tests.benchmarks.analyst
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_sample_images
from sklearn.metrics import roc_auc_score
from torchmetrics.functional.classification import multiclass_calibration_error

from generators import weights
from generators.images import trained
from generators.images.atlas import Atlas, open_atlas, to_tensor
from generators.images.pictures import to_square
from generators.images.reader import Reader, logits_and_features, views
from tests.benchmarks.report import Rows, report


def findings(reader: Reader, atlas: Atlas) -> Rows:
    """Accuracy, AUC and calibration of each examination on its held-out pictures."""
    logits, _ = logits_and_features(reader, atlas.images("val"))
    numbers, groups = atlas.numbers("val"), torch.tensor(atlas.groups)
    rows: Rows = []
    for group, one in enumerate(atlas.sets):
        own = groups[numbers] == group
        odds = reader.probabilities(logits[own], group).double()
        odds /= odds.sum(1, keepdim=True)
        wanted = numbers[own] - int((groups == group).nonzero()[0])
        rows.append(
            {
                "examination": one.name,
                "n": int(own.sum()),
                "accuracy": (odds.argmax(1) == wanted).double().mean().item(),
                "AUC": float(roc_auc_score(wanted, odds, multi_class="ovr")),
                "calibration error": multiclass_calibration_error(odds, wanted, len(one.labels), n_bins=10).item(),
                "examination told": (reader.examination(logits[own]) == group).double().mean().item(),
            }
        )
    return rows


def strangers(atlas: Atlas) -> dict[str, np.ndarray]:
    """Pictures that are none of the three examinations, or are broken ones."""
    random = np.random.default_rng(0)
    photographs = [image.mean(2).astype(np.uint8) for image in load_sample_images().images]
    crops = []
    for _ in range(200):
        photograph = photographs[random.integers(len(photographs))]
        side = int(random.integers(128, 420))
        y, x = random.integers(photograph.shape[0] - side), random.integers(photograph.shape[1] - side)
        crops.append(to_square(photograph[y : y + side, x : x + side]))
    known = np.concatenate([one.val.images for one in atlas.sets])[random.permutation(800)[:200]]
    stripes = (np.sin(np.arange(128) * random.uniform(0.1, 1, (200, 1))) * 127 + 128).astype(np.uint8)
    return {
        "photographs": np.array(crops),
        "noise": random.integers(0, 255, (200, 128, 128)).astype(np.uint8),
        "stripes": np.repeat(stripes[:, None], 128, 1),
        "ours, inverted": 255 - known,
        "ours, upside down": known[:, ::-1].copy(),
        "ours, cut in four and mixed": np.roll(known, (64, 64), (1, 2)),
    }


def strange(reader: Reader, atlas: Atlas) -> Rows:
    """How many of each kind are called unfamiliar, and how well distance tells them from held-out pictures of ours."""
    usual = reader.familiarity(views(reader, atlas.images("val")))

    def row(name: str, far: torch.Tensor, auc: float | str) -> dict[str, Any]:
        return {
            "pictures": name,
            "n": len(far),
            "unfamiliar": (far > 1).float().mean().item(),
            "AUC": auc,
        }

    rows = [row("ours, held out", usual, "-")]
    for name, pictures in strangers(atlas).items():
        far = reader.familiarity(views(reader, to_tensor(pictures)))
        answers = [0] * len(usual) + [1] * len(far)
        rows.append(row(name, far, float(roc_auc_score(answers, torch.cat([usual, far])))))
    return rows


if __name__ == "__main__":
    shipped, all_of_ours = weights.load(Reader, trained.folder_of("reader")), open_atlas([])
    report(
        "analyst",
        {"Findings": findings(shipped, all_of_ours), "Strange pictures": strange(shipped, all_of_ours)},
        (
            "Temperatures and the limit of what is familiar were chosen on these held-out pictures.",
            "Training never saw them.",
        ),
    )
