"""Whether a picture is like those that a classifier learned from: how far its features lie from those of any label.

The distance is Mahalanobis's (Lee et al. 2018, arXiv 1807.03888), of several kinds of features: what the classifier
decides by sees little of what is strange, so that texture and layout are looked at too, and the strangest kind counts.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

LAYOUT = 8  # a picture's layout is its light in so many rows and columns
FAMILIAR = 0.99  # share of held-out pictures that are to be familiar
SHRINKAGE = 0.03  # of covariances towards a sphere


def texture(maps: Tensor) -> Tensor:
    """Of feature maps [N,C,H,W] what they are and how much they vary, wherever it is: [N,2C]."""
    return torch.cat([maps.mean((2, 3)), maps.std((2, 3))], 1)


def layout(pictures: Tensor) -> Tensor:
    """Of pictures [N,1,H,W] where it is light and where it is dark, however strongly: [N,LAYOUT**2]."""
    light = functional.adaptive_avg_pool2d(pictures, LAYOUT).flatten(1)
    return (light - light.mean(1, keepdim=True)) / (light.std(1, keepdim=True) + 0.05)


class Familiarity(nn.Module):
    """Knows where features of each kind lie for each label, and how far out a familiar picture may be."""

    def __init__(self, labels: int, widths: Sequence[int]) -> None:
        """Take the number of labels, and of each kind of features how many there are."""
        super().__init__()
        self.kinds = nn.ModuleList([_Kind(labels, width) for width in widths])
        self.limit: Tensor
        self.register_buffer("limit", torch.tensor(1.0))

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """How strange pictures are by their features of each kind, [N]: above 1 they are not familiar."""
        return self._farthest(features) / self.limit

    def learn(self, train: Sequence[Tensor], labels: Tensor, held_out: Sequence[Tensor]) -> None:
        """Learn from features of labelled pictures, and the limits from those of pictures that nothing learned from."""
        for kind, features, others in zip(self.kinds, train, held_out, strict=True):
            kind.learn(features, labels, others)  # type: ignore[operator]
        self.limit.copy_(self._farthest(held_out).quantile(FAMILIAR))

    def _farthest(self, features: Sequence[Tensor]) -> Tensor:
        return torch.stack([kind(of) for kind, of in zip(self.kinds, features, strict=True)]).amax(0)


class _Kind(nn.Module):
    """Features of one kind: the distance to the nearest label, over that of nearly every familiar picture."""

    def __init__(self, labels: int, width: int) -> None:
        super().__init__()
        self.centres: Tensor
        self.whitening: Tensor
        self.register_buffer("centres", torch.zeros(labels, width))
        self.register_buffer("whitening", torch.eye(width))

    def forward(self, features: Tensor) -> Tensor:
        gaps = (features[:, None] - self.centres[None]) @ self.whitening
        nearest: Tensor = gaps.norm(dim=2).min(1).values
        return nearest

    def learn(self, features: Tensor, labels: Tensor, held_out: Tensor) -> None:
        for label in range(len(self.centres)):
            self.centres[label] = features[labels == label].mean(0)
        gaps = (features - self.centres[labels]).double()
        covariance = gaps.T @ gaps / len(gaps)
        covariance += torch.eye(len(covariance), dtype=torch.double) * covariance.trace() / len(covariance) * SHRINKAGE
        self.whitening.copy_(torch.linalg.cholesky(torch.linalg.inv(covariance)))
        self.whitening /= self(held_out).quantile(FAMILIAR)
