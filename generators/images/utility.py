"""What generated images are good for: a classifier learns from them and is tested on real ones.

Train on synthetic, test on real (TSTR), beside the same classifier trained on real images and on both together: the
measure that agrees with downstream use where FID does not (arXiv 2502.17160).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from generators.images.reader import Reader, ReaderTrainee, logits_and_features
from generators.training import Plan, fit

BATCH = 64
WIDTH = 32  # narrower than the analyst's network, as many of them are trained
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Utility:
    """A classifier's performance on held-out real images, over seeds.

    Attributes:
        accuracy: Share that is right, mean over the seeds.
        accuracy_deviation: Its standard deviation over the seeds.
        auc: Area under the ROC curve, one label against the rest, mean over labels and seeds.
        auc_deviation: Likewise.
    """

    accuracy: float
    accuracy_deviation: float
    auc: float
    auc_deviation: float


def utility(
    images: Tensor, labels: Tensor, held_out: Tensor, answers: Tensor, shown: int, seeds: Sequence[int] = SEEDS
) -> Utility:
    """Train on images [N,1,128,128] with labels [N], test on held-out ones.

    Args:
        shown: How many images are shown in training, repetitions counted: the same for every set compared.
        seeds: One training for each.
    """
    scores = np.array([_score(images, labels, held_out, answers, Plan(shown, BATCH, seed)) for seed in seeds])
    (accuracy, auc), (deviation, spread) = scores.mean(0), scores.std(0)
    return Utility(float(accuracy), float(deviation), float(auc), float(spread))


def _score(images: Tensor, labels: Tensor, held_out: Tensor, answers: Tensor, plan: Plan) -> tuple[float, float]:
    torch.manual_seed(plan.seed)
    trainee = ReaderTrainee(Reader(groups=[0] * int(labels.max() + 1), width=WIDTH))
    with tempfile.TemporaryDirectory() as folder:
        fit(trainee, images, labels, plan, Path(folder) / f"classifier {plan.seed}")
    logits, _ = logits_and_features(trainee.learned, held_out)
    right = (logits.argmax(1) == answers).double().mean().item()
    odds = logits.softmax(1).double()
    odds /= odds.sum(1, keepdim=True)  # to the last digit, as scikit-learn asks
    two = odds.shape[1] == 2
    return right, float(roc_auc_score(answers, odds[:, 1] if two else odds, multi_class="ovr"))
