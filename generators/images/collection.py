"""Pictures on their way into a dataset: collected from folders, cleaned, and parted by patient.

Cleaning drops what would teach a model wrongly or flatter its measures: blank pictures, repetitions, pictures under two
labels, and in val the patients that train has too.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from generators.errors import DatasetError, PictureError
from generators.images.pictures import read_picture, to_square

SPLITS = ("train", "val")
VAL_SHARE = 0.15
BLANK_BELOW = 2.0  # grey levels of standard deviation: what JPEG leaves of an empty picture


@dataclass(frozen=True)
class Sample:
    """One picture [S,S] with the number of its label; split and patient are empty where they are not known."""

    pixels: NDArray[np.uint8]
    label: int
    split: str
    patient: str


@dataclass(frozen=True)
class Collection:
    """A dataset in the making.

    Attributes:
        unreadable: A sentence for each file that is not among the samples.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    samples: tuple[Sample, ...]
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dropped:
    """How many pictures were dropped, and why.

    Attributes:
        blank: Nothing is on them.
        conflicts: The same picture has another label too.
        duplicates: The same picture is there already.
        shared: They are in val, and their patient is in train.
    """

    blank: int
    conflicts: int
    duplicates: int
    shared: int


def read_folder(folder: Path) -> Collection:
    """Every picture of a folder that has a sub-folder per label, or `train/` and `val/` with such, in a stable order.

    The patient of a picture is DICOM's Patient ID, else the part of the file's name before the first `_`.

    Raises:
        DatasetError: The folder cannot be listed, has no sub-folder, or one of `train/` and `val/` only.
    """
    try:
        labels, files = _listed(folder)
    except OSError as error:
        raise DatasetError(f"{folder} cannot be listed; see whether you may read all of it.") from error
    samples, unreadable = [], []
    for split, label, file in tqdm(files, desc="Reading pictures", unit="file", disable=None):
        try:
            samples.append(_sample(file, labels.index(label), split))
        except PictureError as error:
            unreadable.append(f"{file.relative_to(folder)}: {error}")
    name = folder.resolve().name
    return Collection(name, name, tuple(labels), tuple(samples), tuple(unreadable))


def clean(collection: Collection) -> tuple[Collection, Dropped]:
    """The samples that a model can learn from, each in train or in val, and what was dropped.

    Where the split is not given, about 15 % of the patients, chosen by a hash of their names, go to val.

    Raises:
        DatasetError: The split is not given, and there is one patient only.
    """
    shown = [sample for sample in collection.samples if sample.pixels.std() >= BLANK_BELOW]
    alike: defaultdict[bytes, list[Sample]] = defaultdict(list)
    for sample in shown:
        alike[hashlib.sha256(sample.pixels.tobytes()).digest()].append(sample)
    agreed = [group for group in alike.values() if len({sample.label for sample in group}) == 1]
    single = _parted([group[0] for group in agreed], collection.name)
    trained = {sample.patient for sample in single if sample.split == "train" and sample.patient}
    kept = tuple(sample for sample in single if sample.split == "train" or sample.patient not in trained)
    agreeing = sum(map(len, agreed))
    dropped = Dropped(
        blank=len(collection.samples) - len(shown),
        conflicts=len(shown) - agreeing,
        duplicates=agreeing - len(single),
        shared=len(single) - len(kept),
    )
    return replace(collection, samples=kept), dropped


def _listed(folder: Path) -> tuple[list[str], list[tuple[str, str, Path]]]:
    """Labels in alphabetical order, and each file with its split and its label."""
    given = [split for split in SPLITS if (folder / split).is_dir()]
    if len(given) == 1:
        raise DatasetError(f"{folder} has {given[0]}/ alone; give both train/ and val/, or the labels' folders only.")
    roots = {split: folder / split for split in given} or {"": folder}
    children = [child for root in roots.values() for child in root.iterdir()]
    labels = sorted({child.name for child in children if child.is_dir() and not child.name.startswith(".")})
    if not labels:
        raise DatasetError(f"{folder} has no sub-folders; put the pictures of each label into a folder of its name.")
    return labels, [
        (split, label, file) for split in roots for label in labels for file in _files(roots[split] / label)
    ]


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.startswith("."))


def _sample(file: Path, label: int, split: str) -> Sample:
    picture = read_picture(file)
    if picture.synthetic:
        raise PictureError(f"{file.name} is a generated picture; learn from pictures of patients only.")
    return Sample(to_square(picture.pixels), label, split, picture.patient or file.stem.partition("_")[0])


def _parted(samples: list[Sample], name: str) -> list[Sample]:
    """Samples that all have a split: as given, else by the patient."""
    if all(sample.split for sample in samples):
        return samples
    patients = sorted({sample.patient for sample in samples}, key=_digest)
    if len(patients) == 1:
        raise DatasetError(f"{name} has one patient only; call files PATIENT_anything, or make train/ and val/.")
    held = set(patients[: max(1, round(VAL_SHARE * len(patients)))])
    return [replace(sample, split="val" if sample.patient in held else "train") for sample in samples]


def _digest(patient: str) -> bytes:
    return hashlib.sha256(patient.encode("utf-8", "backslashreplace")).digest()
