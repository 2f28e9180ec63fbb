from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generators.errors import RequestError
from generators.images import evaluation as module
from generators.images.evaluation import Evaluation, FileMaker, ModelMaker, evaluated, makers
from generators.images.tables import table
from tests.generators.images.conftest import blobs, image_set


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Block means in place of Inception, and short trainings."""

    def seen(images: Any, folder: Path) -> Any:
        small = images.reshape(len(images), 8, 16, 8, 16).mean((2, 4)).reshape(len(images), -1)
        return (small / 64).astype(np.float32)

    monkeypatch.setattr(module, "cached_features", seen)
    monkeypatch.setattr(module, "SHOWN_EACH", 4)
    monkeypatch.setattr(module, "SEEDS", (0,))


@pytest.fixture
def evaluation(tmp_path: Path) -> Evaluation:
    return Evaluation(image_set(each=20, held_out=12), tmp_path, lambda doing: None)


def good(finding: str, count: int, seed: int) -> Any:
    return blobs(count, finding == "spotted", 70 + seed)


def bad(finding: str, count: int, seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, 255, (count, 128, 128)).astype(np.uint8)


def test_good_pictures_are_told_from_bad_ones(evaluation: Evaluation) -> None:
    result = evaluated(evaluation, {"good": good, "bad": bad})
    whole = {row["model"]: row for row in result["fidelity"] if row["label"] == "all"}
    assert whole["good"]["fid"] < whole["bad"]["fid"] and whole["good"]["kid"] < whole["bad"]["kid"]
    assert whole["real"]["fid_ratio"] == pytest.approx(1) and whole["good"]["number"] == 24
    assert whole["good"]["copies"] == 0 and "copies" not in whole["real"]
    assert {row["label"] for row in result["fidelity"]} == {"all", "clear", "spotted"}
    trained = {(row["model"], row["trained_on"]) for row in result["utility"]}
    assert trained == {("real", "real"), *((m, t) for m in ("good", "bad") for t in ("synthetic", "both"))}
    text = table(result)
    assert "Fidelity, discs" in text and "Privacy, discs" in text and "Utility, discs" in text


def test_copies_are_found(evaluation: Evaluation) -> None:
    train = evaluation.images.train

    def copies(finding: str, count: int, seed: int) -> Any:
        return train.of(evaluation.images.labels.index(finding))[:count]

    row = next(iter(evaluation.picture_rows("copies", copies)))
    assert row["copies"] > 0.9 and row["membership_auc"] > 0.7


def test_too_few_pictures_are_not_compared(evaluation: Evaluation) -> None:
    def few(finding: str, count: int, seed: int) -> Any:
        return good(finding, count - 1, seed)

    with pytest.raises(RequestError, match=r"few has \d+ images of discs/clear; give at least \d+\."):
        list(evaluation.picture_rows("few", few))


def test_one_axis_alone(evaluation: Evaluation) -> None:
    assert "utility" not in evaluated(evaluation, {"good": good}, "fidelity")
    assert "fidelity" not in evaluated(evaluation, {}, "utility")


def test_a_file_of_pictures_is_evaluated(tmp_path: Path) -> None:
    path = tmp_path / "made.npz"
    np.savez(path, images=blobs(6, False, 0), labels=np.array(["clear"] * 3 + ["discs/clear"] * 3))
    assert len(FileMaker(path, "discs")("clear", 5, 0)) == 5
    with pytest.raises(RequestError, match="has no image of discs/spotted"):
        FileMaker(path, "discs")("spotted", 5, 0)
    path.write_bytes(b"nothing")
    with pytest.raises(RequestError, match=r"cannot be read; give an \.npz"):
        FileMaker(path, "discs")("clear", 5, 0)


def test_makers_are_named(models: Path, tmp_path: Path) -> None:
    assert list(makers("discs", [], [], None)) == ["vae", "gan", "diffusion", "fast"]
    assert list(makers("discs", ["gan"], ["mine=a.npz"], models)) == ["gan", "mine"]
    with pytest.raises(RequestError, match=r"give NAME=FILE\.npz"):
        makers("discs", [], ["a.npz"], None)
    assert ModelMaker("discs", "gan", models)("clear", 3, 0).shape == (3, 128, 128)


def test_the_reference_has_the_labels_of_the_held_out(evaluation: Evaluation) -> None:
    labels = evaluation.images.train.labels[evaluation.reference]
    assert (labels == evaluation.answers).all()
    assert hashlib.sha256(evaluation.reference).digest() == hashlib.sha256(evaluation.reference).digest()
