"""What is known about a molecule: numbers, warnings, known drugs, the training set."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdkit import Chem
from rdkit.Chem import QED

from generators.errors import StructureError
from generators.molecules import novelty
from generators.molecules.alerts import remarks
from generators.molecules.drugs import drugs, nearest, structure
from generators.molecules.properties import PROPERTIES, numbers


def test_numbers_are_those_that_are_published() -> None:
    """Aspirin: QED .55 (Bickerton 2012, supplement), TPSA 63.6, mass 180.16 (PubChem 2244), SA 1.58 (Ertl's code)."""
    found = numbers(structure("aspirin"))
    assert found["qed"] == pytest.approx(0.55, abs=0.01) and found["tpsa"] == pytest.approx(63.6, abs=0.1)
    assert found["weight"] == pytest.approx(180.16, abs=0.01) and found["sa"] == pytest.approx(1.58, abs=0.05)
    assert found["logp"] == pytest.approx(1.31, abs=0.05) and found.keys() == PROPERTIES.keys()


def test_drug_likeness_is_that_of_rdkit() -> None:
    for one in list(drugs().values())[::8]:
        molecule = Chem.MolFromSmiles(one.smiles)
        assert PROPERTIES["qed"].compute(molecule) == pytest.approx(QED.qed(molecule), abs=1e-9)


def test_drugs_are_found_by_their_names() -> None:
    assert structure("Paracetamol ").GetNumAtoms() == structure("acetaminophen").GetNumAtoms() == 11
    assert structure("CCO").GetNumAtoms() == 3
    with pytest.raises(StructureError, match="did you mean ibuprofen"):
        structure("ibuprofin")
    with pytest.raises(StructureError, match="no SMILES"):
        structure("qwertzuiop")


def test_every_drug_can_be_read_and_is_nearest_to_itself() -> None:
    assert len({one.smiles for one in drugs().values()}) > 1500
    for one in list(drugs().values())[::60]:
        assert nearest(Chem.MolFromSmiles(one.smiles))[1] == 1


@pytest.mark.parametrize(
    ("smiles", "rule"),
    [
        ("O=C1C=CC(=O)C=C1", "PAINS"),  # a quinone
        ("CC(=O)Cl", "BRENK"),
        ("CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", "Lipinski"),
        ("OCC(O)C(O)C(O)C(O)C(O)C(O)C(O)C(O)C(O)CO", "Veber"),
        ("CCCCCCCCCCCCCCCCCCCCCC", "solubility"),
        ("CN(C)CCCN1c2ccccc2CCc2ccccc21", "hERG"),  # imipramine
    ],
)
def test_warnings(smiles: str, rule: str) -> None:
    found = remarks(Chem.MolFromSmiles(smiles))
    assert rule in {one.rule for one in found if one.is_warning}
    assert [one.is_warning for one in found] == sorted((one.is_warning for one in found), reverse=True)


def test_a_good_drug_has_no_warning() -> None:
    assert not any(one.is_warning for one in remarks(structure("ibuprofen")))


def test_the_training_set_is_known_by_its_digests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty, "FILE", tmp_path / "training.npz")
    novelty._known.cache_clear()
    learned = [f"C{'C' * number}O" for number in range(300)]
    novelty.write(learned)
    assert all(map(novelty.was_learned, learned)) and not novelty.was_learned("CCN")
    novelty._known.cache_clear()
