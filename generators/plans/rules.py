"""The rules that no medicine escapes: what speaks against giving it to this patient, and what to do instead.

Every rule is data of the knowledge base; here they are asked. What a record does not tell speaks neither for nor
against: a gene that nobody measured counts as `No Result`, and kidneys without a creatinine are unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from generators.plans.record import Record
from knowledge.medicines import (
    Interaction,
    Medicine,
    groups,
    interactions,
    members,
    states,
)
from knowledge.medicines.genes import GeneRule, gene_rules
from knowledge.medicines.genes.alleles import NO_RESULT
from knowledge.medicines.names import Named, name_of
from knowledge.medicines.sources import Source

Kind = Literal[
    "allergy", "interaction", "duplicate", "kidney", "liver", "pregnancy", "breastfeeding", "age", "condition", "gene"
]
Severity = Literal["avoid", "caution", "monitor"]
Verdict = Literal["avoid", "caution", "ok"]
GRAVEST: tuple[Severity, ...] = ("avoid", "caution", "monitor")
OFTEN = 0.1  # share of allergic people who react to a related medicine, from which on it is avoided
TOLD = 3  # rules of one pair that are told
LIVER = ("mild", "moderate", "severe")


@dataclass(frozen=True)
class Finding:
    """A rule that speaks against a medicine.

    Attributes:
        rule: Its id: the kind, and what in the knowledge base it is.
        medicine: The id of what it speaks against.
        reason: In one or two sentences.
        todo: What to do about it, where the rule says so.
        other: The id of the medicine or substance that it does not go with.
        instead: Ids of medicines that can take its place.
    """

    rule: str
    kind: Kind
    severity: Severity
    medicine: str
    reason: str
    source: Source
    todo: str = ""
    other: str = ""
    instead: tuple[str, ...] = ()


def check(record: Record, given: Named, beside: Iterable[Named] | None = None) -> list[Finding]:
    """Every rule that speaks against giving one medicine, the gravest first.

    Args:
        record: The patient.
        given: What is to be given.
        beside: What it is given with; what the patient takes already by default.
    """
    taken = [named for one in record.medicines for named in one.named] if beside is None else list(beside)
    found = [*_interactions(given, taken), *_duplicates(given, taken), *_genes(record, given)]
    if medicine := given.medicine:
        for rule in (_allergies, _kidneys, _liver, _motherhood, _ages, _states):
            found += rule(record, given, medicine)
    return sorted(found, key=lambda finding: (GRAVEST.index(finding.severity), finding.kind, finding.rule))


def verdict(findings: Iterable[Finding]) -> Verdict:
    """What rules come to: `avoid`, `caution` for anything to be watched, or `ok`."""
    severities = {finding.severity for finding in findings}
    return "avoid" if "avoid" in severities else "caution" if severities else "ok"


def _is_local(given: Named) -> bool:
    """Whether so little reaches the blood that only allergies, ages and pregnancy count."""
    medicine = given.medicine
    if not medicine or not medicine.local:
        return False
    return given.route in medicine.local if given.route else _only_local(medicine)


def _only_local(medicine: Medicine) -> bool:
    return {dose.route for dose in medicine.doses} <= set(medicine.local)


def _allergies(record: Record, given: Named, medicine: Medicine) -> Iterator[Finding]:
    parts = {medicine.id, *medicine.contains}
    own = {group for group in medicine.groups if groups()[group].kind == "allergy"}
    for allergy in record.allergies:
        if parts & set(allergy.medicines):
            reason = f"The record has an allergy to {allergy.written}."
            yield Finding(f"allergy:{medicine.id}", "allergy", "avoid", medicine.id, reason, medicine.sources[0])
            continue
        for group in allergy.groups:
            if group in own:
                reason = f"The record has an allergy to {allergy.written}, and {medicine.name} is of that kind."
                yield Finding(f"allergy:{group}", "allergy", "avoid", medicine.id, reason, medicine.sources[0])
            for near, share in groups()[group].crosses.items():
                if near in own and near not in allergy.groups:
                    yield _crossing(allergy.written, group, near, share, medicine)


def _crossing(written: str, group: str, near: str, share: float, medicine: Medicine) -> Finding:
    reason = f"The record has an allergy to {written}; about {share:.0%} of such people react to {medicine.name} too."
    severity: Severity = "avoid" if share >= OFTEN else "caution"
    return Finding(f"allergy:{group}:{near}", "allergy", severity, medicine.id, reason, medicine.sources[0])


@cache
def _by_member() -> dict[str, tuple[tuple[Interaction, frozenset[str]], ...]]:
    """For everything that interacts: the rules that it is in, each with what stands on the other side."""
    found: dict[str, list[tuple[Interaction, frozenset[str]]]] = defaultdict(list)
    for rule in interactions().values():
        free = set().union(*map(members, rule.unless))
        first, second = (frozenset(members(side) - free) for side in (rule.first, rule.second))
        for one in first | second:  # who stands on both sides meets both
            others = (second if one in first else frozenset()) | (first if one in second else frozenset())
            found[one].append((rule, others))
    return {one: tuple(rules) for one, rules in found.items()}


def parts_of(one: Named) -> frozenset[str]:
    """The id itself, and the ids of what it contains."""
    return frozenset({one.id, *(one.medicine.contains if one.medicine else ())})


def _interactions(given: Named, others: Iterable[Named]) -> Iterator[Finding]:
    if _is_local(given):
        return
    for other in others:
        if _is_local(other) or parts_of(given) & parts_of(other):
            continue
        rules = {
            rule.id: (rule, len(sides))
            for part in parts_of(given)
            for rule, sides in _by_member().get(part, ())
            if sides & parts_of(other)
        }
        gravest = min((GRAVEST.index(rule.severity) for rule, _ in rules.values()), default=0)
        told = sorted((size, rule.id) for rule, size in rules.values() if rule.severity == GRAVEST[gravest])
        for _, name in told[:TOLD]:
            yield _interaction(rules[name][0], given, other)


def _interaction(rule: Interaction, given: Named, other: Named) -> Finding:
    reason = f"With {other.name}: {rule.effect}"
    name = f"interaction:{rule.id}"
    return Finding(name, "interaction", rule.severity, given.id, reason, rule.source, rule.management, other.id)


def _duplicates(given: Named, taken: Iterable[Named]) -> Iterator[Finding]:
    for other in taken:
        if given.medicine is None or other.medicine is None or _is_local(given) != _is_local(other):
            continue
        source, shared = given.medicine.sources[0], parts_of(given) & parts_of(other)
        twice = [
            group for group in given.medicine.groups if groups()[group].duplicate and group in other.medicine.groups
        ]
        if shared:
            again = other.id == given.id and not (other.part or given.part)
            severity: Severity = "caution" if again else "avoid"
            reason = f"{' and '.join(sorted(map(name_of, shared)))} is taken already."
            yield Finding("duplicate:medicine", "duplicate", severity, given.id, reason, source, other=other.id)
        elif twice:
            reason = f"{other.name} is taken already, and one of {groups()[twice[0]].name} is enough."
            yield Finding(f"duplicate:{twice[0]}", "duplicate", "avoid", given.id, reason, source, other=other.id)


def _kidneys(record: Record, given: Named, medicine: Medicine) -> Iterator[Finding]:
    egfr = record.egfr
    if _is_local(given) or not medicine.kidney:
        return
    if egfr is None:
        if "chronic_kidney_disease" in record.states or "acute_kidney_injury" in record.states:
            reason = f"The kidneys are weak and no eGFR is known; the dose of {medicine.name} depends on it."
            todo = "Measure the creatinine first."
            yield Finding("kidney:unknown", "kidney", "caution", medicine.id, reason, medicine.sources[0], todo)
        return
    bands = [band for band in medicine.kidney if egfr < band.egfr_below]
    if bands:
        band = bands[-1]
        severity: Severity = "avoid" if band.advice == "avoid" else "caution"
        name, reason = f"kidney:{medicine.id}:{band.egfr_below:g}", f"The eGFR is {egfr:.0f}. {band.note}"
        yield Finding(name, "kidney", severity, medicine.id, reason, medicine.sources[0])


def _liver(record: Record, given: Named, medicine: Medicine) -> Iterator[Finding]:
    if _is_local(given) or record.liver is None:
        return
    worst = LIVER.index(record.liver)
    bands = [band for band in medicine.liver if LIVER.index(band.severity) <= worst]
    if bands:
        band = max(bands, key=lambda one: LIVER.index(one.severity))
        severity: Severity = "avoid" if band.advice == "avoid" else "caution"
        reason = f"The liver disease is {record.liver}. {band.note}"
        name = f"liver:{medicine.id}:{band.severity}"
        yield Finding(name, "liver", severity, medicine.id, reason, medicine.sources[0])


def _motherhood(record: Record, given: Named, medicine: Medicine) -> Iterator[Finding]:
    cases: tuple[tuple[Kind, bool | None, str], ...] = (
        ("pregnancy", record.pregnant, "The patient is pregnant."),
        ("breastfeeding", record.breastfeeding, "The patient is breast-feeding."),
    )
    for kind, holds, told in cases:
        rule = medicine.pregnancy if kind == "pregnancy" else medicine.breastfeeding
        if holds and rule.advice != "accepted":
            reason = f"{told} {rule.note}"
            yield Finding(f"{kind}:{medicine.id}", kind, rule.advice, medicine.id, reason, medicine.sources[0])


def _ages(record: Record, given: Named, medicine: Medicine) -> Iterator[Finding]:
    age = record.age
    if age is None:
        return
    for limit in medicine.ages:
        if limit.least <= age < limit.below:
            name = f"age:{medicine.id}:{limit.least:g}-{limit.below:g}"
            reason = f"The patient is {_years(age)} old. {limit.why}"
            yield Finding(name, "age", limit.advice, medicine.id, reason, medicine.sources[0])
    if not any(dose.least_age <= age < dose.below_age for dose in medicine.doses):
        reason = f"No dose of {medicine.name} for somebody {_years(age)} old is known here."
        yield Finding(f"age:{medicine.id}:no-dose", "age", "caution", medicine.id, reason, medicine.sources[0])


def _years(age: float) -> str:
    return f"{int(age)} years" if age >= 2 else f"{int(age * 12)} months"


def _states(record: Record, given: Named, medicine: Medicine) -> Iterator[Finding]:
    if _is_local(given) and not _only_local(medicine):
        return
    for limit in medicine.limits:
        if limit.state in record.states:
            name = f"condition:{medicine.id}:{limit.state}"
            reason = f"{states()[limit.state].name}: {limit.why}"
            yield Finding(name, "condition", limit.advice, medicine.id, reason, medicine.sources[0])


@cache
def _gene_rules_of(medicine: str) -> tuple[GeneRule, ...]:
    return tuple(rule for rule in gene_rules().values() if medicine in rule.medicines)


def _genes(record: Record, given: Named) -> Iterator[Finding]:
    found = [
        rule
        for part in parts_of(given)
        for rule in _gene_rules_of(part)
        if _told(record, rule) and _concerns(record, given, rule.population)
    ]
    severities: dict[str, Severity] = {"avoid": "avoid", "reduce": "caution", "raise": "caution", "caution": "caution"}
    for rule in sorted(found, key=lambda one: one.id):
        if rule.advice in severities:
            told = ", ".join(f"{gene} {' or '.join(sorted(results))}" for gene, results in _measured(record, rule))
            reason, name = f"{told}: {rule.why}", f"gene:{rule.id}"
            severity = severities[rule.advice]
            yield Finding(name, "gene", severity, given.id, reason, rule.source, rule.todo, instead=rule.instead)


def _measured(record: Record, rule: GeneRule) -> Iterator[tuple[str, frozenset[str]]]:
    genes = dict.fromkeys(gene for one in rule.when for gene in one)
    yield from ((gene, record.genes[gene]) for gene in genes if gene in record.genes)


def _told(record: Record, rule: GeneRule) -> bool:
    """Whether the results of the record are among those that the rule is for, and one of them was measured."""
    return any(
        any(gene in record.genes for gene in one)
        and all(record.genes.get(gene, frozenset([NO_RESULT])) & set(wanted) for gene, wanted in one.items())
        for one in rule.when
    )


def _concerns(record: Record, given: Named, population: str) -> bool:
    """Whether a rule is for such patients; where the record does not tell, it is."""
    takes = any(named.id == given.id for one in record.medicines for named in one.named)
    child = record.age is not None and record.age < 18
    tests: dict[str, Callable[[], bool]] = {
        "children": lambda: record.age is None or child,
        "adults": lambda: not child,
        "adults, and children over 40 kg": lambda: not child or (record.weight_kg or 41.0) > 40.0,
    }
    if population in tests:
        return tests[population]()
    if population.startswith("new to"):
        return not takes
    if "over three months before" in population:
        return takes
    return True
