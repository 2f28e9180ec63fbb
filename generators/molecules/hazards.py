"""What is never proposed: structures of weapons, explosives and controlled drugs, and requests for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from rdkit import Chem

from generators.errors import HazardError
from generators.molecules.screening import Screen
from generators.molecules.structures import parse

FILE = Path(__file__).parent / "hazards.yaml"


@dataclass(frozen=True)
class Hazard:
    """A class of structures.

    Attributes:
        name: Of the class, in the plural.
        reason: Why it is refused.
        source: Where that is laid down.
        words: By which somebody asks for one, in lower case.
        patterns: What its structures have in common; any one is enough.
        at_least: How often.
    """

    name: str
    reason: str
    source: str
    words: tuple[str, ...]
    patterns: tuple[Chem.Mol, ...]
    at_least: int

    def is_asked_for(self, text: str) -> bool:
        """Whether a request in lower case names it."""
        return any(re.search(rf"(?<![a-z0-9]){re.escape(word)}(?:s|es)?(?![a-z0-9])", text) for word in self.words)


@cache
def hazards() -> tuple[Hazard, ...]:
    """Every class."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(
        Hazard(
            row["class"],
            row["reason"],
            row["source"],
            tuple(row["names"]),
            tuple(Chem.MolFromSmarts(one) for one in row["smarts"]),
            row.get("at_least", 1),
        )
        for row in rows
    )


def hazard_of(molecule: Chem.Mol) -> Hazard | None:
    """The class that a molecule belongs to, if it is one that is never shown."""
    name = _screen().first(molecule)
    return next(hazard for hazard in hazards() if hazard.name == name) if name else None


@cache
def _screen() -> Screen:
    return Screen((hazard.name, pattern, hazard.at_least) for hazard in hazards() for pattern in hazard.patterns)


def refuse_request(text: str, *smiles: str) -> None:
    """Stop a request that names such a class, or begins from such a structure.

    Raises:
        HazardError: It does; the message gives the reason.
        StructureError: One of `smiles` is no molecule.
    """
    named = (hazard for hazard in hazards() if hazard.is_asked_for(text.lower()))
    found = next(named, None) or next(filter(None, (hazard_of(parse(one)) for one in smiles)), None)
    if found:
        raise HazardError(
            f"Airmed does not propose {found.name} or anything like them: they are {found.reason} ({found.source}). "
            "Ask for another kind of molecule.",
            found,
        )
