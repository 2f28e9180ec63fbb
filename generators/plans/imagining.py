"""Plans as guidelines would have them, for patients that nobody recorded.

Recorded cohorts know some hundred conditions. For the others patients are imagined: conditions by how common they are
and whom they befall, now and then with weak kidneys, a pregnancy, an allergy, a gene or a medicine that bears on the
choice. Each condition is given a medicine of the first line that no rule speaks against, and what else is done for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from generators.plans.indications import care, care_for, options
from generators.plans.record import Allergy, Record, Taken
from generators.plans.rules import check
from generators.plans.vocabulary import Case
from knowledge.condition import Condition
from knowledge.corpus import conditions
from knowledge.medicines import formulary, groups
from knowledge.medicines.genes import gene_rules
from knowledge.medicines.names import Named
from knowledge.problems import read_problem

AGES = ((0, 1), (1, 6), (6, 18), (18, 40), (40, 65), (65, 95))
MORE = 0.45  # the chance of each further condition
WEAK_KIDNEYS, PREGNANT, ALLERGIC, TESTED, TAKES = 0.15, 0.08, 0.15, 0.25, 0.3
DONE = 0.8  # how often what is recommended beside medicines is done
Random = np.random.Generator


def imagine(count: int, seed: int) -> Iterator[tuple[Case, frozenset[str]]]:
    """Patients with the plan that guidelines give them."""
    random = np.random.default_rng(seed)
    treated = [one for one in conditions() if options(one.id) or care(one.id)]
    chances = np.array([one.prevalence.per_100k for one in treated]) ** 0.3  # so that rare ones are learned too
    for _ in range(count):
        yield _patient(treated, chances / chances.sum(), random)


def _patient(treated: list[Condition], chances: np.ndarray, random: Random) -> tuple[Case, frozenset[str]]:
    first = treated[random.choice(len(treated), p=chances)]
    female = bool(random.random() < first.prevalence.female)
    weights = np.array(first.prevalence.ages)
    age = float(random.uniform(*AGES[random.choice(len(AGES), p=weights / weights.sum())]))
    has = [first]
    while random.random() < MORE and len(has) < 4:
        other = treated[random.choice(len(treated), p=chances)]
        if other not in has and _befalls(other, age, female):
            has.append(other)
    record = _record(has, age, female, random)
    return Case(record), frozenset(_plan(record, has, random))


def _befalls(condition: Condition, age: float, female: bool) -> bool:
    likely = condition.prevalence.ages[next(place for place, (_, below) in enumerate(AGES) if age < below)]
    return likely > 0.1 and (condition.prevalence.female if female else 1 - condition.prevalence.female) > 0.02


def _record(has: list[Condition], age: float, female: bool, random: Random) -> Record:
    mother = female and 15 <= age < 45
    expecting = any(one.audience == "pregnancy" for one in has)
    labs = {"egfr": float(random.uniform(8, 60))} if random.random() < WEAK_KIDNEYS else {}
    return Record(
        age=age,
        sex="female" if female else "male",
        pregnant=mother and (expecting or bool(random.random() < PREGNANT)),
        problems=tuple(read_problem(one.name) for one in has),
        medicines=tuple(_taken(random)),
        allergies=tuple(_allergies(random)),
        labs=labs,
        genes=dict(_genes(random)),
    )


def _taken(random: Random) -> Iterator[Taken]:
    while random.random() < TAKES:
        name = list(formulary())[random.integers(len(formulary()))]
        yield Taken(name, (Named(name, formulary()[name].name),))


def _allergies(random: Random) -> Iterator[Allergy]:
    if random.random() < ALLERGIC:
        known = [one.id for one in groups().values() if one.kind == "allergy"]
        group = known[random.integers(len(known))]
        yield Allergy(group, groups=(group,))


def _genes(random: Random) -> Iterator[tuple[str, frozenset[str]]]:
    if random.random() < TESTED:
        rules = list(gene_rules().values())
        when = rules[random.integers(len(rules))].when[0]
        for gene, results in when.items():
            yield gene, frozenset([results[random.integers(len(results))]])


def _plan(record: Record, has: list[Condition], random: Random) -> Iterator[str]:
    given = [named for taken in record.medicines for named in taken.named]
    for condition in has:
        chosen = _chosen(record, condition.id, given, random)
        if chosen:
            given.append(chosen)
            yield chosen.id
        yield from (one for one in care_for(condition.id, record) if random.random() < DONE)


def _chosen(record: Record, condition: str, given: list[Named], random: Random) -> Named | None:
    """A medicine of the first line that has one which no rule forbids."""
    for names in options(condition).values():
        for name in random.permutation(list(names)):
            one = Named(str(name), formulary()[name].name)
            if all(finding.severity != "avoid" for finding in check(record, one, given)):
                return one
    return None
