from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from generators.errors import ModelFilesError, StructureError
from generators.molecules.notation import END, FILE, LONGEST, Notation
from tests.generators.molecules.small import SMILES


def test_a_molecule_comes_back(notation: Notation) -> None:
    rows = notation.encode(SMILES)
    assert rows.dtype == np.int16 and (rows[:, -1] == END).all()
    assert [Chem.CanonSmiles(one) for one in notation.decode(rows)] == [Chem.CanonSmiles(one) for one in SMILES]


def test_frequent_fragments_are_one_token(notation: Notation) -> None:
    letters = Notation.learn(SMILES, size=1)
    assert notation.encode(SMILES).shape[1] < letters.encode(SMILES).shape[1] / 2


@given(data=st.data())
def test_what_is_encoded_comes_back_letter_by_letter(notation: Notation, data: st.DataObject) -> None:
    text = "".join(data.draw(st.lists(st.sampled_from(notation.symbols), max_size=30)))
    assert notation.decode(notation.encode([text])) == [text]


@pytest.mark.parametrize("smiles", ["[Au]", "C[Si](C)(C)C", "CC.C" * 3])
def test_what_it_never_saw_is_one_sentence(notation: Notation, smiles: str) -> None:
    with pytest.raises(StructureError, match="never saw"):
        notation.encode([smiles])


def test_what_is_too_long_is_one_sentence(notation: Notation) -> None:
    with pytest.raises(StructureError, match=f"longest that the model can read takes {LONGEST - 1}"):
        notation.encode(["CN" * 60 + "C"])


def test_it_is_kept_in_a_file(notation: Notation, tmp_path: Path) -> None:
    notation.save(tmp_path)
    assert np.array_equal(Notation.load(tmp_path).encode(SMILES), notation.encode(SMILES))
    (tmp_path / FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(ModelFilesError, match=r"notation\.json cannot be read"):
        Notation.load(tmp_path)
