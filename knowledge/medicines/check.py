"""Check the formulary beyond its format: what it refers to exists, and no name means two medicines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from knowledge.medicines import (
    Interaction,
    Medicine,
    MedicineError,
    formulary,
    groups,
    interactions,
    members,
    products,
    states,
    substances,
)
from knowledge.medicines.genes import GeneRule, gene_rules, others
from knowledge.medicines.labs import labs

CONDITIONS = Path(__file__).parents[1] / "conditions"


def check_medicines() -> list[str]:
    """One sentence for each fault; empty when all is well."""
    try:
        found = [f"{one.id}: {fault}" for one in formulary().values() for fault in medicine_faults(one)]
        found += [f"{one.id}: {fault}" for one in interactions().values() for fault in interaction_faults(one)]
        found += [f"{one.id}: {fault}" for one in gene_rules().values() for fault in gene_faults(one)]
        found += [
            f"{one.id}: there is no group {name}"
            for one in substances().values()
            for name in one.groups
            if name not in groups()
        ]
        found += [
            f"{one.id}: there is no state {it.state}"
            for one in labs().values()
            for it in one.means
            if it.state not in states()
        ]
        known = formulary().keys() | substances().keys()
        found += [
            f"{it.name}: there is no medicine {one}" for it in products() for one in it.contains if one not in known
        ]
        return [*found, *_name_faults(), *_crossing_faults()]
    except MedicineError as error:
        return [str(error)]


def medicine_faults(medicine: Medicine) -> Iterator[str]:
    """What is wrong with one medicine that its schema cannot see."""
    yield from (f"there is no group {name}" for name in medicine.groups if name not in groups())
    if not any(groups()[name].kind == "class" for name in medicine.groups if name in groups()):
        yield "it is of no class"
    yield from (f"there is no medicine {name} to contain" for name in medicine.contains if name not in formulary())
    yield from (f"there is no state {limit.state}" for limit in medicine.limits if limit.state not in states())
    for indication in medicine.indications:
        if not (CONDITIONS / f"{indication.condition}.md").is_file():
            yield f"there is no condition {indication.condition}"
    routes = {dose.route for dose in medicine.doses}
    yield from (f"it is not given by the route {route}" for route in medicine.local if route not in routes)
    if not any(dose.below_age > 18 for dose in medicine.doses) and not any(
        dose.least_age < 18 for dose in medicine.doses
    ):
        yield "nobody gets a dose"
    below = [one.egfr_below for one in medicine.kidney]
    if below != sorted(below, reverse=True):
        yield "its kidney limits do not go from mild to severe"


def interaction_faults(interaction: Interaction) -> Iterator[str]:
    """What is wrong with one interaction."""
    for side in (interaction.first, interaction.second, *interaction.unless):
        group = side.removeprefix("group:")
        known = formulary().keys() | substances().keys() if group == side else groups().keys()
        if group not in known:
            yield f"there is no {'medicine or substance' if group == side else 'group'} {group}"
        elif not members(side):
            yield f"no medicine is of the group {group}"


def gene_faults(rule: GeneRule) -> Iterator[str]:
    """What is wrong with one rule of genes."""
    known = formulary().keys() | others().keys()
    yield from (f"there is no medicine {name}" for name in (*rule.medicines, *rule.instead) if name not in known)


def _name_faults() -> Iterator[str]:
    named: dict[str, set[str]] = defaultdict(set)
    for one in formulary().values():
        for name in (one.name, *one.also, *one.brands):
            named[name.casefold()].add(one.id)
    for other in substances().values():
        for name in (other.name, *other.also):
            named[name.casefold()].add(other.id)
    for product in products():
        for name in (product.name, *product.also):
            named[name.casefold()].add(product.name)
    yield from (f"{name} means {', '.join(sorted(of))}" for name, of in named.items() if len(of) > 1)
    codes: dict[str, set[str]] = defaultdict(set)
    for one in formulary().values():
        codes[one.rxnorm or one.id].add(one.id)
    yield from (f"RxNorm {code} is of {', '.join(sorted(of))}" for code, of in codes.items() if len(of) > 1)


def _crossing_faults() -> Iterator[str]:
    for group in groups().values():
        yield from (
            f"{group.id} crosses to {name}, which is no group" for name in group.crosses if name not in groups()
        )


def counted() -> str:
    """How much the formulary holds, in one line."""
    numbers = (len(formulary()), len(substances()), len(interactions()), len(gene_rules()))
    return "{} medicines, {} substances, {} interactions, {} gene rules".format(*numbers)


if __name__ == "__main__":
    import sys

    faults = check_medicines()
    sys.stdout.write("\n".join([*faults, "" if faults else counted()]) + "\n")
    sys.exit(1 if faults else 0)
