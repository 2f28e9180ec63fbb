"""What discriminators are made of: judges of feature maps, and a distance between what is made and what is real.

A discriminator that begins from nothing learns so few pictures by heart. Ours stand on a network that learned elsewhere
and stands still (Projected GAN, Sauer et al. 2021, arXiv 2111.01007): they see its feature maps, and a small judge for
each map says of every place how real it looks, with the label by projection (Miyato and Koyama 2018, arXiv 1802.05637).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from generators.images.latents import ClassEmbedding


class Judge(nn.Module):
    """Feature maps [N,C,H,W] of one size, and labels [N], to scores of places [N,places]: how real they look."""

    def __init__(self, classes: int, channels: int, halvings: int, width: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(halvings):
            layers += [spectral_norm(nn.Conv2d(channels, width, 4, 2, 1)), nn.LeakyReLU(0.2)]
            channels = width
        layers += [spectral_norm(nn.Conv2d(channels, width, 3, 1, 1)), nn.LeakyReLU(0.2)]
        self.body = nn.Sequential(*layers)
        self.score, self.embedding = spectral_norm(nn.Conv2d(width, 1, 1)), ClassEmbedding(classes, width)

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """See the class."""
        features = self.body(features)
        projected = torch.einsum("nchw,nc->nhw", features, self.embedding(labels)) / features.shape[1] ** 0.5
        scores: Tensor = (self.score(features)[:, 0] + projected).flatten(1)
        return scores


def hinge(on_real: Tensor, on_made: Tensor) -> Tensor:
    """What a discriminator tries to make small (Lim and Ye 2017, arXiv 1705.02894)."""
    return functional.relu(1 - on_real).mean() + functional.relu(1 + on_made).mean()


def energy_distance(made: Tensor, real: Tensor) -> Tensor:
    """How far what is made lies from what is real, both [N,D] in pairs of one label.

    Pairs that are made are pushed apart as far as real pairs lie from them and no farther: the distance is least where
    the distributions are the same (Bellemare et al. 2017, arXiv 1705.10743).
    """
    one, two = (side.float().unflatten(0, (-1, 2)) for side in (made, real))
    between = torch.cdist(one, two).mean() - 0.5 * (one[:, 0] - one[:, 1]).norm(dim=1).mean()
    distance: Tensor = between / one.shape[2] ** 0.5
    return distance
