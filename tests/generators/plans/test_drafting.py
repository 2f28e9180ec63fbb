from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from generators.plans.dosing import Dosage, dosage
from generators.plans.drafting import Draft, Drafting, draft
from generators.plans.exchange import bundle
from generators.plans.reading import read_bundle
from generators.plans.record import read_record
from generators.plans.rules import check
from knowledge.medicines import formulary
from knowledge.medicines.names import Named

COMPLEX: dict[str, Any] = {
    "age": 62,
    "sex": "male",
    "weight_kg": 85,
    "conditions": ["type 2 diabetes", "hypertension", "gout"],
    "medications": ["aspirin"],
    "allergies": ["penicillin"],
    "labs": {"egfr": 28},
}


def drafted(record: dict[str, Any], models: Path, **choices: Any) -> Drafting:
    return draft(read_record(record), models=models, **choices)


def dose(medicine: str, record: dict[str, Any], condition: str = "") -> Dosage:
    found = dosage(formulary()[medicine], read_record(record), condition)
    assert found
    return found


@pytest.mark.parametrize("name", ["vae", "gan"])
def test_no_draft_breaks_a_rule(name: str, models: Path) -> None:
    found = drafted(COMPLEX, models, name=name)
    assert 1 <= len(found.drafts) <= 3
    for one in found.drafts:
        given = [Named(item.id, item.name) for item in one.items if item.kind == "medication"]
        for item in (item for item in one.items if item.kind == "medication" and item.action == "start"):
            others = [other for other in given if other.id != item.id]
            assert all(it.severity != "avoid" for it in check(found.record, Named(item.id, item.name), others))
        assert "metformin" not in one.medicines


def test_drafts_differ_and_the_best_is_first(models: Path) -> None:
    found = drafted(COMPLEX, models)
    assert len({one.medicines for one in found.drafts}) == len(found.drafts) == 3
    scores = [one.score for one in found.drafts]
    assert scores == sorted(scores, reverse=True)


def test_a_seed_gives_the_same_drafts(models: Path) -> None:
    first, again, other = (drafted(COMPLEX, models, seed=seed) for seed in (1, 1, 2))
    assert first.drafts == again.drafts
    assert [one.medicines for one in first.drafts] != [one.medicines for one in other.drafts]


def test_every_item_has_its_kind_evidence_and_what_it_is_for(models: Path) -> None:
    for item in drafted(COMPLEX, models).drafts[0].items:
        assert item.source.startswith(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) and "http" in item.source
        assert 0.0 <= item.confidence <= 1.0
        assert item.condition or item.action != "start"
        assert item.detail or item.kind in ("measure", "test", "monitoring", "follow_up") or item.action != "start"
    kinds = {item.kind for item in drafted(COMPLEX, models).drafts[0].items}
    assert kinds == {"medication", "test", "measure", "goal", "monitoring", "follow_up", "safety_net"}


def test_what_was_refused_is_told_with_its_reason_and_its_substitute(models: Path) -> None:
    refused = [one for found in drafted(COMPLEX, models, count=10).drafts for one in found.refused]
    metformin = [one for one in refused if one.medicine == "metformin"]
    assert metformin and metformin[0].finding.kind == "kidney" and metformin[0].condition == "type-2-diabetes"


def test_what_is_taken_goes_on_or_is_reviewed(models: Path) -> None:
    record = {"age": 70, "conditions": ["atrial fibrillation"], "medications": ["warfarin", "ibuprofen"]}
    actions = {item.id: item.action for item in drafted(record, models).drafts[0].items if item.kind == "medication"}
    assert actions["warfarin"] == actions["ibuprofen"] == "review"
    kept = drafted(record | {"medications": ["warfarin"]}, models).drafts[0].items
    assert [item.action for item in kept if item.id == "warfarin"] == ["continue"]


def test_without_evidence_nothing_is_proposed_and_that_is_said(models: Path) -> None:
    found = drafted({"age": 40, "conditions": ["blorbitis"]}, models)
    assert not found.drafts[0].items
    assert any("'blorbitis'" in one for one in found.missing)
    assert any("eGFR" in one for one in found.missing)


def medicines(found: Drafting) -> list[frozenset[str]]:
    return [one.medicines for one in found.drafts]


def test_a_gene_changes_the_plan_where_it_bears_and_nowhere_else(models: Path) -> None:
    record = {"age": 60, "sex": "M", "conditions": ["hypertension", "gout"]}
    plain, tested = (drafted(record | {"genes": genes}, models) for genes in ({}, {"CYP2C19": "*2/*2"}))
    assert medicines(plain) == medicines(tested)
    stroke = {"age": 60, "sex": "M", "conditions": ["stroke"], "genes": {"CYP2C19": "*2/*2"}}
    assert all("clopidogrel" not in one for one in medicines(drafted(stroke, models, count=10)))


def test_an_allergy_changes_the_plan(models: Path) -> None:
    record = {"age": 30, "sex": "M", "conditions": ["tonsillitis"]}
    given = frozenset().union(*medicines(drafted(record, models, count=10)))
    allergic = frozenset().union(*medicines(drafted(record | {"allergies": ["penicillin"]}, models, count=10)))
    penicillins = {"amoxicillin", "phenoxymethylpenicillin"}
    assert penicillins & given and not penicillins & allergic


@pytest.mark.parametrize(
    ("medicine", "record", "condition", "text"),
    [
        ("amoxicillin", {"age": 40}, "pneumonia", "500 to 1000 mg by mouth three times a day, for 5 to 7 days"),
        ("metformin", {"age": 50, "labs": {"egfr": 40}}, "type-2-diabetes", "at most 1000 mg a day"),
        ("salbutamol", {"age": 30}, "asthma", "100 to 200 microgram inhaled"),
        ("methotrexate", {"age": 40}, "rheumatoid-arthritis", "once a week"),
        ("paracetamol", {"age": 6}, "", "per kg"),
        ("paracetamol", {"age": 6, "weight_kg": 20}, "", "200 to 300 mg by mouth"),
    ],
)
def test_a_dose_fits_age_weight_kidneys_and_use(
    medicine: str, record: dict[str, Any], condition: str, text: str
) -> None:
    assert text in dose(medicine, record, condition).text


def test_no_dose_is_known_for_the_age() -> None:
    assert dosage(formulary()["metformin"], read_record({"age": 3})) is None


def test_no_dose_exceeds_its_maximum() -> None:
    weights = {0.5: 7, 3: 14, 8: 25, 15: 55, 40: 70, 82: 60}
    for medicine in formulary().values():
        for age, weight in weights.items():
            for egfr in (None, 8, 25, 50):
                labs = {} if egfr is None else {"egfr": egfr}
                found = dosage(medicine, read_record({"age": age, "weight_kg": weight, "labs": labs}))
                if found and not found.per_kg:
                    assert found.each[0] * max(1.0, found.a_day[0]) <= found.most_a_day * 1.01, (medicine.id, age, egfr)
                    assert found.each[0] <= found.each[1] and found.text


def test_a_draft_is_a_valid_bundle_of_proposals(models: Path) -> None:
    found = drafted(COMPLEX, models)
    data = bundle(found.record, found.drafts[0], "p1")
    kinds = [entry["resource"]["resourceType"] for entry in data["entry"]]
    assert {"CarePlan", "MedicationRequest", "ServiceRequest", "Goal", "Provenance", "Patient"} <= set(kinds)
    plan = next(entry["resource"] for entry in data["entry"] if entry["resource"]["resourceType"] == "CarePlan")
    assert (plan["status"], plan["intent"]) == ("draft", "proposal")
    requests = [one["resource"] for one in data["entry"] if one["resource"]["resourceType"].endswith("Request")]
    assert all((one["status"], one["intent"]) == ("draft", "proposal") for one in requests)
    addresses = {entry["fullUrl"] for entry in data["entry"]}
    assert len(addresses) == len(kinds)
    assert all(one["reference"]["reference"] in addresses for one in plan["activity"])
    assert json.dumps(data)


def test_a_bundle_of_a_draft_gives_nobody_a_medicine(models: Path) -> None:
    found = drafted(COMPLEX, models)
    again = read_bundle(bundle(found.record, found.drafts[0], "p1"), date(2026, 1, 1))
    assert again.medicines == () and again.sex == "male"


def test_a_draft_without_medicines_has_none() -> None:
    assert Draft((), (), (), 0.0).medicines == frozenset()
