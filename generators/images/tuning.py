"""Tune: search the numbers of a recipe by k-fold cross-validation over the training pictures, with Optuna.

Each trial trains on all folds but one and is scored on the one left out, in turn; the trials lie in a small database in
the folder, so that a search that was cut off goes on. The held-out pictures are never looked at.
"""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
from sklearn.model_selection import StratifiedKFold

from generators import weights
from generators.images import trained
from generators.images.atlas import Atlas, to_tensor
from generators.images.datasets import Images, ImageSet
from generators.images.metrics import kernel_distance
from generators.images.reader import Reader, logits_and_features
from generators.images.recipes import Choices, Run, train
from generators.images.synthesis import Request, generate
from generators.tuning import Suggest, search, space_of


def _vae(trial: optuna.Trial) -> dict[str, float]:
    return {
        "kl": trial.suggest_float("kl", 0.3, 3, log=True),
        "rate": trial.suggest_float("rate", 3e-4, 3e-3, log=True),
    }


def _gan(trial: optuna.Trial) -> dict[str, float]:
    cover = trial.suggest_float("cover", 1, 20, log=True)
    return {"cover": cover, "rate": trial.suggest_float("rate", 1e-4, 1e-3, log=True)}


def _diffusion(trial: optuna.Trial) -> dict[str, float]:
    return {"rate": trial.suggest_float("rate", 3e-4, 3e-3, log=True)}


def _reader(trial: optuna.Trial) -> dict[str, float]:
    return {"rate": trial.suggest_float("rate", 5e-4, 5e-3, log=True)}


SPACES: dict[str, Suggest] = {"vae": _vae, "gan": _gan, "diffusion": _diffusion, "reader": _reader}


@dataclass(frozen=True)
class Found:
    """The best of a search.

    Attributes:
        choices: The numbers to give to training.
        score: Mean over the folds.
        measure: What the score is: accuracy, the more the better, or kernel distance, the less the better.
    """

    choices: Choices
    score: float
    measure: str
    trials: int


def tune(model: str, atlas: Atlas, folder: Path, trials: int, folds: int, images: int) -> Found:
    """Search.

    Args:
        model: A name of `SPACES`.
        folder: For the database and for what a trial trains, which is removed again.
        trials: Choices to try, those of earlier searches in the folder counted.
        folds: Parts that the training pictures are cut into.
        images: Pictures shown in one training.

    Raises:
        RequestError: The model has no search space.
    """
    suggest, classifies = space_of(model, SPACES), model == "reader"

    def score(choices: dict[str, float], place: Path) -> float:
        places = [folder / f"{place.name}_{fold}" for fold in range(folds)]
        runs = [Run(model, split(atlas, folds, n), where, images, 0, choices) for n, where in enumerate(places)]
        return float(np.mean([_score(run) for run in runs]))

    study = search(model, suggest, folder, trials, "maximize" if classifies else "minimize", score)
    measure = "accuracy" if classifies else "kernel distance"
    return Found(study.best_params, float(study.best_value), measure, len(study.trials))


def split(atlas: Atlas, folds: int, fold: int) -> Atlas:
    """The atlas whose training pictures lack one fold, which takes the place of the held-out ones."""
    return Atlas(tuple(_split(one, folds, fold) for one in atlas.sets))


def _split(images: ImageSet, folds: int, fold: int) -> ImageSet:
    cut = StratifiedKFold(folds, shuffle=True, random_state=0).split(images.train.labels, images.train.labels)
    kept, left_out = list(cut)[fold]
    train, val = (Images(images.train.images[part], images.train.labels[part]) for part in (kept, left_out))
    return dataclasses.replace(images, train=train, val=val)


def _score(run: Run) -> float:
    shutil.rmtree(run.models, ignore_errors=True)
    folder = train(run)
    score = _accuracy(run, folder) if run.model == "reader" else _distance(run)
    shutil.rmtree(run.models, ignore_errors=True)
    return score


def _accuracy(run: Run, folder: Path) -> float:
    logits, _ = logits_and_features(weights.load(Reader, folder), run.atlas.images("val"))
    return (logits.argmax(1) == run.atlas.numbers("val")).double().mean().item()


def _distance(run: Run, each: int = 64) -> float:
    """Kernel distance between generated and left-out pictures in the features of the shipped classifier.

    Those cost a hundredth of Inception's, and tuning must not look at the network that evaluates.
    """
    reader = weights.load(Reader, trained.folder_of("reader"))
    distances = []
    for one in run.atlas.sets:
        request = Request(one.name, model=run.model, count=each * len(one.labels), models=run.models)
        made = np.concatenate(list(generate(request)))
        real = np.concatenate([one.val.of(number)[:each] for number in range(len(one.labels))])
        seen = [logits_and_features(reader, to_tensor(part))[1].numpy() for part in (made, real)]
        distances.append(kernel_distance(*seen))
    return float(np.mean(distances))
