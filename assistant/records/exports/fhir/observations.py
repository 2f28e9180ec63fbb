"""What the patient told and measured: age, findings and vital signs as Observations, the conversation as answers."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.records.dossier import Measured
from assistant.records.exports.export import exchanges
from assistant.records.exports.fhir.subject import LOINC, Resource, Subject, said, term
from assistant.records.exports.plain import instant

UCUM = "http://unitsofmeasure.org"
LAB = "laboratory"
VITALS = {  # LOINC codes with their names, then the unit in UCUM; a pulse oximeter's value has two codes
    "temperature": ((("8310-5", "Body temperature"),), "Cel"),
    "spo2": (
        (
            ("2708-6", "Oxygen saturation in Arterial blood"),
            ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry"),
        ),
        "%",
    ),
    "heart_rate": ((("8867-4", "Heart rate"),), "/min"),
    "respiratory_rate": ((("9279-1", "Respiratory rate"),), "/min"),
    "glucose": ((("15074-8", "Glucose [Moles/volume] in Blood"),), "mmol/L"),
}
PRESSURE = ("85354-9", "Blood pressure panel with all children optional")
PRESSURES = {"systolic": ("8480-6", "Systolic blood pressure"), "diastolic": ("8462-4", "Diastolic blood pressure")}
AGE = ("30525-0", "Age")


def observations(subject: Subject) -> Iterator[Resource]:
    """Age and vital signs, with the message that told them."""
    dossier = subject.export.dossier
    if dossier.age is not None:
        begun = _begun(subject, "survey", subject.at, "age")
        yield begun | {"code": _loinc(AGE), "valueQuantity": _quantity(dossier.age, "a")}
    by_turn: dict[int, list[Measured]] = {}
    for one in dossier.vitals:
        by_turn.setdefault(one.turn, []).append(one)
    for measured in by_turn.values():
        yield from _pressure(subject, [one for one in measured if one.vital in PRESSURES])
        yield from (_vital(subject, one) for one in measured if one.vital in VITALS)


def _vital(subject: Subject, one: Measured) -> Resource:
    codes, unit = VITALS[one.vital]
    kind = LAB if one.vital == "glucose" else "vital-signs"
    found = _begun(subject, kind, instant(one.at), one.vital, one.turn) | {"code": _loinc(*codes)}
    return found | {"valueQuantity": _quantity(one.value, unit), "note": [_from(subject, one.turn)]}


def _pressure(subject: Subject, measured: list[Measured]) -> Iterator[Resource]:
    """Both pressures of a message are one Observation; one that was not told is said to be unknown."""
    if not measured:
        return
    told = {one.vital: one.value for one in measured}
    unknown = {"dataAbsentReason": term("data-absent-reason", "unknown", "Unknown")}
    parts = [
        {"code": _loinc(code)} | ({"valueQuantity": _quantity(told[vital], "mm[Hg]")} if vital in told else unknown)
        for vital, code in PRESSURES.items()
    ]
    first = measured[0]
    found = _begun(subject, "vital-signs", instant(first.at), "pressure", first.turn) | {"code": _loinc(PRESSURE)}
    yield found | {"component": parts, "note": [_from(subject, first.turn)]}


def findings(subject: Subject) -> Iterator[Resource]:
    """Findings as the patient told them."""
    for one in subject.export.dossier.findings:
        code = {"coding": [{"system": "urn:airmed:finding", "code": said(one.id)}], "text": said(one.name)}
        found = _begun(subject, "survey", subject.at, "finding", one.id) | {"code": code}
        yield found | {"valueCodeableConcept": {"text": said(one.state)}, "note": [_from(subject, one.turn)]}


def _begun(subject: Subject, kind: str, at: str, *parts: object) -> Resource:
    """An Observation that a program read in what the patient wrote: nobody has looked at it."""
    return subject.begin("Observation", *parts) | {
        "status": "preliminary",
        "category": [term("observation-category", kind)],
        "subject": subject.patient,
        "effectiveDateTime": at,
        "performer": [subject.patient],
        "derivedFrom": [subject.talk],
    }


def _from(subject: Subject, turn: int) -> Resource:
    return {"text": subject.words.turns((turn,))}


def _loinc(*codes: tuple[str, str]) -> Resource:
    return {"coding": [{"system": LOINC, "code": code, "display": name} for code, name in codes], "text": codes[0][1]}


def _quantity(value: float, unit: str) -> Resource:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def conversation(subject: Subject) -> Resource:
    """The conversation: each answer of the patient's under what the doctor had said before it."""
    items = []
    for number, (doctor, patient) in enumerate(exchanges(subject.export.dossier.entries), start=1):
        asked = said("\n\n".join(one.text for one in doctor))
        answer = {"answer": [{"valueString": said(patient.text)}]} if patient else {}
        items.append({"linkId": f"{number}", "text": asked} | answer)
    return subject.begin("QuestionnaireResponse") | {
        "status": "completed",
        "subject": subject.patient,
        "authored": subject.at,
        "author": subject.airmed,
        "source": subject.patient,
        "item": items,
    }
