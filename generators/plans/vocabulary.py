"""A record and a plan as the networks see them: which of a fixed list of facts hold, which of a list of items are in.

Facts are words such as `has:asthma`, `takes:B01A`, `age:60`, `gene:CYP2C19=Poor Metabolizer`; items are ids of
medicines and activities. Both lists are kept beside the weights, since a network's columns mean nothing without them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from generators.errors import ModelFilesError
from generators.plans.indications import bearing
from generators.plans.record import Record
from generators.weights import mend
from knowledge.medicines.names import Named
from knowledge.problems import Problem

FILE = "vocabulary.json"
RAREST = 3  # a fact or an item that came less often is not learned
KIDNEY_BANDS = (15, 30, 45, 60)  # mL/min/1.73 m², KDIGO's stages
Purpose = Literal["in_force", "begun", "guideline"]
Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """What a plan is for.

    Attributes:
        past: Problems that are over.
        purpose: The plan in force of a recorded patient, what was begun at an encounter, or what guidelines say.
    """

    record: Record
    past: tuple[Problem, ...] = ()
    purpose: Purpose = "guideline"


def facts(case: Case) -> Iterator[str]:
    """The facts that hold of a case."""
    record = case.record
    yield f"purpose:{case.purpose}"
    for word, problems in (("has", record.problems), ("had", case.past)):
        for problem in problems:
            yield from (f"{word}:{one}" for one in problem.conditions)
            if case.purpose != "guideline" or not problem.understood:
                yield f"{word}:{problem.written.casefold()}"  # recorded names are finer than conditions
    yield from (f"state:{state}" for state in record.states)
    yield from (f"takes:{_class(named)}" for taken in record.medicines for named in taken.named)
    yield from (f"allergy:{group}" for allergy in record.allergies for group in allergy.groups)
    taken = [named.id for taken in record.medicines for named in taken.named]
    for gene in bearing(record.genes, taken, record.conditions):  # another gene must change nothing
        yield from (f"gene:{gene}={result}" for result in record.genes[gene])
    yield from _person(record)


def _class(named: Named) -> str:
    """The subgroup of a medicine in the ATC classification, such as A10B; of a substance its id."""
    return named.medicine.atc[:4] if named.medicine else named.id


def _person(record: Record) -> Iterator[str]:
    if record.age is not None:
        yield f"age:{int(record.age // 10) * 10}"
        yield "age:adult" if record.age >= 18 else "age:child"
    if record.sex:
        yield f"sex:{record.sex}"
    if record.pregnant:
        yield "pregnant"
    if record.egfr is not None:
        yield from (f"egfr:{band}" for band in KIDNEY_BANDS if record.egfr < band)


class Vocabulary:
    """The lists of facts and items, and rows of zeros and ones by them."""

    def __init__(self, facts: Sequence[str], items: Sequence[str]) -> None:
        self.facts, self.items = tuple(facts), tuple(items)

    @classmethod
    def learn(cls, cases: Iterable[Case], plans: Iterable[frozenset[str]]) -> Vocabulary:
        """What comes often enough in cases and plans."""
        known = Counter(fact for case in cases for fact in set(facts(case)))
        given = Counter(item for plan in plans for item in plan)
        return cls(*(sorted(name for name, count in of.items() if count >= RAREST) for of in (known, given)))

    def of_cases(self, cases: Sequence[Case]) -> Rows:
        """Cases as rows of facts, [N,F]."""
        return self._rows((facts(case) for case in cases), {name: n for n, name in enumerate(self.facts)}, len(cases))

    def of_plans(self, plans: Sequence[frozenset[str]]) -> Rows:
        """Plans as rows of items, [N,I]; an item that was never learned is not there."""
        return self._rows(plans, {name: n for n, name in enumerate(self.items)}, len(plans))

    @staticmethod
    def _rows(told: Iterable[Iterable[str]], columns: dict[str, int], count: int) -> Rows:
        rows = np.zeros((count, len(columns)), np.float32)
        for place, names in enumerate(told):
            rows[place, [columns[name] for name in names if name in columns]] = 1.0
        return rows

    def save(self, folder: Path) -> None:
        """Write it as one JSON file."""
        text = json.dumps({"facts": self.facts, "items": self.items}, ensure_ascii=False, indent=0)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Vocabulary:
        """Read it again.

        Raises:
            ModelFilesError: The file is missing or damaged.
        """
        try:
            kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return cls(kept["facts"], kept["items"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelFilesError(f"{folder / FILE} cannot be read; {mend(folder)}") from error
