"""Small untrained models and datasets: what is tested here is the way, not the pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from generators.images import finishing, trained
from generators.images.atlas import Atlas
from generators.images.autoencoder import Autoencoder
from generators.images.datasets import Images, ImageSet
from generators.images.diffusion import Denoiser, pipeline
from generators.images.gan import Generator
from generators.images.perception import CHANNELS
from generators.images.reader import Reader
from generators.images.vae import LatentVAE

FINDINGS = ("clear", "spotted")


def blobs(number: int, spotted: bool, seed: int) -> np.ndarray:
    """Pictures of a soft disc, with a bright spot or without."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:128, :128]
    discs = []
    for _ in range(number):
        cy, cx = random.uniform(54, 74, 2)
        disc = 150 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 1500)
        disc += 80 * spotted * (((y - cy - 15) ** 2 + (x - cx) ** 2) < 60)
        discs.append(disc + random.normal(0, 4, (128, 128)))
    return np.clip(np.array(discs), 0, 255).astype(np.uint8)


def image_set(name: str = "discs", each: int = 12, held_out: int = 8) -> ImageSet:
    """A dataset of two findings."""
    parts = {}
    for split, number, seed in (("train", each, 0), ("val", held_out, 9)):
        images = np.concatenate([blobs(number, bool(label), seed + label) for label in range(2)])
        parts[split] = Images(images, np.repeat(np.arange(2), number))
    return ImageSet(name, name.title(), FINDINGS, parts["train"], parts["val"])


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    return Atlas((image_set("discs"), image_set("plates")))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory, atlas: Atlas) -> Path:
    """A folder of every family, small and untrained."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    autoencoder = Autoencoder(encoder_widths=(8, 8, 16), decoder_widths=(8, 8, 16), depth=1)
    autoencoder.begin_from(atlas.images("train"))
    autoencoder.standardise(atlas.images("train"))
    denoiser = Denoiser(
        sample_size=16,
        in_channels=8,
        out_channels=8,
        block_out_channels=(16, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=8,
        norm_num_groups=8,
        num_class_embeds=5,
    )
    names = tuple(label.text for label in atlas.labels)
    pipeline(denoiser.half(), autoencoder.half(), names).save_pretrained(folder / "diffusion")
    trained.write_labels(atlas.labels, folder / "diffusion")
    trained.save(denoiser.float(), atlas.labels, folder / "fast")
    trained.save(Generator(classes=4, coarse_noise=8, widths=(16, 8, 8)), atlas.labels, folder / "gan")
    vae = LatentVAE(classes=4, width=8, channels=(2, 2, 2, 2), depths=(1, 1, 1, 1))
    trained.save(vae, atlas.labels, folder / "vae")
    trained.save(Reader(groups=atlas.groups, width=8), atlas.labels, folder / "reader")
    return folder


class Eye(nn.Module):
    """Stands in for the ImageNet network, which need not be installed: maps of its sizes."""

    def forward(self, images: Tensor) -> list[Tensor]:
        sizes = zip(CHANNELS, (4, 8, 16, 32), strict=True)
        return [nn.functional.avg_pool2d(images, size).expand(-1, channels, -1, -1) for channels, size in sizes]


@pytest.fixture
def eye(monkeypatch: pytest.MonkeyPatch) -> Eye:
    monkeypatch.setattr(finishing, "perception", Eye)
    return Eye()
