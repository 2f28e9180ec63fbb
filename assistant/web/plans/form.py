"""The record as a form: one field for each thing that bears on a plan, lists one entry a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from assistant.errors import InputError

LISTS = ("conditions", "medications", "allergies")
PAIRS = ("labs", "genes")
CHOICES = {
    "sex": ("female", "male"),
    "pregnant": ("yes", "no"),
    "breastfeeding": ("yes", "no"),
    "child_pugh": ("A", "B", "C"),
}
TRUTHS, TRUTH = ("pregnant", "breastfeeding"), {"yes": True, "no": False}
NUMBERS = ("age", "weight_kg", "height_cm")


class Form(NamedTuple):
    """The fields in the order of the page; what is empty is not known."""

    age: Any = None
    sex: Any = ""
    pregnant: Any = ""
    breastfeeding: Any = ""
    weight_kg: Any = None
    height_cm: Any = None
    child_pugh: Any = ""
    conditions: Any = ""
    medications: Any = ""
    allergies: Any = ""
    labs: Any = ""
    genes: Any = ""

    def record(self) -> dict[str, Any]:
        """The JSON that `generators/plans/record.py` reads.

        Raises:
            InputError: A line of measurements or genes has no name and value.
        """
        told: dict[str, Any] = {name: getattr(self, name) for name in ("sex", "child_pugh", *NUMBERS)}
        told |= {name: TRUTH.get(getattr(self, name)) for name in TRUTHS}
        told |= {name: list(_lines(getattr(self, name))) for name in LISTS}
        told["labs"] = {name: _measured(value) for name, value in _pairs("labs", self.labs)}
        told["genes"] = dict(_pairs("genes", self.genes))
        return {name: value for name, value in told.items() if value not in (None, "", [], {})}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Form:
        """The form that is read as a record."""
        plain = {name: record[name] for name in ("sex", "child_pugh", *NUMBERS) if name in record}
        truths = {name: "yes" if record[name] else "no" for name in TRUTHS if record.get(name) is not None}
        lists = {name: "\n".join(record[name]) for name in LISTS if name in record}
        pairs = {name: "\n".join(_pair(*pair) for pair in record[name].items()) for name in PAIRS if name in record}
        return cls(**plain, **truths, **lists, **pairs)


def _lines(text: str) -> Iterator[str]:
    yield from (line.strip() for line in (text or "").splitlines() if line.strip())


def _pairs(field: str, text: str) -> Iterator[tuple[str, str]]:
    for line in _lines(text):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not name or not value:
            example = "egfr: 40" if field == "labs" else "CYP2C19: *2/*2"
            raise InputError(f"{line[:60]!r} under {field} has no name and value; write it like {example!r}.")
        yield name, value


def _measured(text: str) -> Any:
    """A number, or a number with its unit; other text as it is, for the record to refuse with the field's name."""
    value, _, unit = text.partition(" ")
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        return text
    return {"value": number, "unit": unit.strip()} if unit.strip() else number


def _pair(name: str, value: Any) -> str:
    return f"{name}: {value:.6g}" if isinstance(value, int | float) else f"{name}: {value}"


def form_of_file(path: Path, form: Form) -> tuple[Form, tuple[str, ...]]:
    """The form as a file fills it, and what could not be read.

    A record in JSON or a FHIR R4 Bundle fills all of it, a VCF the genes alone.

    Raises:
        AirmedError: The file is none of these, or holds something that cannot be so.
    """
    from generators.plans.reading import read
    from generators.plans.record import read_record, written
    from generators.plans.vcf import read_vcf

    try:
        text = path.read_text(encoding="utf-8")
        if text.lstrip().startswith("##fileformat=VCF"):
            found, notes = read_vcf(text)
            genes = written(read_record({"genes": found})).get("genes", {})
            return form._replace(genes=Form.of({"genes": genes | form.record().get("genes", {})}).genes), notes
        record = read(json.loads(text))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(
            f"{path.name} cannot be read; give a record in JSON, a FHIR R4 Bundle in JSON, or a VCF file."
        ) from error
    return Form.of(written(record)), record.notes
