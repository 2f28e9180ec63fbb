"""Numbers of a molecule that decide whether it can become a drug, each by RDKit, and the rules of thumb over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import QED, Crippen, Descriptors, rdMolDescriptors
from rdkit.Contrib.SA_Score import sascorer


@dataclass(frozen=True)
class Property:
    """A number that can be computed and asked for.

    Attributes:
        name: As it is typed, such as `logp`.
        words: What it says, for people.
        least, most: What is found in drug-like molecules; targets outside are refused.
        mean, deviation: Over the MOSES training set, by which the networks see it.
    """

    name: str
    words: str
    least: float
    most: float
    mean: float
    deviation: float
    compute: Callable[[Chem.Mol], float]


PROPERTIES = {
    one.name: one
    for one in (
        Property("qed", "drug-likeness, 0 to 1 (Bickerton 2012)", 0, 1, 0.81, 0.095, QED.qed),
        Property("logp", "fat against water (Crippen 1999)", -5, 8, 2.4, 0.93, Crippen.MolLogP),
        Property("tpsa", "polar surface in square angstrom (Ertl 2000)", 0, 200, 65.0, 20.0, rdMolDescriptors.CalcTPSA),
        Property("weight", "mass in g/mol", 50, 800, 307.0, 28.0, Descriptors.MolWt),
        Property("sa", "hardness of synthesis, 1 easy to 10 (Ertl 2009)", 1, 10, 2.45, 0.46, sascorer.calculateScore),
    )
}


def numbers(molecule: Chem.Mol) -> dict[str, float]:
    """Every property of a molecule by name."""
    return {name: float(one.compute(molecule)) for name, one in PROPERTIES.items()}
