"""Known drugs: their structures by name, and which of them a molecule is most like.

`drugs.csv` lists the approved small molecules of ChEMBL (Zdrazil et al. 2024, doi:10.1093/nar/gkad1004) as
`structures.standardise` writes them, with ChEMBL's number and the year of the first approval that it knows.
"""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rdkit import Chem, DataStructs

from generators.errors import StructureError
from generators.molecules.goals import PRINTS
from generators.molecules.structures import parse

FILE = Path(__file__).parent / "drugs.csv"


@dataclass(frozen=True)
class Drug:
    """One known drug."""

    name: str
    also: str
    chembl: str
    approved: str
    smiles: str


@cache
def drugs() -> dict[str, Drug]:
    """Every drug by its names, in lower case."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [Drug(**row) for row in csv.DictReader(file)]
    return {name: one for one in rows for name in (one.name, one.also) if name}


def structure(text: str) -> Chem.Mol:
    """The molecule that a drug's name or a SMILES string means.

    Raises:
        StructureError: It is neither; the message names drugs that are written alike.
    """
    known = drugs().get(text.strip().lower())
    if known:
        return parse(known.smiles)
    try:
        return parse(text)
    except StructureError as error:
        alike = difflib.get_close_matches(text.strip().lower(), drugs(), 3, 0.75)
        if not alike:
            raise
        raise StructureError(f"{text!r} is no drug that Airmed knows; did you mean {' or '.join(alike)}?") from error


def nearest(molecule: Chem.Mol) -> tuple[Drug, float]:
    """The known drug that a molecule is most like, and the Tanimoto similarity, 0 to 1."""
    every, prints = _prints()
    likeness = DataStructs.BulkTanimotoSimilarity(PRINTS.GetFingerprint(molecule), prints)
    best = max(range(len(every)), key=likeness.__getitem__)
    return every[best], float(likeness[best])


@cache
def _prints() -> tuple[list[Drug], list[Any]]:
    every = list(dict.fromkeys(drugs().values()))
    return every, [PRINTS.GetFingerprint(parse(one.smiles)) for one in every]
