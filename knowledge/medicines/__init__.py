"""The formulary: medicines with their doses and limits, what they must not be given with, and to whom not.

A file of `formulary/` holds the medicines of one field, a file of `interactions/` pairs of medicines or groups. Both
speak of groups (`groups/`: a class of medicines, something that they do, or an allergy that they share) and of
states of a patient (`states/`: each with the ICD-10-CM codes that mean it).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from knowledge.condition import Slug, Text, Value
from knowledge.errors import KnowledgeError
from knowledge.medicines.sources import Source

FOLDER = Path(__file__).parent
GroupId = Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]
StateId = GroupId
Name = Annotated[str, Field(min_length=1)]  # as short as K or AF
Advice = Literal["avoid", "caution"]
Route = Literal[
    "oral", "inhaled", "nebulised", "nasal", "sublingual", "buccal", "rectal", "vaginal", "skin", "patch", "eye", "ear",
    "intravenous", "intramuscular", "subcutaneous", "intraosseous",
]  # fmt: skip
Unit = Literal["mg", "microgram", "g", "ml", "unit", "mmol", "puff", "drop", "application", "patch", "dose", "kcal"]
Kind = TypeVar("Kind")


class MedicineError(KnowledgeError):
    """A file of the formulary breaks the format; the message names the file, the entry and the field."""


class Group(Value):
    """What medicines have in common.

    Attributes:
        also: Other names, such as records write them.
        kind: A `class` of medicines, an `effect` that adds up or that another medicine changes, or an `allergy` that
            they share.
        duplicate: Two medicines of it at once are one too many.
        crosses: For an allergy: other allergy groups that it can extend to, with how often, 0 to 1.
    """

    id: GroupId
    name: Text
    also: tuple[Text, ...] = ()
    kind: Literal["class", "effect", "allergy"]
    duplicate: bool = False
    crosses: dict[GroupId, float] = Field(default_factory=dict)


class State(Value):
    """What can be the matter with a patient that bears on a medicine.

    Attributes:
        also: Other names, such as records write them.
        icd10cm: The codes that mean it, or their beginnings.
    """

    id: StateId
    name: Text
    also: tuple[Name, ...] = ()
    icd10cm: tuple[Annotated[str, Field(pattern=r"^[A-Z]\d[0-9A-Z]?(\.[0-9A-Z]{1,4})?$")], ...] = Field(min_length=1)


class Indication(Value):
    """A condition of the knowledge base that a medicine is for.

    Attributes:
        line: 1 where guidelines begin with it, 2 where something else comes first, 3 for special cases.
    """

    condition: Slug
    line: Literal[1, 2, 3]
    note: str = ""


class Dose(Value):
    """How much a patient of some age gets.

    Attributes:
        use: What for, where the dose differs by use.
        least_age: In years; 0.25 is three months. `below_age` is not included.
        each: From and to, in `unit`, at a time; for each kilogram of weight where `per_kg` is true.
        a_day: From and to, how many times a day; 0.143 is once a week.
        most_a_day: In `unit`, whatever the weight.
        days: From and to, how long; none for as long as it is needed.
    """

    use: str = ""
    route: Route
    least_age: float = Field(ge=0.0, le=90.0)
    below_age: float = Field(120.0, gt=0.0, le=120.0)
    each: tuple[float, float]
    unit: Unit
    per_kg: bool = False
    a_day: tuple[float, float]
    most_a_day: float = Field(gt=0.0)
    days: tuple[int, int] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _ranges_are_ranges(self) -> Dose:
        for low, high in (self.each, self.a_day, self.days or (1, 1)):
            if not 0 < low <= high:
                raise ValueError("a range goes from a number above 0 up to another")
        if self.least_age >= self.below_age:
            raise ValueError("least_age lies below below_age")
        if not self.per_kg and self.each[0] * min(1.0, self.a_day[0]) > self.most_a_day * 1.001:
            raise ValueError("the least dose is more than most_a_day")
        return self


class Kidney(Value):
    """What changes below an eGFR (mL/min/1.73 m²).

    Attributes:
        most_a_day: In the unit of the doses; none where the note says it.
    """

    egfr_below: float = Field(gt=0.0, le=90.0)
    advice: Literal["avoid", "reduce", "caution"]
    most_a_day: float | None = Field(None, gt=0.0)
    note: Text


class Liver(Value):
    """What changes with a liver disease that is at least so severe (Child-Pugh A, B, C)."""

    severity: Literal["mild", "moderate", "severe"]
    advice: Literal["avoid", "reduce", "caution"]
    note: Text


class Motherhood(Value):
    """Whether it may be given in pregnancy, or while breast-feeding."""

    advice: Literal["avoid", "caution", "accepted"]
    note: Text


class Limit(Value):
    """A state of the patient that speaks against a medicine."""

    state: StateId
    advice: Advice
    why: Text


class AgeLimit(Value):
    """Ages in years that speak against a medicine; `least` is included, `below` is not."""

    least: float = 0.0
    below: float = 120.0
    advice: Advice
    why: Text


class Monitoring(Value):
    """What has to be measured, and when."""

    what: Text
    when: Text


class Medicine(Value):
    """One active substance, or a fixed combination that is prescribed as one.

    Attributes:
        also: Other names of the substance, such as acetaminophen.
        rxnorm: The concept number of the ingredient in RxNorm, where it is known for certain.
        atc: Its code in the ATC classification.
        groups: Ids in `groups/`.
        contains: For a combination: the ids of what is in it.
        local: The routes by which so little reaches the blood that interactions, kidneys and liver do not count, nor
            states where it is given by other routes too (a medicine that is only local has its own).
    """

    id: Slug
    name: Text
    also: tuple[Text, ...] = ()
    brands: tuple[Text, ...] = ()
    rxnorm: Annotated[str, Field(pattern=r"^\d{2,8}$")] | None = None
    atc: Annotated[str, Field(pattern=r"^[A-Z]\d{2}[A-Z]{2}\d{2}$")]
    groups: tuple[GroupId, ...] = Field(min_length=1)
    contains: tuple[Slug, ...] = ()
    local: tuple[Route, ...] = ()
    indications: tuple[Indication, ...] = Field(min_length=1)
    doses: tuple[Dose, ...] = Field(min_length=1)
    kidney: tuple[Kidney, ...] = ()
    liver: tuple[Liver, ...] = ()
    pregnancy: Motherhood
    breastfeeding: Motherhood
    limits: tuple[Limit, ...] = ()
    ages: tuple[AgeLimit, ...] = ()
    monitoring: tuple[Monitoring, ...] = ()
    common: tuple[Text, ...] = Field(min_length=1)
    serious: tuple[Text, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = Field(min_length=1)


class Substance(Value):
    """Something that is no medicine and bears on medicines: a food, a herb, a supplement, a habit, a contrast agent.

    Attributes:
        also: Other names, such as people write them.
        groups: Ids in `groups/`, where what holds for medicines of a group holds for it.
    """

    id: Slug
    name: Text
    kind: Literal["food", "herb", "supplement", "habit", "procedure"]
    also: tuple[Text, ...] = ()
    groups: tuple[GroupId, ...] = ()


class Product(Value):
    """A product with several medicines in it, such as people buy against a cold, by its name.

    Attributes:
        contains: Ids of medicines and substances.
        route: Where it is used, where it is only used there.
    """

    name: Name
    also: tuple[Name, ...] = ()
    route: Route | None = None
    contains: tuple[Slug, ...] = Field(min_length=1)


class Interaction(Value):
    """What two medicines, or a medicine and a substance, do together.

    Attributes:
        first: The id of a medicine or a substance, or `group:` and the id of a group.
        second: Likewise.
        unless: Ids of medicines, or `group:` and the id of a group, that do not do it although their group does.
        severity: `avoid`: not together unless a specialist says so; `caution`: only with what `management` says;
            `monitor`: together, and watched.
    """

    id: Slug
    first: str
    second: str
    unless: tuple[str, ...] = ()
    severity: Literal["avoid", "caution", "monitor"]
    effect: Text
    mechanism: Text
    management: Text
    source: Source


@cache
def groups() -> dict[str, Group]:
    """Every group by its id."""
    return {one.id: one for one in read_all(FOLDER / "groups", Group)}


@cache
def states() -> dict[str, State]:
    """Every state by its id."""
    return {one.id: one for one in read_all(FOLDER / "states", State)}


@cache
def formulary() -> dict[str, Medicine]:
    """Every medicine by its id.

    Raises:
        MedicineError: A file breaks the format, or two entries have one id.
    """
    return by_id(read_all(FOLDER / "formulary", Medicine))


@cache
def substances() -> dict[str, Substance]:
    """Every substance by its id.

    Raises:
        MedicineError: A file breaks the format, or two entries have one id.
    """
    return by_id(read_all(FOLDER / "substances", Substance))


@cache
def products() -> tuple[Product, ...]:
    """Every product of several medicines.

    Raises:
        MedicineError: A file breaks the format.
    """
    return tuple(read_all(FOLDER / "products", Product))


@cache
def interactions() -> dict[str, Interaction]:
    """Every interaction by its id.

    Raises:
        MedicineError: A file breaks the format, or two entries have one id.
    """
    return by_id(read_all(FOLDER / "interactions", Interaction))


def members(side: str) -> set[str]:
    """The ids of the medicines and substances that one side of an interaction means."""
    group = side.removeprefix("group:")
    everything: list[Medicine | Substance] = [*formulary().values(), *substances().values()]
    return {side} if group == side else {one.id for one in everything if group in one.groups}


def read_all(folder: Path, kind: type[Kind]) -> Iterable[Kind]:
    """The entries of every file of a folder.

    Raises:
        MedicineError: A file breaks the format.
    """
    for path in sorted(folder.glob("*.yaml")):
        yield from _read(path, kind)


def by_id(entries: Iterable[Any]) -> dict[str, Any]:
    """Entries by their ids.

    Raises:
        MedicineError: Two have one id.
    """
    found: dict[str, Any] = {}
    for one in entries:
        if one.id in found:
            raise MedicineError(f"{one.id} is there twice; keep one.")
        found[one.id] = one
    return found


def _read(path: Path, kind: type[Kind]) -> list[Kind]:
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or []
    except yaml.YAMLError as error:
        raise MedicineError(f"{path.name}: {' '.join(str(error).split())}") from error
    try:
        return TypeAdapter(list[kind]).validate_python(entries)  # type: ignore[valid-type]
    except ValidationError as error:
        first = error.errors()[0]
        number, *field = first["loc"] or ("file",)
        name = entries[number].get("id", number) if isinstance(number, int) else number
        raise MedicineError(f"{path.name}: {name}: {'.'.join(map(str, field))}: {first['msg']}") from error
