"""A record from whatever it comes as: Airmed's JSON, which may hold a VCF, or a FHIR R4 Bundle.

Of a Bundle, what is over, refuted or entered in error does not count; of measurements the latest counts. Genes come as
genomic observations (LOINC 48018-6 with a genotype or a phenotype).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import ValidationError

from generators.errors import RecordError
from generators.plans.record import Record, in_unit, measures, read_record
from generators.plans.vcf import read_vcf
from knowledge.medicines.labs import Lab

OVER = {
    "inactive", "resolved", "remission", "refuted", "entered-in-error", "stopped", "completed", "cancelled", "draft",
}  # fmt: skip
CODES = ("http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10")
PREGNANCY_STATUS = "82810-3"
BODY = ("weight", "height")
GENE, GENOTYPE, PHENOTYPES = "48018-6", "84413-4", ("79716-7", "53040-2")


def read(data: Any) -> Record:
    """A record from JSON that is a record or a Bundle.

    Raises:
        RecordError: A field cannot be so; the sentence names it.
    """
    if isinstance(data, Mapping) and data.get("resourceType") == "Bundle":
        return read_bundle(data)
    if isinstance(data, Mapping) and "vcf" in data:
        return _with_variants(dict(data))
    return read_record(data)


def _with_variants(data: dict[str, Any]) -> Record:
    """A record whose field `vcf` holds the text of a VCF; what it tells of genes must not gainsay the record."""
    text, told = data.pop("vcf"), data.get("genes") or {}
    if not isinstance(text, str) or not isinstance(told, Mapping):
        raise RecordError("vcf of the record is the text of a VCF file, and genes an object by gene.")
    found, notes = read_vcf(text)
    record, genes = read_record(data, notes), read_record({"genes": found}).genes
    for gene, results in genes.items():
        if gene in record.genes and not record.genes[gene] & results:
            raise RecordError(
                f"genes.{gene} of the record is {told.get(gene)!r} and its vcf says {found[gene]}; correct one."
            )
    return replace(record, genes={**genes, **record.genes})


def read_bundle(data: Mapping[str, Any], today: date | None = None) -> Record:
    """A record from a FHIR R4 Bundle with one Patient.

    Args:
        data: The Bundle as JSON.
        today: The day on which the patient has the age of the record.

    Raises:
        RecordError: It is no valid Bundle, or not of one patient.
    """
    resources = list(_resources(_valid(data)))
    patients = [one for one in resources if one["resourceType"] == "Patient"]
    if len(patients) != 1:
        raise RecordError(f"The Bundle has {len(patients)} resources Patient; give a Bundle of one patient.")
    medications = {_reference(one): one for one in resources if one["resourceType"] == "Medication"}
    observations = sorted(_of(resources, "Observation"), key=lambda one: str(one.get("effectiveDateTime", "")))
    written: dict[str, Any] = {
        "age": _age(patients[0].get("birthDate"), today or date.today()),
        "sex": {"female": "female", "male": "male"}.get(patients[0].get("gender", "")),
        "conditions": [text for one in _of(resources, "Condition") if (text := _words(one.get("code"), CODES))],
        "medications": [text for one in _prescribed(resources) if (text := _medicine(one, medications))],
        "allergies": [text for one in _of(resources, "AllergyIntolerance") if (text := _words(one.get("code")))],
        "genes": dict(_genes(observations)),
        "pregnant": _is_pregnant(observations),
    }
    labs, weight, height, notes = _measured(observations)
    return read_record(written | {"labs": labs, "weight_kg": weight, "height_cm": height}, notes)


def _valid(data: Mapping[str, Any]) -> dict[str, Any]:
    from fhir.resources.R4B.bundle import Bundle

    try:
        return dict(Bundle.model_validate(data).model_dump(mode="json"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "Bundle"
        raise RecordError(f"The Bundle is not valid FHIR R4: {place}: {first['msg'].rstrip('.')}.") from error
    except Exception as error:  # what the library raises for a resource that FHIR does not have
        raise RecordError(f"The Bundle is not valid FHIR R4: {error} is not known there.") from error


def _resources(bundle: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in bundle.get("entry") or ():
        if resource := entry.get("resource"):
            yield {"fullUrl": entry.get("fullUrl", ""), **resource}
            yield from resource.get("contained") or ()


def _of(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The resources of a kind that still hold."""
    return [one for one in resources if one["resourceType"] == kind and not _statuses(one) & OVER]


def _statuses(resource: Mapping[str, Any]) -> set[str]:
    told = [resource.get("status")] if resource["resourceType"] != "Observation" else []
    coded = [code for name in ("clinicalStatus", "verificationStatus") for code in _codings(resource.get(name))]
    return {str(one) for one in (*told, *coded) if one}


def _prescribed(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return _of(resources, "MedicationRequest") + _of(resources, "MedicationStatement")


def _medicine(resource: Mapping[str, Any], medications: Mapping[str, Mapping[str, Any]]) -> str:
    if concept := resource.get("medicationCodeableConcept"):
        return _words(concept)
    reference = (resource.get("medicationReference") or {}).get("reference", "")
    found = next((one for name, one in medications.items() if name and reference.endswith(name)), None)
    return _words(found.get("code")) if found else ""


def _reference(resource: Mapping[str, Any]) -> str:
    return str(resource.get("id") or resource.get("fullUrl", ""))


def _codings(concept: Any) -> list[str]:
    return [str(one.get("code", "")) for one in (concept or {}).get("coding") or ()]


def _words(concept: Any, systems: tuple[str, ...] = ()) -> str:
    """The code of a system that is understood, else the words."""
    coded = (concept or {}).get("coding") or ()
    for one in coded:
        if one.get("system") in systems and one.get("code"):
            return str(one["code"])
    shown = next((one["display"] for one in coded if one.get("display")), "")
    return str((concept or {}).get("text") or shown or next((one.get("code", "") for one in coded), ""))


def _age(born: Any, today: date) -> float | None:
    if not born:
        return None
    parts = [int(part) for part in str(born)[:10].split("-")] + [7, 1]  # a year alone is its middle
    day = date(parts[0], parts[1], parts[2] if len(str(born)) >= 10 else 1)
    return round((today - day).days / 365.25, 2)


def _measured(observations: list[dict[str, Any]]) -> tuple[dict[str, Any], Any, Any, tuple[str, ...]]:
    """Measurements by their name with value and unit, weight, height, and what could not be read."""
    found: dict[str, Any] = {}
    strange: list[str] = []
    for one in observations:
        for part in (one, *(one.get("component") or ())):
            quantity = part.get("valueQuantity") or {}
            lab = next((known[code] for code in _codings(part.get("code")) if code in (known := measures())), None)
            if lab is None or quantity.get("value") is None:
                continue
            value, unit = float(quantity["value"]), quantity.get("unit") or quantity.get("code") or lab.unit
            if _fits(lab, value, unit):
                found[lab.id] = {"value": value, "unit": unit}
            else:
                strange.append(f"{lab.name} of {value:g} {unit} was not read; it is no value in {lab.unit}.")
    weight, height = (in_unit(measures()[name], **told) if (told := found.pop(name, None)) else None for name in BODY)
    return found, weight, height, tuple(dict.fromkeys(strange))


def _is_pregnant(observations: list[dict[str, Any]]) -> bool | None:
    """What the latest observation of the pregnancy status says: `Pregnant`, `Not pregnant`, or that nobody knows."""
    told = [_value(one).casefold() for one in observations if PREGNANCY_STATUS in _codings(one.get("code"))]
    latest = told[-1] if told else ""
    return None if "pregnant" not in latest or "unknown" in latest or "possib" in latest else "not" not in latest


def _fits(lab: Lab, value: float, unit: str) -> bool:
    """Whether a value can be so."""
    try:
        return bool(in_unit(lab, value, unit) is not None)
    except RecordError:
        return False


def _genes(observations: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in observations:
        parts = {code: part for part in one.get("component") or () for code in _codings(part.get("code"))}
        gene = _words((parts.get(GENE) or {}).get("valueCodeableConcept"))
        told = [parts.get(GENOTYPE), *(parts.get(code) for code in PHENOTYPES), one]
        result = next((text for part in told if part and (text := _value(part))), "")
        if gene and result:
            yield gene, result


def _value(part: Mapping[str, Any]) -> str:
    return str(part.get("valueString") or _words(part.get("valueCodeableConcept")))
