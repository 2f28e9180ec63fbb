from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from generators.errors import RequestError
from generators.images.pictures import read_picture
from generators.images.synthesis import Request
from generators.images.writing import provenance, write


@pytest.mark.parametrize(("dicom", "ending"), [(False, "png"), (True, "dcm")])
def test_files_are_marked_as_synthetic(dicom: bool, ending: str, models: Path, tmp_path: Path) -> None:
    request = Request("discs", model="gan", count=3, seed=5, models=models)
    assert write(request, tmp_path / "out", dicom) == 3
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert f"discs_spotted_gan_5_00001.{ending}" in names and len(names) == 3
    assert all(read_picture(path).synthetic for path in (tmp_path / "out").iterdir())


def test_arrays_hold_pictures_and_labels(models: Path, tmp_path: Path) -> None:
    write(Request("discs", model="vae", count=5, models=models), tmp_path / "deep" / "out.npz")
    with np.load(tmp_path / "deep" / "out.npz", allow_pickle=False) as file:
        assert file["images"].shape == (5, 128, 128) and file["images"].dtype == np.uint8
        assert file["labels"].tolist() == ["clear", "spotted", "clear", "spotted", "clear"]
        assert file["synthetic"]


def test_a_place_that_cannot_be_written_is_one_sentence(models: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here already")
    with pytest.raises(RequestError, match="cannot be written"):
        write(Request("discs", model="gan", models=models), tmp_path / "file" / "out")
    with pytest.raises(RequestError, match="holds no DICOM"):
        write(Request("discs", model="gan", models=models), tmp_path / "out.npz", dicom=True)


def test_provenance_tells_the_weights(models: Path) -> None:
    of = provenance(Request("discs", model="gan", seed=7, models=models), 1)
    assert (of.dataset, of.label, of.model, of.seed, of.number) == ("discs", "spotted", "gan", 7, 1)
    assert len(of.weights) == 12
