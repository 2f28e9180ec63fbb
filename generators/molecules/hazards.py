"""What is never proposed: structures of weapons, explosives and controlled drugs, and requests for them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from rdkit import Chem
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogEntry, SmartsMatcher
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from generators.errors import HazardError
from generators.molecules.structures import parse

FILE = Path(__file__).parent / "hazards.yaml"
SKELETON = re.compile(r"C(?![a-z])\d*(?:H(?![a-z])\d*)?")  # of a formula, the carbon and hydrogen
ELEMENT = re.compile(r"([A-Z][a-z]?)(\d*)")


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
    elements = SKELETON.sub("", CalcMolFormula(molecule), count=1)
    found = _catalogue(elements, molecule.GetRingInfo().NumRings()).GetFirstMatch(molecule)
    return next(one for one in hazards() if one.name == found.GetDescription()) if found else None


@lru_cache(4096)
def _catalogue(elements: str, rings: int) -> Any:
    """The patterns for which such elements and so many rings are enough, in one: to try each by itself takes longer."""
    there = Counter({element: int(count or 1) for element, count in ELEMENT.findall(elements)})
    catalogue = FilterCatalog()
    for entry, needed, fewest in _entries():
        if needed <= there and fewest <= rings:
            catalogue.AddEntry(entry)
    return catalogue


@cache
def _entries() -> list[tuple[Any, Counter[str], int]]:
    """Every pattern with the elements, carbon aside, and the number of rings that are in all that has it."""
    return [
        (
            FilterCatalogEntry(hazard.name, SmartsMatcher(hazard.name, pattern, hazard.at_least)),
            Counter(atom.GetSymbol() for atom in pattern.GetAtoms() if atom.GetAtomicNum() not in (0, 1, 6)),
            pattern.GetNumBonds() - pattern.GetNumAtoms() + len(Chem.GetMolFrags(pattern)),
        )
        for hazard in hazards()
        for pattern in hazard.patterns
    ]


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
