"""From a laboratory's result in a record to the rule: CPIC's whole table through the check of medicines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from generators.plans.record import Record, Taken
from generators.plans.rules import check
from knowledge.medicines.genes import gene_rules, others
from knowledge.medicines.genes.alleles import NO_RESULT
from knowledge.medicines.names import Named, find
from tests.knowledge.medicines.test_genes import POPULATIONS, advised

TOLD = {"avoid": {"avoid"}, "reduce": {"caution"}, "raise": {"caution"}, "caution": {"caution"}}
SEVERAL = {  # populations of which a record does not tell to which the patient belongs
    "acute coronary syndrome or stent",
    "heart or leg arteries, without acute coronary syndrome or stent",
    "stroke or arteries of the brain",
    "new to carbamazepine, and nothing else to give",
    "up to 1 g a day",
}


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> list[dict[str, Any]]:
    path = shared_data / "pharmacogenomics" / "cpic_recommendations.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"needs CPIC's table in {path}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def record_for(row: dict[str, Any], named: Named) -> Record:
    population = POPULATIONS[row["population"].strip()]
    takes = "over three months before" in population
    return Record(
        age=10.0 if population == "children" else 40.0,
        weight_kg=30.0 if population == "children" else 70.0,
        genes={gene: frozenset([result]) for gene, result in row["lookup"].items() if result != NO_RESULT},
        medicines=(Taken(named.name, (named,)),) if takes else (),
    )


def test_every_row_comes_to_its_verdict(rows: list[dict[str, Any]]) -> None:
    agreed = 0
    for row in rows:
        (named,) = find(row["drug"])
        found = {one.severity for one in check(record_for(row, named), named) if one.kind == "gene"}
        wanted = TOLD.get(advised(row), set())
        if all(result == NO_RESULT for result in row["lookup"].values()):
            wanted = set()  # nobody measured anything, and nothing is assumed
        if POPULATIONS[row["population"].strip()] in SEVERAL or row["drug"] in ("carbamazepine", "clopidogrel"):
            assert wanted <= found, row  # what holds for others is told too
        else:
            assert found == wanted, row
        agreed += 1
    assert agreed == 2098


def test_every_medicine_of_a_rule_is_found_by_its_name() -> None:
    for one in others().values():
        assert [named.id for named in find(one.names[0])] == [one.id]
    assert all(rule.medicines for rule in gene_rules().values())
