"""Train: one command for each model, on recorded patients and on plans as guidelines would have them.

A fifth of the recorded patients is held out by their number, and nothing learns from them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from generators import weights
from generators.errors import RequestError
from generators.plans.cohort import Moment, read_cohort
from generators.plans.gan import GANTrainee, PlanGenerator
from generators.plans.gan import Recipe as GANRecipe
from generators.plans.imagining import imagine
from generators.plans.trained import KINDS
from generators.plans.vae import PlanVAE, VAETrainee
from generators.plans.vae import Recipe as VAERecipe
from generators.plans.vocabulary import Case, Vocabulary
from generators.training import Plan, Told, Trainee, fit

IMAGINED = 20_000  # patients that nobody recorded
EXAMPLES = {"vae": 1_500_000, "gan": 1_500_000}
BATCH = 256
Choices = Mapping[str, float]
WEIGHTS = {"in_force": 4.0, "begun": 1.0, "guideline": 1.0}


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        model: `vae` or `gan`.
        cohorts: Folders of tables as Synthea exports them.
        models: The folder of models; the model's own folder lies in it.
        examples: How many plans are shown; the recipe's number by default.
        seed: Of everything random.
        choices: Numbers of the model's recipe to change, and `in_force`, the weight of a recorded plan in force, as
            tuning does.
    """

    model: str
    cohorts: tuple[Path, ...]
    models: Path
    examples: int = 0
    seed: int = 0
    choices: Choices = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the request.

        Raises:
            RequestError: There is no such model, or a number is out of range.
        """
        if self.model not in KINDS:
            raise RequestError(f"There is no model {self.model!r}; choose one of {', '.join(KINDS)}.")
        if not 0 <= self.examples <= 10**9 or not 0 <= self.seed < 2**31:
            raise RequestError("Give a number of plans from 1 to a billion and a seed from 0 to 2147483647.")

    @property
    def folder(self) -> Path:
        """Where the model goes."""
        return self.models / self.model


def case_of(moment: Moment) -> Case:
    """What the plan of a recorded moment was for."""
    return Case(moment.record, moment.past, "in_force" if moment.last else "begun")


def train(run: Run, told: Told | None = None, learned: Sequence[Moment] | None = None) -> Path:
    """Train, or go on training, and write the model's folder.

    Args:
        run: What is trained, and where it goes.
        told: Hears of the progress.
        learned: The moments to learn from; those of the cohorts that are not held out by default.

    Raises:
        DatasetError: A cohort does not have the tables.
    """
    begun = time.monotonic()
    torch.manual_seed(run.seed)
    cases, plans = _lessons(run, learned)
    vocabulary = Vocabulary.learn(cases, plans)
    rows = np.concatenate([vocabulary.of_cases(cases), vocabulary.of_plans(plans)], 1).astype(bool)
    weights_of = {**WEIGHTS, **{name: run.choices[name] for name in WEIGHTS if name in run.choices}}
    weight = torch.tensor([weights_of[case.purpose] for case in cases])
    run.folder.mkdir(parents=True, exist_ok=True)
    trainee = _trainee(run, vocabulary)
    plan = Plan(run.examples or EXAMPLES[run.model], BATCH, run.seed)
    fit(trainee, torch.from_numpy(rows), torch.ones(len(rows)), plan, run.folder / "training", weight, told)
    weights.save(trainee.learned, run.folder)
    vocabulary.save(run.folder)
    _tell(run, plan, len(cases), time.monotonic() - begun)
    return run.folder


def _lessons(run: Run, learned: Sequence[Moment] | None) -> tuple[list[Case], list[frozenset[str]]]:
    """Cases and plans: recorded patients that are not held out, and imagined ones."""
    moments = learned or [one for folder in run.cohorts for one in read_cohort(folder) if not one.held_out]
    imagined = _imagined(IMAGINED, run.seed)
    cases = [*map(case_of, moments), *(case for case, _ in imagined)]
    return cases, [*(moment.plan for moment in moments), *(plan for _, plan in imagined)]


@cache
def _imagined(count: int, seed: int) -> tuple[tuple[Case, frozenset[str]], ...]:
    return tuple(tqdm(imagine(count, seed), total=count, desc="imagined patients"))


def _trainee(run: Run, vocabulary: Vocabulary) -> Trainee:
    changed = {name: value for name, value in run.choices.items() if name not in WEIGHTS}
    facts, items = len(vocabulary.facts), len(vocabulary.items)
    if run.model == "vae":
        return VAETrainee(PlanVAE(facts=facts, choices=items), facts, VAERecipe(**changed))
    return GANTrainee(PlanGenerator(facts=facts, choices=items), facts, items, GANRecipe(**changed))


def _tell(run: Run, plan: Plan, cases: int, seconds: float) -> None:
    story = {
        "model": run.model,
        "cohorts": [folder.name for folder in run.cohorts],
        "cases": cases,
        "imagined": IMAGINED,
        "plans shown": plan.examples,
        "batch": plan.batch,
        "seed": run.seed,
        "choices": dict(run.choices),
        "minutes of this run": round(seconds / 60, 1),
    }
    (run.folder / "training.json").write_text(json.dumps(story, indent=1) + "\n", encoding="utf-8")
