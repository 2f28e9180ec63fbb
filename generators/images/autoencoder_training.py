"""How the autoencoder is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from generators.images.autoencoder import Autoencoder, PatchAdversary
from generators.images.training import PictureTrainee, moved
from generators.precision import half_precision
from generators.training import average, descend, set_rate


@dataclass(frozen=True)
class Objective:
    """The weights of the parts of the loss.

    Attributes:
        kl: Lambda of L = L_recon + lambda L_KL; both are means over their elements (pixels, latent numbers).
        features: Of the adversary's features, against the mean absolute error of pixels.
        adversary: Of the verdict's gradient, as a share of the reconstruction's gradient at the last layer.
        alone: The share of training before the adversary is heard; it learns from four fifths of that on, because an
            adversary that knows nothing yet is fooled at once and then learns nothing.
    """

    kl: float = 2e-3
    features: float = 1.0
    adversary: float = 0.5
    alone: float = 0.2
    rate: float = 6e-4
    adversary_rate: float = 5e-4


class AutoencoderTrainee(PictureTrainee):
    """The autoencoder with its adversary."""

    def __init__(self, network: Autoencoder, objective: Objective, shown: Tensor) -> None:
        super().__init__()
        self.objective = objective
        self.network = network.to(memory_format=torch.channels_last)
        self.adversary = PatchAdversary().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged = average(self.network, 0.999)
        self.shown: Tensor
        self.register_buffer("shown", shown, persistent=False)
        self.optimisers = {
            "network": torch.optim.AdamW(self.network.parameters(), objective.rate, (0.5, 0.95), weight_decay=1e-4),
            "adversary": torch.optim.AdamW(self.adversary.parameters(), objective.adversary_rate, (0.5, 0.95)),
        }

    def step(self, images: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn to rebuild slightly moved and relit images [N,1,128,128] in -1..1."""
        set_rate(self.optimisers["network"], self.objective.rate, progress)
        images = vary(images).contiguous(memory_format=torch.channels_last)
        with half_precision(images.device):
            posterior = self.network.posterior(images)
            rebuilt = self.network.raw_decode(posterior.sample()).float()
        error = functional.l1_loss(rebuilt, images)
        divergence = posterior.kl().mean() / posterior.mean[0].numel()
        loss = error + self.objective.kl * divergence
        losses = {"l1": error.item(), "kl": divergence.item()}
        if progress >= self.objective.alone:
            deceit, losses["fm"] = self._deceit(images, rebuilt, error)
            loss = loss + deceit
        descend(self.optimisers["network"], loss, clip=1.0)
        if progress >= self.objective.alone * 0.8:
            losses["adversary"] = self._teach(images, rebuilt.detach())
        self.averaged.update_parameters(self.network)
        return losses

    def _deceit(self, images: Tensor, rebuilt: Tensor, error: Tensor) -> tuple[Tensor, float]:
        self.adversary.requires_grad_(False)
        with half_precision(images.device):
            verdict, features = self.adversary(rebuilt)
            with torch.no_grad():
                wanted = self.adversary(images)[1]
        self.adversary.requires_grad_(True)
        pairs = [functional.l1_loss(a.float(), b.float()) for a, b in zip(features, wanted, strict=True)]
        matching = torch.stack(pairs).mean() * self.objective.features
        fooled = -verdict.float().mean()
        last: Any = self.network.decoder[-1]
        pull, push = (torch.autograd.grad(part, last.weight, retain_graph=True)[0].norm() for part in (error, fooled))
        weight = (pull / (push + 1e-6)).clamp(0, 10).detach() * self.objective.adversary
        return matching + weight * fooled, matching.item()

    def _teach(self, images: Tensor, rebuilt: Tensor) -> float:
        with half_precision(images.device):
            verdicts = self.adversary(torch.cat([images, rebuilt]))[0].float()
        real, made = verdicts.chunk(2)
        loss = (functional.relu(1 - real).mean() + functional.relu(1 + made).mean()) / 2
        descend(self.optimisers["adversary"], loss)
        return loss.item()

    @torch.no_grad()
    def sample(self) -> Tensor:
        """The images shown above what the averaged network rebuilds from them."""
        network = self.learned
        rebuilt = network.raw_decode(network.posterior(self.shown).mean)
        rows = zip(self.shown.split(8), rebuilt.split(8), strict=True)
        return torch.cat([picture for row in rows for picture in row])


def vary(images: Tensor, pixels: int = 6, light: float = 0.1) -> Tensor:
    """Move by some pixels, mirror, and change brightness and contrast a little, each image by its own amounts."""
    placed = moved(images, pixels, "reflect")
    chance, brightness, contrast = torch.rand(3, len(images), 1, 1, 1, device=images.device)
    mirrored = torch.where(chance < 0.5, placed.flip(3), placed)
    relit: Tensor = mirrored * (1 + light * (2 * contrast - 1)) + light * (2 * brightness - 1)
    return relit.clamp(-1, 1)
