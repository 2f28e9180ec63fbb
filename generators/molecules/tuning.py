"""Tune: search the numbers of a recipe by k-fold cross-validation over the training molecules, with Optuna.

Each trial trains on all folds but one and is scored on the one left out, in turn; the trials lie in a small database in
the folder, so that a search that was cut off goes on. The score is the Frechet ChemNet distance of what the model
generates to the molecules left out; the test sets of MOSES are never looked at.
"""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
from sklearn.model_selection import KFold

from generators.molecules import collection, trained
from generators.molecules.metrics import Activations
from generators.molecules.recipes import Choices, Run, train
from generators.molecules.synthesis import Request, generate
from generators.tuning import Suggest, search, space_of

SCORED = 2000  # molecules on each side


def _vae(trial: optuna.Trial) -> dict[str, float]:
    return {
        "kl": trial.suggest_float("kl", 0.05, 1, log=True),
        "rate": trial.suggest_float("rate", 5e-4, 4e-3, log=True),
    }


def _gan(trial: optuna.Trial) -> dict[str, float]:
    return {
        "slope": trial.suggest_float("slope", 0.05, 5, log=True),
        "rate": trial.suggest_float("rate", 1e-4, 1e-3, log=True),
    }


SPACES: dict[str, Suggest] = {"vae": _vae, "gan": _gan}


@dataclass(frozen=True)
class Found:
    """The best of a search.

    Attributes:
        choices: The numbers to give to training.
        score: Mean over the folds.
        measure: What the score is, the less the better.
    """

    choices: Choices
    score: float
    measure: str
    trials: int


def tune(model: str, source: str, folder: Path, trials: int, folds: int, examples: int) -> Found:
    """Search.

    Args:
        model: A name of `SPACES`.
        source: `moses`, or a file that `prepare` wrote.
        folder: For the database and for what a trial trains, which is removed again.
        trials: Choices to try, those of earlier searches in the folder counted.
        folds: Parts that the training molecules are cut into.
        examples: Molecules shown in one training.

    Raises:
        RequestError: The model has no search space.
    """
    suggest = space_of(model, SPACES)
    smiles = np.array(collection.molecules(source))
    parts = list(KFold(folds, shuffle=True, random_state=0).split(smiles))

    def score(choices: dict[str, float], place: Path) -> float:
        return float(np.mean([_score(model, smiles, part, place, examples, choices) for part in parts]))

    study = search(model, suggest, folder, trials, "minimize", score)
    return Found(study.best_params, float(study.best_value), "Frechet ChemNet distance", len(study.trials))


def _score(
    model: str,
    smiles: np.ndarray,
    part: tuple[np.ndarray, np.ndarray],
    place: Path,
    examples: int,
    choices: Choices,
) -> float:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    source = place / "train.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[collection.COLUMN], *([one] for one in smiles[part[0]])])
    if model == "gan":  # which needs a VAE of the same molecules
        train(Run("vae", str(source), place, examples))
    train(Run(model, str(source), place, examples, choices=choices))
    made = list(generate(Request(model, SCORED, models=place)))
    trained.vae.cache_clear()
    trained.gan.cache_clear()
    shutil.rmtree(place)
    return Activations.of(made).distance(Activations.of(smiles[part[1]][:SCORED].tolist()))
