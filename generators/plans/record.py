"""The patient's record: what is known of a person that bears on treatment, in the words of the knowledge base.

It is read from JSON (`read_record`); problems, medicines and allergies come by name or by code. What a field cannot be
is an error that names the field. What is not understood is kept as it was written and said in `notes`, so that nobody
takes it for harmless.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from rapidfuzz.distance import OSA

from generators.errors import RecordError
from knowledge.medicines import Group, MedicineError, groups
from knowledge.medicines.genes.alleles import read_result
from knowledge.medicines.labs import Lab, labs
from knowledge.medicines.labs.kidney import estimated_gfr, estimated_gfr_of_child
from knowledge.medicines.names import Named, find, near
from knowledge.problems import Problem, read_problem

Sex = Literal["female", "male"]
CHILD_BEARING = (12.0, 55.0)
SEXES = {"f": "female", "w": "female", "woman": "female", "girl": "female", "m": "male", "man": "male", "boy": "male"}
Severity = Literal["mild", "moderate", "severe"]
CHILD_PUGH: dict[str, Severity] = {"A": "mild", "B": "moderate", "C": "severe"}
STOPPED = re.compile(r"\b(stopped|discontinued|ceased|ended|no longer|previously|former(ly)?)\b|^no\b", re.IGNORECASE)
NO_ALLERGY = re.compile(
    r"^(no|not|none|nil|nkda|nka)\b|\bno known\b|\bnot allergic\b|\b(excluded|ruled out|de-?labelled|tolerat\w+)\b",
    re.IGNORECASE,
)
LIVER: dict[str, Severity] = {  # what a problem says at the least, where nobody gave the Child-Pugh class
    "oesophageal_varices": "severe",
    "liver_cirrhosis": "moderate",
    "liver_disease": "mild",
    "autoimmune_hepatitis": "mild",
}


def _text(entry: Any) -> Any:
    """An entry of a list is a text, or an object with `name`, `code` or `text`."""
    if isinstance(entry, Mapping):
        named = next((entry[key] for key in ("name", "text", "display", "code") if entry.get(key)), None)
        if named is None:
            raise ValueError("give a name or a code")
        return named
    return entry


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("give a number")
    return value


Entry = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=300)]
Number = Annotated[float, AfterValidator(_number)]


class Written(BaseModel):
    """A record as it is written in JSON, before it is understood.

    Attributes:
        age: In years, 0 to 120.
        labs: By the name of what is measured; in Airmed's unit, or as `{"value": 5.1, "unit": "mg/dL"}`.
        genes: By gene: two alleles, a phenotype, or an activity score.
        child_pugh: The class of a liver disease: A, B or C.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str | int | None = None
    age: Annotated[Number, Field(ge=0, le=120)] | None = None
    sex: Annotated[Sex | None, BeforeValidator(lambda sex: _sex(sex))] = None
    pregnant: bool | None = None
    breastfeeding: bool | None = None
    weight_kg: Annotated[Number, Field(ge=0.3, le=500)] | None = None
    height_cm: Annotated[Number, Field(ge=20, le=260)] | None = None
    conditions: tuple[Entry, ...] = ()
    medications: tuple[Entry, ...] = ()
    allergies: tuple[Entry, ...] = ()
    labs: dict[str, Any] = Field(default_factory=dict)
    genes: dict[str, str | float] = Field(default_factory=dict)
    child_pugh: Literal["A", "B", "C"] | None = None


def _sex(sex: Any) -> Any:
    return SEXES.get(sex.strip().casefold(), sex.strip().casefold()) if isinstance(sex, str) else sex


@dataclass(frozen=True)
class Taken:
    """A medicine or a substance that the patient takes; several for a combination, none where it is unknown."""

    written: str
    named: tuple[Named, ...]


@dataclass(frozen=True)
class Allergy:
    """What the patient reacts to: ids of medicines, and of the allergy groups that they mean."""

    written: str
    medicines: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """A record that is understood.

    Attributes:
        labs: By id, in the unit of `knowledge/medicines/labs`.
        genes: The results of each gene that was measured; one that was not is not there.
        notes: What was not understood, and what is missing, a sentence each.
    """

    age: float | None = None
    sex: Sex | None = None
    pregnant: bool | None = None
    breastfeeding: bool | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    problems: tuple[Problem, ...] = ()
    medicines: tuple[Taken, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    labs: Mapping[str, float] = field(default_factory=dict)
    genes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    child_pugh: str | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def states(self) -> frozenset[str]:
        """The states that problems and measurements mean; those of measurements hold for adults."""
        of = {state for problem in self.problems for state in problem.states}
        if self.age is None or self.age >= 18:
            of |= {it.state for name, value in self.labs.items() for it in labs()[name].means if it.holds(value)}
        return frozenset(of)

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Ids of the knowledge base, in the order of the record."""
        return tuple(dict.fromkeys(one for problem in self.problems for one in problem.conditions))

    @cached_property
    def egfr(self) -> float | None:
        """In mL/min/1.73 m²: as measured, 10 on dialysis, else estimated from creatinine."""
        if "dialysis" in self.states:
            return min(self.labs.get("egfr", 10.0), 10.0)
        if "egfr" in self.labs:
            return self.labs["egfr"]
        creatinine = self.labs.get("creatinine")
        if creatinine is None or self.age is None:
            return None
        if self.age < 18:
            return estimated_gfr_of_child(creatinine, self.height_cm) if self.height_cm else None
        return estimated_gfr(creatinine, self.age, self.sex == "female") if self.sex else None

    @property
    def liver(self) -> Severity | None:
        """How bad a liver disease is, by its class or at the least by its name."""
        if self.child_pugh:
            return CHILD_PUGH[self.child_pugh]
        return next((severity for state, severity in LIVER.items() if state in self.states), None)

    @property
    def may_be_pregnant(self) -> bool:
        """Whether nobody said that she is not."""
        of_age = self.age is None or CHILD_BEARING[0] <= self.age <= CHILD_BEARING[1]
        return self.pregnant is None and self.sex == "female" and of_age


def read_record(data: Any, notes: tuple[str, ...] = ()) -> Record:
    """A record from JSON, with notes of whoever made the JSON from something else.

    Raises:
        RecordError: A field cannot be so; the sentence names it.
    """
    try:
        written = Written.model_validate(data)
    except ValidationError as error:
        raise RecordError(_sentence(error)) from error
    _contradictions(written)
    taken = tuple(Taken(text, find(text)) for text in written.medications if not STOPPED.search(text))
    problems = tuple(read_problem(text) for text in written.conditions)
    allergies = tuple(read_allergy(text) for text in written.allergies if not NO_ALLERGY.search(text))
    record = Record(
        **{name: getattr(written, name) for name in ("age", "sex", "breastfeeding", "weight_kg", "height_cm")},
        pregnant=_pregnant(written),
        problems=problems,
        medicines=taken,
        allergies=allergies,
        labs=dict(_measured(written.labs)),
        genes=dict(_genes(written.genes)),
        child_pugh=written.child_pugh,
        notes=(*notes, *_not_understood(taken, problems, allergies), *_missing(written)),
    )
    _possible(record)
    return record


def written(record: Record) -> dict[str, Any]:
    """The JSON that is read as this record."""
    plain = ("age", "sex", "pregnant", "breastfeeding", "weight_kg", "height_cm", "child_pugh")
    told: dict[str, Any] = {name: getattr(record, name) for name in plain}
    told["conditions"] = [one.written for one in record.problems]
    told["medications"] = [one.written for one in record.medicines]
    told["allergies"] = [one.written for one in record.allergies]
    told["labs"] = dict(record.labs)
    told["genes"] = {gene: " or ".join(sorted(results)) for gene, results in record.genes.items() if results}
    return {name: value for name, value in told.items() if value not in (None, [], {})}


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("function-before", "function-after"))
    if first["type"] == "extra_forbidden":
        return f"The record has a field {place!r} that is not known; give {', '.join(Written.model_fields)}."
    if not place:
        return "A record is a JSON object with age, sex, conditions, medications, allergies, labs and genes."
    what = first["msg"].removeprefix("Value error, ")
    return f"{place} of the record is {str(first['input'])[:40]!r}: {what[0].lower()}{what[1:]}."


def _contradictions(written: Written) -> None:
    for name in ("pregnant", "breastfeeding"):
        if getattr(written, name) and written.sex == "male":
            raise RecordError(f"{name} of the record is true and sex is male; correct one of them.")
    if written.pregnant and written.age is not None and not 9 <= written.age <= 60:
        raise RecordError(f"pregnant of the record is true at the age of {written.age:g}; correct one of them.")


def _possible(record: Record) -> None:
    """A weight that nobody of the age has is a slip, and doses by weight would be wrong."""
    if record.weight_kg is None or record.age is None:
        return
    least, most = (25.0, 400.0) if record.age >= 18 else (0.3 + 0.9 * record.age, 25.0 + 12.0 * record.age)
    if not least <= record.weight_kg <= most:
        told = f"weight_kg of the record is {record.weight_kg:g} at the age of {record.age:g}"
        raise RecordError(f"{told}; correct one of them.")


def _pregnant(written: Written) -> bool | None:
    if written.sex == "male":
        return False
    told = any(text.strip().casefold() in ("pregnancy", "pregnant", "normal pregnancy") for text in written.conditions)
    return True if told and written.pregnant is None else written.pregnant


def read_allergy(text: str) -> Allergy:
    """What somebody reacts to: a medicine with the groups it belongs to, or the name of a group."""
    words = text.casefold().replace("allergy to", "").replace("allergic to", "").removesuffix("allergy").strip(" .")
    known = _allergy_names()
    if words in known:
        return Allergy(text, groups=(known[words],))
    named = find(words)
    if not named and (near := _near_allergy(words)):
        return Allergy(text, groups=(near,))
    of = [group for one in named if one.medicine for group in one.medicine.groups if groups()[group].kind == "allergy"]
    inside = [group for name, group in known.items() if f" {name} " in f" {words} "]
    return Allergy(text, tuple(one.id for one in named), tuple(dict.fromkeys([*inside, *of])))


def _near_allergy(words: str) -> str | None:
    """The group whose name is a slip of the pen away."""
    close = {group for name, group in _allergy_names().items() if len(name) > 5 and OSA.distance(words, name) <= 2}
    return close.pop() if len(close) == 1 and len(words) > 5 else None


@cache
def _allergy_names() -> dict[str, str]:
    found: dict[str, str] = {}
    for group in groups().values():
        if group.kind == "allergy":
            found |= {name.casefold(): group.id for name in _allergy_words(group)}
    return found


def _allergy_words(group: Group) -> tuple[str, ...]:
    plain = group.name.casefold().removeprefix("allergy to ").removesuffix(" allergy")
    return (group.id, group.id.removesuffix("_allergy").replace("_", " "), group.name, plain, *group.also)


def _measured(written: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, told in written.items():
        lab = measures().get(name.strip().casefold())
        if lab is None:
            continue
        value, unit = (told.get("value"), told.get("unit")) if isinstance(told, Mapping) else (told, None)
        yield lab.id, in_unit(lab, value, unit)


def in_unit(lab: Lab, value: Any, unit: Any) -> float:
    """A value in the unit of its measurement.

    Raises:
        RecordError: It is no number, of another unit, or cannot be so.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RecordError(f"labs.{lab.id} of the record is {value!r}; give a number in {lab.unit}.")
    if unit is not None and unit != lab.unit and unit not in lab.units:
        raise RecordError(
            f"labs.{lab.id} of the record is in {unit!r}; give it in {', '.join([lab.unit, *lab.units])}."
        )
    factor, more = lab.units.get(unit, (1.0, 0.0)) if unit else (1.0, 0.0)
    found = value * factor + more
    least, most = lab.possible
    if not least <= found <= most:
        told = f"labs.{lab.id} of the record is {value:g}"
        raise RecordError(f"{told}; give a number from {least:g} to {most:g} {lab.unit}.")
    return found


@cache
def measures() -> dict[str, Lab]:
    """What can be measured, by every name and LOINC code."""
    return {name.casefold(): lab for lab in labs().values() for name in (lab.id, lab.name, *lab.also, *lab.loinc)}


def _genes(written: Mapping[str, str | float]) -> Iterator[tuple[str, frozenset[str]]]:
    for gene, text in written.items():
        try:
            yield gene.strip().upper(), read_result(gene.strip().upper(), str(text))
        except MedicineError as error:
            raise RecordError(f"genes.{gene} of the record: {error}") from error


def _not_understood(
    taken: tuple[Taken, ...], problems: tuple[Problem, ...], allergies: tuple[Allergy, ...]
) -> Iterator[str]:
    for one in taken:
        if not one.named:
            like = f"; did you mean {' or '.join(near(one.written))}" if near(one.written) else ""
            yield f"The medicine {one.written!r} is not known and was not checked{like}."
        yield from (f"{one.written!r} was read as {it.name}." for it in one.named if it.how == "mended")
    for problem in problems:
        if not problem.understood:
            yield f"The problem {problem.written!r} is not known and bears on no rule."
    for allergy in allergies:
        if not allergy.medicines and not allergy.groups:
            yield f"The allergy {allergy.written!r} is no medicine's that Airmed knows."


def _missing(written: Written) -> Iterator[str]:
    for text in written.medications:
        if STOPPED.search(text):
            yield f"{text!r} was read as stopped, and not as taken."
    if written.age is None:
        yield "The age is missing: rules for children and older people were not checked."
    unknown = [name for name in written.labs if name.strip().casefold() not in measures()]
    if unknown:
        yield f"What was measured as {', '.join(unknown)} is not known and bears on no rule."
