"""Tune: search the numbers of a recipe by k-fold cross-validation over the patients learned from, by Optuna.

Each trial learns from all folds but one and drafts plans for the patients of the one left out, in turn; the score is
the mean Jaccard to what they were given. The patients that figures are measured by are in no fold. Trials lie in a
small database in the folder, so that a search that was cut off goes on.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
from sklearn.model_selection import GroupKFold

from generators.plans import trained
from generators.plans.cohort import Moment, read_cohort
from generators.plans.evaluation import by_model, jaccard
from generators.plans.recipes import Choices, Run, train
from generators.tuning import Suggest, search, space_of


def _vae(trial: optuna.Trial) -> dict[str, float]:
    return {
        "in_force": trial.suggest_float("in_force", 1, 30, log=True),
        "free": trial.suggest_float("free", 0.01, 0.3, log=True),
        "decay": trial.suggest_float("decay", 1e-3, 0.3, log=True),
    }


def _gan(trial: optuna.Trial) -> dict[str, float]:
    return {
        "in_force": trial.suggest_float("in_force", 1, 30, log=True),
        "slope": trial.suggest_float("slope", 0.1, 10, log=True),
        "likeness": trial.suggest_float("likeness", 0.1, 5, log=True),
    }


SPACES: dict[str, Suggest] = {"vae": _vae, "gan": _gan}


@dataclass(frozen=True)
class Found:
    """The best of a search.

    Attributes:
        choices: The numbers to give to training.
        score: Mean Jaccard over the folds, 0 to 1.
    """

    choices: Choices
    score: float
    trials: int


def tune(model: str, cohorts: tuple[Path, ...], folder: Path, trials: int, folds: int, examples: int) -> Found:
    """Search.

    Args:
        model: A name of `SPACES`.
        cohorts: Folders of tables as Synthea exports them.
        folder: For the database and for what a trial trains, which is removed again.
        trials: Choices to try, those of earlier searches in the folder counted.
        folds: Parts that the patients are cut into.
        examples: Plans shown in one training.

    Raises:
        RequestError: The model has no search space.
        DatasetError: A cohort does not have the tables.
    """
    suggest = space_of(model, SPACES)
    moments = [one for cohort in cohorts for one in read_cohort(cohort) if not one.held_out]
    parts = list(GroupKFold(folds).split(moments, groups=[one.patient for one in moments]))

    def score(choices: dict[str, float], place: Path) -> float:
        run = Run(model, cohorts, place, examples, choices=choices)
        return float(np.mean([_score(run, moments, part) for part in parts]))

    study = search(model, suggest, folder, trials, "maximize", score)
    return Found(study.best_params, float(study.best_value), len(study.trials))


def _score(run: Run, moments: Sequence[Moment], part: tuple[np.ndarray, np.ndarray]) -> float:
    shutil.rmtree(run.models, ignore_errors=True)
    train(run, learned=[moments[place] for place in part[0]])
    left_out = [moments[place] for place in part[1] if moments[place].last and moments[place].plan]
    found = jaccard([one.plan for one in left_out], by_model(run.model, run.models)(left_out))
    trained.model.cache_clear()
    shutil.rmtree(run.models)
    return float(found.mean())
