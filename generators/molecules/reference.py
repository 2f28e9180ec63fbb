"""The test sets of MOSES as the measures need them: computed once from the published molecules, and kept.

    python -m generators.molecules.reference

makes the shipped files anew, in half an hour on two cores; fingerprints are not shipped, and take half a minute.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import torch
from rdkit import Chem
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from generators.errors import ModelFilesError
from generators.molecules import moses
from generators.molecules.metrics import Activations, Reference, fingerprints, fragments, scaffolds

FOLDER = Path(__file__).parent / "reference"
SETS = ("test", "test_scaffolds")


@cache
def references() -> dict[str, Reference]:
    """Both test sets by name.

    Raises:
        ModelFilesError: A shipped file cannot be read.
        WeightsError: The wheel with the molecules is missing or altered.
    """
    return {name: _read(name) for name in SETS}


def _read(name: str) -> Reference:
    try:
        numbers = load_file(FOLDER / f"{name}.safetensors")
        with gzip.open(FOLDER / f"{name}.json.gz", "rt", encoding="utf-8") as file:
            counts = json.load(file)
    except Exception as error:  # safetensors raises a type of its own
        raise ModelFilesError(
            f"{FOLDER / name} cannot be read; get it back with: git checkout -- generators/molecules/reference"
        ) from error
    activations = Activations(numbers["mean"].double().numpy(), numbers["covariance"].double().numpy())
    return Reference(activations, counts["fragments"], counts["scaffolds"], fingerprints(_parsed(name)))


def write(name: str) -> None:
    """Compute what is shipped of one test set."""
    molecules: list[Any] = _parsed(name)
    seen = Activations.of([Chem.MolToSmiles(molecule) for molecule in molecules])
    numbers = {"mean": torch.from_numpy(seen.mean).float(), "covariance": torch.from_numpy(seen.covariance).float()}
    FOLDER.mkdir(exist_ok=True)
    save_file(numbers, FOLDER / f"{name}.safetensors")
    counts = {"fragments": fragments(molecules), "scaffolds": scaffolds(molecules)}
    with (FOLDER / f"{name}.json.gz").open("wb") as file:
        file.write(gzip.compress(json.dumps(counts, sort_keys=True).encode(), mtime=0))


def _parsed(name: str) -> list[Any]:
    return [Chem.MolFromSmiles(smiles) for smiles in tqdm(moses.molecules(name), desc=name, leave=False)]


if __name__ == "__main__":
    for one in SETS:
        write(one)
