"""Drafts of a plan: sampled by the model, held to every rule, ranked, with the evidence of each item.

For each problem the model's chances choose among what the formulary and guidance have for it; other latents choose
otherwise, which makes the drafts differ. A medicine that a rule forbids is replaced by the next that none forbids, or
dropped, and the reason is kept. What has no evidence for a problem of this patient is not proposed, however likely the
model finds it: then the draft says what is missing. A draft is a draft until a clinician signs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from generators.plans.attribution import drivers, worded
from generators.plans.dosing import Dosage, dosage
from generators.plans.indications import care_for, options
from generators.plans.items import Action, Item, Refused, around, medication
from generators.plans.record import Record, read_record
from generators.plans.rules import Finding, check, parts_of
from generators.plans.trained import PlanModel, model
from generators.plans.vocabulary import Case
from knowledge.corpus import conditions
from knowledge.medicines import formulary
from knowledge.medicines.names import Named

SAMPLES = 48
LINES = {1: 0.0, 2: -1.5, 3: -3.0}  # in nats: how much later lines of treatment stand behind
UNKNOWN = 0.002  # the chance of an item that the model never learned, and the least that counts
ADDED = 0.5  # chance from which on a second medicine for a problem is proposed
CAUTION = 0.15  # what each caution takes from the score of a draft
CARE = 0.25  # chance from which on an activity is proposed
FEWEST_CARE, MOST_CARE = 2, 5  # activities of a problem: proposed whatever their chance, and at most
SPREAD = 0.7  # of the random preference that makes drafts differ, in nats


@dataclass(frozen=True)
class Draft:
    """One plan.

    Attributes:
        why: How it came about, a sentence each.
        refused: Medicines that rules forbade, with what took their place.
        score: Higher is better: the model's mean log chance of the medicines, less for cautions.
    """

    items: tuple[Item, ...]
    why: tuple[str, ...]
    refused: tuple[Refused, ...]
    score: float

    @property
    def medicines(self) -> frozenset[str]:
        """The ids of the medicines that are begun."""
        return frozenset(item.id for item in self.items if item.kind == "medication" and item.action == "start")


@dataclass(frozen=True)
class Drafting:
    """Several drafts for a patient, the best first, and what could not be done.

    Attributes:
        missing: What is not known, and problems for which nothing has evidence here; a sentence each.
    """

    record: Record
    drafts: tuple[Draft, ...]
    missing: tuple[str, ...]


def draft(record: Record, count: int = 3, name: str = "vae", seed: int = 0, models: Path | None = None) -> Drafting:
    """Up to so many different drafts for a record.

    Raises:
        RequestError: There is no such model.
        ModelFilesError: Its files cannot be used.
    """
    desk = _Desk(record, model(name, models), seed)
    found: dict[frozenset[str], Draft] = {}
    for sample in range(SAMPLES):
        one = desk.draft(sample)
        if one.medicines not in found or found[one.medicines].score < one.score:
            found[one.medicines] = one
    ranked = sorted(found.values(), key=lambda one: -one.score)
    return Drafting(record, tuple(map(desk.explained, ranked[:count])), tuple(_missing(record)))


def warm() -> None:
    """Read the usual model, the formulary and the rules before the first draft.

    Raises:
        ModelFilesError: The model's files cannot be used.
    """
    draft(read_record({"age": 60, "conditions": ["high blood pressure"], "medications": ["ibuprofen"]}), 1)


class _Desk:
    """What the drafts of one patient share: the chances, and what rules say of each medicine beside what is taken."""

    def __init__(self, record: Record, trained: PlanModel, seed: int) -> None:
        self.record = record
        self._trained = trained
        self._chances = trained.chances([Case(record)], SAMPLES, seed)[:, 0]
        self._columns = {item: place for place, item in enumerate(trained.vocabulary.items)}
        self._random = np.random.default_rng(seed)
        self._findings: dict[str, list[Finding]] = {}
        self._driving: dict[str, tuple[str, ...]] = {}

    @cached_property
    def taken(self) -> list[Named]:
        return [named for one in self.record.medicines for named in one.named]

    def chance(self, item: str, sample: int | None = None) -> float:
        """Of one sample, or over all."""
        place = self._columns.get(item)
        if place is None:
            return UNKNOWN
        return float(self._chances[:, place].mean() if sample is None else self._chances[sample, place])

    def findings(self, medicine: str) -> list[Finding]:
        """Rules that speak against a medicine beside what is taken."""
        if medicine not in self._findings:
            self._findings[medicine] = check(self.record, _named(medicine), self.taken)
        return self._findings[medicine]

    def draft(self, sample: int) -> Draft:
        """The draft of one sample."""
        begun: dict[str, str] = {}  # medicine to the condition that it is for
        refused: dict[str, Refused] = {}
        for condition in self.record.conditions:
            if not self._covered(condition, begun):
                self._treat(condition, sample, begun, refused)
        items = [*self._reviewed(), *(self._item(one, condition) for one, condition in begun.items())]
        for condition in self.record.conditions:
            care = self._care(condition, sample)
            items += around(self.record, condition, care, {one: self.chance(one) for one in care}, begun)
        items = _once(items)
        scores = [np.log(max(self.chance(one, sample), UNKNOWN)) for one in begun] or [0.0]
        cautions = sum(len(item.cautions) for item in items)
        why = tuple(self._why(begun))
        return Draft(tuple(items), why, tuple(refused.values()), float(np.mean(scores)) - CAUTION * cautions)

    def explained(self, one: Draft) -> Draft:
        """The draft with what in the record drove each medicine that is begun."""
        begun = one.medicines
        items = (replace(it, drivers=self._drivers(it.id)) if it.id in begun else it for it in one.items)
        return replace(one, items=tuple(items))

    def _drivers(self, item: str) -> tuple[str, ...]:
        if item not in self._driving:
            found = drivers(self._trained, Case(self.record), item)
            self._driving[item] = tuple(f"{worded(fact)} (+{nats:.1f})" for fact, nats in found)
        return self._driving[item]

    def _covered(self, condition: str, begun: Mapping[str, str]) -> bool:
        """Whether something that is taken, or begun for another problem, is a first choice for it too."""
        first = set(options(condition).get(1, ()))
        kept = {named.id for named in self.taken if all(one.severity != "avoid" for one in self._review(named))}
        return bool(first & (kept | begun.keys()))

    def _treat(self, condition: str, sample: int, begun: dict[str, str], refused: dict[str, Refused]) -> None:
        """Choose a medicine for a condition, and more where the model is sure of them."""
        taken = {part for named in self.taken for part in parts_of(named)}
        lines = {
            name: line
            for line, names in options(condition).items()
            for name in names
            if not taken & parts_of(_named(name))
        }
        order = sorted(lines, key=lambda name: -self._preference(name, lines[name], sample))
        chosen: list[str] = []
        passed: list[tuple[str, Finding]] = []
        for name in order:
            if chosen and (lines[name] > 1 or self.chance(name, sample) < ADDED):
                continue
            against = self._against(name, begun)
            if against:
                passed.append((name, against))
            elif dosage(formulary()[name], self.record, condition) is not None:
                chosen.append(name)
                begun[name] = condition
        instead = chosen[0] if chosen else ""
        for name, finding in passed:
            if not chosen or order.index(name) < order.index(instead):
                refused[name] = Refused(name, condition, finding, instead)

    def _preference(self, name: str, line: int, sample: int) -> float:
        noise = SPREAD * float(self._random.gumbel())
        return float(np.log(max(self.chance(name, sample), UNKNOWN))) + LINES[line] + noise

    def _against(self, name: str, begun: Mapping[str, str]) -> Finding | None:
        """The rule that forbids a medicine beside what is taken and begun."""
        forbidden = [one for one in self.findings(name) if one.severity == "avoid"]
        if not forbidden and begun:
            beside = check(self.record, _named(name), [_named(one) for one in begun])
            forbidden = [one for one in beside if one.severity == "avoid"]
        return forbidden[0] if forbidden else None

    def _care(self, condition: str, sample: int) -> list[str]:
        ranked = sorted(care_for(condition, self.record), key=lambda one: -self.chance(one, sample))
        sure = [one for one in ranked if self.chance(one, sample) >= CARE]
        return ranked[: min(MOST_CARE, max(FEWEST_CARE, len(sure)))]

    def _review(self, named: Named) -> list[Finding]:
        """Rules that speak against what is taken already, beside the rest of it."""
        return check(self.record, named, [one for one in self.taken if one.id != named.id])

    def _reviewed(self) -> Iterator[Item]:
        """What is taken goes on, or is to be reviewed where a rule forbids it."""
        for named in self.taken:
            if named.medicine:
                findings = self._review(named)
                forbidden = any(one.severity == "avoid" for one in findings)
                action: Action = "review" if forbidden else "continue"
                yield medication(named.id, "", action, None, findings, 1.0)

    def _item(self, name: str, condition: str) -> Item:
        findings = self.findings(name)
        dose: Dosage | None = dosage(formulary()[name], self.record, condition, findings)
        others = [other for names in options(condition).values() for other in names if other != name]
        why_not = self._why_not(others)
        return medication(name, condition, "start", dose, findings, self._share(name, condition), why_not)

    def _share(self, name: str, condition: str) -> float:
        """The chance of a medicine among those that no rule forbids here, since only one of them is wanted."""
        others = (other for names in options(condition).values() for other in names)
        return self.chance(name) / sum(self.chance(other) for other in others if self._fits(other))

    def _fits(self, name: str) -> bool:
        return all(one.severity != "avoid" for one in self.findings(name))

    def _why_not(self, others: list[str], most: int = 3) -> tuple[str, ...]:
        """Why the obvious alternatives were not chosen: a rule, or less likely in plans of such patients."""
        told = []
        for name in sorted(others, key=lambda one: -self.chance(one))[:most]:
            against = next((one for one in self.findings(name) if one.severity == "avoid"), None)
            reason = against.reason if against else "It fits as well; the model finds it less usual for such a patient."
            told.append(f"{formulary()[name].name}: {reason}")
        return tuple(told)

    def _why(self, begun: Mapping[str, str]) -> Iterator[str]:
        named = {one.id: one.name for one in conditions()}
        for name, condition in begun.items():
            line = next(line for line, names in options(condition).items() if name in names)
            yield (
                f"{formulary()[name].name} for {named[condition].lower()}: line {line} in the formulary; "
                f"the model's share of it among those that no rule forbids is {self._share(name, condition):.0%}."
            )


def _once(items: list[Item]) -> list[Item]:
    """Each item once, for the first of the conditions that ask for it."""
    found: dict[tuple[str, str, str], Item] = {}
    for item in items:
        found.setdefault((item.kind, item.name.casefold(), item.detail), item)
    return list(found.values())


def _named(medicine: str) -> Named:
    return Named(medicine, formulary()[medicine].name)


def _missing(record: Record) -> Iterator[str]:
    named = {one.id: one for one in conditions()}
    for problem in record.problems:
        if not problem.conditions:
            yield f"Nothing is proposed for {problem.written!r}, which no guidance here speaks of."
    for condition in record.conditions:
        if not options(condition) and not care_for(condition, record):
            yield f"Nothing here has evidence for {named[condition].name.lower()}; a specialist decides."
        elif options(condition) and all(
            any(one.severity == "avoid" for one in check(record, _named(name)))
            for names in options(condition).values()
            for name in names
        ):
            yield f"Every medicine for {named[condition].name.lower()} is forbidden for this patient by a rule."
    if record.egfr is None:
        yield "The kidney function (eGFR) is not known; doses that depend on it were not adjusted."
    if record.may_be_pregnant:
        yield "Whether she is pregnant is not known; rule it out before a medicine that harms an unborn child."
    if record.age is None or (record.age < 18 and record.weight_kg is None):
        yield "The age, or of a child the weight, is missing; doses are given for each kilogram."
    yield from record.notes
