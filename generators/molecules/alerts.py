"""Warnings about a molecule: reactive or promiscuous parts, rules of thumb for swallowed drugs, and where it would go.

The patterns are RDKit's own catalogues: PAINS (Baell and Holloway 2010, doi:10.1021/jm901137j) and Brenk (Brenk et al.
2008, doi:10.1002/cmdc.200700139). The rules are Lipinski 2001 (doi:10.1016/S0169-409X(00)00129-0), Veber 2002
(doi:10.1021/jm020017n), and for the brain and the gut the BOILED-Egg's axes (Daina and Zoete 2016,
doi:10.1002/cmdc.201600182). They are rules of thumb: drugs break them, and keeping them makes no drug.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors, Lipinski, rdMolDescriptors
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from generators.molecules.properties import solubility

CATALOGUES = {"PAINS": "seems active in many assays", "BRENK": "reactive, unstable or toxic in many drugs"}


@dataclass(frozen=True)
class Remark:
    """One thing to know.

    Attributes:
        rule: Its short name.
        reason: What it says, in a sentence's worth of words.
        is_warning: Whether it speaks against the molecule.
    """

    rule: str
    reason: str
    is_warning: bool


def remarks(molecule: Chem.Mol) -> list[Remark]:
    """Everything to know about a molecule, warnings first."""
    found = [*_patterns(molecule), *_oral(molecule), *_distribution(molecule)]
    return sorted(found, key=lambda one: not one.is_warning)


def _patterns(molecule: Chem.Mol) -> list[Remark]:
    return [
        Remark(name, f"{match.GetDescription().replace('_', ' ')}: {meaning}", True)
        for name, meaning in CATALOGUES.items()
        for match in _catalogue(name).GetMatches(molecule)
    ]


@cache
def _catalogue(name: str) -> Any:
    parameters = FilterCatalogParams()
    parameters.AddCatalog(getattr(FilterCatalogParams.FilterCatalogs, name))
    return FilterCatalog(parameters)


def _oral(molecule: Chem.Mol) -> list[Remark]:
    weight, logp = Descriptors.MolWt(molecule), Crippen.MolLogP(molecule)
    donors, acceptors = Lipinski.NumHDonors(molecule), Lipinski.NumHAcceptors(molecule)
    broken = [
        words
        for words, is_broken in (
            (f"mass {weight:.0f} over 500", weight > 500),
            (f"logP {logp:.1f} over 5", logp > 5),
            (f"{donors} donors over 5", donors > 5),
            (f"{acceptors} acceptors over 10", acceptors > 10),
        )
        if is_broken
    ]
    turning, polar = rdMolDescriptors.CalcNumRotatableBonds(molecule), rdMolDescriptors.CalcTPSA(molecule)
    stiff = turning <= 10 and polar <= 140
    return [
        Remark("Lipinski", ", ".join(broken) or "keeps all four rules of absorption", len(broken) > 1),
        Remark("Veber", f"{turning} turning bonds, polar surface {polar:.0f}", not stiff),
    ]


def _distribution(molecule: Chem.Mol) -> list[Remark]:
    logp, polar = Crippen.MolLogP(molecule), rdMolDescriptors.CalcTPSA(molecule)
    brain = "may" if polar < 90 and 0 < logp < 6 else "is unlikely to"
    soluble = solubility(molecule)
    words = "poorly" if soluble < -6 else "moderately" if soluble < -4 else "well"
    found = [
        Remark("brain", f"{brain} reach the brain (polar surface {polar:.0f}, logP {logp:.1f})", False),
        Remark("solubility", f"{words} soluble (log S {soluble:.1f}, ESOL)", soluble < -6),
    ]
    if logp > 3 and molecule.HasSubstructMatch(_amine()):
        found.append(Remark("hERG", "a basic amine with logP over 3 often blocks this channel of the heart", True))
    return found


@cache
def _amine() -> Any:
    return Chem.MolFromSmarts("[NX3;H2,H1,H0;!$(N-[C,S,P]=[O,S,N]);!$(N-c);!$(N-C#N);!$(N-[!#6])][CX4]")
