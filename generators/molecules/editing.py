"""Editing molecules as graphs: crossing two, and small changes of one, the moves of a genetic search.

After Jensen 2019, doi:10.1039/c8sc05372c. A child takes a part of each parent, cut at bonds outside rings; a mutation
adds, takes, puts between or exchanges an atom, changes a bond, or closes or opens a ring. A move that gives no sane
molecule gives None.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from rdkit import Chem
from rdkit.Chem import AllChem, rdqueries

TRIES, PLACES = 8, 4
MOST_ATOMS = 50
LONGEST_RING = 7
PROTECTED = "_protected"  # an atom of which RDKit's reactions take no hold
CUT = "[*]-;!@[*]"
JOIN = "[*:1]-[1*].[1*]-[*:2]>>[*:1]-[*:2]"
ELEMENTS = ("C", "C", "C", "N", "N", "O", "O", "F", "S", "Cl")
EXCHANGES = (("C", "N"), ("C", "O"), ("N", "C"), ("N", "O"), ("O", "N"), ("O", "C"), ("O", "S"), ("S", "O"))
MUTATIONS = (
    *(f"[*;!H0:1]>>[*:1]{one}" for one in ELEMENTS),
    *(f"[*;!H0;!H1:1]>>[*:1]={one}" for one in ("C", "N", "O")),
    *(f"[*:1]-[*:2]>>[*:1]{one}[*:2]" for one in ("C", "N", "O")),
    "[*:1]~[D1]>>[*:1]",
    "[*:1]~[D2]~[*:2]>>[*:1]-[*:2]",
    *(f"[{before}:1]>>[{after}:1]" for before, after in EXCHANGES),
    "[F:1]>>[Cl:1]",
    "[Cl:1]>>[F:1]",
    "[*;!H0:1]-[*;!H0:2]>>[*:1]=[*:2]",
    "[*:1]=[*:2]>>[*:1]-[*:2]",
    "[*;!R;!H0:1]~[*:2]~[*:3]~[*:4]~[*;!R;!H0:5]>>[*:1]1~[*:2]~[*:3]~[*:4]~[*:5]1",
    "[*;!R;!H0:1]~[*:2]~[*:3]~[*:4]~[*:5]~[*;!R;!H0:6]>>[*:1]1~[*:2]~[*:3]~[*:4]~[*:5]~[*:6]1",
    "[*;R:1]-;@[*;R:2]>>([*:1].[*:2])",
)


def cross(one: Chem.Mol, other: Chem.Mol, chance: random.Random) -> Chem.Mol | None:
    """A child with a part of each."""
    for _ in range(TRIES):
        parts = [_part(parent, chance) for parent in (one, other)]
        if all(parts) and (child := _sane(_reaction(JOIN).RunReactants(parts))):
            return child
    return None


def _part(molecule: Chem.Mol, chance: random.Random) -> Chem.Mol | None:
    """One side of a bond outside rings, with a place to join."""
    bonds = molecule.GetSubstructMatches(_pattern(CUT))
    if not bonds:
        return None
    bond = molecule.GetBondBetweenAtoms(*chance.choice(bonds)).GetIdx()
    cut = Chem.FragmentOnBonds(molecule, [bond], dummyLabels=[(1, 1)])
    return chance.choice(Chem.GetMolFrags(cut, asMols=True, sanitizeFrags=False))


def mutate(molecule: Chem.Mol, chance: random.Random) -> Chem.Mol | None:
    """The same with one small change."""
    drawn = Chem.Mol(molecule)
    Chem.Kekulize(drawn, clearAromaticFlags=True)
    for atom in map(drawn.GetAtomWithIdx, range(drawn.GetNumAtoms())):  # much faster than over `GetAtoms`
        atom.SetBoolProp(PROTECTED, True)
    for _ in range(TRIES):
        if child := _changed(drawn, _reaction(chance.choice(MUTATIONS)), chance):
            return child
    return None


def _changed(molecule: Chem.Mol, reaction: Any, chance: random.Random) -> Chem.Mol | None:
    """The first sane product at one of a few places, each drawn before its products are made."""
    places = molecule.GetSubstructMatches(reaction.GetReactantTemplate(0), maxMatches=100)
    for place in chance.sample(places, min(len(places), PLACES)):
        atoms = [molecule.GetAtomWithIdx(one) for one in place]
        for atom in atoms:
            atom.ClearProp(PROTECTED)
        products = reaction.RunReactants([molecule])
        for atom in atoms:
            atom.SetBoolProp(PROTECTED, True)
        if child := _sane(products):
            return child
    return None


@cache
def _reaction(smarts: str) -> Any:
    return AllChem.ReactionFromSmarts(smarts)


@cache
def _pattern(smarts: str) -> Any:
    return Chem.MolFromSmarts(smarts)


def _sane(products: Iterable[Sequence[Chem.Mol]]) -> Chem.Mol | None:
    """The first product that is a sane molecule of one piece."""
    for (product,) in products:
        if Chem.SanitizeMol(product, catchErrors=True) == Chem.SANITIZE_NONE and _is_sane(product):
            child = Chem.MolFromSmiles(Chem.MolToSmiles(product))
            if child is not None:
                return child
    return None


def _is_sane(molecule: Chem.Mol) -> bool:
    rings = molecule.GetRingInfo().AtomRings()
    return (
        1 < molecule.GetNumAtoms() <= MOST_ATOMS
        and len(Chem.GetMolFrags(molecule)) == 1
        and all(len(ring) <= LONGEST_RING for ring in rings)
        and not len(molecule.GetAtomsMatchingQuery(_odd()))
    )


@cache
def _odd() -> Any:
    """An atom with a lone electron, or left over from a cut."""
    query = rdqueries.NumRadicalElectronsGreaterQueryAtom(0)
    query.ExpandQuery(rdqueries.IsotopeGreaterQueryAtom(0), Chem.CompositeQueryType.COMPOSITE_OR)
    return query
