"""The differential: how probable each condition is, given what a patient has, has not, and what is not known.

The engine is Bayesian over the conditions of the knowledge base. Findings form trees: a child implies its parent, so
`throbbing headache` says both at once and neither is counted twice; P(child | condition) is read as
P(child | parent, condition) x P(parent | condition). A finding that a condition does not list has its base rate there,
which moves nothing. Every step is a sum of logarithms, so that each finding's share in a conclusion can be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.consultation.numbers import Sex
from assistant.consultation.wording import Wording, description
from knowledge.condition import Condition
from knowledge.corpus import condition_articles, conditions, translated
from knowledge.findings import Kind, Lexeme, lexicon
from knowledge.red_flags import Vital

Floats = NDArray[np.float64]
FEWEST, MOST = 0.004, 0.985
AGE_BINS = (1, 6, 18, 40, 65)  # years at which the age groups of `Prevalence` end
RARE, NEVER = 0.05, 1e-6
CHILD_SHARE = 0.95
PRIOR_WEIGHT = 0.3
WORDING_WEIGHT = 1.5
SHARPNESS = 0.63
TWO_AT_ONCE = 6.0  # nats
FEWEST_FOR_TWO = 4
FIRST, SECOND = 8, 40
LEAST_PAIR = 0.2
SAID: dict[Kind, float] = {"symptom": 0.35, "sign": 0.25, "history": 0.2, "risk": 0.1, "exposure": 0.2}


@dataclass(frozen=True)
class Case:
    """What is known of one patient.

    Attributes:
        present: Finding ids that are there now, by which the red-flag rules go.
        also: Those that count for the differential alone: of the past, just gone, or read off a measure.
        absent: Those that are not there. What is in none of the three is not known.
        age: In years.
        vitals: In the units of `knowledge.red_flags`.
        words: The terms of what the patient told, for `wording`.
    """

    present: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    age: float | None = None
    sex: Sex | None = None
    vitals: Mapping[Vital, float] = field(default_factory=dict)
    words: frozenset[str] = frozenset()

    @property
    def there(self) -> frozenset[str]:
        """Everything that counts as there for the differential."""
        return frozenset(name for name in self.present | self.also if not is_talk(name))


def is_talk(finding: str) -> bool:
    """Whether a name is a word of the rules and no finding of a patient's."""
    lexeme = lexicon().get(finding)
    return lexeme is not None and lexeme.kind == "talk"


@dataclass(frozen=True)
class Reason:
    """What one finding did to the log-odds of a condition: up where `weight` is positive, down where negative."""

    finding: str
    present: bool
    weight: float


@dataclass(frozen=True)
class Candidate:
    """One condition of a differential.

    Attributes:
        prior: Log of how common it is for this age and sex, relative to the mean of all conditions.
        wording: What the likeness of the patient's words to its description did, relative to the mean.
        reasons: What moved it, the strongest first.
    """

    condition: Condition
    probability: float
    prior: float
    wording: float
    reasons: tuple[Reason, ...] = field(repr=False)


@dataclass(frozen=True)
class Differential:
    """Conditions with the most probable first, and the two that together explain the case better than any alone."""

    candidates: tuple[Candidate, ...]
    together: tuple[Condition, ...] = ()


class Engine:
    """Ranks conditions; built once from the knowledge base, then read by any number of threads."""

    def __init__(
        self, about: Sequence[Condition], vocabulary: Mapping[str, Lexeme], descriptions: Sequence[str] = ()
    ) -> None:
        """Lay out the tables of the conditions over the vocabulary.

        Args:
            descriptions: A text for each condition, which the patient's words are held against.
        """
        self.conditions = tuple(about)
        self._wording = Wording(descriptions or [""] * len(self.conditions))
        self.findings = tuple(_in_order(vocabulary))
        self.place = {name: place for place, name in enumerate(self.findings)}
        lexemes = [vocabulary[name] for name in self.findings]
        self.parent = np.array([self.place.get(lexeme.parent, -1) for lexeme in lexemes])
        self.base = self._base_rates(lexemes)
        self.given = self._rates().astype(np.float32)
        known = [condition.prevalence for condition in self.conditions]
        self.common = np.array([entry.per_100k for entry in known])
        self.ages = np.array([np.array(entry.ages) / np.mean(entry.ages) for entry in known])
        self.female = np.array([entry.female for entry in known])
        self.within = self._within()
        self.said = np.array([SAID.get(lexeme.kind, 0.0) for lexeme in lexemes])
        roots = [place for place in range(len(lexemes)) if self.parent[place] < 0]
        self.unspoken = sum((self._ratio(place, "silent") for place in roots), np.zeros(len(self.conditions)))

    def _base_rates(self, lexemes: Sequence[Lexeme]) -> Floats:
        base = np.array([lexeme.base for lexeme in lexemes])
        for place, parent in enumerate(self.parent):  # parents stand before their children
            if parent >= 0:
                base[place] = min(base[place], CHILD_SHARE * base[parent])
        return base

    def _rates(self) -> Floats:
        """P(finding | condition) for all conditions and the whole vocabulary."""
        rates = self._listed()  # of shape [finding, condition], NaN where it is not known yet
        for place, parent in reversed(list(enumerate(self.parent))):  # children first: a parent is at least as frequent
            if parent >= 0:
                known = ~np.isnan(rates[place])
                least = np.maximum(rates[place, known], self.base[parent])
                rates[parent, known] = np.fmax(rates[parent, known], least)
        for place, parent in enumerate(self.parent):
            above = rates[parent] / self.base[parent] if parent >= 0 else 1.0
            rates[place] = np.where(np.isnan(rates[place]), self.base[place] * above, rates[place])
            if parent >= 0:
                rates[place] = np.minimum(rates[place], MOST * rates[parent])
        return np.clip(rates.T, FEWEST * self.base, MOST)

    def _listed(self) -> Floats:
        """What the conditions themselves say, as an array of shape [finding, condition]; NaN where they do not."""
        listed = np.full((len(self.findings), len(self.conditions)), np.nan)
        for number, condition in enumerate(self.conditions):
            for finding in condition.findings:
                if finding.id in self.place:
                    listed[self.place[finding.id], number] = finding.p
        return listed

    def _within(self) -> Floats:
        """P(finding | its parent, condition); of a finding without a parent P(finding | condition)."""
        up = np.where(self.parent >= 0, self.parent, 0)
        rates = np.where(self.parent >= 0, self.given / self.given[:, up], self.given)
        return np.clip(rates, FEWEST, MOST)

    def _ratio(self, place: int, state: str) -> Floats:
        """Log-likelihood ratio of one finding against its base rate, for each condition.

        Args:
            state: `yes` and `no` where its parent is there, `never` where that is not known, `silent` where a free
                account did not speak of it.
        """
        parent = self.parent[place]
        alone = parent < 0 or state == "never"
        base = np.clip(self.base[place] / (1.0 if alone else self.base[parent]), FEWEST, MOST)
        rates = np.clip(self.given[:, place], FEWEST, MOST) if alone else self.within[:, place]
        if state == "yes":
            return np.asarray(np.log(rates / base))
        said = self.said[place] if state == "silent" else 1.0
        return np.asarray(np.log((1 - said * rates) / (1 - said * base)))

    def prior(self, age: float | None, sex: Sex | None) -> Floats:
        """Log of how common each condition is, weighted down: who asks a doctor is not the whole population."""
        of_age = np.ones(len(self.conditions)) if age is None else self.ages[:, np.searchsorted(AGE_BINS, age, "right")]
        share = self.female if sex == "female" else 1 - self.female
        of_sex = np.ones(len(self.conditions)) if sex is None else 2 * share
        likely = np.maximum(of_age, RARE) * np.maximum(of_sex, RARE)
        logs = np.log(self.common**PRIOR_WEIGHT * np.where((of_age == 0) | (of_sex == 0), NEVER, likely))
        return np.asarray(logs - logs.mean())

    def wording(self, case: Case) -> Floats:
        """What the likeness of the patient's words to each description is worth, in log-odds."""
        likeness = self._wording.likeness(case.words)
        return np.asarray(WORDING_WEIGHT * (likeness - likeness.mean()))

    def scores(self, case: Case) -> tuple[Floats, list[str], Floats]:
        """Log-odds of each condition: the prior, the findings that count, and their shares [condition, finding]."""
        present, absent = self.closed(case)
        columns, names = [], []
        for place in sorted(present):
            columns.append(self._ratio(place, "yes"))
            names.append(place)
        for place in sorted(absent):
            columns.append(self._ratio(place, "no" if self.parent[place] in present else "never"))
            names.append(place)
        shares = np.array(columns).T if columns else np.zeros((len(self.conditions), 0))
        total = self.prior(case.age, case.sex) + shares.sum(axis=1) + self._left_out(present, absent)
        total = total + self.wording(case)
        return total, [self.findings[place] for place in names], shares

    def closed(self, case: Case) -> tuple[set[int], set[int]]:
        """Present findings with all that they imply; absent ones without those that follow from another."""
        present: set[int] = set()
        for name in case.there:
            place = self.place.get(name, -1)
            while place >= 0 and place not in present:
                present.add(place)
                place = int(self.parent[place])
        absent = {self.place[name] for name in case.absent if name in self.place} - present
        return present, {place for place in absent if not self.under(place, absent)}

    def under(self, place: int, others: set[int]) -> bool:
        """Whether a finding implies one of the others."""
        above = int(self.parent[place])
        while above >= 0:
            if above in others:
                return True
            above = int(self.parent[above])
        return False

    def _left_out(self, present: set[int], absent: set[int]) -> Floats:
        """What a free account did not speak of was, with some probability, not there."""
        known = present | absent
        told_roots = [place for place in known if self.parent[place] < 0]
        open_children = [p for p in range(len(self.parent)) if self.parent[p] in present and p not in known]
        total = self.unspoken.copy()
        for place in told_roots:
            total -= self._ratio(place, "silent")
        for place in open_children:
            total += self._ratio(place, "silent")
        return np.asarray(total)

    def posterior(self, case: Case) -> Floats:
        """Probability of each condition alone; they sum to 1."""
        total, _, _ = self.scores(case)
        return softmax(SHARPNESS * total)

    def differential(self, case: Case, most: int = 25) -> Differential:
        """The most probable conditions, each with its reasons, and two at once where that explains the case better."""
        total, names, shares = self.scores(case)
        alone = softmax(SHARPNESS * total)
        chances, pair = self._with_pairs(case, total, alone)
        prior, wording = self.prior(case.age, case.sex), self.wording(case)
        present, _ = self.closed(case)
        there = {self.findings[place] for place in present}
        candidates = tuple(
            Candidate(
                self.conditions[place],
                float(chances[place]),
                float(prior[place]),
                float(wording[place]),
                _reasons(names, shares[place], there),
            )
            for place in np.argsort(-chances, kind="stable")[:most]
        )
        return Differential(candidates, tuple(self.conditions[place] for place in pair))

    def _with_pairs(self, case: Case, total: Floats, alone: Floats) -> tuple[Floats, tuple[int, ...]]:
        """Each condition's probability, alone or beside another; and the pair, where one is the best explanation.

        Two conditions together are a noisy-or over the findings that were told (Pearl 1988); that two new problems come
        at once costs `TWO_AT_ONCE`.
        """
        said = [self.place[name] for name in case.there if name in self.place]
        leaves = [place for place in said if place not in {int(self.parent[other]) for other in said}]
        if len(leaves) < FEWEST_FOR_TWO:
            return alone, ()
        first, second = np.argsort(-total)[:FIRST], np.argsort(-total)[:SECOND]
        base = np.clip(self.base[leaves], FEWEST, MOST)
        own = np.clip(self.given[:, leaves], FEWEST, MOST)
        both = 1 - (1 - own[first][:, None]) * (1 - own[second][None]) / (1 - base)
        fit = np.log(np.maximum(both, FEWEST) / base).sum(axis=2)
        single = np.log(own / base).sum(axis=1)
        gain = fit - np.maximum(single[first][:, None], single[second][None])
        joint = np.maximum(total[first][:, None], total[second][None]) + gain - TWO_AT_ONCE
        joint = np.where(first[:, None] < second[None], joint, -np.inf)
        hypotheses = softmax(SHARPNESS * np.concatenate([total, joint.ravel()]))
        singles, pairs = hypotheses[: len(total)], hypotheses[len(total) :].reshape(joint.shape)
        chances = singles.copy()
        np.add.at(chances, first, pairs.sum(axis=1))
        np.add.at(chances, second, pairs.sum(axis=0))
        one, two = np.unravel_index(int(np.argmax(pairs)), pairs.shape)
        best = (int(first[one]), int(second[two])) if pairs.max() > max(singles.max(), LEAST_PAIR) else ()
        return chances, best


def softmax(scores: Floats) -> Floats:
    """Probabilities from log-odds."""
    odds = np.exp(scores - scores.max())
    return np.asarray(odds / odds.sum())


def _reasons(names: Iterable[str], shares: Floats, there: set[str]) -> tuple[Reason, ...]:
    reasons = [Reason(name, name in there, float(weight)) for name, weight in zip(names, shares, strict=True)]
    return tuple(sorted(reasons, key=lambda reason: -abs(reason.weight)))


def _in_order(vocabulary: Mapping[str, Lexeme]) -> list[str]:
    """Findings with every parent before its children; words of the rules are left out."""
    ordered: dict[str, Any] = {}

    def add(name: str) -> None:
        lexeme = vocabulary.get(name)
        if lexeme is None or lexeme.kind == "talk" or name in ordered:
            return
        add(lexeme.parent)
        ordered[name] = None

    for name in vocabulary:
        add(name)
    return list(ordered)


@cache
def engine() -> Engine:
    """The engine over the shipped knowledge base."""
    texts = [
        description(article, condition, translated(article, "zh"))
        for article, condition in zip(condition_articles(), conditions(), strict=True)
    ]
    return Engine(conditions(), lexicon(), texts)
