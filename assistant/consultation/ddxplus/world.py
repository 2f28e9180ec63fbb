"""What DDXPlus tells of its conditions: how often each evidence, and each value of it, is there in each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from safetensors.numpy import load_file

from assistant.consultation.differential import Floats
from assistant.errors import InputError

HERE = Path(__file__).parent
NAMES, TABLES = HERE / "world.json", HERE / "world.safetensors"
AGE_ENDS = (5, 15, 30, 45, 60, 75)  # years at which the age groups end
NEVER = 1e-4
ABSENT_VALUE = 0.3  # the values of one answer exclude each other in part, so that one's absence counts less
OLDEST = 130


@dataclass(frozen=True)
class Evidence:
    """One question: yes or no (`B`), one value of several (`C`), or any number of them (`M`)."""

    code: str
    kind: Literal["B", "C", "M"]
    antecedent: bool
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Patient:
    """A simulated patient, who answers truthfully.

    Attributes:
        evidences: Code to the values that hold; a yes-or-no evidence that is there has none.
        initial: The code that the patient came with.
    """

    age: float
    sex: Literal["M", "F"]
    evidences: Mapping[str, frozenset[str]]
    initial: str


@dataclass(frozen=True)
class World:
    """Conditions and evidences with their tables.

    Attributes:
        prior: P(condition) [C].
        rates: P(evidence | condition) [E, C].
        values: For each evidence with values, P(value | evidence, condition) [V, C].
        ages, sexes: P(age group | condition) [7, C] and P(sex | condition) [2, C], women first.
    """

    conditions: tuple[str, ...]
    evidences: tuple[Evidence, ...]
    prior: Floats
    rates: Floats
    values: Mapping[str, Floats]
    ages: Floats
    sexes: Floats

    @cached_property
    def place(self) -> dict[str, int]:
        """Where each evidence stands."""
        return {evidence.code: place for place, evidence in enumerate(self.evidences)}

    @cached_property
    def clipped(self) -> Floats:
        """The rates away from 0 and 1."""
        return np.clip(self.rates, NEVER, 1 - NEVER)

    def start(self, patient: Patient) -> Floats:
        """Log of P(condition, age, sex)."""
        group = int(np.searchsorted(AGE_ENDS, patient.age, side="right"))
        return np.asarray(np.log(self.prior) + np.log(self.ages[group]) + np.log(self.sexes[int(patient.sex == "M")]))

    def answer(self, patient: Patient, place: int) -> Floats:
        """Log of P(the patient's answer | condition) to one question."""
        evidence = self.evidences[place]
        if evidence.code not in patient.evidences:
            return np.asarray(np.log(1 - self.clipped[place]))
        there = np.log(self.clipped[place])
        if evidence.kind == "B":
            return np.asarray(there)
        known = [evidence.values.index(v) for v in patient.evidences[evidence.code] if v in evidence.values]
        table = self.values[evidence.code]
        if evidence.kind == "C":
            return np.asarray(there + np.log(table[known]).sum(axis=0))
        absent = ABSENT_VALUE * np.log(1 - table)
        return np.asarray(there + absent.sum(axis=0) + (np.log(table[known]) - absent[known]).sum(axis=0))


def read_patient(row: Mapping[str, Any], world: World) -> Patient:
    """One row of a file of simulated patients.

    Raises:
        InputError: A field is missing or has a value that DDXPlus does not know; the message names it.
    """
    name = f"row {row.get('id')!r}"
    age, sex, told, initial = (row.get(field) for field in ("age", "sex", "evidences", "initial"))
    if isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age <= OLDEST:
        raise InputError(f'{name}: "age" is {age!r}; give years from 0 to {OLDEST}.')
    if sex not in ("M", "F"):
        raise InputError(f'{name}: "sex" is {sex!r}; give "M" or "F".')
    if not isinstance(told, list) or not all(isinstance(code, str) for code in told):
        raise InputError(f'{name}: "evidences" has to be a list of codes such as "E_91" or "E_55_@_V_89".')
    evidences = _grouped(told)
    unknown = sorted({*evidences, str(initial)} - world.place.keys())
    if unknown:
        raise InputError(f"{name}: DDXPlus has no evidence {unknown[0]!r}.")
    return Patient(float(age), sex, evidences, str(initial))


def _grouped(told: Sequence[str]) -> dict[str, frozenset[str]]:
    grouped: dict[str, set[str]] = {}
    for code in told:
        root, _, value = code.partition("_@_")
        grouped.setdefault(root, set()).update([value] if value else [])
    return {root: frozenset(values) for root, values in grouped.items()}


@cache
def world() -> World:
    """The shipped tables."""
    names = json.loads(NAMES.read_text(encoding="utf-8"))
    tables = {name: table.astype(np.float64) for name, table in load_file(TABLES).items()}
    evidences = tuple(Evidence(**{**entry, "values": tuple(entry["values"])}) for entry in names["evidences"])
    return World(
        conditions=tuple(names["conditions"]),
        evidences=evidences,
        prior=tables["prior"],
        rates=tables["rates"],
        values={e.code: tables[f"values.{e.code}"] for e in evidences if e.values},
        ages=tables["ages"],
        sexes=tables["sexes"],
    )
