"""What the doctor and clinicians make of the case: conditions, their probabilities, the urgency, impressions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.opinion import Likely, Mover
from assistant.records.exports.fhir.subject import Resource, Subject, condition_code, said, term
from assistant.records.exports.plain import instant, web

CLINICAL, VERIFICATION, CATEGORY = "condition-clinical", "condition-ver-status", "condition-category"


def differential(subject: Subject) -> Iterator[Resource]:
    """The conditions that come into question, none of them confirmed; one alone is provisional."""
    likely = _considered(subject)
    status = "differential" if len(likely) > 1 else "provisional"
    for one in likely:
        yield _condition(subject, one.id, one.name, status, "encounter-diagnosis", "differential") | {
            "evidence": [{"code": [{"text": said(_moved(subject, mover))}]} for mover in one.movers],
            "note": [{"text": said(f"{one.probability:.0%}, {subject.words.level(one.urgency)}")}],
        }


def problems(subject: Subject) -> Iterator[Resource]:
    """What the patient told to have."""
    for name in subject.export.dossier.conditions:
        told = subject.words.condition(name)
        yield _condition(subject, name, told, "unconfirmed", "problem-list-item", "told")


def _condition(subject: Subject, name: str, told: str, status: str, category: str, kind: str) -> Resource:
    return subject.begin("Condition", kind, name) | {
        "clinicalStatus": term(CLINICAL, "active"),
        "verificationStatus": term(VERIFICATION, status),
        "category": [term(CATEGORY, category)],
        "code": condition_code(name, told),
        "subject": subject.patient,
        "recordedDate": subject.at,
    }


def _considered(subject: Subject) -> Sequence[Likely]:
    """Likely conditions, and grave ones that are not among them; each once."""
    opinion = subject.export.dossier.opinion
    return list({one.id: one for one in (*opinion.grave, *opinion.likely)}.values()) if opinion else []


def _moved(subject: Subject, mover: Mover) -> str:
    words = subject.words
    finding = mover.name if mover.there else words.say("absent", finding=mover.name)
    return words.say("mover", finding=finding, weight=f"{mover.weight:+.1f}")


def urgency(subject: Subject) -> Resource:
    """How soon somebody has to see the patient, and why."""
    return _risk(subject, "urgency") | {"code": {"text": subject.words["urgency"]}, "prediction": _urgencies(subject)}


def opinion(subject: Subject) -> Iterator[Resource]:
    """The doctor's opinion: how probable each condition is, and an impression of the whole."""
    opinion = subject.export.dossier.opinion
    if opinion is None:
        return
    likely, risks = _considered(subject), [subject.to("RiskAssessment", "urgency")]
    if likely:
        code, outcomes = {"text": subject.words["differential"]}, [_outcome(subject, one) for one in likely]
        yield _risk(subject, "differential") | {"code": code, "prediction": outcomes}
        risks.append(subject.to("RiskAssessment", "differential"))
    yield _impression(subject, "opinion", subject.at, opinion.because) | {
        "finding": [{"itemReference": subject.to("Condition", "differential", one.id)} for one in likely],
        "prognosisReference": risks,
        "protocol": list(dict.fromkeys(web(flag.url) for flag in subject.export.dossier.flags if web(flag.url))),
        "note": [{"text": said(change)} for change in opinion.change],
        "supportingInfo": [subject.talk],
    }


def _risk(subject: Subject, kind: str) -> Resource:
    return subject.begin("RiskAssessment", kind) | {
        "status": "preliminary",
        "subject": subject.patient,
        "occurrenceDateTime": subject.at,
        "performer": subject.airmed,
        "basis": [subject.talk],
    }


def _urgencies(subject: Subject) -> list[Resource]:
    """The urgency of the case, then that of every red flag; each with its reason."""
    dossier, level = subject.export.dossier, subject.words.level
    because = dossier.opinion.because if dossier.opinion else ""
    flags = ((flag.level, f"{flag.why} ({flag.source}, {flag.url})") for flag in dossier.flags)
    return [
        {
            "outcome": {"coding": [{"system": "urn:airmed:urgency", "code": said(name)}], "text": said(level(name))},
            "rationale": said(why),
        }
        for name, why in ((dossier.urgency, because), *flags)
    ]


def _outcome(subject: Subject, one: Likely) -> Resource:
    moved = subject.words["comma"].join(_moved(subject, mover) for mover in one.movers)
    chance = round(100 * one.probability, 2)  # in percent, as FHIR asks
    return {"outcome": condition_code(one.id, one.name), "probabilityDecimal": chance, "rationale": said(moved)}


def judgements(subject: Subject) -> Iterator[Resource]:
    """What clinicians thought of that opinion, by name."""
    for one in subject.export.judgements:
        kind, verdict = f"judgement/{one.clinician}", subject.words.verdict(one.verdict)
        meant = condition_code(one.condition, subject.words.condition(one.condition))
        yield _impression(subject, kind, instant(one.given_at), verdict) | {
            "assessor": subject.to("Practitioner", one.clinician),
            "finding": [{"itemCodeableConcept": meant}] if one.condition else [],
            "note": [{"text": said(one.note)}] if one.note else [],
            "previous": subject.to("ClinicalImpression", "opinion") if subject.export.dossier.opinion else None,
        }


def _impression(subject: Subject, kind: str, at: str, summary: str) -> Resource:
    return subject.begin("ClinicalImpression", kind) | {
        "status": "completed",
        "subject": subject.patient,
        "effectiveDateTime": at,
        "date": at,
        "summary": said(summary),
    }
