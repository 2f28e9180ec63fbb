"""Search the numbers of a recipe with Optuna; the trials lie in a small database, so that a search goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import optuna

from generators.errors import RequestError

Suggest = Callable[[optuna.Trial], dict[str, float]]
Score = Callable[[dict[str, float], Path], float]


def space_of(model: str, spaces: Mapping[str, Suggest]) -> Suggest:
    """How the numbers of a model are drawn.

    Raises:
        RequestError: The model has no search space.
    """
    if model not in spaces:
        raise RequestError(f"There is nothing to tune in {model!r}; choose one of {', '.join(spaces)}.")
    return spaces[model]


def search(
    model: str, suggest: Suggest, folder: Path, trials: int, direction: Literal["maximize", "minimize"], score: Score
) -> optuna.Study:
    """Search until so many trials were made, those of earlier searches in the folder counted.

    Args:
        model: Names the study in the database.
        suggest: Draws the numbers of a trial.
        folder: For the database and for what a trial trains.
        trials: How many in all.
        direction: Whether more or less is better.
        score: The score of numbers, from what is trained in a place of the trial's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=f"sqlite:///{folder / 'trials.sqlite'}",
        study_name=model,
        load_if_exists=True,
        direction=direction,
        sampler=optuna.samplers.TPESampler(seed=0),
    )

    def objective(trial: optuna.Trial) -> float:
        return score(suggest(trial), folder / f"trial_{trial.number}")

    study.optimize(objective, n_trials=max(0, trials - len(study.trials)), show_progress_bar=True)
    return study
