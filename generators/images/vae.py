"""The VAE: a conditional variational autoencoder of latents, with hidden variables at four sizes.

A plain VAE averages what it is unsure of, and its pictures blur. Here the hidden variables stand at 1x1, 4x4, 8x8 and
16x16 and each is drawn after the coarser ones (Child 2021, arXiv 2011.10650), so that small structure is drawn too and
not averaged. Its data are the latents of the shared autoencoder: two VAEs, one on the other (Dai and Wipf 2019, arXiv
1903.05789). The objective of both is L = L_recon + lambda L_KL.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional

from generators.images.autoencoder import LATENT_CHANNELS, Autoencoder
from generators.images.latents import ClassEmbedding, LatentTrainee, drawn
from generators.precision import half_precision
from generators.training import average, descend, set_rate

SIDES = (1, 4, 8, 16)


class Block(nn.Module):
    """A bottlenecked residual block of four convolutions, small at first."""

    def __init__(self, before: int, after: int, side: int, scale: float = 1.0) -> None:
        super().__init__()
        inner, kernel = max(before, after) // 2, 3 if side > 1 else 1
        self.body = nn.Sequential(
            nn.SiLU(),
            nn.Conv2d(before, inner, 1),
            nn.SiLU(),
            nn.Conv2d(inner, inner, kernel, padding=kernel // 2),
            nn.SiLU(),
            nn.Conv2d(inner, inner, kernel, padding=kernel // 2),
            nn.SiLU(),
            nn.Conv2d(inner, after, 1),
        )
        last: Any = self.body[-1]
        last.weight.data.mul_(scale)

    def forward(self, features: Tensor) -> Tensor:
        """[N,before,H,W] to [N,after,H,W]."""
        inner: Tensor = self.body(features)
        return inner


class Seeing(Block):
    """A block of the encoder, beside the identity."""

    def __init__(self, width: int, side: int) -> None:
        super().__init__(width, width, side)

    def forward(self, features: Tensor) -> Tensor:
        """[N,width,H,W] to the same shape."""
        return features + super().forward(features)


@dataclass
class Hidden:
    """What one level did: its features, and how far the posterior was from the prior, [N] nats."""

    features: Tensor
    divergence: Tensor


class Level(nn.Module):
    """One hidden variable: drawn from a prior that knows the coarser ones, or while learning from the posterior."""

    def __init__(self, width: int, channels: int, side: int, scale: float) -> None:
        super().__init__()
        self.channels, self.side = channels, side
        self.prior = Block(width, 2 * channels + width, side, 0.1)
        self.posterior = Block(2 * width, 2 * channels, side)
        self.into = nn.Conv2d(channels, width, 1)
        self.after = Block(width, width, side, scale)

    def forward(self, features: Tensor, seen: Tensor | None, noise: Tensor, temperature: float) -> Hidden:
        """Draw with noise [N,channels,H,W]; `seen` are the encoder's features at this size, None when generating."""
        mean, spread, more = self.prior(features).split([self.channels, self.channels, features.shape[1]], 1)
        features = features + more
        divergence = features.new_zeros(len(features))
        deviation = spread.clamp(-6, 4).exp()
        if seen is None:
            value = mean + deviation * noise * temperature
        else:
            near, width = self.posterior(torch.cat([features, seen], 1)).chunk(2, 1)
            sharp = width.clamp(-6, 4).exp()
            value = near + sharp * noise
            divergence = _divergence(near.float(), sharp.float(), mean.float(), deviation.float())
        features = features + self.into(value)
        return Hidden(features + self.after(features), divergence)


def _divergence(mean: Tensor, deviation: Tensor, other: Tensor, spread: Tensor) -> Tensor:
    """KL of one diagonal Gaussian to another, summed to [N] nats."""
    terms = (spread / deviation).log() + (deviation**2 + (mean - other) ** 2) / (2 * spread**2) - 0.5
    return terms.sum((1, 2, 3))


class LatentVAE(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Noise [N,noise_size] and labels [N] to standardised latents [N,8,16,16]."""

    @register_to_config
    def __init__(
        self,
        classes: int,
        width: int = 80,
        channels: tuple[int, ...] = (32, 16, 8, 4),
        depths: tuple[int, ...] = (1, 2, 3, 3),
    ) -> None:
        super().__init__()
        self.embedding = ClassEmbedding(classes, width)
        self.see = nn.Conv2d(LATENT_CHANNELS, width, 3, padding=1)
        self.encoders = nn.ModuleList([nn.Sequential(Seeing(width, side), Seeing(width, side)) for side in SIDES])
        self.biases = nn.ParameterList([nn.Parameter(torch.zeros(1, width, side, side)) for side in SIDES])
        sizes = list(zip(channels, SIDES, depths, strict=True))
        scale = 1 / math.sqrt(sum(depths))
        levels = [Level(width, n, side, scale) for n, side, depth in sizes for _ in range(depth)]
        self.levels = nn.ModuleList(levels)
        self.parts = [level.channels * level.side**2 for level in levels]
        self.end = nn.Conv2d(width, LATENT_CHANNELS, 3, padding=1)
        self.spread = nn.Parameter(torch.full((1, LATENT_CHANNELS, 1, 1), -1.0))
        self.noise_size = sum(self.parts)

    def seen(self, latents: Tensor) -> dict[int, Tensor]:
        """What the encoder makes of latents [N,8,16,16], by side."""
        features, found = self.see(latents), {}
        for side, encoder in zip(reversed(SIDES), reversed(self.encoders), strict=True):
            features = encoder(functional.adaptive_avg_pool2d(features, side))
            found[side] = features
        return found

    def forward(self, noise: Tensor, labels: Tensor, latents: Tensor | None = None, temperature: float = 1.0) -> Hidden:
        """The mean of the latents, and the divergence where `latents` are given to be encoded."""
        seen = {} if latents is None else self.seen(latents)
        features = self.embedding(labels)[:, :, None, None]
        divergence = torch.zeros(len(labels), device=labels.device)
        biases = dict(zip(SIDES, self.biases, strict=True))
        side = 0
        levels: Iterable[Any] = self.levels
        for level, part in zip(levels, noise.split(self.parts, 1), strict=True):
            if level.side != side:
                side = level.side
                features = functional.interpolate(features, (side, side)) + biases[side]
            hidden = level(features, seen.get(side), part.unflatten(1, (-1, side, side)), temperature)
            features, divergence = hidden.features, divergence + hidden.divergence
        return Hidden(self.end(features), divergence)


@dataclass(frozen=True)
class Recipe:
    """How the VAE learns.

    Attributes:
        kl: Lambda of L = L_recon + lambda L_KL, both in nats a latent number.
        warm: The share of training over which lambda grows from nothing.
        temperature: Of the hidden variables when it generates.
    """

    rate: float = 1e-3
    kl: float = 1.0
    warm: float = 0.1
    temperature: float = 0.9


class VAETrainee(LatentTrainee):
    """The latent VAE with its average."""

    def __init__(self, network: LatentVAE, autoencoder: Autoencoder, recipe: Recipe) -> None:
        super().__init__(autoencoder, network.embedding.num_embeddings)
        self.recipe, self.network, self.averaged = recipe, network, average(network, 0.999)
        self.optimisers = {"network": torch.optim.AdamW(network.parameters(), recipe.rate, weight_decay=0.01)}

    def step(self, images: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn from moments of latents [N,16,16,16]."""
        set_rate(self.optimisers["network"], self.recipe.rate, progress)
        latents = drawn(images)
        noise = torch.randn(len(latents), self.network.noise_size, device=latents.device)
        with half_precision(latents.device):
            rebuilt = self.network(noise, labels, latents)
        spread = self.network.spread.clamp(-3, 1)
        error = (0.5 * ((rebuilt.features.float() - latents) / spread.exp()) ** 2 + spread).mean()
        divergence = rebuilt.divergence.mean() / latents[0].numel()
        loss = error + self.recipe.kl * min(1.0, progress / self.recipe.warm) * divergence
        descend(self.optimisers["network"], loss, clip=1.0)
        self.averaged.update_parameters(self.network)
        return {"recon": error.item(), "kl": divergence.item(), "spread": spread.exp().mean().item()}

    def latents(self) -> Tensor:
        """See the base class."""
        noise = self.noise(self.network.noise_size)
        made: Hidden = self.learned(noise, self.labels, temperature=self.recipe.temperature)
        return made.features
