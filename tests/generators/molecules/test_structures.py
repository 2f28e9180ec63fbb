from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from generators.errors import StructureError
from generators.molecules.structures import canonical, parse, standardise


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("OC(=O)c1ccccc1.[Na]", "O=C(O)c1ccccc1"),
        ("[Na+].[O-]C(=O)c1ccccc1", "O=C(O)c1ccccc1"),
        ("Cl.CN(C)C(=N)NC(N)=N", "CN(C)C(=N)NC(=N)N"),
        ("C[N+](C)(C)CCO", "C[N+](C)(C)CCO"),  # a charge that cannot be taken off stays
        (" CCO ", "CCO"),
    ],
)
def test_salts_and_charges_go(written: str, meant: str) -> None:
    assert standardise(written) == meant == standardise(meant)


@pytest.mark.parametrize("text", ["", "   ", "not a molecule", "C1CC", "C" * 600, "C" * 101, "c1ccccc", "\n"])
def test_what_is_no_molecule_is_one_sentence(text: str) -> None:
    with pytest.raises(StructureError) as found:
        parse(text)
    assert str(found.value).count("\n") == 0 and len(str(found.value)) < 160


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    try:
        molecule = parse(text)
    except StructureError:
        return
    assert canonical(parse(canonical(molecule))) == canonical(molecule)


def test_all_ways_of_writing_a_molecule_are_one() -> None:
    ways = {canonical(Chem.MolFromSmiles(one)) for one in ("OCC", "CCO", "C(O)C", "[CH3][CH2][OH]")}
    assert ways == {"CCO"}
