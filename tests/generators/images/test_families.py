"""Each family learns: on one small dataset its own measure gets better, and its parts do what they say."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from generators.images.atlas import Atlas
from generators.images.autoencoder import Autoencoder
from generators.images.autoencoder_training import AutoencoderTrainee, Objective, vary
from generators.images.baselines import dcgan, dense_gan
from generators.images.datasets import Images
from generators.images.diffusion import DiffusionTrainee, FastTrainee, new_denoiser, solve
from generators.images.diffusion import Recipe as DiffusionRecipe
from generators.images.finishing import FinishingTrainee, Projector, altered
from generators.images.finishing import Recipe as FinishingRecipe
from generators.images.gan import Discriminator, GANTrainee, Generator
from generators.images.gan import Recipe as GANRecipe
from generators.images.judging import energy_distance
from generators.images.latents import drawn, encode, noise
from generators.images.synthesis import autoencoder
from generators.images.vae import LatentVAE, VAETrainee
from generators.images.vae import Recipe as VAERecipe
from tests.generators.images.conftest import image_set


@pytest.fixture(scope="module")
def moments(models: Path, atlas: Atlas) -> Tensor:
    return encode(autoencoder(models), atlas.images("train"))


def test_the_autoencoder_begins_as_principal_components_and_gets_better(atlas: Atlas) -> None:
    torch.manual_seed(0)
    images = atlas.images("train")
    network = Autoencoder(encoder_widths=(8, 8, 16), decoder_widths=(8, 8, 16), depth=1)
    plain = (network.raw_decode(network.posterior(images).mean) - images).abs().mean()
    network.begin_from(images)
    begun = (network.raw_decode(network.posterior(images).mean) - images).abs().mean()
    trainee = AutoencoderTrainee(network, Objective(alone=0.5), images[:8])
    losses = [trainee.step(images, atlas.numbers("train"), 0.02 + place / 50)["l1"] for place in range(12)]
    assert begun < plain / 5 and losses[-1] < losses[0]
    assert "adversary" not in trainee.step(images, atlas.numbers("train"), 0.3)
    assert {"adversary", "fm"} <= trainee.step(images, atlas.numbers("train"), 0.6).keys()


def test_the_decoder_learns_from_what_families_make_and_alone(atlas: Atlas, eye: nn.Module) -> None:
    torch.manual_seed(0)
    images, labels = atlas.images("train")[:16], atlas.numbers("train")[:16]
    network = Autoencoder(encoder_widths=(8, 8, 16), decoder_widths=(8, 8, 16), depth=1)
    network.begin_from(images)
    trainee = FinishingTrainee(network, torch.randn(40, 8, 16, 16), torch.arange(40) % 4, FinishingRecipe())
    losses = [trainee.step(images, labels, 0.03) for _ in range(8)]
    before, after = network.state_dict(), trainee.network.state_dict()
    changed = {name for name, value in after.items() if name not in before or not torch.equal(value, before[name])}
    assert {name.split(".")[0] for name in changed} == {"decoder", "linear_out", "composer"}
    assert losses[0]["content"] < 1e-3 < losses[-1]["content"]  # a new composer changes nothing
    assert all(torch.isfinite(torch.tensor(value)) for value in losses[-1].values())
    assert trainee.sample().shape == (16, 1, 128, 128)


def test_judges_see_mixed_maps_and_altered_pictures(eye: nn.Module) -> None:
    torch.manual_seed(0)
    images = torch.linspace(-1, 1, 128).expand(16, 1, 128, 128)
    seen = altered(images)
    assert seen.shape == images.shape and seen.abs().max() <= 1.3
    assert 2 <= (seen == 0).flatten(1).any(1).sum() <= 14
    maps = Projector()(eye(images))
    assert [one.shape[1:] for one in maps] == [(64, side, side) for side in (32, 16, 8, 4)]


def test_latents_are_standardised_and_come_back(models: Path, atlas: Atlas, moments: Tensor) -> None:
    mean, deviation = moments.float().chunk(2, 1)
    assert mean.mean((0, 2, 3)).abs().max() < 0.2 and (mean.std((0, 2, 3)) - 1).abs().max() < 0.2
    assert (deviation > 0).all() and len(moments) == 5 * len(atlas.images("train"))
    images = atlas.images("train")
    back = autoencoder(models).decode(mean[: len(images)]).sample
    assert (back - images).abs().mean() < 0.1
    assert not torch.equal(drawn(moments[:2]), drawn(moments[:2]))


@pytest.mark.parametrize("family", ["gan", "vae", "diffusion"])
def test_a_family_learns_latents(family: str, models: Path, moments: Tensor, atlas: Atlas) -> None:
    torch.manual_seed(0)
    shared = autoencoder(models)
    trainee = {
        "gan": lambda: GANTrainee(
            Generator(classes=4, coarse_noise=8, widths=(16, 8, 8)),
            new_denoiser(4, (16, 32), 1),
            shared,
            GANRecipe(),
            moments,
            atlas.numbers("train").repeat(5),
        ),
        "vae": lambda: VAETrainee(LatentVAE(classes=4, width=16), shared, VAERecipe()),
        "diffusion": lambda: DiffusionTrainee(new_denoiser(4, (16, 32), 1), shared, DiffusionRecipe()),
    }[family]()
    labels = atlas.numbers("train").repeat(5)
    begun = {name: value.clone() for name, value in trainee.network.state_dict().items()}
    shown = torch.arange(32) if family == "gan" else moments[:32]
    first = trainee.step(shown, labels[:32], 0.02)
    for _ in range(12):
        last = trainee.step(shown, labels[:32], 0.05)
    assert all(torch.isfinite(torch.tensor(value)) for value in last.values())
    assert any(not torch.equal(value, begun[name]) for name, value in trainee.network.state_dict().items())
    if family != "gan":
        assert next(iter(last.values())) < next(iter(first.values()))
    assert trainee.sample().shape == (24, 1, 128, 128)
    assert trainee.network.training


def test_the_fast_mode_learns_what_its_teacher_does_in_many_steps(models: Path, moments: Tensor, atlas: Atlas) -> None:
    torch.manual_seed(0)
    trainee = FastTrainee(new_denoiser(4, (16, 32), 1, dropout=0), autoencoder(models), rate=1e-3)
    labels = atlas.numbers("train").repeat(5)
    losses = [trainee.step(moments[:32], labels[:32], 0.05)["loss"] for _ in range(20)]
    assert sum(losses[-5:]) < sum(losses[:5])
    assert trainee.sample().shape == (24, 1, 128, 128)


def test_the_solver_follows_a_straight_flow_to_its_end() -> None:
    """Where the flow is exact, any number of steps ends in the same place, by either solver."""
    target = torch.randn(2, 8, 16, 16)

    class Exact(nn.Module):
        config = type("Config", (), {"num_class_embeds": 2})

        def forward(self, sample: Tensor, times: Tensor, labels: Tensor) -> object:
            share = (times / 1000).clamp(min=1e-4)[:, None, None, None]
            return type("Out", (), {"sample": (sample - target) / share})

    start = torch.randn(2, 8, 16, 16)
    for steps, fast in ((8, False), (20, False), (4, True)):
        made = solve(Exact(), start, torch.zeros(2, dtype=torch.long), steps, fast=fast)  # type: ignore[arg-type]
        assert (made - target).abs().max() < 0.05


@pytest.mark.parametrize("make", [dense_gan, dcgan])
def test_a_baseline_plays(make: type, atlas: Atlas) -> None:
    torch.manual_seed(0)
    trainee = make(4)
    losses = trainee.step(atlas.images("train")[:16], atlas.numbers("train")[:16], 0.5)
    assert losses.keys() == {"discriminator", "generator"} and trainee.sample().shape == (24, 1, 128, 128)
    assert trainee.sample().abs().max() <= 1


def test_the_energy_distance_is_least_where_the_distributions_are_the_same() -> None:
    torch.manual_seed(0)
    real, same, far, alike = (torch.randn(200, 32) for _ in range(4))
    alike[1::2] = alike[::2]  # one picture twice in every pair
    least = energy_distance(same, real)
    assert least < energy_distance(far + 1, real) and least < energy_distance(alike, real)


def test_the_discriminator_sees_packs_of_one_label_through_the_denoiser() -> None:
    torch.manual_seed(0)
    denoiser = new_denoiser(4, (16, 32), 1)
    discriminator = Discriminator(denoiser, pack=2)
    scores = discriminator(torch.randn(6, 8, 16, 16), torch.tensor([0, 0, 1, 1, 3, 3]), torch.rand(6))
    assert scores.shape == (3, 64 + 16 + 16)
    scores.sum().backward()
    assert all(value.grad is None for value in denoiser.parameters())
    assert all(value.grad is not None for value in discriminator.parameters())


def test_packs_are_of_one_label(models: Path, moments: Tensor, atlas: Atlas) -> None:
    labels = atlas.numbers("train").repeat(5)
    of_label = labels[:, None, None, None].expand(-1, 16, 16, 16).half()
    generator = Generator(classes=4, coarse_noise=8, widths=(16, 8, 8))
    denoiser = new_denoiser(4, (16, 32), 1)
    trainee = GANTrainee(generator, denoiser, autoencoder(models), GANRecipe(), of_label, labels)
    places = torch.randperm(len(labels))[:64]
    packed = trainee._packed(places, labels[places])[:, 0, 0, 0].unflatten(0, (-1, 2))
    assert torch.equal(packed[:, 0], packed[:, 1]) and torch.equal(packed[:, 0].long(), labels[places[::2]])


def test_rare_findings_are_drawn_more_often_than_they_occur() -> None:
    one = image_set("discs", each=32)
    kept = np.r_[0:32, 32:36]  # four of the second finding
    rare = Images(one.train.images[kept], one.train.labels[kept])
    odds = Atlas((dataclasses.replace(one, train=rare),)).odds()
    assert odds[32:].sum() / odds.sum() == pytest.approx(2 / (2 + 32**0.5), abs=1e-3)
    assert odds.sum() == pytest.approx(6)


def test_pictures_vary() -> None:
    torch.manual_seed(0)
    varied = vary(torch.linspace(-1, 1, 128).expand(4, 1, 128, 128))
    assert varied.shape == (4, 1, 128, 128) and varied.abs().max() <= 1


def test_noise_belongs_to_its_number() -> None:
    assert torch.equal(noise(3, range(2, 5), 4)[1], noise(3, range(3, 4), 4)[0])
    assert not torch.equal(noise(3, range(1), 4), noise(4, range(1), 4))
