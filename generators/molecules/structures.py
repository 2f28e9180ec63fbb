"""Reading structures: SMILES to molecules of RDKit, and to the one form in which two of the same are equal."""

from __future__ import annotations

from rdkit import Chem, RDLogger
from rdkit.Chem.MolStandardize import rdMolStandardize

from generators.errors import StructureError

RDLogger.DisableLog("rdApp.*")  # what is wrong is said once, by us
LONGEST_TEXT = 500  # letters; a drug has fewer
MOST_ATOMS = 100
_UNCHARGER = rdMolStandardize.Uncharger()


def parse(smiles: str) -> Chem.Mol:
    """The molecule that a SMILES string means.

    Raises:
        StructureError: It means none, or one of more than 100 heavy atoms.
    """
    text = smiles.strip()
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    molecule = Chem.MolFromSmiles(text) if text and len(text) <= LONGEST_TEXT else None
    if molecule is None or not molecule.GetNumAtoms():
        raise StructureError(f"{shown!r} is no SMILES string of a molecule; check it, or paste one from PubChem.")
    if molecule.GetNumHeavyAtoms() > MOST_ATOMS:
        raise StructureError(f"{shown!r} has more than {MOST_ATOMS} heavy atoms; give a small molecule.")
    return molecule


def canonical(molecule: Chem.Mol) -> str:
    """The SMILES string that all ways of writing a molecule share."""
    return str(Chem.MolToSmiles(molecule))


def standardise(smiles: str) -> str:
    """The same molecule as the models learn it: without salts, solvents and what charges can be taken off, canonical.

    Raises:
        StructureError: It is none.
    """
    clean = rdMolStandardize.Cleanup(parse(smiles))
    parent = _UNCHARGER.uncharge(rdMolStandardize.FragmentParent(clean, skipStandardize=True))
    return canonical(parent)
