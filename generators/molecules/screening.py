"""Many patterns held against a molecule at once; those for which it has not the elements or the rings are not tried."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from rdkit import Chem
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogEntry, SmartsMatcher
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

SKELETON = re.compile(r"C(?![a-z])\d*(?:H(?![a-z])\d*)?")  # of a formula, the carbon and hydrogen
ELEMENT = re.compile(r"([A-Z][a-z]?)(\d*)")
KEPT = 4096  # compositions; a search meets some hundred


class _Entry(NamedTuple):
    """A pattern with the elements, carbon aside, and the number of rings that are in all that has it."""

    entry: Any
    elements: Counter[str]
    rings: int


class Screen:
    """Patterns with names; twice as fast as to try each by itself, and it finds the same."""

    def __init__(self, patterns: Iterable[tuple[str, Chem.Mol, int]]) -> None:
        """Take names, patterns, and how often each must be there to count; a name can have several patterns."""
        self._entries = [_entry(*one) for one in patterns]
        self._catalogue = lru_cache(KEPT)(self._fitting)

    def first(self, molecule: Chem.Mol) -> str | None:
        """The name of the first pattern that is in a molecule."""
        found = self._for(molecule).GetFirstMatch(molecule)
        return str(found.GetDescription()) if found else None

    def count(self, molecule: Chem.Mol) -> int:
        """How many of the patterns are in a molecule."""
        return len(self._for(molecule).GetMatches(molecule))

    def _for(self, molecule: Chem.Mol) -> Any:
        elements = SKELETON.sub("", CalcMolFormula(molecule), count=1)
        return self._catalogue(elements, molecule.GetRingInfo().NumRings())

    def _fitting(self, elements: str, rings: int) -> Any:
        """The patterns for which such elements and so many rings are enough."""
        there = Counter({element: int(count or 1) for element, count in ELEMENT.findall(elements)})
        catalogue = FilterCatalog()
        for one in self._entries:
            if one.elements <= there and one.rings <= rings:
                catalogue.AddEntry(one.entry)
        return catalogue


def _entry(name: str, pattern: Chem.Mol, at_least: int) -> _Entry:
    return _Entry(
        FilterCatalogEntry(name, SmartsMatcher(name, pattern, at_least)),
        Counter(atom.GetSymbol() for atom in pattern.GetAtoms() if atom.GetAtomicNum() not in (0, 1, 6)),
        pattern.GetNumBonds() - pattern.GetNumAtoms() + len(Chem.GetMolFrags(pattern)),
    )
