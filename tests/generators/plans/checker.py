"""An independent check of treatment plans: which hard rules the medicines that a plan begins break for a patient.

It is written apart from the rules of `generators/plans` and imports none of them, only the data, so that an error in
one is not in both. It is meant to be plain and slow: every rule is a loop over the data that says what it means.
"""

from __future__ import annotations

from collections.abc import Sequence

from generators.plans.record import Record
from knowledge.medicines import Kidney, Medicine, formulary, groups, interactions, substances
from knowledge.medicines.genes import gene_rules
from knowledge.medicines.genes.alleles import NO_RESULT

CROSSING = 0.1  # the share from which an allergy that can extend to another counts as that one too
SEVERITY = {"mild": 1, "moderate": 2, "severe": 3}
OLDEST = 120.0  # an age limit written as 120 is no limit
ROUNDING = 1.001

Dose = tuple[str, float, float, bool]  # unit, amount at a time, times a day at most, for each kilogram
Begun = tuple[str, str | None, Dose | None]  # the medicine's id, its route and its dose
One = tuple[str, str | None]  # the id of what is begun or taken, and its route


def violations(record: Record, medicines: Sequence[Begun]) -> list[str]:
    """A sentence for each hard rule that the begun medicines, which are in the formulary, break for this patient."""
    found: list[str] = []
    for name, route, dose in medicines:
        medicine = formulary()[name]
        found += _allergies(record, medicine)
        found += _motherhood_and_age(record, medicine)
        found += _organs_and_states(record, medicine, route)
        found += _genes(record, medicine)
        if dose is not None:
            found += _dose(record, medicine, route, dose)
    begun: list[One] = [(name, route) for name, route, _ in medicines]
    taken: list[One] = [(named.id, named.route) for entry in record.medicines for named in entry.named]
    for place, first in enumerate(begun):
        for second in [*begun[place + 1 :], *taken]:
            found += _interactions(first, second)
            found += _duplicates(first, second)
    return list(dict.fromkeys(found))


def _parts(name: str) -> list[str]:
    """The id itself, then the ids of what it contains."""
    medicine = formulary().get(name)
    return [name, *medicine.contains] if medicine else [name]


def _groups(name: str) -> tuple[str, ...]:
    entry = formulary().get(name) or substances().get(name)
    return entry.groups if entry else ()


def _is_local(one: One) -> bool:
    """Whether so little of it reaches the blood that interactions, kidneys and liver do not count."""
    name, route = one
    medicine = formulary().get(name)
    if medicine is None:
        return False
    routes = [route] if route is not None else [dose.route for dose in medicine.doses]
    return all(one in medicine.local for one in routes)


def _is_side(name: str, side: str) -> bool:
    """Whether one side of an interaction, an id or `group:ID`, means a medicine or substance."""
    if side.startswith("group:"):
        return side.removeprefix("group:") in _groups(name)
    return side == name


def _of_age(age: float, least: float, below: float) -> bool:
    return least <= age and (age < below or below >= OLDEST)


def _allergies(record: Record, medicine: Medicine) -> list[str]:
    found = []
    for part in _parts(medicine.id):
        for allergy in record.allergies:
            if part in allergy.medicines:
                found.append(f"{medicine.id}: allergy to {part}.")
            for group in allergy.groups:
                if group in _groups(part):
                    found.append(f"{medicine.id}: allergy to its group {group}.")
                for other, share in groups()[group].crosses.items():
                    if other in _groups(part) and share >= CROSSING:
                        found.append(f"{medicine.id}: {group} extends to its group {other}.")
    return found


def _motherhood_and_age(record: Record, medicine: Medicine) -> list[str]:
    found = []
    if record.pregnant is True and medicine.pregnancy.advice == "avoid":
        found.append(f"{medicine.id}: not in pregnancy.")
    if record.breastfeeding is True and medicine.breastfeeding.advice == "avoid":
        found.append(f"{medicine.id}: not while breast-feeding.")
    if record.age is None:
        return found
    for limit in medicine.ages:
        if limit.advice == "avoid" and _of_age(record.age, limit.least, limit.below):
            found.append(f"{medicine.id}: not from {limit.least:g} to below {limit.below:g} years.")
    if not any(_of_age(record.age, dose.least_age, dose.below_age) for dose in medicine.doses):
        found.append(f"{medicine.id}: no dose at the age of {record.age:g}.")
    return found


def _organs_and_states(record: Record, medicine: Medicine, route: str | None) -> list[str]:
    found = []
    local = _is_local((medicine.id, route))
    kidney = _kidney_band(record, medicine)
    if not local and kidney is not None and kidney.advice == "avoid":
        found.append(f"{medicine.id}: not below an eGFR of {kidney.egfr_below:g}.")
    if not local and record.liver is not None:
        bands = [band for band in medicine.liver if SEVERITY[band.severity] <= SEVERITY[record.liver]]
        if bands and max(bands, key=lambda band: SEVERITY[band.severity]).advice == "avoid":
            found.append(f"{medicine.id}: not with a {record.liver} liver disease.")
    has_other_routes = any(dose.route not in medicine.local for dose in medicine.doses)
    for limit in medicine.limits:
        if limit.advice == "avoid" and limit.state in record.states and not (local and has_other_routes):
            found.append(f"{medicine.id}: not with the state {limit.state}.")
    return found


def _kidney_band(record: Record, medicine: Medicine) -> Kidney | None:
    """The severest band that holds: of those above the eGFR, the lowest."""
    bands = [band for band in medicine.kidney if record.egfr is not None and band.egfr_below > record.egfr]
    return min(bands, key=lambda band: band.egfr_below) if bands else None


def _genes(record: Record, medicine: Medicine) -> list[str]:
    is_child = record.age is not None and record.age < 18
    found = []
    for rule in gene_rules().values():
        if rule.advice != "avoid" or not any(part in rule.medicines for part in _parts(medicine.id)):
            continue
        if (rule.population == "children" and not is_child) or (rule.population == "adults" and is_child):
            continue
        for condition in rule.when:
            measured = any(gene in record.genes for gene in condition)
            holds = True
            for gene, wanted in condition.items():
                results = record.genes.get(gene, frozenset([NO_RESULT]))
                holds = holds and any(result in wanted for result in results)
            if measured and holds:
                found.append(f"{medicine.id}: gene rule {rule.id}.")
    return found


def _dose(record: Record, medicine: Medicine, route: str | None, dose: Dose) -> list[str]:
    unit, amount, times, per_kg = dose
    weight = record.weight_kg if per_kg else 1.0
    if weight is None:
        return []
    a_day = amount * weight * max(times, 1.0)  # what is given once a week counts whole on its day
    most = 0.0
    for one in medicine.doses:
        of_age = record.age is None or _of_age(record.age, one.least_age, one.below_age)
        if of_age and one.unit == unit and route in (None, one.route):
            most = max(most, one.most_a_day)
    found = []
    if a_day > most * ROUNDING:
        found.append(f"{medicine.id}: {a_day:g} {unit} a day is more than {most:g}.")
    band = None if _is_local((medicine.id, route)) else _kidney_band(record, medicine)
    if band is not None and band.most_a_day is not None and a_day > band.most_a_day * ROUNDING:
        found.append(f"{medicine.id}: {a_day:g} {unit} a day is more than {band.most_a_day:g} for the kidneys.")
    return found


def _interactions(first: One, second: One) -> list[str]:
    if _is_local(first) or _is_local(second):
        return []
    found = []
    for rule in [rule for rule in interactions().values() if rule.severity == "avoid"]:
        for a in _parts(first[0]):
            for b in _parts(second[0]):
                straight = _is_side(a, rule.first) and _is_side(b, rule.second)
                turned = _is_side(b, rule.first) and _is_side(a, rule.second)
                if a == b or not (straight or turned):
                    continue
                if not any(_is_side(one, side) for one in (first[0], a, second[0], b) for side in rule.unless):
                    found.append(f"{first[0]} with {second[0]}: interaction {rule.id}.")
    return found


def _duplicates(first: One, second: One) -> list[str]:
    if _is_local(first) != _is_local(second):
        return []
    found = []
    for a in _parts(first[0]):
        for b in _parts(second[0]):
            if a == b:
                found.append(f"{first[0]} with {second[0]}: {a} twice.")
            for group in _groups(a):
                if group in _groups(b) and groups()[group].duplicate:
                    found.append(f"{first[0]} with {second[0]}: two of {group}.")
    return found
