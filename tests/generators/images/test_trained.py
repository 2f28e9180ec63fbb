from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from generators import weights
from generators.errors import ModelFilesError
from generators.images import trained
from generators.images.atlas import Label
from generators.images.gan import Generator


@pytest.fixture
def gan(models: Path, tmp_path: Path) -> Path:
    """A copy that may be broken."""
    return Path(shutil.copytree(models / "gan", tmp_path / "gan"))


def test_weights_are_in_half_precision_and_come_back(gan: Path) -> None:
    with safe_open(gan / "diffusion_pytorch_model.safetensors", "pt") as file:
        kinds = {file.get_tensor(name).dtype for name in file.keys() if "num_batches" not in name}  # noqa: SIM118
    network = weights.load(Generator, gan)
    assert kinds == {torch.float16}
    assert {value.dtype for value in network.parameters()} == {torch.float32} and not network.training
    assert trained.labels(gan)[0] == Label("discs", "clear")


def test_what_is_saved_does_not_tell_where_it_was_read_from(gan: Path, tmp_path: Path) -> None:
    trained.save(weights.load(Generator, gan), trained.labels(gan), tmp_path / "again")
    assert str(tmp_path) not in (tmp_path / "again" / "config.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("cut", [0, 100, 3000])
def test_a_truncated_file_is_one_sentence(gan: Path, cut: int) -> None:
    path = gan / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ModelFilesError, match="cannot be read; train it again") as found:
        weights.load(Generator, gan)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("name", ["config.json", "diffusion_pytorch_model.safetensors"])
def test_a_missing_file_is_one_sentence(gan: Path, name: str) -> None:
    (gan / name).unlink()
    with pytest.raises(ModelFilesError, match="cannot be read"):
        weights.load(Generator, gan)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '["nothing"]', "no json"])
def test_labels_that_are_none_are_one_sentence(gan: Path, text: str) -> None:
    (gan / trained.LABELS).write_text(text, encoding="utf-8")
    if text == "{}":
        assert trained.labels(gan) == ()
        return
    with pytest.raises(ModelFilesError, match=r"labels\.json cannot be read"):
        trained.labels(gan)


def test_an_altered_shipped_file_is_not_read(gan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "SHIPPED", gan.parent)
    weights.write_digests(trained.SHIPPED)
    assert json.loads((gan.parent / weights.DIGESTS).read_text()).keys() == {"gan/diffusion_pytorch_model.safetensors"}
    weights.check.cache_clear()
    weights.check(gan)
    path = gan / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    weights.check.cache_clear()
    with pytest.raises(ModelFilesError, match="altered; get it back with: git checkout"):
        weights.load(Generator, gan)


def test_a_fingerprint_tells_weights_apart(models: Path) -> None:
    assert weights.fingerprint(models / "gan") != weights.fingerprint(models / "vae")
    assert len(weights.fingerprint(models / "gan")) == 12
