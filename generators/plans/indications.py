"""What there is for a condition: medicines by the line of treatment, activities of care, genes that bear on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from generators.plans.activities import Activity, activities
from generators.plans.record import Record
from knowledge.medicines import formulary
from knowledge.medicines.genes import gene_rules

VACCINES = {"vaccine_live", "vaccine_inactivated"}
CHANGING = {"avoid", "reduce", "raise", "caution"}


@cache
def options(condition: str) -> dict[int, tuple[str, ...]]:
    """The medicines that treat a condition by the line of treatment, 1 to 3; a vaccine treats nothing."""
    found: dict[int, list[str]] = defaultdict(list)
    for medicine in formulary().values():
        if VACCINES & set(medicine.groups):
            continue
        for indication in medicine.indications:
            if indication.condition == condition:
                found[indication.line].append(medicine.id)
    return {line: tuple(found[line]) for line in sorted(found)}


def care_for(condition: str, record: Record) -> list[str]:
    """The activities for a condition that fit a patient."""
    fitting = [one for one in care(condition) if one.fits(record.states, record.pregnant is True)]
    return [one.id for one in fitting]


@cache
def care(condition: str) -> tuple[Activity, ...]:
    """The activities for a condition, whomever they fit."""
    return tuple(one for one in activities().values() if condition in one.treats)


def bearing(genes: Iterable[str], medicines: Iterable[str], conditions: Iterable[str]) -> set[str]:
    """Those genes of which some result changes what is done with a medicine that is taken or could be given."""
    offered = {name for condition in conditions for names in options(condition).values() for name in names}
    concerned = _concerned()
    return {gene for gene in genes if concerned.get(gene, set()) & (offered | set(medicines))}


@cache
def _concerned() -> dict[str, set[str]]:
    """The medicines that each gene changes something about."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule in gene_rules().values():
        if rule.advice in CHANGING:
            for gene in {gene for one in rule.when for gene in one}:
                found[gene] |= set(rule.medicines)
    return dict(found)
