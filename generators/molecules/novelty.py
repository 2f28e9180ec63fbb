"""Whether a molecule is one of the training set: its digest among 1.6 million.

    python -m generators.molecules.novelty

makes `training.npz` anew from the MOSES set: four bytes of each molecule's digest, sorted, as steps from one to the
next. One new molecule in 2,700 is taken for known by chance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from generators.molecules import moses

FILE = Path(__file__).parent / "training.npz"
Digests = npt.NDArray[np.uint32]


def was_learned(smiles: str) -> bool:
    """Whether canonical SMILES are in the training set."""
    digest, known = _digest(smiles), _known()
    place = int(np.searchsorted(known, digest))
    return place < len(known) and bool(known[place] == digest)


def _digest(smiles: str) -> np.uint32:
    return np.uint32(int.from_bytes(hashlib.blake2b(smiles.encode(), digest_size=4).digest()))


@cache
def _known() -> Digests:
    with np.load(FILE, allow_pickle=False) as kept:
        steps: npt.NDArray[np.uint16] = kept["steps"]
    return np.cumsum(steps, dtype=np.uint64).astype(np.uint32)


def write(molecules: Iterable[str]) -> None:
    """Keep the digests of canonical SMILES; a step that two bytes cannot hold is taken in several."""
    digests = np.unique(np.fromiter((_digest(smiles) for smiles in molecules), np.uint32))
    steps: list[int] = []
    for step in np.diff(digests, prepend=np.uint32(0)).tolist():
        while step > LARGEST:
            steps.append(LARGEST)
            step -= LARGEST
        steps.append(step)
    np.savez_compressed(FILE, steps=np.array(steps, np.uint16))


LARGEST = 2**16 - 1

if __name__ == "__main__":
    from rdkit import Chem

    write(str(Chem.MolToSmiles(Chem.MolFromSmiles(smiles))) for smiles in moses.molecules("train"))
