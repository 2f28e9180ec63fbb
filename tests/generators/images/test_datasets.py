"""Datasets by name, file, folder and MedMNIST, and what preparing drops from them."""

from __future__ import annotations

import hashlib
import json
import sys
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image

from generators.errors import DatasetError
from generators.images.collection import Dropped
from generators.images.datasets import DEFAULT_FOLDER, known, load, prepare
from generators.images.synthetic import Provenance, to_dicom, to_png

RANDOM = np.random.default_rng(0)
PROVENANCE = Provenance("chest_ct", "benign", "gan", 1, 2, "ff")


def noise(*shape: int) -> np.ndarray:
    return RANDOM.integers(0, 256, shape, dtype=np.uint8)


def arrays(**other: Any) -> dict[str, Any]:
    return {
        "train_images": noise(6, 128, 128),
        "train_labels": np.array([0, 1] * 3),
        "val_images": noise(2, 128, 128),
        "val_labels": np.array([0, 1]),
        **other,
    }


def npz(path: Path, **other: Any) -> str:
    given = {key: value for key, value in arrays(**other).items() if value is not None}
    np.savez(path, **given)
    return str(path)


def put(path: Path, pixels: np.ndarray | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise(40, 40) if pixels is None else pixels).save(path)
    return path


def folder_of_patients(root: Path, patients: int = 20) -> Path:
    """Two labels, two pictures of every patient."""
    for patient in range(patients):
        for number in range(2):
            put(root / ("well" if patient % 2 else "ill") / "deeper" / f"p{patient}_{number}.png")
    return root


def real_dicom(patient: str) -> bytes:
    """One of ours without the marks that say so."""
    dataset = pydicom.dcmread(BytesIO(to_dicom(noise(64, 64), PROVENANCE)))
    dataset.PatientID, dataset.SyntheticData, dataset.Manufacturer = patient, "NO", "Scanner"
    stream = BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


def refusal(source: str, folder: Path | None = None) -> str:
    with pytest.raises(DatasetError) as caught:
        load(source, folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["chest_xray", "chest_ct", "brain_mri"])
def test_the_catalogue_and_the_files_agree(name: str, shared_data: Path) -> None:
    description, images = known()[name], load(name)
    published = json.loads((DEFAULT_FOLDER / description.file).with_suffix(".json").read_text())
    assert list(description.labels) == published["classes"] and images.labels == description.labels
    for split, part in images.splits.items():
        counts = {label: len(part.of(number)) for number, label in enumerate(images.labels)}
        assert {**counts, "total": len(part.images)} == published["counts"][split]
        assert part.images.dtype == np.uint8 and part.images.shape[1:] == (128, 128) and part.labels.dtype == np.int64


def test_a_known_name_in_another_folder(tmp_path: Path) -> None:
    npz(tmp_path / "ct_iqoth_128.npz", train_labels=np.array([0, 1, 2] * 2))
    assert load("chest_ct", tmp_path).labels == ("normal", "benign", "malignant")
    assert "needs xray_kermany_128.npz" in refusal("chest_xray", tmp_path)


def test_files_of_any_size_and_colour(tmp_path: Path) -> None:
    grey = load(npz(tmp_path / "a.npz", train_labels=np.array([[0], [1]] * 3, np.uint8)))
    assert (grey.name, grey.labels) == ("a", ("label_0", "label_1"))
    names = np.array(["well", "ill"])
    colour = load(
        npz(tmp_path / "b.npz", train_images=noise(6, 28, 28, 3), val_images=noise(2, 28, 28, 1), label_names=names)
    )
    assert colour.labels == ("well", "ill") and colour.train.images.shape == (6, 128, 128)
    assert colour.val.images.shape == (2, 128, 128) and colour.train.labels.tolist() == [0, 1] * 3
    empty = load(npz(tmp_path / "c.npz", val_images=noise(0, 28, 28), val_labels=np.zeros(0, int)))
    assert empty.val.images.shape == (0, 128, 128)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"val_labels": None}, "has no val_labels"),
        ({"train_images": np.zeros((6, 128, 128))}, "make train_images uint8"),
        ({"train_images": noise(6, 28, 28, 28)}, "make train_images uint8"),
        ({"train_images": noise(6, 8, 8)}, "make train_images uint8"),
        ({"train_images": noise(6)}, "make train_images uint8"),
        ({"train_labels": np.zeros((6, 14), int)}, "one whole number for each"),
        ({"train_labels": np.zeros(5, int)}, "one whole number for each"),
        ({"train_labels": np.zeros(6)}, "one whole number for each"),
        ({"train_labels": np.array([0, -1] * 3)}, "count from 0"),
        ({"train_labels": np.array([0, 0, 0, 0, 0, 1])}, "under two training pictures of label_1"),
        ({"train_images": noise(0, 128, 128), "train_labels": np.zeros(0, int)}, "under two training pictures"),
        ({"label_names": np.array(["well"])}, "beyond the 1 that are named"),
        ({"label_names": np.array(["well", None])}, "write it anew"),
    ],
)
def test_files_of_another_form(other: dict[str, Any], words: str, tmp_path: Path) -> None:
    assert words in refusal(npz(tmp_path / "a.npz", **other))


def test_files_that_are_not_npz(tmp_path: Path) -> None:
    whole = Path(npz(tmp_path / "a.npz")).read_bytes()
    array = tmp_path / "array.npy"
    np.save(array, noise(3))
    for content in (b"", b"PK\x03\x04 and no more", whole[:5_000], b"\x80\x04 pickled", array.read_bytes()):
        (tmp_path / "b.npz").write_bytes(content)
        assert "write it anew" in refusal(str(tmp_path / "b.npz"))


@pytest.mark.parametrize("source", ["", "heads", "absent.npz", "a\0b", "~nobody/x", "a" * 5_000])
def test_what_is_not_a_dataset(source: str) -> None:
    assert "give chest_xray, chest_ct, brain_mri" in refusal(source)


def test_medmnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "medmnist", None)
    assert "pip install medmnist" in refusal("medmnist:BreastMNIST")
    info = {"breastmnist": {"python_class": "BreastMNIST", "label": {"1": "benign", "0": "malignant"}}}
    monkeypatch.setitem(sys.modules, "medmnist", SimpleNamespace(INFO=info))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "MedMNIST has no heads" in refusal("medmnist:heads")
    assert "medmnist.BreastMNIST(" in refusal("medmnist:breastmnist")
    (tmp_path / ".medmnist").mkdir()
    npz(tmp_path / ".medmnist" / "breastmnist.npz", train_images=noise(6, 28, 28))
    assert load("medmnist:breastmnist").labels == ("malignant", "benign")
    npz(
        tmp_path / ".medmnist" / "breastmnist_128.npz",
        train_images=noise(6, 28, 28),
        train_labels=np.array([0] * 4 + [1] * 2),
    )
    assert len(load("medmnist:BreastMNIST").train.of(0)) == 4


def test_a_folder_is_split_by_patient(tmp_path: Path) -> None:
    root = folder_of_patients(tmp_path / "set")
    images = load(str(root))
    assert (images.name, images.labels) == ("set", ("ill", "well"))
    assert len(images.val.images) == 6 and len(images.train.images) == 34  # three patients of twenty
    again = load(str(root))
    assert (again.val.images == images.val.images).all() and (again.train.labels == images.train.labels).all()


def test_the_patient_of_a_dicom_file(tmp_path: Path) -> None:
    root = folder_of_patients(tmp_path)
    for number in range(4):
        (root / "ill" / f"x{number}_scan").write_bytes(real_dicom(f"D{number % 2}"))
    prepared = prepare(str(root), None, tmp_path / "out.npz")
    assert prepared.read == 44 and prepared.unreadable == ()
    held = round(0.15 * 22)
    assert sum(prepared.counts["val"].values()) == 2 * held


def test_preparing_cleans(tmp_path: Path) -> None:
    root = folder_of_patients(tmp_path / "set")
    first = root / "ill" / "deeper" / "p0_0.png"
    twice, grey = noise(50, 50), np.full((30, 30), 90, np.uint8)
    (root / "ill" / "p40_1.png").write_bytes(first.read_bytes())
    put(root / "ill" / "q1_1.png", twice)
    put(root / "well" / "q2_1.bmp", twice)
    put(root / "well" / "blank.jpg", grey)
    (root / "well" / "notes.txt").write_text("not a picture")
    (root / "well" / ".DS_Store").write_text("hidden")
    (root / "ill" / "made.png").write_bytes(to_png(noise(64, 64), PROVENANCE))
    prepared = prepare(str(root), None, tmp_path / "new" / "out.npz")
    assert prepared.read == 44
    assert prepared.dropped == Dropped(blank=1, conflicts=2, duplicates=1, shared=0)
    assert [line.partition(":")[0] for line in prepared.unreadable] == ["ill/made.png", "well/notes.txt"]
    assert sum(sum(counts.values()) for counts in prepared.counts.values()) == 40


def test_what_is_prepared_is_what_a_folder_loads_as(tmp_path: Path) -> None:
    root, out = folder_of_patients(tmp_path / "set"), tmp_path / "out.npz"
    prepared = prepare(str(root), None, out)
    written, direct = load(str(out)), load(str(root))
    assert written.labels == direct.labels
    assert (written.train.images == direct.train.images).all() and (written.val.labels == direct.val.labels).all()
    assert prepared.file == out and [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.npz"]
    again = prepare(str(out), None, tmp_path / "again.npz")
    assert again.counts == prepared.counts and again.dropped == Dropped(0, 0, 0, 0)


def test_no_picture_and_no_patient_in_both_splits(tmp_path: Path) -> None:
    root = tmp_path / "set"
    folder_of_patients(root / "train")
    put(root / "val" / "ill" / "p1_9.png")
    put(root / "val" / "ill" / "new_1.png")
    (root / "val" / "ill" / "new_2.png").write_bytes((root / "train" / "ill" / "deeper" / "p0_0.png").read_bytes())
    prepared = prepare(str(root), None, tmp_path / "out.npz")
    assert prepared.dropped == Dropped(blank=0, conflicts=0, duplicates=1, shared=1)
    assert prepared.counts == {"train": {"ill": 20, "well": 20}, "val": {"ill": 1, "well": 0}}
    images = load(str(tmp_path / "out.npz"))
    digests = [{hashlib.sha256(one.tobytes()).digest() for one in part.images} for part in images.splits.values()]
    assert not digests[0] & digests[1]


def test_preparing_an_npz_cleans_it_too(tmp_path: Path) -> None:
    given = arrays()
    given["val_images"][0] = given["train_images"][0]
    given["val_images"][1] = given["train_images"][0]
    prepared = prepare(npz(tmp_path / "a.npz", **given), None, tmp_path / "b.npz")
    assert prepared.dropped == Dropped(blank=0, conflicts=3, duplicates=0, shared=0)
    assert prepared.counts == {"train": {"label_0": 2, "label_1": 3}, "val": {"label_0": 0, "label_1": 0}}


def test_folders_of_another_form(tmp_path: Path) -> None:
    assert "has no sub-folders" in refusal(str(tmp_path))
    put(tmp_path / "train" / "ill" / "p1_1.png")
    assert "has train/ alone" in refusal(str(tmp_path))
    (tmp_path / "val").mkdir()
    assert "under two training pictures of ill" in refusal(str(tmp_path))
    put(tmp_path / "one" / "ill" / "p1_1.png")
    put(tmp_path / "one" / "ill" / "p1_2.png")
    assert "has one patient only" in refusal(str(tmp_path / "one"))
    (tmp_path / "none" / "ill").mkdir(parents=True)
    assert "under two training pictures of ill" in refusal(str(tmp_path / "none"))


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    source = npz(tmp_path / "a.npz")
    with pytest.raises(DatasetError, match=r"does not end in \.npz"):
        prepare(source, None, tmp_path / "b.zip")
    with pytest.raises(DatasetError, match="cannot be written"):
        prepare(source, None, tmp_path / "a.npz" / "b.npz")
