"""Evaluate: what a model generates by the measures of MOSES, beside the published models and the floor.

`published.csv` holds the rows of the benchmark's own table (github.com/molecularsets/moses, means of three seeds of
30,000 molecules). The floor is what as many real training molecules have.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path

from rdkit import Chem

from generators.errors import RequestError
from generators.molecules import moses
from generators.molecules.collection import COLUMN, read_column
from generators.molecules.metrics import measure
from generators.molecules.reference import references
from generators.molecules.synthesis import Request, unscreened

NUMBER = 30_000
FEWEST = 500  # the covariance of 512 activations needs about as many
PUBLISHED = Path(__file__).parent / "published.csv"
FLOOR = "real training molecules"
Row = dict[str, str | float]


def evaluated(
    models: Sequence[str], files: Sequence[str], number: int = NUMBER, seed: int = 0, folder: Path | None = None
) -> list[Row]:
    """A row for the floor, for each model and for each NAME=FILE.csv of SMILES.

    Raises:
        RequestError: Too few molecules, or a file is not named.
        GeneratorError: A model, a file or the MOSES set cannot be used.
    """
    sources = {name: _generated(name, number, seed, folder) for name in models}
    sources |= dict(_read(one, number) for one in files)
    if number < FEWEST or any(len(made) < FEWEST for made in sources.values()):
        raise RequestError(f"The measures need {FEWEST} molecules and more; MOSES takes {NUMBER:,}.")
    train = moses.molecules("train")
    learned = frozenset(str(Chem.MolToSmiles(Chem.MolFromSmiles(smiles))) for smiles in train)
    floor = random.Random(seed).sample(train, number)
    rows = {FLOOR: floor} | sources
    return [{"model": name, **measure(made, references(), learned)} for name, made in rows.items()]


def published() -> list[Row]:
    """The rows of the benchmark's authors."""
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return [
            {name: value if name == "model" else float(value) for name, value in row.items()}
            for row in csv.DictReader(file)
        ]


def _generated(name: str, number: int, seed: int, folder: Path | None) -> list[str]:
    return unscreened(Request(name, number, seed, models=folder))


def _read(source: str, number: int) -> tuple[str, list[str]]:
    name, sign, path = source.partition("=")
    if not sign:
        raise RequestError(f"{source!r} has no name; give NAME=FILE.csv with a column {COLUMN!r}.")
    return name, list(read_column(Path(path), COLUMN))[:number]
