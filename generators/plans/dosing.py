"""How much of a medicine a patient gets: the formulary's dose for age and use, held to kidneys and genes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from generators.plans.record import Record
from generators.plans.rules import Finding
from knowledge.corpus import conditions
from knowledge.medicines import Dose, Medicine
from knowledge.medicines.genes import gene_rules

ROUTES = {
    "oral": "by mouth", "inhaled": "inhaled", "nebulised": "by nebuliser", "nasal": "into the nose",
    "sublingual": "under the tongue", "buccal": "inside the cheek", "rectal": "into the rectum",
    "vaginal": "into the vagina", "skin": "on the skin", "patch": "as a patch", "eye": "into the eye",
    "ear": "into the ear", "intravenous": "into a vein", "intramuscular": "into a muscle",
    "subcutaneous": "under the skin", "intraosseous": "into the bone",
}  # fmt: skip
TIMES = {1: "once a day", 2: "twice a day", 3: "three times a day", 4: "four times a day"}
NEEDLES = {"intravenous", "intramuscular", "subcutaneous", "intraosseous"}
COMMON = re.compile(r"treatment|relief|most infections|tablets|release|go on|older people|prescription|pain or fever")
SPECIAL = re.compile(
    r"prevent|prophyla|attack|status|hospital|specialist|newborn|contact|intensive|overdose|afterwards|first (dose|two)"
    r"|procedure|anaesthe|severe|infusion|withdrawal|protect|cannot be swallowed"
)
EMPTY = {"disease", "infection", "infections", "syndrome", "acute", "chronic", "with", "from", "other", "pain"}
ANY_USE, OTHER_USE = 0.45, 0.1  # how well a dose fits whose use names the condition not
SPECIAL_USE, NEEDLE = 0.3, 0.3  # what such a use, and a needle, take from it
SELDOM = {0.5: "every other day", 0.143: "once a week", 0.071: "every two weeks", 0.033: "once a month"}


@dataclass(frozen=True)
class Dosage:
    """A dose to begin with.

    Attributes:
        each: From and to, in `unit`, at a time; for each kilogram where `per_kg` is true and no weight is known.
        a_day: How many times a day; 0.143 is once a week.
        days: From and to; none for as long as it is needed.
        notes: What was changed and why, and what the formulary adds.
    """

    route: str
    each: tuple[float, float]
    unit: str
    a_day: tuple[float, float]
    most_a_day: float
    days: tuple[int, int] | None
    per_kg: bool
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As it is written on a prescription."""
        amount = f"{_range(*self.each)} {self.unit}{' per kg' if self.per_kg else ''}"
        often = _often(*self.a_day)
        long = "" if self.days is None else f", for {_range(*self.days)} day{'s' if self.days[1] > 1 else ''}"
        return f"{amount} {ROUTES[self.route]} {often}{long}, at most {_number(self.most_a_day)} {self.unit} a day"


def dosage(medicine: Medicine, record: Record, condition: str = "", findings: Iterable[Finding] = ()) -> Dosage | None:
    """The dose to begin with for a condition; nothing where none is known for the age.

    Args:
        medicine: What is given.
        record: The patient.
        condition: Id of the condition; a dose whose use names it comes first.
        findings: Rules that speak of the dose: those of genes change it.
    """
    doses = [dose for dose in medicine.doses if record.age is None or dose.least_age <= record.age < dose.below_age]
    if not doses:
        return None
    dose = max(doses, key=lambda one: _fit(one, condition))
    notes = tuple(text for text in (f"For {dose.use}." if dose.use else "", dose.note) if text)
    begun = Dosage(dose.route, dose.each, dose.unit, dose.a_day, dose.most_a_day, dose.days, dose.per_kg, notes)
    return _by_genes(_by_kidneys(_by_weight(begun, record), medicine, record), findings)


def _fit(dose: Dose, condition: str) -> float:
    """How well a dose suits a condition: its use names it, or any use, or another one; a needle comes last."""
    use = dose.use.casefold()
    named = set(re.findall(r"[a-z]{4,}", use)) - EMPTY
    shared = len(named & _words(condition)) / len(named) if named else 0.0
    found = shared if shared >= 0.5 else ANY_USE if not use or COMMON.search(use) else OTHER_USE
    return found - SPECIAL_USE * bool(SPECIAL.search(use)) - NEEDLE * (dose.route in NEEDLES)


@cache
def _words(condition: str) -> frozenset[str]:
    """The words that a condition goes by."""
    about = next((one for one in conditions() if one.id == condition), None)
    names = (condition, *((about.name, *about.synonyms.clinical) if about else ()))
    return frozenset(word for name in names for word in re.findall(r"[a-z]{4,}", name.casefold())) - EMPTY


def _by_weight(dose: Dosage, record: Record) -> Dosage:
    if not dose.per_kg or record.weight_kg is None:
        return dose
    most = dose.most_a_day / max(dose.a_day[1], 1.0)
    low, high = (min(_rounded(amount * record.weight_kg), most) for amount in dose.each)
    return replace(dose, each=(low, high), per_kg=False, notes=(*dose.notes, f"For {record.weight_kg:g} kg."))


def _by_kidneys(dose: Dosage, medicine: Medicine, record: Record) -> Dosage:
    egfr = record.egfr
    bands = [] if egfr is None else [band for band in medicine.kidney if egfr < band.egfr_below]
    if not bands:
        return dose
    most = min(dose.most_a_day, bands[-1].most_a_day or dose.most_a_day)
    return _held(replace(dose, notes=(*dose.notes, bands[-1].note)), most)


def _by_genes(dose: Dosage, findings: Iterable[Finding]) -> Dosage:
    for finding in findings:
        rule = gene_rules().get(finding.rule.removeprefix("gene:")) if finding.kind == "gene" else None
        if rule and rule.factor:
            low, high = (_rounded(amount * share) for amount, share in zip(dose.each, rule.factor, strict=True))
            changed = replace(dose, each=(min(low, high), max(low, high)), notes=(*dose.notes, rule.todo))
            return _held(changed, dose.most_a_day * max(1.0, rule.factor[1]))
    return dose


def _held(dose: Dosage, most: float) -> Dosage:
    """The dose within a new maximum a day: less each time, then less often."""
    low, high = dose.each
    often = dose.a_day[0] if low * max(dose.a_day[0], 1.0) <= most else max(1.0, most // low)
    each = (min(low, most), min(high, most / max(often, 1.0)))
    most_often = max(often, min(dose.a_day[1], most / each[0]))
    return replace(dose, each=(each[0], max(each)), a_day=(often, most_often), most_a_day=most)


def _rounded(amount: float) -> float:
    """To two digits, as far as a dose is measured."""
    return float(f"{amount:.2g}")


def _number(value: float) -> str:
    return f"{value:,.6g}".replace(",", "") if value < 10_000 else f"{value:,.0f}"


def _range(low: float, high: float) -> str:
    return _number(low) if _number(low) == _number(high) else f"{_number(low)} to {_number(high)}"


def _often(low: float, high: float) -> str:
    if low >= 1 and low == int(low) and high == int(high):
        if low == high:
            return TIMES.get(int(low), f"{int(low)} times a day")
        return f"{int(low)} to {int(high)} times a day"
    near = min(SELDOM, key=lambda one: abs(one - low))
    return SELDOM[near] if abs(near - low) < 0.02 else f"{_range(low, high)} times a day"
