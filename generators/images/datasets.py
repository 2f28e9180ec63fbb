"""The pictures that the models learn from: the three datasets of `datasets.yaml` and whatever a user brings.

A dataset is named by one string: a known name, an `.npz` file in MedMNIST's layout (`train_images`, `train_labels`,
`val_images`, `val_labels`), `medmnist:NAME`, or a folder with one sub-folder per label. `prepare` cleans any of them
and writes the `.npz`; `load` gives what a model trains on.
"""

from __future__ import annotations

import importlib
import os
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generators.errors import DatasetError
from generators.images.catalogue import Description, known
from generators.images.collection import SPLITS, Collection, Dropped, Sample, clean, read_folder
from generators.images.pictures import MIN_SIDE, SIDE, to_square

__all__ = ["Description", "ImageSet", "Images", "Prepared", "known", "load", "prepare"]

ARRAYS = tuple(f"{split}_{kind}" for split in SPLITS for kind in ("images", "labels"))
DEFAULT_FOLDER = Path(__file__).parents[3] / "shared" / "data" / "images"
MEDMNIST = "medmnist:"
BROKEN = (OSError, EOFError, ValueError, KeyError, TypeError, MemoryError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Images:
    """Pictures uint8 [N,S,S] with their labels int64 [N]."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def of(self, label: int) -> NDArray[np.uint8]:
        """The pictures of one label."""
        chosen: NDArray[np.uint8] = self.images[self.labels == label]
        return chosen


@dataclass(frozen=True)
class ImageSet:
    """A dataset as the models take it; the number of a label is its place in `labels`."""

    name: str
    title: str
    labels: tuple[str, ...]
    train: Images
    val: Images

    @property
    def splits(self) -> dict[str, Images]:
        """Train and val by name."""
        return dict(zip(SPLITS, (self.train, self.val), strict=True))


@dataclass(frozen=True)
class Prepared:
    """What preparing did.

    Attributes:
        file: The `.npz` that was written.
        read: Pictures that were read.
        unreadable: A sentence for each that could not be read, or was itself generated.
        counts: Split to label to pictures kept.
    """

    file: Path
    read: int
    unreadable: tuple[str, ...]
    dropped: Dropped
    counts: dict[str, dict[str, int]]


def load(source: str, folder: Path | None = None) -> ImageSet:
    """A dataset by name, file or folder; a folder is cleaned and split as `prepare` does it.

    Args:
        folder: Where the file of a known dataset lies; by default `shared/data/images` beside the repository.

    Raises:
        DatasetError: There is no such dataset, it has another form, or a label has under two training pictures.
    """
    if source in known():
        return _load_known(source, folder or DEFAULT_FOLDER)
    if source.startswith(MEDMNIST):
        return _load_medmnist(source.removeprefix(MEDMNIST).lower())
    place = os.path.expanduser(source)
    if os.path.isdir(place):
        return _gathered(clean(read_folder(Path(place)))[0])
    if place.endswith(".npz") and os.path.isfile(place):
        return _load_arrays(Path(place), Path(place).stem, Path(place).stem)
    names = ", ".join(known())
    raise DatasetError(
        f"{source} is not a dataset; give {names}, {MEDMNIST}NAME, an .npz file or a folder of pictures."
    )


def prepare(source: str, folder: Path | None, out: Path) -> Prepared:
    """Clean a dataset, bring its pictures to one size, and write it as a compressed `.npz` with `label_names`.

    A folder has a sub-folder for each label, with pictures or DICOM files at any depth, or has `train/` and `val/` with
    such sub-folders. Without these two about 15 % of the patients go to val. The patient is DICOM's Patient ID, else
    the part of the file's name before the first `_`.

    Raises:
        DatasetError: As for `load`, or `out` cannot be written.
    """
    place = os.path.expanduser(source)
    collected = os.path.isdir(place) and source not in known()
    collection = read_folder(Path(place)) if collected else _collection(load(source, folder))
    cleaned, dropped = clean(collection)
    images = _gathered(cleaned)
    _write(images, out)
    counts = {
        split: {name: len(part.of(number)) for number, name in enumerate(images.labels)}
        for split, part in images.splits.items()
    }
    return Prepared(out, len(collection.samples), collection.unreadable, dropped, counts)


def _load_known(name: str, folder: Path) -> ImageSet:
    description = known()[name]
    path = folder / description.file
    if not path.is_file():
        raise DatasetError(f"{name} needs {description.file}, which is not in {folder}; name the folder that has it.")
    return _load_arrays(path, name, description.title, description.labels)


def _load_medmnist(name: str) -> ImageSet:
    try:
        catalogue = importlib.import_module("medmnist").INFO
    except ImportError as error:
        raise DatasetError(f"{MEDMNIST}{name} needs the package medmnist; run `pip install medmnist`.") from error
    if name not in catalogue:
        raise DatasetError(f"MedMNIST has no {name}; give one of {', '.join(catalogue)}.")
    title, labels = catalogue[name]["python_class"], catalogue[name]["label"]
    root = Path.home() / ".medmnist"
    path = next((file for file in (root / f"{name}_128.npz", root / f"{name}.npz") if file.is_file()), None)
    if path is None:
        call = f"medmnist.{title}(split='train', download=True, size=128)"
        raise DatasetError(f"{MEDMNIST}{name} is not in {root}; download it in Python with {call}.")
    return _load_arrays(path, name, title, tuple(labels[number] for number in sorted(labels, key=int)))


def _load_arrays(path: Path, name: str, title: str, labels: tuple[str, ...] = ()) -> ImageSet:
    """A set out of its `.npz`, which names the labels where `labels` does not."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in (*ARRAYS, "label_names") if key in archive}
    except BROKEN as error:
        raise DatasetError(f"{path.name} cannot be read; write it anew with numpy.savez_compressed.") from error
    missing = [key for key in ARRAYS if key not in arrays]
    if missing:
        raise DatasetError(f"{path.name} has no {', '.join(missing)}; it needs {', '.join(ARRAYS)}.")
    train, val = (_images(arrays, split, path.name) for split in SPLITS)
    if not labels and "label_names" in arrays:
        labels = tuple(arrays["label_names"].astype(str).ravel().tolist())
    numbers = range(1 + max(train.labels.max(initial=0), val.labels.max(initial=0)))
    return _checked(ImageSet(name, title, labels or tuple(f"label_{number}" for number in numbers), train, val))


def _images(arrays: dict[str, NDArray[Any]], split: str, file: str) -> Images:
    """One split, its pictures grey and of one size."""
    images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
    flat = images.ndim == 3 or (images.ndim == 4 and images.shape[-1] in (1, 3))
    if images.dtype != np.uint8 or not flat or min(images.shape[1:3]) < MIN_SIDE:
        raise DatasetError(f"{file}: make {split}_images uint8 [N,H,W] or [N,H,W,3], {MIN_SIDE} pixels wide or more.")
    if labels.shape not in ((len(images),), (len(images), 1)) or labels.dtype.kind not in "iu":
        raise DatasetError(f"{file}: make {split}_labels one whole number for each of the {len(images)} pictures.")
    if labels.min(initial=0) < 0:
        raise DatasetError(f"{file}: make {split}_labels count from 0.")
    return Images(_resized(images), labels.reshape(-1).astype(np.int64))


def _resized(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if images.shape[1:] == (SIDE, SIDE):
        return images
    pictures = images[..., 0] if images.shape[3:] == (1,) else images
    return _stack(to_square(np.asarray(Image.fromarray(picture).convert("L"))) for picture in pictures)


def _stack(pictures: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    return np.array(list(pictures), np.uint8).reshape(-1, SIDE, SIDE)


def _checked(images: ImageSet) -> ImageSet:
    """The set itself, where a model can learn from it."""
    name, labels = images.name, images.labels
    if max(part.labels.max(initial=0) for part in images.splits.values()) >= len(labels):
        raise DatasetError(f"{name} has labels beyond the {len(labels)} that are named; name them all in label_names.")
    few = [label for number, label in enumerate(labels) if len(images.train.of(number)) < 2]
    if few:
        raise DatasetError(f"{name} has under two training pictures of {', '.join(few)}; add some or drop the label.")
    return images


def _collection(images: ImageSet) -> Collection:
    """A loaded set as samples, whose patients are not known."""
    samples = [
        Sample(pixels, int(label), split, "")
        for split, part in images.splits.items()
        for pixels, label in zip(part.images, part.labels, strict=True)
    ]
    return Collection(images.name, images.title, images.labels, tuple(samples))


def _gathered(cleaned: Collection) -> ImageSet:
    train, val = (_split([one for one in cleaned.samples if one.split == split]) for split in SPLITS)
    return _checked(ImageSet(cleaned.name, cleaned.title, cleaned.labels, train, val))


def _split(samples: list[Sample]) -> Images:
    labels = np.array([sample.label for sample in samples], np.int64)
    return Images(_stack(sample.pixels for sample in samples), labels)


def _write(images: ImageSet, out: Path) -> None:
    if out.suffix != ".npz":
        raise DatasetError(f"{out} does not end in .npz; give such a name for what is written.")
    arrays: dict[str, NDArray[Any]] = {"label_names": np.array(images.labels)}
    for split, part in images.splits.items():
        arrays |= {f"{split}_images": part.images, f"{split}_labels": part.labels}
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_arrays(out, arrays)
    except OSError as error:
        raise DatasetError(
            f"{out} cannot be written; see whether the folder is yours and the disk has room."
        ) from error


def write_arrays(out: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write an `.npz` under another name first, so that a process killed at any moment leaves no half file.

    Raises:
        OSError: It cannot be written.
    """
    partial = out.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy reads the names as its own options
    os.replace(partial, out)
