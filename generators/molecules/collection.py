"""Molecules to learn from: any CSV of SMILES made clean, or the MOSES set.

Cleaning brings every molecule to the form of `structures.standardise`, leaves out what is none, what is a hazard and
what comes twice, and says why of each line that it left out.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from generators.errors import DatasetError, StructureError
from generators.molecules import moses
from generators.molecules.hazards import hazard_of
from generators.molecules.structures import parse, standardise

COLUMN = "smiles"
FEWEST = 1000  # molecules to learn from
OWN = "moses"


@dataclass(frozen=True)
class Rejected:
    """A line that was left out, and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Prepared:
    """What cleaning found.

    Attributes:
        file: What was written: one column, `smiles`.
        kept: Molecules in it.
        rejected: Lines that were left out.
    """

    file: Path
    kept: int
    rejected: tuple[Rejected, ...]


def prepare(source: Path, out: Path, column: str = COLUMN) -> Prepared:
    """Clean a CSV file and write what the models learn from.

    Raises:
        DatasetError: The file cannot be read, lacks the column or holds no molecule.
    """
    kept: dict[str, None] = {}
    rejected: list[Rejected] = []
    for line, text in enumerate(tqdm(read_column(source, column), desc="cleaning", leave=False), 2):
        try:
            kept[_clean(text, kept)] = None
        except StructureError as error:
            rejected.append(Rejected(line, text[:80], str(error)))
    if not kept:
        raise DatasetError(f"{source} holds no molecule in its column {column!r}; give a CSV file of SMILES.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with _opened(out, "wt") as file:
        csv.writer(file).writerows([[COLUMN], *([smiles] for smiles in kept)])
    return Prepared(out, len(kept), tuple(rejected))


def _clean(text: str, seen: dict[str, None]) -> str:
    smiles = standardise(text)
    hazard = hazard_of(parse(smiles))
    if hazard:
        raise StructureError(f"It is one of the {hazard.name}, which Airmed does not learn.")
    if smiles in seen:
        raise StructureError("It is there already.")
    return smiles


def molecules(source: str) -> list[str]:
    """SMILES to learn from: `moses`, or a file that `prepare` wrote.

    Raises:
        DatasetError: The file cannot be read, or holds too few.
        WeightsError: The wheel with the MOSES molecules is missing or altered.
    """
    if source == OWN:
        return moses.molecules("train")
    found = list(read_column(Path(source), COLUMN))
    if len(found) < FEWEST:
        raise DatasetError(f"{source} holds {len(found)} molecules; a model needs {FEWEST} and more to learn from.")
    return found


def read_column(path: Path, column: str) -> Iterator[str]:
    """A column of a CSV file, gzipped or not, whatever the case of its name.

    Raises:
        DatasetError: The file cannot be read or lacks the column.
    """
    try:
        with _opened(path, "rt") as file:
            reader = csv.DictReader(file)
            names = {name.strip().lower(): name for name in reader.fieldnames or [] if name}
            if column.lower() not in names:
                raise DatasetError(f"{path} has no column {column!r}; it has {', '.join(names) or 'none'}.")
            for row in reader:
                yield (row[names[column.lower()]] or "").strip()
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read: {error}; give a CSV file of SMILES.") from error


def _opened(path: Path, mode: str) -> Any:
    opened: Any = gzip.open if path.suffix == ".gz" else open
    return opened(path, mode, encoding="utf-8", newline="")
