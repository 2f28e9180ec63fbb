from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest

from generators.errors import RecordError
from generators.plans.reading import read, read_bundle

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
PATIENT = {"reference": "Patient/p"}


def concept(text: str = "", system: str = "", code: str = "") -> dict[str, Any]:
    return {"text": text} if text else {"coding": [{"system": system, "code": code}]}


def condition(code: dict[str, Any], status: str = "active") -> dict[str, Any]:
    clinical = {"coding": [{"system": CLINICAL, "code": status}]}
    return {"resourceType": "Condition", "subject": PATIENT, "clinicalStatus": clinical, "code": code}


def prescription(text: str, status: str = "active") -> dict[str, Any]:
    told = {"status": status, "intent": "order", "subject": PATIENT, "medicationCodeableConcept": {"text": text}}
    return {"resourceType": "MedicationRequest"} | told


def observation(loinc: str, when: str, **told: Any) -> dict[str, Any]:
    code = concept(system="http://loinc.org", code=loinc)
    return {"resourceType": "Observation", "status": "final", "code": code, "effectiveDateTime": when} | told


def bundle(*resources: dict[str, Any], born: str = "1956-03-01", gender: str = "female") -> dict[str, Any]:
    patient = {"resourceType": "Patient", "id": "p", "gender": gender, "birthDate": born}
    entries = [{"resource": one} for one in (patient, *resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def test_a_bundle_is_a_record() -> None:
    gene = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "pharmacogenetics"},
        "component": [
            {"code": concept(system="http://loinc.org", code="48018-6"), "valueCodeableConcept": {"text": "CYP2C19"}},
            {"code": concept(system="http://loinc.org", code="84413-4"), "valueCodeableConcept": {"text": "*2/*2"}},
        ],
    }
    record = read_bundle(
        bundle(
            condition(concept(system="http://hl7.org/fhir/sid/icd-10-cm", code="J45.909")),
            condition(concept("Peptic ulcer"), "resolved"),
            prescription("Warfarin Sodium 5 MG Oral Tablet"),
            prescription("Metformin", "stopped"),
            {"resourceType": "AllergyIntolerance", "patient": PATIENT, "code": concept("Penicillin")},
            observation("2823-3", "2026-02-01", valueQuantity={"value": 5.9, "unit": "mmol/L"}),
            observation("2823-3", "2025-02-01", valueQuantity={"value": 4.1, "unit": "mmol/L"}),
            gene,
        ),
        date(2026, 3, 1),
    )
    assert (round(record.age or 0), record.sex) == (70, "female")
    assert record.conditions == ("asthma",)
    assert [[one.id for one in taken.named] for taken in record.medicines] == [["warfarin"]]
    assert "penicillin_allergy" in record.allergies[0].groups
    assert record.labs == {"potassium": 5.9}
    assert record.genes == {"CYP2C19": {"Poor Metabolizer"}}


@pytest.mark.parametrize(
    ("said", "pregnant"), [("Pregnant", True), ("Not pregnant", False), ("Pregnancy status unknown", None), ("", None)]
)
def test_the_pregnancy_status_is_the_latest_observation(said: str, pregnant: bool | None) -> None:
    told = [observation("82810-3", "2026-01-01", valueCodeableConcept={"text": said})] if said else []
    assert read_bundle(bundle(*told, born="1995-01-01"), date(2026, 1, 1)).pregnant is pregnant


def test_a_medicine_may_be_a_resource_of_its_own() -> None:
    request = prescription("")
    del request["medicationCodeableConcept"]
    request["medicationReference"] = {"reference": "Medication/m"}
    medicine = {"resourceType": "Medication", "id": "m", "code": {"text": "Warfarin"}}
    record = read_bundle(bundle(request, medicine))
    assert [one.written for one in record.medicines] == ["Warfarin"]


def test_a_unit_that_is_not_read_is_said_and_nothing_else_is_lost() -> None:
    record = read_bundle(bundle(observation("2823-3", "2026-01-01", valueQuantity={"value": 5, "unit": "stones"})))
    assert not record.labs and "Potassium of 5 stones" in " ".join(record.notes)


def test_airmeds_own_json_is_read_likewise() -> None:
    assert read({"age": 40}).age == 40


def broken(**change: Any) -> dict[str, Any]:
    data = copy.deepcopy(bundle())
    data["entry"][0]["resource"] |= change
    return data


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (broken(birthDate="hello"), "entry.0.resource.birthDate"),
        (broken(resourceType="Patientt"), "not valid FHIR R4"),
        (broken(gender=7), "gender"),
        ({"resourceType": "Bundle", "type": "collection"}, "0 resources Patient"),
        (bundle({"resourceType": "Patient", "id": "q"}), "2 resources Patient"),
        ({"resourceType": "Bundle", "type": "collection", "entry": "none"}, "not valid FHIR R4"),
    ],
)
def test_a_bundle_that_is_none_is_one_sentence(data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RecordError) as found:
        read_bundle(data)
    assert sentence in str(found.value) and "\n" not in str(found.value)
