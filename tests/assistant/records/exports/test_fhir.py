from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.records.exports import Export, to_fhir
from tests.assistant.records.exports.made import BEGIN, HOSTILE, JUDGEMENTS, NICE, SIGNED, dossier, exported

Resource = dict[str, Any]
REQUIRED = {  # codes of the required bindings of FHIR R4, where a program of ours chooses one
    ("Composition", "status"): {"preliminary", "final", "amended", "entered-in-error"},
    ("Patient", "gender"): {"male", "female", "other", "unknown"},
    ("Observation", "status"): {"registered", "preliminary", "final", "amended"},
    ("QuestionnaireResponse", "status"): {"in-progress", "completed", "amended", "entered-in-error", "stopped"},
    ("RiskAssessment", "status"): {"registered", "preliminary", "final", "amended"},
    ("ClinicalImpression", "status"): {"in-progress", "completed", "entered-in-error"},
    ("MedicationStatement", "status"): {"active", "completed", "intended", "stopped", "on-hold", "unknown"},
    ("DetectedIssue", "status"): {"registered", "preliminary", "final", "amended"},
    ("CarePlan", "status"): {"draft", "active", "on-hold", "revoked", "completed", "unknown"},
    ("CarePlan", "intent"): {"proposal", "plan", "order", "option"},
    ("MedicationRequest", "status"): {"active", "on-hold", "cancelled", "completed", "stopped", "draft", "unknown"},
    ("MedicationRequest", "intent"): {"proposal", "plan", "order", "original-order", "option"},
    ("ServiceRequest", "status"): {"draft", "active", "on-hold", "revoked", "completed", "unknown"},
    ("ServiceRequest", "intent"): {"proposal", "plan", "directive", "order", "option"},
    ("Goal", "lifecycleStatus"): {"proposed", "planned", "accepted", "active", "on-hold", "completed", "cancelled"},
    ("AuditEvent", "outcome"): {"0", "4", "8", "12"},
}
BOUND = {  # codes of concepts that are bound as strictly, or are extensible
    "condition-clinical": {"active", "recurrence", "relapse", "inactive", "remission", "resolved"},
    "condition-ver-status": {"unconfirmed", "provisional", "differential", "confirmed", "refuted"},
    "condition-category": {"problem-list-item", "encounter-diagnosis"},
    "observation-category": {"vital-signs", "laboratory", "survey"},
    "provenance-participant-type": {"author", "verifier", "assembler"},
    "data-absent-reason": {"unknown"},
}


def resources(document: Resource, kind: str = "") -> list[Resource]:
    found = [entry["resource"] for entry in document["entry"]]
    return [one for one in found if one["resourceType"] == kind or not kind]


def values(node: Any) -> Iterator[tuple[str, Any]]:
    """Every field of every part."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield name, value
            yield from values(value)
    elif isinstance(node, list):
        for value in node:
            yield from values(value)


def references(node: Any) -> set[str]:
    return {value for name, value in values(node) if name == "reference" and str(value).startswith("urn:")}


def check(document: Resource) -> None:
    """What FHIR asks of a document that the models of `fhir.resources` do not."""
    Bundle.model_validate(document)
    found = {entry["fullUrl"]: entry["resource"] for entry in document["entry"]}
    assert document["type"] == "document" and document["timestamp"] and document["identifier"]["system"]
    assert len(found) == len(document["entry"]) and resources(document)[0]["resourceType"] == "Composition"
    for url, one in found.items():
        assert url == f"urn:uuid:{one['id']}" and UUID(one["id"]).version == 5
    for name, value in values(document):
        assert value not in ("", [], {}, None), f"{name} is empty"
        is_part = isinstance(value, dict) and "resourceType" not in value  # a DetectedIssue's reference is an address
        if is_part and isinstance(value.get("reference"), str):
            assert found[value["reference"]]["resourceType"] == value["type"], f"{name} leads elsewhere"
        if name == "div":
            ElementTree.fromstring(value)
    _is_bound(document)
    _is_led_to(found)


def _is_bound(document: Resource) -> None:
    for one in resources(document):
        for (kind, name), codes in REQUIRED.items():
            if one["resourceType"] == kind and name in one:
                assert one[name] in codes
    for _, coding in values(document):
        system = coding.get("system", "") if isinstance(coding, dict) else ""
        if isinstance(system, str) and "terminology.hl7.org" in system:
            assert coding["code"] in BOUND[system.rpartition("/")[2]]


def _is_led_to(found: dict[str, Resource]) -> None:
    """A document holds what its Composition leads to, and the Provenance of that; nothing else."""
    first = next(iter(found))
    seen, waiting = {first}, [first]
    while waiting:
        for url in references(found[waiting.pop()]) - seen:
            seen.add(url)
            waiting.append(url)
    for url in found.keys() - seen:
        assert found[url]["resourceType"] == "Provenance" and references(found[url]["target"]) <= seen


def test_a_document_holds_together(english: Export, chinese: Export, hostile: Export) -> None:
    for export in (english, chinese, hostile):
        check(to_fhir(export))
        check(json.loads(json.dumps(to_fhir(export))))


@settings(max_examples=15)
@given(st.lists(st.text(max_size=300) | st.sampled_from(HOSTILE), min_size=1, max_size=3), st.text(max_size=200))
def test_whatever_is_said_the_document_holds_together(texts: list[str], title: str) -> None:
    check(to_fhir(exported(dossier(texts, title=title))))


def test_a_bare_case_holds_together() -> None:
    nothing: dict[str, Any] = {"soap": (), "findings": (), "vitals": (), "flags": (), "medicines": (), "conditions": ()}
    told = dossier(["a"], **nothing, opinion=None, medicine_notes=(), moments=(), age=None, sex="", title="")
    check(to_fhir(exported(told, judgements=JUDGEMENTS)))


def test_ids_are_the_same_in_every_export_of_the_case(english: Export) -> None:
    later = replace(english, made_at=english.made_at.replace(year=2027))
    first, second = to_fhir(english), to_fhir(later)
    assert first == to_fhir(english) and first["identifier"] != second["identifier"]
    assert [one["id"] for one in resources(first)] == [one["id"] for one in resources(second)]


def test_the_patient_has_no_name_and_no_birthday(english: Export) -> None:
    (patient,) = resources(to_fhir(english), "Patient")
    assert set(patient) == {"resourceType", "id", "gender"} and patient["gender"] == "female"
    assert "thread-of-nobody" not in json.dumps(to_fhir(english))


def test_the_differential_is_coded_and_never_confirmed(english: Export) -> None:
    found = resources(to_fhir(english), "Condition")
    states = {one["code"]["text"]: one["verificationStatus"]["coding"][0]["code"] for one in found}
    assert states == {
        "Migraine": "unconfirmed",
        "Meningitis": "differential",
        "Subarachnoid haemorrhage": "differential",
    }
    coded = {one["code"]["text"]: one["code"]["coding"][0] for one in found if "coding" in one["code"]}
    assert coded["Migraine"]["code"].startswith("G43") and coded["Migraine"]["system"].endswith("icd-10-cm")


def test_probabilities_are_in_percent_and_the_urgency_has_its_reasons(english: Export) -> None:
    urgency, differential = resources(to_fhir(english), "RiskAssessment")
    chances = {one["outcome"]["text"]: one["probabilityDecimal"] for one in differential["prediction"]}
    assert chances["Migraine"] == 62 and chances["Meningitis"] == 7
    assert [one["outcome"]["coding"][0]["code"] for one in urgency["prediction"]] == ["urgent", "urgent"]
    assert NICE in urgency["prediction"][1]["rationale"]


def test_vital_signs_have_their_codes_and_units(english: Export) -> None:
    found = resources(to_fhir(english), "Observation")
    told = {
        one["code"]["coding"][0]["code"]: one
        for one in found
        if one["code"]["coding"][0]["system"] == "http://loinc.org"
    }
    assert told["8310-5"]["valueQuantity"]["code"] == "Cel" and told["8310-5"]["note"][0]["text"] == "message 1"
    assert told["2708-6"]["valueQuantity"] == {
        "value": 98, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"
    }  # fmt: skip
    assert told["30525-0"]["valueQuantity"]["value"] == 34
    pressures = {one["note"][0]["text"]: one for one in found if "component" in one}
    both, one_only = pressures["message 2"], pressures["message 1"]
    assert [part["valueQuantity"]["value"] for part in both["component"]] == [118, 76]
    assert one_only["component"][1]["dataAbsentReason"]["coding"][0]["code"] == "unknown"


def test_the_conversation_is_questions_and_answers(english: Export) -> None:
    (talk,) = resources(to_fhir(english), "QuestionnaireResponse")
    first, second, last = talk["item"]
    assert first["answer"][0]["valueString"].startswith("I have had the worst headache")
    assert "How bad is it?" in second["text"] and second["answer"][0]["valueString"].startswith("I feel sick")
    assert "answer" not in last


def test_a_draft_is_a_proposal_and_a_signed_plan_is_active(english: Export) -> None:
    document = to_fhir(english)
    states = [(one["status"], one["intent"]) for one in resources(document, "CarePlan")]
    assert states == [("draft", "proposal"), ("draft", "proposal"), ("active", "plan"), ("revoked", "proposal")]
    asked = resources(document, "MedicationRequest")
    assert [(one["status"], one["intent"]) for one in asked] == [("draft", "proposal"), ("active", "plan")]
    assert {one["medicationCodeableConcept"]["text"] for one in asked} == {"Naproxen"}, (
        "what is to be reviewed is no order"
    )
    assert asked[0]["medicationCodeableConcept"]["coding"][1]["code"] == "M01AE02"
    assert {one["lifecycleStatus"] for one in resources(document, "Goal")} == {"proposed", "active"}


def test_it_says_who_drafted_and_who_signed(english: Export) -> None:
    document = to_fhir(english)
    people = {f"urn:uuid:{one['id']}": one for one in resources(document)}
    draft, signed, rejected, whole = resources(document, "Provenance")
    assert [people[agent["who"]["reference"]]["resourceType"] for agent in draft["agent"]] == ["Device"]
    assert [people[agent["who"]["reference"]]["resourceType"] for agent in signed["agent"]] == [
        "Device",
        "Practitioner",
    ]
    (signature,) = signed["signature"]
    assert base64.b64decode(signature["data"]).decode() == f"sha256:{SIGNED.digest}"
    assert people[signature["who"]["reference"]]["name"][0]["text"] == "Dr Grey"
    assert "signature" not in draft and "signature" not in rejected
    assert people[whole["target"][0]["reference"]]["resourceType"] == "Composition"


def test_a_plan_that_was_altered_is_neither_active_nor_signed(english: Export) -> None:
    document = to_fhir(replace(english, plans=(SIGNED,), altered=frozenset({SIGNED.id})))
    check(document)
    (plan,), provenance = resources(document, "CarePlan"), resources(document, "Provenance")[0]
    assert plan["status"] == "unknown" and "ALTERED" in plan["title"] and "signature" not in provenance
    assert {one["status"] for one in resources(document, "MedicationRequest")} == {"draft"}


def test_what_clinicians_thought_and_did_is_theirs(english: Export) -> None:
    document = to_fhir(english)
    opinion, judged = resources(document, "ClinicalImpression")
    assert "assessor" not in opinion and judged["note"][0]["text"] == "Think of the neck."
    assert judged["summary"] == "a condition is missing"
    events = resources(document, "AuditEvent")
    assert [(one["agent"][0]["name"], one["subtype"][0]["code"]) for one in events] == [
        ("Dr Grey", "opened"), ("command line", "exported"),
    ]  # fmt: skip
    told = {one["type"]: one["valueString"] for one in events[1]["entity"][0]["detail"]}
    assert told == {"seq": "9", "hash": "e" * 64, "format": "pdf"}


def test_a_time_that_cannot_be_read_is_no_error(english: Export) -> None:
    broken = replace(english, entries=(replace(english.entries[0], at="never"),))
    (event,) = resources(to_fhir(broken), "AuditEvent")
    assert event["recorded"].startswith("2026-11-04")


@pytest.mark.parametrize("kind", ["ImagingStudy", "Media", "DocumentReference", "Binary"])
def test_synthetic_pictures_are_named_and_are_no_evidence(english: Export, kind: str) -> None:
    document = to_fhir(english)
    assert not resources(document, kind)
    (composition,) = resources(document, "Composition")
    section = next(one for one in composition["section"] if one["title"] == "Synthetic pictures and molecules")
    assert "SYNTHETIC PICTURE: A synthetic chest X-ray" in section["text"]["div"] and "entry" not in section


def test_the_text_of_every_section_says_where_it_came_from(english: Export) -> None:
    (composition,) = resources(to_fhir(english), "Composition")
    told = next(one for one in composition["section"] if one["title"].startswith("S,"))
    assert "“I feel sick, BP 118/76. No stiff neck.” (message 2)" in told["text"]["div"]
    assert composition["status"] == "preliminary" and "not a medical device" in composition["section"][0]["text"]["div"]


def test_times_are_those_of_the_case(english: Export) -> None:
    (composition,) = resources(to_fhir(english), "Composition")
    assert composition["date"].startswith("2026-11-04T09:30:00")
    assert BEGIN.isoformat()[:10] in resources(to_fhir(english), "Observation")[-1]["effectiveDateTime"]
