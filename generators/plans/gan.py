"""The conditional GAN over plans: what a patient has, and noise, to items that a critic cannot tell from a real plan.

After medGAN (Choi et al. 2017, arXiv 1703.06490) in that items are drawn, and with the objective of R3GAN (Huang et al.
2024, arXiv 2501.05441). A plan is drawn by the straight-through trick (Bengio et al. 2013, arXiv 1308.3432), so that
the critic sees zeros and ones on both sides.
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


class PlanGenerator(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Facts [N,F] and noise [N,Z] to scores of items [N,I]."""

    @register_to_config
    def __init__(self, facts: int, choices: int, latent: int = 12, width: int = 192, hidden: float = 0.2) -> None:
        super().__init__()
        self.latent = latent
        self.read = nn.Sequential(nn.Dropout(hidden), nn.Linear(facts, width), nn.ReLU())
        self.write = nn.Sequential(nn.Linear(width + latent, width), nn.ReLU(), nn.Linear(width, choices))

    def forward(self, facts: Tensor, noise: Tensor) -> Tensor:
        """See the class."""
        scores: Tensor = self.write(torch.cat([self.read(facts), noise], 1))
        return scores


@dataclass(frozen=True)
class Recipe:
    """How the GAN learns.

    Attributes:
        slope: Weight of the critic's squared slope at real and at made plans (gamma / 2 of the paper).
        likeness: Weight of the likelihood of the real plan, without which rare items are never tried.
    """

    rate: float = 1e-3
    slope: float = 1.0
    likeness: float = 1.0


class GANTrainee(Trainee):
    """Generator, its average, and critic."""

    def __init__(self, network: PlanGenerator, facts: int, items: int, recipe: Recipe) -> None:
        super().__init__()
        self.recipe, self.network, self._facts = recipe, network, facts
        self.critic = nn.Sequential(
            nn.Linear(facts + items, 192), nn.SiLU(), nn.Linear(192, 192), nn.SiLU(), nn.Linear(192, 1)
        )
        self.averaged = average(network, 0.995)
        self.optimisers = {
            "network": torch.optim.Adam(network.parameters(), recipe.rate, (0.0, 0.99)),
            "critic": torch.optim.Adam(self.critic.parameters(), recipe.rate, (0.0, 0.99)),
        }

    def step(self, examples: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn from rows of facts and items beside each other, [N,F+I]; weights are not used."""
        for optimiser in self.optimisers.values():
            set_rate(optimiser, self.recipe.rate, progress)
        facts = examples[:, : self._facts].float()
        real = examples.float().requires_grad_()
        made = torch.cat([facts, self._drawn(facts)[0].detach()], 1).requires_grad_()
        on_real, on_made = self.critic(real), self.critic(made)
        doubt = functional.softplus(on_made - on_real).mean()
        descend(self.optimisers["critic"], doubt + self.recipe.slope * (_slope(on_real, real) + _slope(on_made, made)))
        drawn, scores = self._drawn(facts)
        deceit = functional.softplus(self.critic(real.detach()) - self.critic(torch.cat([facts, drawn], 1))).mean()
        plans = examples[:, self._facts :].float()
        error = functional.binary_cross_entropy_with_logits(scores, plans, reduction="none").sum(1).mean()
        descend(self.optimisers["network"], deceit + self.recipe.likeness * error, clip=1.0)
        self.averaged.update_parameters(self.network)
        return {"critic": doubt.item(), "generator": deceit.item(), "likeness": error.item()}

    def _drawn(self, facts: Tensor) -> tuple[Tensor, Tensor]:
        """Plans [N,I] of zeros and ones whose slope is that of the chances, and the scores."""
        scores = self.network(facts, torch.randn(len(facts), self.network.latent, device=facts.device))
        chances = torch.sigmoid(scores)
        return torch.bernoulli(chances).detach() + chances - chances.detach(), scores

    def show(self, folder: Path, seen: int) -> None:
        """Nothing: a plan is looked at by `airmed generate plan`."""


def _slope(scores: Tensor, rows: Tensor) -> Tensor:
    gradient = torch.autograd.grad(scores.sum(), rows, create_graph=True)[0]
    return gradient.square().sum(1).mean()
