"""Who acts in the document: the program, the clinicians, and what the audit log says that people did with the case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from assistant.records.exports.fhir.subject import Resource, Subject, said, term
from assistant.records.exports.plain import instant

if TYPE_CHECKING:
    from assistant.records.audit import AuditEntry

DICOM = "http://dicom.nema.org/resources/ontology/DCM"
PATIENT_RECORD = {"system": DICOM, "code": "110110", "display": "Patient Record"}
SUCCESS = "0"


def actors(subject: Subject) -> Iterator[Resource]:
    """The program, and every clinician who signed, rejected or judged something."""
    name = {"name": "Airmed", "type": "user-friendly-name"}
    yield subject.begin("Device") | {"deviceName": [name], "type": {"text": "software; not a medical device"}}
    signers = (plan.decided_by for plan in subject.export.plans if plan.decided_at)
    for clinician in dict.fromkeys((*signers, *(one.clinician for one in subject.export.judgements))):
        yield subject.begin("Practitioner", clinician) | {"name": [{"text": said(clinician)}]}


def patient(subject: Subject) -> Resource:
    """The patient, of whom only the sex is told here; the age is an Observation."""
    sex = subject.export.dossier.sex
    return subject.begin("Patient") | {"gender": sex if sex in ("female", "male") else "unknown"}


def audit_events(subject: Subject) -> Iterator[Resource]:
    """What the audit log says."""
    for entry in subject.export.entries:
        told = {"seq": entry.seq, "hash": entry.hash, **entry.detail}
        detail = [{"type": said(name), "valueString": said(_written(value))} for name, value in told.items()]
        yield subject.begin("AuditEvent", entry.seq) | {
            "type": PATIENT_RECORD,
            "subtype": [{"system": "urn:airmed:action", "code": said(entry.action)}],
            "recorded": _recorded(subject, entry),
            "outcome": SUCCESS,
            "agent": [{"name": said(entry.actor), "requestor": True}],
            "source": {"observer": subject.airmed},
            "entity": [{"what": subject.patient, "name": said(entry.subject), "detail": detail}],
        }


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _recorded(subject: Subject, entry: AuditEntry) -> str:
    """The time of an entry; of the export itself where the entry was altered so that it tells none."""
    try:
        return instant(datetime.fromisoformat(entry.at))
    except ValueError:
        return instant(subject.export.made_at)


def provenance(subject: Subject) -> Resource:
    """That a program put the document together."""
    return subject.begin("Provenance", "document") | {
        "target": [subject.to("Composition")],
        "recorded": instant(subject.export.made_at),
        "activity": {"text": said(subject.words["notice"])},
        "agent": [{"type": term("provenance-participant-type", "assembler"), "who": subject.airmed}],
    }
