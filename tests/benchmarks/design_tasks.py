"""Tasks of the public benchmark of molecular optimisation that need no download.

Definitions: GuacaMol (Brown et al. 2019, doi:10.1021/acs.jcim.8b00839, supplement), as the benchmark PMO uses them (Gao
et al. 2022, arXiv 2206.12411). Every score lies in 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from rdkit import Chem, DataStructs
from rdkit.Chem import QED, Crippen, rdMolDescriptors
from rdkit.Chem.rdFingerprintGenerator import (
    GetAtomPairGenerator,
    GetMorganFeatureAtomInvGen,
    GetMorganGenerator,
)

Score = Callable[[Any], float]
GENERATORS = {
    "ECFP4": GetMorganGenerator(radius=2),
    "ECFP6": GetMorganGenerator(radius=3),
    "FCFP4": GetMorganGenerator(radius=2, atomInvariantsGenerator=GetMorganFeatureAtomInvGen()),
    "AP": GetAtomPairGenerator(maxDistance=10),
}
CELECOXIB = "CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F"
ALBUTEROL = "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1"
CAMPHOR, MENTHOL = "CC1(C)C2CCC1(C)C(=O)C2", "CC(C)C1CCC(C)CC1O"
TADALAFIL = "O=C1N(CC(N2C1CC3=C(C2C4=CC5=C(OCO5)C=C4)NC6=C3C=CC=C6)=O)C"
SILDENAFIL = "CCCC1=NN(C2=C1N=C(NC2=O)C3=C(C=CC(=C3)S(=O)(=O)N4CCN(CC4)C)OCC)C"
PERINDOPRIL = "O=C(OCC)C(NC(C(=O)N1C(C(=O)O)CC2CCCCC12)C)CCC"
AMLODIPINE = "Clc1ccccc1C2C(=C(/N/C(=C2/C(=O)OCC)COCCN)C)\\C(=O)OC"
ZALEPLON = "O=C(C)N(CC)C1=CC=CC(C2=CC=NC3=C(C=NN23)C#N)=C1"
SITAGLIPTIN = "Fc1cc(c(F)cc1F)CC(N)CC(=O)N3Cc2nnc(n2CC3)C(F)(F)F"
TROGLITAZONE = "Cc1c(C)c2OC(C)(COc3ccc(CC4SC(=O)NC4=O)cc3)CCc2c(C)c1O"
FEXOFENADINE = "CC(C)(C(=O)O)c1ccc(cc1)C(O)CCCN2CCC(CC2)C(O)(c3ccccc3)c4ccccc4"
OSIMERTINIB = "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc2nccc(n2)c3cn(C)c4ccccc34"
RANOLAZINE = "COc1ccccc1OCC(O)CN2CCN(CC(=O)Nc3c(C)cccc3C)CC2"


def likeness(smiles: str, kind: str = "ECFP4") -> Score:
    """Tanimoto similarity of counted fingerprints to a molecule."""
    wanted = GENERATORS[kind].GetSparseCountFingerprint(Chem.MolFromSmiles(smiles))
    return lambda molecule: DataStructs.TanimotoSimilarity(GENERATORS[kind].GetSparseCountFingerprint(molecule), wanted)


def near(value: Score, mean: float, deviation: float) -> Score:
    """A bell around a value."""
    return lambda molecule: math.exp(-0.5 * ((value(molecule) - mean) / deviation) ** 2)


def at_most(value: Score, mean: float, deviation: float) -> Score:
    """1 up to a value, a bell above it."""
    return lambda molecule: 1.0 if value(molecule) < mean else near(value, mean, deviation)(molecule)


def at_least(value: Score, mean: float, deviation: float) -> Score:
    """1 from a value on, a bell below it."""
    return lambda molecule: 1.0 if value(molecule) > mean else near(value, mean, deviation)(molecule)


def up_to(value: Score, most: float) -> Score:
    """In proportion up to a value that is good enough."""
    return lambda molecule: min(1.0, value(molecule) / most)


def together(*scores: Score) -> Score:
    """Geometric mean."""
    return lambda molecule: math.prod(score(molecule) for score in scores) ** (1 / len(scores))


def isomer(formula: dict[str, int]) -> Score:
    """How near the numbers of atoms come to a formula: a bell for each element and for their sum, geometric mean."""

    def count(molecule: Any) -> dict[str, int]:
        found: dict[str, int] = {}
        for atom in Chem.AddHs(molecule).GetAtoms():
            found[atom.GetSymbol()] = found.get(atom.GetSymbol(), 0) + 1
        return found

    def score(molecule: Any) -> float:
        found = count(molecule)
        parts = [math.exp(-0.5 * (found.get(element, 0) - number) ** 2) for element, number in formula.items()]
        total = math.exp(-0.5 * ((sum(found.values()) - sum(formula.values())) / 2) ** 2)
        return math.prod([*parts, total]) ** (1 / (len(parts) + 1))

    return score


def logp(molecule: Any) -> float:
    """Crippen's."""
    return float(Crippen.MolLogP(molecule))


def tpsa(molecule: Any) -> float:
    """Ertl's."""
    return float(rdMolDescriptors.CalcTPSA(molecule))


def aromatic_rings(molecule: Any) -> float:
    """How many."""
    return float(rdMolDescriptors.CalcNumAromaticRings(molecule))


def rings(molecule: Any) -> float:
    """How many."""
    return float(rdMolDescriptors.CalcNumRings(molecule))


def fluorines(molecule: Any) -> float:
    """How many."""
    return float(sum(atom.GetSymbol() == "F" for atom in molecule.GetAtoms()))


@cache
def tasks() -> dict[str, Score]:
    """Every task by PMO's name."""
    sitagliptin = Chem.MolFromSmiles(SITAGLIPTIN)
    return {
        "qed": lambda molecule: float(QED.qed(molecule)),
        "celecoxib_rediscovery": likeness(CELECOXIB),
        "troglitazone_rediscovery": likeness(TROGLITAZONE),
        "albuterol_similarity": up_to(likeness(ALBUTEROL, "FCFP4"), 0.75),
        "median1": together(likeness(CAMPHOR), likeness(MENTHOL)),
        "median2": together(likeness(TADALAFIL, "ECFP6"), likeness(SILDENAFIL, "ECFP6")),
        "perindopril_mpo": together(likeness(PERINDOPRIL), near(aromatic_rings, 2, 0.5)),
        "amlodipine_mpo": together(likeness(AMLODIPINE), near(rings, 3, 0.5)),
        "zaleplon_mpo": together(likeness(ZALEPLON), isomer({"C": 19, "H": 17, "N": 3, "O": 2})),
        "sitagliptin_mpo": together(
            near(likeness(SITAGLIPTIN), 0, 0.1),
            near(logp, logp(sitagliptin), 0.2),
            near(tpsa, tpsa(sitagliptin), 5),
            isomer({"C": 16, "H": 15, "F": 6, "N": 5, "O": 1}),
        ),
        "fexofenadine_mpo": together(
            up_to(likeness(FEXOFENADINE, "AP"), 0.8), at_least(tpsa, 90, 10), at_most(logp, 4, 1)
        ),
        "osimertinib_mpo": together(
            up_to(likeness(OSIMERTINIB, "FCFP4"), 0.8),
            at_most(likeness(OSIMERTINIB, "ECFP6"), 0.85, 0.1),
            at_least(tpsa, 100, 10),
            at_most(logp, 1, 1),
        ),
        "ranolazine_mpo": together(
            up_to(likeness(RANOLAZINE, "AP"), 0.7),
            at_least(logp, 7, 1),
            at_least(tpsa, 95, 20),
            near(fluorines, 1, 1),
        ),
    }


def top_ten_area(scores: list[float], calls: int, every: int = 100) -> float:
    """PMO's measure: the area under the mean of the ten best so far against calls, 0 to 1.

    Scores are in the order of the calls; where a search ends early, its last value goes on.
    """
    best: list[float] = []
    area, before, last = 0.0, 0, 0.0
    for place in range(every, calls + 1, every):
        best = sorted([*best, *scores[before:place]], reverse=True)[:10]
        now = sum(best) / max(1, len(best))
        area += (now + last) / 2 * every
        before, last = place, now
    return area / calls
