"""Recorded patients: what was the matter with them, and what they were given for it.

A cohort is a folder of tables as Synthea exports them (`patients.csv`, `conditions.csv`, `medications.csv`,
`careplans.csv`, `observations.csv`, `allergies.csv`, each also with `.gz`). Of each patient two kinds of moments are
read: the encounters at which something was begun, from which a model learns, and the end of the record with the plan in
force, by which it is judged. Synthea's patients are made by rules: what is learned from them is no clinical evidence.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from generators.errors import DatasetError, RecordError
from generators.plans.activities import by_recorded_name
from generators.plans.record import Record, Taken, in_unit, measures, read_allergy
from knowledge.medicines.names import Named, find
from knowledge.problems import Problem, read_problem

HELD_OUT = 0.2
DATES = (("conditions", "onset"), ("medications", "date"), ("careplans", "start"), ("observations", "date"))
Row = dict[str, str]


@dataclass(frozen=True)
class Moment:
    """A patient at a point in time.

    Attributes:
        patient: The cohort and the patient's number.
        last: Whether it is the end of the record.
        record: What was known; its medicines are those begun before.
        past: Problems that were over.
        plan: Ids of medicines and activities that were begun, or at the end were in force.
    """

    patient: str
    last: bool
    record: Record
    past: tuple[Problem, ...]
    plan: frozenset[str]

    @property
    def held_out(self) -> bool:
        """Whether the patient is one of the fifth that nothing learns from."""
        return int(hashlib.sha256(self.patient.encode()).hexdigest()[:8], 16) % 100 < HELD_OUT * 100


@dataclass
class Tables:
    """The rows of one patient."""

    about: Row
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))


def read_cohort(folder: Path) -> list[Moment]:
    """Every moment of every patient of a cohort.

    Raises:
        DatasetError: The folder does not have the tables.
    """
    patients = {row["patient"]: Tables(row) for row in _table(folder, "patients")}
    for name in ("conditions", "medications", "careplans", "observations", "allergies"):
        for row in _table(folder, name):
            if row["patient"] in patients:
                patients[row["patient"]].rows[name].append(row)
    return [moment for tables in patients.values() for moment in _moments(folder.name, tables)]


def _table(folder: Path, name: str) -> Iterator[Row]:
    path = next((path for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if path.is_file()), None)
    if path is None:
        raise DatasetError(f"{folder} has no {name}.csv; give a folder of tables as Synthea exports them.")
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def _moments(cohort: str, tables: Tables) -> Iterator[Moment]:
    patient = f"{cohort}/{tables.about['patient']}"
    begun: dict[str, set[str]] = defaultdict(set)
    for row in tables.rows["medications"]:
        begun[row["date"]] |= {one.id for one in _medicines(row["desc"])}
    for row in tables.rows["careplans"]:
        begun[row["start"]] |= set(_activities(row))
    for day, plan in sorted(begun.items()):
        if plan and day:
            yield _at(patient, tables, day, frozenset(plan), last=False)
    end = max((row[name] for kind, name in DATES for row in tables.rows[kind] if row[name]), default="")
    if end:
        yield _at(patient, tables, end, _in_force(tables), last=True)


def _in_force(tables: Tables) -> frozenset[str]:
    taken = [row for row in tables.rows["medications"] if row["status"] == "active"]
    followed = [row for row in tables.rows["careplans"] if row["status"] == "active"]
    medicines = {one.id for row in taken for one in _medicines(row["desc"])}
    return frozenset(medicines | {one for row in followed for one in _activities(row)})


def _at(patient: str, tables: Tables, day: str, plan: frozenset[str], last: bool) -> Moment:
    known = [row for row in tables.rows["conditions"] if row["onset"] <= day]
    now = [row for row in known if not row["abated"] or row["abated"] > day or (not last and row["abated"] == day)]
    over = [row for row in known if row not in now]
    earlier = [
        row for row in tables.rows["medications"] if row["date"] < day and row["status"] == "active" and not last
    ]
    record = Record(
        age=(date.fromisoformat(day) - date.fromisoformat(tables.about["birth"])).days / 365.25,
        sex="female" if tables.about["gender"] == "female" else "male",
        problems=tuple(_problem(row["desc"]) for row in now),
        medicines=tuple(Taken(row["desc"], _medicines(row["desc"])) for row in earlier),
        allergies=tuple(read_allergy(row["desc"]) for row in tables.rows["allergies"]),
        labs=_labs(tables.rows["observations"], day),
    )
    return Moment(patient, last, record, tuple(_problem(row["desc"]) for row in over), plan)


def _labs(rows: list[Row], day: str) -> dict[str, float]:
    """The latest value of each measurement that can be read; Synthea has some that cannot be so."""
    found: dict[str, float] = {}
    for row in sorted(rows, key=lambda one: one["date"]):
        lab = measures().get(row["code"])
        if lab and row["date"] <= day:
            with suppress(RecordError, ValueError):
                found[lab.id] = in_unit(lab, float(row["value"]), row["unit"])
    return found


@cache
def _medicines(text: str) -> tuple[Named, ...]:
    return find(text)


@cache
def _problem(text: str) -> Problem:
    return read_problem(text)


def _activities(row: Row) -> Iterator[str]:
    for entry in row["activities"].split(";"):
        if one := by_recorded_name().get(entry.rsplit("|", 1)[-1].casefold()):
            yield one
