"""The MOSES set (Polykovskiy et al. 2020, doi:10.3389/fphar.2020.565644): drug-like molecules and their split.

Read from the wheel `molsets`, of which no code is run: 1.58 million molecules to train on, 176 thousand to test, and
176 thousand more whose scaffolds are in neither.
"""

from __future__ import annotations

import csv
import gzip
from functools import cache
from pathlib import Path
from typing import Any

from rdkit import Chem

from knowledge.wheels import PublishedFile

WHEEL = "molsets==0.3.1"
SHA256 = {
    "train.csv.gz": "786f0313aa6b9ba5514df685f885742a70ea8d86f1a4fa48115f7f80a634265c",
    "test.csv.gz": "f896fbf3764f88d94670b9959e5872c600c12152a18233823e820761b7a791b2",
    "test_scaffolds.csv.gz": "adffb2192c1bfe31ab0e13154d4af19a37dc18bdbf3cd7b4491e04405128adde",
    "mcf.csv": "f4a2bfacb4cb8877295eb2a4b4e61ec9770a26388f1331e5dc9c193d22dd5f89",
    "wehi_pains.csv": "d762e5420ec70f06d7e41d336cae6f67e2feb0eddf05c6171192a332726d296f",
}
SPLITS = ("train", "test", "test_scaffolds")
ATOMS = frozenset({"C", "N", "S", "O", "F", "Cl", "Br", "H"})
LARGE_RING = 8


def molecules(split: str) -> list[str]:
    """SMILES of one of `SPLITS`.

    Raises:
        WeightsError: The wheel is missing or altered.
    """
    return [row[0] for row in _rows(_published(f"{split}.csv.gz"))[1:]]


def _published(name: str) -> Path:
    return PublishedFile("The files of MOSES", WHEEL, name, SHA256[name]).path()


def _rows(path: Path) -> list[list[str]]:
    opened: Any = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        return list(csv.reader(file))


def passes_filters(molecule: Chem.Mol) -> bool:
    """Whether a molecule could be in the set: small rings, no charge, common atoms, none of its reactive patterns."""
    rings = molecule.GetRingInfo().AtomRings()
    atoms = list(molecule.GetAtoms())
    if any(len(ring) >= LARGE_RING for ring in rings) or any(atom.GetFormalCharge() for atom in atoms):
        return False
    if any(atom.GetSymbol() not in ATOMS for atom in atoms):
        return False
    whole = Chem.AddHs(molecule)
    return not any(whole.HasSubstructMatch(pattern) for pattern in _patterns())


@cache
def _patterns() -> tuple[Chem.Mol, ...]:
    """Its medicinal-chemistry filters and PAINS."""
    medicinal = _rows(_published("mcf.csv"))[1:]
    pains = _rows(_published("wehi_pains.csv"))
    smarts = [row[1] for row in medicinal] + [row[0] for row in pains]
    return tuple(Chem.MolFromSmarts(one.strip()) for one in smarts)
