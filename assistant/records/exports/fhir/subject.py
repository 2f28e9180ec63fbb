"""The case as FHIR resources speak of it: their ids, their references, and how words and codes are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import chain
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from assistant.records.exports.blocks import Block, Heading, Line, Message, Note
from assistant.records.exports.export import Export
from assistant.records.exports.plain import clean, instant
from assistant.records.exports.wording import Wording
from generators.plans.exchange import ATC, ICD10, RXNORM
from knowledge.corpus import conditions
from knowledge.medicines import formulary

LOINC = "http://loinc.org"
TERMS = "http://terminology.hl7.org/CodeSystem"
NOTHING = "-"  # a string of FHIR's is never empty
Resource = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """A case whose resources are made; the same part of the same case always has the same id."""

    export: Export
    words: Wording

    def id(self, kind: str, *parts: object) -> str:
        """The id of a resource, by its kind and what it is of."""
        return str(uuid5(NAMESPACE_URL, "/".join(["airmed", self.export.id, kind, *map(str, parts)])))

    def to(self, kind: str, *parts: object) -> Resource:
        """A reference to a resource of the document."""
        return {"reference": f"urn:uuid:{self.id(kind, *parts)}", "type": kind}

    def begin(self, kind: str, *parts: object) -> Resource:
        """A resource with its kind and its id."""
        return {"resourceType": kind, "id": self.id(kind, *parts)}

    @property
    def patient(self) -> Resource:
        """A reference to the patient."""
        return self.to("Patient")

    @property
    def airmed(self) -> Resource:
        """A reference to the program."""
        return self.to("Device")

    @property
    def talk(self) -> Resource:
        """A reference to the conversation."""
        return self.to("QuestionnaireResponse")

    @property
    def at(self) -> str:
        """When the case changed last."""
        return instant(self.export.dossier.updated_at)


def said(text: str) -> str:
    """A text as a string of FHIR's."""
    return clean(text).strip() or NOTHING


def term(system: str, code: str, display: str = "") -> Resource:
    """A concept of one of HL7's own code systems, by the end of its address."""
    return {"coding": [{"system": f"{TERMS}/{system}", "code": code} | ({"display": display} if display else {})]}


def condition_code(name: str, told: str) -> Resource:
    """A condition by the first of its ICD-10-CM codes, under the name that was told."""
    about = next((one for one in conditions() if one.id == name), None)
    coding = [{"system": ICD10, "code": about.icd10cm[0], "display": about.name}] if about else []
    return ({"coding": coding} if coding else {}) | {"text": said(told)}


def medicine_code(name: str, told: str) -> Resource:
    """A medicine by its codes in RxNorm and the ATC, under the name that was told."""
    medicine = formulary().get(name)
    if medicine is None:
        return {"text": said(told)}
    codes = {RXNORM: medicine.rxnorm, ATC: medicine.atc}
    coding = [{"system": system, "code": code, "display": medicine.name} for system, code in codes.items() if code]
    return {"coding": coding, "text": said(told)}


def narrative(blocks: Iterable[Block], words: Wording) -> Resource:
    """Blocks as a text for people, in the XHTML that FHIR allows."""
    inside = "".join(chain.from_iterable(_html(block, words) for block in blocks))
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{inside or "<p>-</p>"}</div>'}


def _html(block: Block, words: Wording) -> Iterable[str]:
    match block:
        case Note() | Heading():
            yield f"<p><b>{_safe(block.text)}</b></p>"
        case Line():
            yield f"<p>{_line(block, words)}</p>"
        case Message():
            yield f"<p><b>{_safe(block.head)}</b></p><p>{_safe(block.text)}</p>"
            yield from (f"<p>{_line(source, words)}</p>" for source in block.sources)


def _line(line: Line, words: Wording) -> str:
    label = f"<b>{_safe(line.label)}{words['colon']}</b>" if line.label else ""
    link = f' <a href="{escape(line.link[1])}">{_safe(line.link[0])}</a>' if line.link else ""
    turns = f" ({words.turns(line.turns)})" if line.turns else ""
    return f"{label}{_safe(line.text)}{link}{turns}"


def _safe(text: str) -> str:
    return escape(clean(text)).replace("\n", "<br/>")
