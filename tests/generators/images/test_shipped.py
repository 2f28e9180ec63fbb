"""The weights in the repository are what they are said to be, and do what they are for."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from generators import weights
from generators.images import trained
from generators.images.atlas import open_atlas
from generators.images.synthesis import autoencoder
from knowledge.wheels import sha256


def test_every_weight_file_is_pinned_and_all_are_small() -> None:
    files = {str(path.relative_to(trained.SHIPPED)) for path in trained.SHIPPED.rglob("*.safetensors")}
    assert files == weights.digests(trained.SHIPPED).keys()
    assert all(sha256(trained.SHIPPED / name) == wanted for name, wanted in weights.digests(trained.SHIPPED).items())
    assert sum((trained.SHIPPED / name).stat().st_size for name in files) <= 35e6


def test_every_model_has_a_card() -> None:
    for path in trained.SHIPPED.rglob("*.safetensors"):
        cards = [folder / "README.md" for folder in path.parents if folder.is_relative_to(trained.SHIPPED)]
        assert any(card.is_file() for card in cards), path


@pytest.mark.parametrize(("dataset", "most"), [("chest_xray", 0.035), ("chest_ct", 0.045), ("brain_mri", 0.045)])
def test_the_autoencoder_rebuilds_pictures_it_never_saw(dataset: str, most: float, shared_data: Path) -> None:
    images = open_atlas([dataset], shared_data / "images").images("val")[::8]
    with torch.no_grad():
        rebuilt = autoencoder().decode(autoencoder().encode(images).latent_dist.mean).sample
    assert (rebuilt - images).abs().mean() < most
