"""How near drafted plans come to recorded ones, how often they break a rule, and whether genes change what they should.

    python -m tests.benchmarks.plans [DATA]

DATA is the folder with the cohorts `synthea_smart_r4` and `synthea_smart_stu3`; by default the one beside the checkout.
Violations are counted by a checker that was written apart from the rules (`tests/generators/plans/checker.py`).
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from generators.plans.cohort import Moment, read_cohort
from generators.plans.dosing import Dosage
from generators.plans.drafting import Drafting, draft
from generators.plans.evaluation import evaluated
from generators.plans.indications import options
from generators.plans.record import Allergy, Record, Taken
from generators.plans.trained import KINDS
from knowledge.corpus import conditions
from knowledge.medicines import formulary, groups, substances
from knowledge.medicines.genes import GeneRule, gene_rules
from knowledge.medicines.genes.alleles import NO_RESULT, genes, results_of
from knowledge.medicines.names import Named, name_of
from knowledge.problems import read_problem
from tests.benchmarks.report import Rows, report
from tests.generators.plans.checker import violations

COHORTS = ("synthea_smart_r4", "synthea_smart_stu3")
STRESSED = 2_000
UNINVOLVED = {"MT-RNR1": frozenset(["normal risk of aminoglycoside-induced hearing loss"])}
TIMED = 40
Random = np.random.Generator


def stressed(count: int, seed: int = 0) -> Iterator[Record]:
    """Records that nobody would wish for: many medicines, pregnancy, weak kidneys, allergies and genes at random."""
    random = np.random.default_rng(seed)
    treated = [one for one in conditions() if options(one.id)]
    everything = [*formulary(), *substances()]
    allergies = [one.id for one in groups().values() if one.kind == "allergy"]
    for _ in range(count):
        age, female = float(random.uniform(0, 95)), bool(random.random() < 0.5)
        taken = [everything[n] for n in random.integers(len(everything), size=random.integers(0, 10))]
        has = [treated[n].name for n in random.integers(len(treated), size=random.integers(1, 6))]
        yield Record(
            age=age,
            sex="female" if female else "male",
            pregnant=female and 14 < age < 50 and bool(random.random() < 0.4),
            breastfeeding=female and 14 < age < 50 and bool(random.random() < 0.2),
            weight_kg=float(random.uniform(50, 110)) if age >= 18 else 4.0 + 2.8 * age,
            problems=tuple(map(read_problem, has)),
            medicines=tuple(Taken(one, (Named(one, name_of(one)),)) for one in taken),
            allergies=tuple(_allergies(allergies, random)),
            labs={"egfr": float(random.uniform(5, 120))},
            genes={gene: frozenset([_result(gene, random)]) for gene in genes() if random.random() < 0.4},
            child_pugh=str(random.choice(["A", "B", "C"])) if random.random() < 0.15 else None,
        )


def _allergies(known: list[str], random: Random) -> Iterator[Allergy]:
    for place in random.integers(len(known), size=random.integers(0, 4)):
        yield Allergy(known[place], groups=(known[place],))


def _result(gene: str, random: Random) -> str:
    measured = [result for result in results_of(gene) if result != NO_RESULT]
    return str(measured[random.integers(len(measured))])


def broken(drafts: Iterable[Drafting]) -> tuple[int, int, int, Counter[str]]:
    """Drafts, medicines begun, and rules broken by them, with the kinds of rules."""
    made = begun = wrong = 0
    kinds: Counter[str] = Counter()
    for found in drafts:
        for one in found.drafts:
            made += 1
            doses = [(item.id, item.dose) for item in one.items if item.action == "start" and item.dose]
            begun += len(doses)
            told = violations(found.record, [(name, dose.route, _dose(dose)) for name, dose in doses])
            wrong += len(told)
            kinds.update(sentence.split(":")[0] for sentence in told)
    return made, begun, wrong, kinds


def _dose(dose: Dosage) -> tuple[str, float, float, bool]:
    return dose.unit, dose.each[0], dose.a_day[0], dose.per_kg


def rule_rows(moments: list[Moment]) -> Rows:
    """Violations over the recorded patients and over records under stress."""
    recorded = [moment.record for moment in moments if moment.last]
    rows: Rows = []
    for name, records in (("recorded patients", recorded), ("records under stress", list(stressed(STRESSED)))):
        made, begun, wrong, kinds = broken(draft(one) for one in tqdm(records, desc=name))
        told = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common(3)) or "none"
        counted = {"drafts": made, "medicines begun": begun, "violations": wrong, "kinds": told}
        rows.append({"records": name, "number": len(records), **counted})
    return rows


def gene_rows() -> Rows:
    """For every rule of a gene with `avoid`: whether the medicine leaves the plan with the result, and only then."""
    tally: Counter[str] = Counter()
    for rule in gene_rules().values():
        for medicine in rule.medicines if rule.advice == "avoid" else ():
            condition = _treated_by(medicine)
            if condition:
                tally.update(_flipped(rule, medicine, condition))
    return [{name: tally[name] for name in ("pairs", "left the plan", "untouched by another gene")}]


def _treated_by(medicine: str) -> str | None:
    entry = formulary().get(medicine)
    return next((it.condition for it in entry.indications), None) if entry else None


def _flipped(rule: GeneRule, medicine: str, condition: str) -> Iterator[str]:
    about = next(one for one in conditions() if one.id == condition)
    child = rule.population == "children"
    plain = Record(
        age=10.0 if child else 45.0, sex="male", weight_kg=35.0 if child else 80.0, problems=(read_problem(about.name),)
    )
    result = {gene: frozenset([results[0]]) for gene, results in rule.when[0].items() if results[0] != NO_RESULT}
    before, after, other = (plans(replace(plain, genes=genes)) for genes in ({}, result, UNINVOLVED))
    yield "pairs"
    if not any(medicine in one for one in after):
        yield "left the plan"
    if before == other:
        yield "untouched by another gene"


def plans(record: Record) -> list[frozenset[str]]:
    """The medicines of ten drafts."""
    return [one.medicines for one in draft(record, 10).drafts]


def variety_rows(moments: list[Moment]) -> Rows:
    """How many different plans a patient gets whose conditions leave a choice, and how long it takes."""
    last = [one.record for one in moments if one.last]
    chosen = [one for one in last if any(len(options(it).get(1, ())) > 2 for it in one.conditions)][:TIMED]
    draft(chosen[0])  # reads the weights
    begun = time.perf_counter()
    found = [draft(record) for record in chosen]
    each = (time.perf_counter() - begun) / len(chosen)
    different = [len({one.medicines for one in it.drafts}) for it in found]
    three = sum(number >= 3 for number in different)
    return [{"patients with a choice": len(chosen), "three different plans": three, "seconds a patient": each}]


def main(data: Path) -> None:
    """Print and keep everything."""
    moments = [moment for name in COHORTS for moment in read_cohort(data / name)]
    rows = evaluated(moments)
    tables: dict[str, Rows] = {
        f"Recorded plans, {cohort}": [_shown(row) for row in rows if row["cohort"] == cohort] for cohort in COHORTS
    }
    tables |= {"Rules": rule_rows(moments), "Genes": gene_rows(), "Variety and speed": variety_rows(moments)}
    notes = (
        "Patients held out by their number, with a plan in force at the end of the record.",
        "Intervals of 95 % by bootstrap.",
        f"All predictors learned from the same other patients; {' and '.join(KINDS)} from imagined ones too.",
        "Synthea's patients are made by rules, so that this is no clinical validity.",
    )
    report("plans", tables, notes)


def _shown(row: dict[str, object]) -> dict[str, object]:
    names = ("kind", "model", "patients", "jaccard", "jaccard_low", "jaccard_high", "f1", "f1_low", "f1_high")
    return {name: row[name] for name in names}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[3] / "shared" / "data")
