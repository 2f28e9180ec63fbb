"""The conditional VAE over plans: what a patient has, and a point of a small space, to a chance for each item.

The objective is L = L_recon + lambda L_KL (Sohn et al. 2015, "Learning structured output representation using deep
conditional generative models"). What the facts leave open, which of several good plans it is, lies in the latents:
other latents, another plan for the same patient.
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


class PlanVAE(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Facts [N,F] and latents [N,Z] to scores of items [N,I]."""

    @register_to_config
    def __init__(self, facts: int, choices: int, latent: int = 12, width: int = 192, hidden: float = 0.3) -> None:
        super().__init__()
        self.latent = latent
        self.read = nn.Sequential(nn.Dropout(hidden), nn.Linear(facts, width), nn.ReLU(), nn.Dropout(hidden))
        self.posterior = nn.Sequential(nn.Linear(width + choices, width), nn.ReLU(), nn.Linear(width, 2 * latent))
        self.write = nn.Sequential(nn.Linear(width + latent, width), nn.ReLU(), nn.Linear(width, choices))
        self.straight = nn.Linear(facts, choices)  # what a fact says by itself, as in a regression
        nn.init.zeros_(self.straight.weight)

    def encode(self, facts: Tensor, plans: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the latents of a plan for a patient, [N,Z] each."""
        mean, logvar = self.posterior(torch.cat([self.read(facts), plans], 1)).chunk(2, 1)
        return mean, logvar.clamp(-8, 4)

    def forward(self, facts: Tensor, latents: Tensor) -> Tensor:
        """See the class."""
        scores: Tensor = self.straight(facts) + self.write(torch.cat([self.read(facts), latents], 1))
        return scores


@dataclass(frozen=True)
class Recipe:
    """How the VAE learns.

    Attributes:
        kl: Lambda of L = L_recon + lambda L_KL, both in nats a plan.
        free: Nats of each latent that cost nothing (Kingma et al. 2016, 1606.04934), so that latents are used.
        decay: Of the weights.
    """

    rate: float = 2e-3
    kl: float = 1.0
    free: float = 0.05
    decay: float = 0.02


class VAETrainee(Trainee):
    """The VAE with its average."""

    def __init__(self, network: PlanVAE, facts: int, recipe: Recipe) -> None:
        super().__init__()
        self.recipe, self.network, self._facts = recipe, network, facts
        self.averaged = average(network, 0.995)
        self.optimisers = {"network": torch.optim.AdamW(network.parameters(), recipe.rate, weight_decay=recipe.decay)}

    def step(self, examples: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn from rows of facts and items beside each other, [N,F+I], each with its weight [N]."""
        set_rate(self.optimisers["network"], self.recipe.rate, progress)
        facts, plans = examples.float().split([self._facts, examples.shape[1] - self._facts], 1)
        mean, logvar = self.network.encode(facts, plans)
        latents = mean + (0.5 * logvar).exp() * torch.randn_like(mean)
        error = functional.binary_cross_entropy_with_logits(self.network(facts, latents), plans, reduction="none").sum(
            1
        )
        divergence = 0.5 * (mean**2 + logvar.exp() - 1 - logvar)
        held = divergence.mean(0).clamp(min=self.recipe.free).sum()
        loss = (labels * error).sum() / labels.sum() + self.recipe.kl * held
        descend(self.optimisers["network"], loss, clip=1.0)
        self.averaged.update_parameters(self.network)
        return {"recon": error.mean().item(), "kl": divergence.sum(1).mean().item()}

    def show(self, folder: Path, seen: int) -> None:
        """Nothing: a plan is looked at by `airmed generate plan`."""
