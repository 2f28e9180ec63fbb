"""The GAN: noise to a point of the VAE's latent space, which the VAE's decoder writes out as a molecule.

After LatentGAN (Prykhodko et al. 2019, doi:10.1186/s13321-019-0397-9), with the objective of R3GAN (Huang et al. 2024,
arXiv 2501.05441): the critic compares a real latent with a made one, and its slope is held down at both. A VAE is
sampled from its prior, which the latents of real molecules fill unevenly; the GAN learns where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional

from generators.training import Trainee, average, descend, set_rate


class Step(nn.Module):
    """Two layers beside the identity, nothing at first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, features: Tensor) -> Tensor:
        """[N,width] to the same shape."""
        inner: Tensor = self.second(functional.silu(self.first(functional.silu(features))))
        return features + inner


def _steps(before: int, width: int, after: int, depth: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(before, width), *[Step(width) for _ in range(depth)], nn.SiLU(), nn.Linear(width, after)
    )


class LatentGenerator(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Noise [N,Z] to latents [N,Z]."""

    @register_to_config
    def __init__(self, latent: int, width: int = 384, depth: int = 2) -> None:
        super().__init__()
        self.latent = latent
        self.layers = _steps(latent, width, latent, depth)

    def forward(self, noise: Tensor) -> Tensor:
        """See the class; it begins near the prior."""
        made: Tensor = noise + self.layers(noise)
        return made


@dataclass(frozen=True)
class Recipe:
    """How the GAN learns.

    Attributes:
        slope: Weight of the critic's squared slope at real and at made latents (gamma / 2 of the paper).
    """

    rate: float = 3e-4
    slope: float = 0.5


class GANTrainee(Trainee):
    """Generator, its average, and critic."""

    def __init__(self, network: LatentGenerator, recipe: Recipe) -> None:
        super().__init__()
        self.recipe, self.network, self.critic = recipe, network, _steps(network.latent, 384, 1, 2)
        self.averaged = average(network, 0.999)
        self.optimisers = {
            "network": torch.optim.Adam(network.parameters(), recipe.rate, (0.0, 0.99)),
            "critic": torch.optim.Adam(self.critic.parameters(), recipe.rate, (0.0, 0.99)),
        }

    def step(self, examples: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn from means and deviations of latents [N,2Z]; labels are not used."""
        for optimiser in self.optimisers.values():
            set_rate(optimiser, self.recipe.rate, progress)
        mean, deviation = examples.float().chunk(2, 1)
        real = (mean + deviation * torch.randn_like(mean)).requires_grad_()
        made = self._make(len(real)).detach().requires_grad_()
        on_real, on_made = self.critic(real), self.critic(made)
        doubt = functional.softplus(on_made - on_real).mean()
        slopes = _slope(on_real, real) + _slope(on_made, made)
        descend(self.optimisers["critic"], doubt + self.recipe.slope * slopes)
        deceit = functional.softplus(self.critic(real.detach()) - self.critic(self._make(len(real)))).mean()
        descend(self.optimisers["network"], deceit)
        self.averaged.update_parameters(self.network)
        return {"critic": doubt.item(), "generator": deceit.item(), "slope": slopes.item()}

    def _make(self, number: int) -> Tensor:
        noise = torch.randn(number, self.network.latent, device=next(self.network.parameters()).device)
        made: Tensor = self.network(noise)
        return made

    def show(self, folder: Path, seen: int) -> None:
        """Nothing: a latent is no molecule yet, and the VAE is not at hand here."""


def _slope(scores: Tensor, latents: Tensor) -> Tensor:
    gradient = torch.autograd.grad(scores.sum(), latents, create_graph=True)[0]
    return gradient.square().sum(1).mean()
