from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from generators.molecules.editing import LONGEST_RING, MOST_ATOMS, cross, mutate
from tests.generators.molecules.small import SMILES

MOLECULES = [Chem.MolFromSmiles(one) for one in SMILES]


def is_sane(molecule: Chem.Mol) -> bool:
    again = Chem.MolFromSmiles(Chem.MolToSmiles(molecule))
    rings = molecule.GetRingInfo().AtomRings()
    small = molecule.GetNumAtoms() <= MOST_ATOMS and all(len(ring) <= LONGEST_RING for ring in rings)
    return again is not None and small and "." not in Chem.MolToSmiles(molecule)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), one=st.sampled_from(MOLECULES), other=st.sampled_from(MOLECULES))
def test_children_and_mutants_are_sane_molecules(seed: int, one: Chem.Mol, other: Chem.Mol) -> None:
    chance = random.Random(seed)
    made = [cross(one, other, chance), mutate(one, chance)]
    assert all(is_sane(molecule) for molecule in made if molecule is not None)


def test_a_mutation_is_small_and_a_child_has_parts_of_both() -> None:
    chance = random.Random(0)
    mutants = [mutate(MOLECULES[0], chance) for _ in range(40)]
    sizes = [mutant.GetNumHeavyAtoms() - MOLECULES[0].GetNumHeavyAtoms() for mutant in mutants if mutant]
    assert len(sizes) > 30 and set(sizes) <= {-1, 0, 1}
    sulfonamide = Chem.MolFromSmarts("S(=O)(=O)N")
    children = [cross(MOLECULES[0], MOLECULES[3], chance) for _ in range(40)]
    assert any(child and child.HasSubstructMatch(sulfonamide) for child in children)


def test_a_mutation_can_take_place_anywhere() -> None:
    hexanol = Chem.MolFromSmiles("CCCCCCO")
    chance = random.Random(0)
    made = {Chem.MolToSmiles(one) for _ in range(600) if (one := mutate(hexanol, chance))}
    for place in range(6):
        atoms = ["C"] * 6
        atoms[place] = "C(Cl)"
        assert Chem.CanonSmiles(f"{''.join(atoms)}O") in made


def test_the_parents_stay_as_they_were() -> None:
    before = [Chem.MolToSmiles(one) for one in MOLECULES]
    for seed in range(20):
        cross(MOLECULES[0], MOLECULES[1], random.Random(seed))
        mutate(MOLECULES[2], random.Random(seed))
    assert [Chem.MolToSmiles(one) for one in MOLECULES] == before


def test_a_molecule_without_a_bond_to_cut_has_no_children() -> None:
    benzene = Chem.MolFromSmiles("c1ccccc1")
    assert cross(benzene, benzene, random.Random(0)) is None
