"""Each command of training, from nothing to a model that generates, with a few steps in place of hours."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from generators.errors import RequestError
from generators.images import recipes, trained
from generators.images.atlas import Atlas
from generators.images.recipes import IMAGES, Run, train
from generators.images.synthesis import FAMILIES, Request, autoencoder, generate

ORDER = ("autoencoder", "diffusion", "fast", "gan", "vae", "decoder", "reader", "dense_gan", "dcgan")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trained")


@pytest.mark.parametrize("model", ORDER)
def test_a_model_trains_from_one_command(
    model: str, folder: Path, atlas: Atlas, eye: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes, "FINISHED_ON", 64)
    run = Run(model, atlas, folder, images=64)
    before = autoencoder(folder, finished=False).state_dict() if model == "decoder" else {}
    train(run)
    assert json.loads((run.folder / "training.json").read_text())["images"] == 64
    if model in FAMILIES:
        made = np.concatenate(list(generate(Request("discs", model=model, count=2, models=folder))))
        assert made.shape == (2, 128, 128)
    if model == "decoder":
        autoencoder.cache_clear()
        after = autoencoder(folder).state_dict()
        kept = [name for name in before if name.startswith(("encoder", "linear_in"))]
        assert all(torch.equal(after[name], before[name].half().float()) for name in kept)
        assert any(name.startswith("composer") for name in after)
    if model.endswith("gan") and model != "gan":
        assert (run.folder / "pictures.npz").is_file() and not trained.is_there(model, folder)


def test_every_model_is_in_the_order() -> None:
    assert set(ORDER) == IMAGES.keys()


def test_what_rests_on_other_labels_says_what_to_train_first(folder: Path, atlas: Atlas) -> None:
    with pytest.raises(RequestError, match="fast needs a diffusion model of the same datasets first"):
        train(Run("fast", Atlas(atlas.sets[:1]), folder, images=64))
