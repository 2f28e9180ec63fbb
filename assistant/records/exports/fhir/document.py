"""The FHIR R4 document of a case: a Composition that leads, section by section, to everything else.

What the program made is preliminary, a draft or a proposal; only what a clinician signed is active. Generated pictures
are named in the Composition as synthetic, and are no ImagingStudy, Media or evidence of anything. The Bundle is built
and validated with `fhir.resources`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assistant.records.exports.blocks import Block, Heading, Title
from assistant.records.exports.export import Export
from assistant.records.exports.fhir import assessment, observations, trail, treatment
from assistant.records.exports.fhir.subject import LOINC, Resource, Subject, narrative, said
from assistant.records.exports.outline import PARTS, section_lines
from assistant.records.exports.plain import instant
from assistant.records.exports.wording import Wording

SOAP = ("subjective", "objective", "assessment", "plan")
SUMMARY = ("34133-9", "Summary of episode note")
SECTIONS = {  # LOINC codes
    "subjective": ("61150-9", "Subjective Narrative"),
    "objective": ("61149-1", "Objective Narrative"),
    "assessment": ("51848-0", "Evaluation note"),
    "plan": ("18776-5", "Plan of care note"),
    "medicines": ("10160-0", "History of Medication use Narrative"),
}


def to_fhir(export: Export) -> dict[str, Any]:
    """The case as a FHIR R4 document, as JSON."""
    from fhir.resources.R4B.bundle import Bundle

    subject = Subject(export, Wording.of(export.dossier.language))
    when = instant(export.made_at)
    found = Bundle.model_validate(
        {
            "resourceType": "Bundle",
            "id": subject.id("Bundle", when),
            "language": subject.words.language,
            "type": "document",
            "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{subject.id('Bundle', when)}"},
            "timestamp": when,
            "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": _filled(one)} for one in _resources(subject)],
        }
    )
    return dict(found.model_dump(mode="json"))


def _filled(resource: Resource) -> Resource:
    """Without what is empty: FHIR leaves it out."""
    return {name: value for name, value in resource.items() if value not in (None, [], {})}


def _resources(subject: Subject) -> Iterator[Resource]:
    """Everything in the document, what leads to the rest first."""
    parts = _parts(subject)
    yield _composition(subject, parts)
    yield trail.patient(subject)
    yield from trail.actors(subject)
    for resources in parts.values():
        yield from resources
    yield from treatment.requests(subject)
    yield from treatment.provenances(subject)
    yield trail.provenance(subject)


def _parts(subject: Subject) -> dict[str, list[Resource]]:
    """What each section leads to, by its name."""
    return {
        "urgency": [assessment.urgency(subject)],
        "subjective": list(observations.findings(subject)),
        "objective": list(observations.observations(subject)),
        "differential": [*assessment.differential(subject), *assessment.opinion(subject)],
        "medicines": [*treatment.medicines(subject), *treatment.issues(subject), *assessment.problems(subject)],
        "plans": list(treatment.plans(subject)),
        "judgements": list(assessment.judgements(subject)),
        "transcript": [observations.conversation(subject)],
        "trail": list(trail.audit_events(subject)),
    }


def _composition(subject: Subject, parts: Mapping[str, list[Resource]]) -> Resource:
    title = f"{subject.words.say('title', case=subject.export.id)}: {subject.export.dossier.title}"
    return subject.begin("Composition") | {
        "language": subject.words.language,
        "status": "preliminary",
        "type": _loinc(SUMMARY),
        "subject": subject.patient,
        "date": instant(subject.export.made_at),
        "author": [subject.airmed],
        "title": said(title),
        "section": [_section(subject, *told, parts) for told in _sections(subject)],
    }


def _sections(subject: Subject) -> Iterator[tuple[str, str, list[Block]]]:
    """Name, title and text of each section; vital signs stand under what was measured."""
    for name, part in PARTS.items():
        if name == "summary":
            yield from _soap(subject)
        elif name != "vitals" and (blocks := list(part(subject.export, subject.words))):
            first, *others = blocks
            assert isinstance(first, Title | Heading)  # as every part begins
            yield name, first.text, others


def _soap(subject: Subject) -> Iterator[tuple[str, str, list[Block]]]:
    told = {section.name: section for section in subject.export.dossier.soap}
    for name in SOAP:
        title = told[name].title if name in told else subject.words.doctor.summary[name]
        yield name, title, list(section_lines(told[name])) if name in told else []


def _section(
    subject: Subject, name: str, title: str, blocks: Sequence[Block], parts: Mapping[str, list[Resource]]
) -> Resource:
    entries = [{"reference": f"urn:uuid:{one['id']}", "type": one["resourceType"]} for one in parts.get(name, ())]
    told = {"title": said(title), "text": narrative(blocks, subject.words), "entry": entries}
    return _filled(told | ({"code": _loinc(SECTIONS[name])} if name in SECTIONS else {}))


def _loinc(code: tuple[str, str]) -> Resource:
    return {"coding": [{"system": LOINC, "code": code[0], "display": code[1]}]}
