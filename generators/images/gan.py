"""The GAN: noise and a label to a latent in one pass.

Generator in the manner of FastGAN (Liu et al. 2021, arXiv 2101.04775): gated up-blocks, noise at every size, and
skip-layer excitation from the coarsest features to the finest. Discriminator with the label by projection (Miyato and
Koyama 2018, arXiv 1802.05637), both sides seen through differentiable augmentation (Zhao et al. 2020, arXiv
2006.10738). The loss is R3GAN's (Huang et al. 2024, arXiv 2501.05441): real and made are judged in pairs, and both
gradients are held down, which keeps all modes of a small dataset where a hinge loss loses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional

from generators.images.autoencoder import LATENT_CHANNELS, Autoencoder
from generators.images.latents import ClassEmbedding, LatentTrainee, drawn
from generators.images.precision import half_precision
from generators.images.training import average, descend, moved, set_rate

SIDES = (8, 8, 16, 16)  # of the maps of noise


class NoiseInjection(nn.Module):
    """Adds noise of a learned strength to each channel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(1, width, 1, 1))

    def forward(self, features: Tensor, noise: Tensor) -> Tensor:
        """[N,C,H,W] with noise [N,1,H,W]."""
        return features + self.strength * noise


class UpBlock(nn.Module):
    """Twice the size: a convolution with noise, normalised and gated, twice."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first, self.second = _gated(before, after), _gated(after, after)
        self.noise = nn.ModuleList([NoiseInjection(2 * after), NoiseInjection(2 * after)])

    def forward(self, features: Tensor, noises: tuple[Tensor, Tensor]) -> Tensor:
        """[N,before,H,W] to [N,after,2H,2W]; noises are [N,1,2H,2W]."""
        features = functional.interpolate(features, scale_factor=2.0)
        for (convolution, norm), noise, values in zip((self.first, self.second), self.noise, noises, strict=True):
            features = functional.glu(norm(noise(convolution(features), values)), 1)
        return features


def _gated(before: int, after: int) -> nn.ModuleList:
    return nn.ModuleList([nn.Conv2d(before, 2 * after, 3, padding=1, bias=False), nn.BatchNorm2d(2 * after)])


class Generator(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Noise [N,noise_size] and labels [N] to standardised latents [N,8,16,16]."""

    @register_to_config
    def __init__(self, classes: int, coarse_noise: int = 96, widths: tuple[int, int, int] = (192, 128, 64)) -> None:
        super().__init__()
        coarse, middle, fine = widths
        self.parts = [coarse_noise, *(side * side for side in SIDES)]
        self.noise_size = sum(self.parts)
        self.embedding = ClassEmbedding(classes, 32)
        self.begin = nn.Sequential(
            nn.Linear(coarse_noise + 32, 2 * coarse * 16, bias=False), nn.BatchNorm1d(2 * coarse * 16)
        )
        self.to_middle, self.to_fine = UpBlock(coarse, middle), UpBlock(middle, fine)
        self.excitation = nn.Sequential(
            nn.AdaptiveAvgPool2d(4), nn.Conv2d(coarse, fine, 4), nn.SiLU(), nn.Conv2d(fine, fine, 1), nn.Sigmoid()
        )
        self.end = nn.Conv2d(fine, LATENT_CHANNELS, 3, padding=1)

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """See the class; the first numbers of the noise say what, the others shape the detail."""
        begin, *flat = noise.split(self.parts, 1)
        maps = [part.unflatten(1, (1, side, side)) for part, side in zip(flat, SIDES, strict=True)]
        gated = self.begin(torch.cat([begin, self.embedding(labels)], 1))
        coarse = functional.glu(gated, 1).unflatten(1, (-1, 4, 4))
        fine = self.to_fine(self.to_middle(coarse, (maps[0], maps[1])), (maps[2], maps[3]))
        latents: Tensor = self.end(fine * self.excitation(coarse))
        return latents


class Discriminator(nn.Module):
    """Latents and labels to how real they look; no normalisation, so that gradients can be held down."""

    def __init__(self, classes: int, widths: tuple[int, int, int] = (64, 128, 192)) -> None:
        super().__init__()
        fine, middle, coarse = widths
        self.trunk = nn.Sequential(
            nn.Conv2d(LATENT_CHANNELS, fine, 3, padding=1),
            _down(fine, middle),
            _down(middle, coarse),
            _Plain(coarse),
            nn.LeakyReLU(0.2),
        )
        self.verdict = nn.Sequential(nn.Linear(coarse * 16, coarse), nn.LeakyReLU(0.2))
        self.score, self.embedding = nn.Linear(coarse, 1), ClassEmbedding(classes, coarse)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """[N] scores."""
        features = self.verdict(self.trunk(latents).flatten(1))
        projected = (self.embedding(labels) * features).sum(1) / features.shape[1] ** 0.5
        scores: Tensor = self.score(features)[:, 0] + projected
        return scores


class _Plain(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        inner = self.first(functional.leaky_relu(features, 0.2))
        changed: Tensor = self.second(functional.leaky_relu(inner, 0.2))
        return features + 0.5 * changed


def _down(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(_Plain(before), nn.AvgPool2d(2), nn.Conv2d(before, after, 1))


@dataclass(frozen=True)
class Recipe:
    """How the GAN learns.

    Attributes:
        penalty: Weight of both gradient penalties, R1 and R2, halved as in the papers.
        shift: Latent pixels by which the augmentation moves at most.
    """

    rate: float = 1e-3
    penalty: float = 1.0
    shift: int = 2


class GANTrainee(LatentTrainee):
    """Generator, its average, and discriminator."""

    def __init__(self, network: Generator, autoencoder: Autoencoder, recipe: Recipe) -> None:
        classes = network.embedding.num_embeddings
        super().__init__(autoencoder, classes)
        self.recipe, self.network, self.discriminator = recipe, network, Discriminator(classes)
        self.averaged = average(network, 0.9995)
        self.optimisers = {
            "network": torch.optim.Adam(network.parameters(), recipe.rate, (0.0, 0.99)),
            "discriminator": torch.optim.Adam(self.discriminator.parameters(), recipe.rate, (0.0, 0.99)),
        }

    def step(self, images: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn from moments of latents [N,16,16,16]: the discriminator first, then the generator against it."""
        for optimiser in self.optimisers.values():
            set_rate(optimiser, self.recipe.rate, progress)
        real = drawn(images)
        with torch.no_grad():
            made = self._make(labels)
        losses = self._teach(real, made, labels)
        made = self._make(labels)
        gap = self._judge(made, labels) - self._judge(real, labels).detach()
        loss = functional.softplus(-gap).mean()
        descend(self.optimisers["network"], loss)
        self.averaged.update_parameters(self.network)
        return {**losses, "generator": loss.item()}

    def _make(self, labels: Tensor) -> Tensor:
        noise = torch.randn(len(labels), self.network.noise_size, device=labels.device)
        with half_precision(labels.device):
            made: Tensor = self.network(noise, labels)
        return made.float()

    def _judge(self, latents: Tensor, labels: Tensor) -> Tensor:
        scores: Tensor = self.discriminator(augmented(latents, self.recipe.shift), labels)
        return scores

    def _teach(self, real: Tensor, made: Tensor, labels: Tensor) -> dict[str, float]:
        real, made = real.requires_grad_(), made.requires_grad_()
        on_real, on_made = self._judge(real, labels), self._judge(made, labels)
        slopes = torch.autograd.grad([on_real.sum(), on_made.sum()], [real, made], create_graph=True)
        penalty = torch.stack([slope.square().sum((1, 2, 3)).mean() for slope in slopes]).sum()
        loss = functional.softplus(on_made - on_real).mean()
        descend(self.optimisers["discriminator"], loss + self.recipe.penalty / 2 * penalty)
        return {"discriminator": loss.item(), "penalty": penalty.item(), "gap": (on_real - on_made).mean().item()}

    def latents(self) -> Tensor:
        """See the base class."""
        made: Tensor = self.learned(self.noise(self.network.noise_size), self.labels)
        return made


def augmented(latents: Tensor, shift: int) -> Tensor:
    """Latents moved by up to `shift` with zeros coming in, and one square of a quarter of the side cut out of half."""
    number, _, height, width = latents.shape
    side = height // 4
    top, left = torch.randint(0, height - side, (2, number, 1), device=latents.device)
    rows, columns = (torch.arange(size, device=latents.device) for size in (height, width))
    top[::2] = height  # nothing is cut out of these
    in_rows, in_columns = (rows >= top) & (rows < top + side), (columns >= left) & (columns < left + side)
    cut = in_rows[:, :, None] & in_columns[:, None]
    seen: Tensor = moved(latents, shift, "constant") * ~cut[:, None]
    return seen
