"""What a molecule is wanted to be: numbers in ranges, like another, with a part that stays; and how near it comes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rdkit import Chem, DataStructs
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator

from generators.errors import RequestError
from generators.molecules.properties import PROPERTIES, Property

NUMBER = r"-?\d+(?:\.\d+)?"
TARGET = re.compile(rf"\s*(\w+)\s*(=|>=?|<=?)\s*({NUMBER})(?:\s*(?:\.\.|to)\s*({NUMBER}))?\s*")
PRINTS = GetMorganGenerator(radius=2, fpSize=2048)


@dataclass(frozen=True)
class Target:
    """A property in a range: `qed>=0.9`, `logp=2..3`, `weight<350`, or near a number, `qed=0.9`."""

    of: Property
    least: float
    most: float

    @classmethod
    def parse(cls, text: str) -> Target:
        """A target as it is typed.

        Raises:
            RequestError: It is none, or outside what drug-like molecules have.
        """
        read = TARGET.fullmatch(text)
        if not read or (read[4] and read[2] != "="):
            raise RequestError(f"{text!r} is no target; write one like qed>=0.9, logp=2..3 or weight<350.")
        name, sign, first, last = read.groups()
        if name.lower() not in PROPERTIES:
            raise RequestError(f"There is no property {name!r}; choose one of {', '.join(PROPERTIES)}.")
        of, value = PROPERTIES[name.lower()], float(first)
        near = 0.05 * (of.most - of.least) if not last else 0.0
        least = of.least if sign[0] == "<" else value - (near if sign == "=" else 0)
        most = of.most if sign[0] == ">" else float(last) if last else value + (near if sign == "=" else 0)
        if not of.least <= value <= of.most:
            raise RequestError(f"{text!r} cannot be met; give {of.name} from {of.least:g} to {of.most:g}, least first.")
        return cls.of_range(of.name, max(least, of.least), most if last else min(most, of.most))

    @classmethod
    def of_range(cls, name: str, least: float, most: float) -> Target:
        """A property by name in a range.

        Raises:
            RequestError: The range is empty, or goes beyond what drug-like molecules have.
        """
        of = PROPERTIES[name]
        if not of.least <= least <= most <= of.most:
            told = f"{name} from {least:g} to {most:g} cannot be met"
            raise RequestError(f"{told}; give {of.name} from {of.least:g} to {of.most:g}, least first.")
        return cls(of, least, most)

    @property
    def middle(self) -> float:
        """What the networks are told is wanted, in deviations from the mean."""
        kept = min(max(self.of.mean, self.least), self.most) if self._is_open else (self.least + self.most) / 2
        return (kept - self.of.mean) / self.of.deviation

    @property
    def _is_open(self) -> bool:
        return self.least == self.of.least or self.most == self.of.most

    def met(self, molecule: Chem.Mol) -> float:
        """1 inside the range, less with each deviation outside it."""
        value = self.of.compute(molecule)
        away = max(self.least - value, value - self.most, 0.0) / self.of.deviation
        return math.exp(-(away**2) / 2)


@dataclass(frozen=True)
class Goal:
    """All that is wanted.

    Attributes:
        targets: Properties in ranges.
        near: A molecule that it is to be like; nothing is gained by being the same.
        scaffold: A part that must be in it.
    """

    targets: tuple[Target, ...] = ()
    near: Chem.Mol | None = None
    scaffold: Chem.Mol | None = None

    def __post_init__(self) -> None:
        """Check that the targets can be met together.

        Raises:
            RequestError: A property has two ranges, or none is given and nothing else either.
        """
        names = [target.of.name for target in self.targets]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise RequestError(f"{twice} has two targets; give one range, such as {twice}=2..3.")

    def score(self, molecule: Chem.Mol) -> float:
        """0 to 1: the geometric mean of how far each wish is met; 0 without the part that must stay."""
        if self.scaffold is not None and not molecule.HasSubstructMatch(self.scaffold):
            return 0.0
        parts = [target.met(molecule) for target in self.targets]
        if self.near is not None:
            parts.append(min(1.0, self.likeness(molecule) / ALIKE))
        return math.prod(parts) ** (1 / len(parts)) if parts else 1.0

    def likeness(self, molecule: Chem.Mol) -> float:
        """Tanimoto similarity to `near`, 0 to 1."""
        return float(DataStructs.TanimotoSimilarity(PRINTS.GetFingerprint(molecule), self._near_print))

    @cached_property
    def _near_print(self) -> Any:
        return PRINTS.GetFingerprint(self.near)


ALIKE = 0.6  # similarity from which molecules count as alike; more adds nothing, so that what is proposed is new
