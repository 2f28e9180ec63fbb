"""Numbers of a molecule that decide whether it can become a drug, each by RDKit, and the rules of thumb over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from rdkit import Chem
from rdkit.Chem import QED, Crippen, Descriptors, rdMolDescriptors
from rdkit.Contrib.SA_Score import sascorer

from generators.molecules.screening import Screen

AROMATIC = Chem.MolFromSmarts("a")


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


def solubility(molecule: Chem.Mol) -> float:
    """Log of mol/l by ESOL (Delaney 2004, doi:10.1021/ci034243x)."""
    heavy = molecule.GetNumHeavyAtoms()
    aromatic = len(molecule.GetSubstructMatches(AROMATIC)) / heavy  # a walk over the atoms takes far longer
    turning = rdMolDescriptors.CalcNumRotatableBonds(molecule)
    logp, weight = Crippen.MolLogP(molecule), Descriptors.MolWt(molecule)
    return float(0.16 - 0.63 * logp - 0.0062 * weight + 0.066 * turning - 0.74 * aromatic)


def drug_likeness(molecule: Chem.Mol) -> float:
    """QED, 0 to 1, equal to RDKit's, which takes a third longer and works on a copy, so that logP is computed again."""
    known = QED.QEDproperties(
        MW=Descriptors.MolWt(molecule),
        ALOGP=Crippen.MolLogP(molecule),
        HBA=sum(len(molecule.GetSubstructMatches(pattern)) for pattern in QED.Acceptors),
        HBD=rdMolDescriptors.CalcNumHBD(molecule),
        PSA=rdMolDescriptors.CalcTPSA(molecule),
        ROTB=rdMolDescriptors.CalcNumRotatableBonds(molecule),
        AROM=len(Chem.GetSSSR(Chem.DeleteSubstructs(Chem.Mol(molecule), QED.AliphaticRings))),
        ALERTS=_alerts().count(molecule),
    )
    return float(QED.qed(molecule, qedProperties=known))


@cache
def _alerts() -> Screen:
    return Screen((Chem.MolToSmarts(alert), alert, 1) for alert in QED.StructuralAlerts)


PROPERTIES = {
    one.name: one
    for one in (
        Property("qed", "drug-likeness, 0 to 1 (Bickerton 2012)", 0, 1, 0.807, 0.095, drug_likeness),
        Property("logp", "fat against water (Crippen 1999)", -5, 8, 2.441, 0.923, Crippen.MolLogP),
        Property("tpsa", "polar surface in square angstrom (Ertl 2000)", 0, 200, 65.6, 18.0, rdMolDescriptors.CalcTPSA),
        Property("weight", "mass in g/mol", 50, 800, 306.8, 27.9, Descriptors.MolWt),
        Property("logs", "log of mol/l that dissolve in water (ESOL, Delaney 2004)", -10, 2, -3.365, 0.696, solubility),
        Property("sa", "hardness of synthesis, 1 easy to 10 (Ertl 2009)", 1, 10, 2.456, 0.464, sascorer.calculateScore),
    )
}


def numbers(molecule: Chem.Mol) -> dict[str, float]:
    """Every property of a molecule by name."""
    return {name: float(one.compute(molecule)) for name, one in PROPERTIES.items()}
