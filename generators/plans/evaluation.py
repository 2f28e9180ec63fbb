"""Evaluate: plans for recorded patients that nothing learned from, against what they were given.

Beside the models stand a lookup by problem, logistic regression, and the plan of the most alike patient, learned from
the same patients. Recorded cohorts are made by rules (Synthea), so that these figures say how well a model finds rules
out, and nothing about what is good for patients.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from generators.plans.activities import activities
from generators.plans.cohort import Moment
from generators.plans.recipes import case_of
from generators.plans.trained import KINDS, model
from generators.plans.vocabulary import Vocabulary

SAMPLES = 32  # latents over which the chances of a plan are averaged
MAJORITY = 0.5
LEAST_WORTH = 0.2  # expected F1 below which no plan is better than a bad one
RESAMPLED = 1000
Plans = list[frozenset[str]]
Row = dict[str, Any]
Predictor = Callable[[Sequence[Moment]], Plans]


def likely_plan(items: Sequence[str], chances: npt.NDArray[np.float32]) -> frozenset[str]:
    """The set of items with the highest expected F1 where each is there by its own chance.

    Of all sets of k items the k likeliest are the best; their F1 is taken as 2 * sum(p) / (k + sum of all p).
    """
    order = np.argsort(-chances)
    worth = 2 * np.cumsum(chances[order]) / (np.arange(1, len(order) + 1) + chances.sum())
    best = int(worth.argmax())
    return frozenset(items[place] for place in order[: best + 1]) if worth[best] > LEAST_WORTH else frozenset()


@dataclass(frozen=True)
class Contest:
    """Who learns from the same recorded patients, and is judged on the same others."""

    moments: tuple[Moment, ...]

    @cached_property
    def learned(self) -> list[Moment]:
        """Patients at the end of their record, of those that are learned from."""
        return [moment for moment in self.moments if moment.last and not moment.held_out]

    def held_out(self, cohort: str) -> list[Moment]:
        """Those of a cohort that nothing learned from, and that have a plan."""
        last = [one for one in self.moments if one.last and one.held_out and one.plan]
        return [one for one in last if one.patient.startswith(f"{cohort}/")]

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary.learn(map(case_of, self.learned), (moment.plan for moment in self.learned))

    def lookup(self, moments: Sequence[Moment]) -> Plans:
        """What more than half of the patients with one of the problems have."""
        having: Counter[str] = Counter()
        given: dict[str, Counter[str]] = defaultdict(Counter)
        for moment in self.learned:
            for problem in {problem.written for problem in moment.record.problems}:
                having[problem] += 1
                given[problem].update(moment.plan)
        usual = {one: {item for item, n in given[one].items() if n > MAJORITY * having[one]} for one in having}
        return [
            frozenset().union(*(usual.get(problem.written, set()) for problem in moment.record.problems))
            for moment in moments
        ]

    def regression(self, moments: Sequence[Moment]) -> Plans:
        """Logistic regression for each item, on the facts that the models see."""
        known = sparse.csr_matrix(self._vocabulary.of_cases([case_of(one) for one in self.learned]))
        plans = self._vocabulary.of_plans([one.plan for one in self.learned])
        fitted = OneVsRestClassifier(LogisticRegression(C=1.0, max_iter=500, solver="liblinear")).fit(known, plans)
        chances = fitted.predict_proba(sparse.csr_matrix(self._vocabulary.of_cases([case_of(one) for one in moments])))
        return [likely_plan(self._vocabulary.items, row) for row in chances]

    def nearest(self, moments: Sequence[Moment]) -> Plans:
        """The plan of the patient whose facts are most alike (cosine)."""
        known = self._vocabulary.of_cases([case_of(one) for one in self.learned])
        asked = self._vocabulary.of_cases([case_of(one) for one in moments])
        known /= np.linalg.norm(known, axis=1, keepdims=True)
        return [self.learned[place].plan for place in (asked @ known.T).argmax(1)]


def by_model(name: str, models: Path | None = None) -> Predictor:
    """Plans by a trained model: the likeliest over random latents."""

    def predict(moments: Sequence[Moment]) -> Plans:
        trained = model(name, models)
        chances = trained.chances([case_of(one) for one in moments], SAMPLES).mean(0)
        return [likely_plan(trained.vocabulary.items, row) for row in chances]

    return predict


def evaluated(moments: Sequence[Moment], models: Path | None = None) -> list[Row]:
    """Rows of each cohort, predictor and kind of item: Jaccard and F1 with bootstrap intervals of 95 %."""
    contest = Contest(tuple(moments))
    predictors: dict[str, Predictor] = {
        "lookup by problem": contest.lookup,
        "nearest patient": contest.nearest,
        "logistic regression": contest.regression,
        **{name: by_model(name, models) for name in KINDS},
    }
    cohorts = sorted({moment.patient.split("/")[0] for moment in moments})
    rows: list[Row] = []
    for cohort in cohorts:
        held_out = contest.held_out(cohort)
        found = {name: predict(held_out) for name, predict in predictors.items()}
        for kind in ("all", "medicines", "activities"):
            for name, plans in found.items():
                rows.append({"cohort": cohort, "kind": kind, "model": name, **_scores(held_out, plans, kind)})
    return rows


def jaccard(wanted: Sequence[frozenset[str]], found: Sequence[frozenset[str]]) -> npt.NDArray[np.float64]:
    """Of each pair of plans, the share of their items that both have."""
    pairs = zip(wanted, found, strict=True)
    return np.array([len(one & other) / len(one | other) for one, other in pairs if one or other])


def _scores(moments: Sequence[Moment], plans: Plans, kind: str) -> Row:
    wanted = [_of_kind(moment.plan, kind) for moment in moments]
    found = [_of_kind(plan, kind) for plan in plans]
    shared = jaccard(wanted, found)
    return {"patients": len(shared), **_interval("jaccard", shared), **_interval("f1", 2 * shared / (1 + shared))}


def _of_kind(plan: frozenset[str], kind: str) -> frozenset[str]:
    done = frozenset(item for item in plan if item in activities())
    return plan if kind == "all" else done if kind == "activities" else plan - done


def _interval(name: str, values: npt.NDArray[np.float64]) -> Row:
    random = np.random.default_rng(0)
    means = random.choice(values, (RESAMPLED, len(values))).mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return {name: float(values.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}
