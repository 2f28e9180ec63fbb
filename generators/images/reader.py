"""The classifier: what kind of examination a picture is of, and what it finds there.

It serves twice: as the yardstick of utility (trained on synthetic pictures, tested on real ones), and as the network
behind the analyst. Its probabilities are calibrated by one temperature for each examination (Guo et al. 2017, arXiv
1706.04599), and it knows which pictures are unlike those that it learned from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional

from generators.images.familiarity import LAYOUT, Familiarity, layout, texture
from generators.images.training import PictureTrainee
from generators.precision import half_precision
from generators.training import average, descend, set_rate

SMOOTHING = 0.05
AT_ONCE = 128


class Reader(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Pictures [N,1,128,128] in -1..1 to logits [N,labels].

    Attributes:
        groups: For each label the number of its examination: a picture is of one examination, which has several labels.
    """

    @register_to_config
    def __init__(self, groups: Sequence[int], width: int = 48) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 24, 4, 2, 1), nn.SiLU(), nn.Conv2d(24, width, 4, 2, 1))
        widths = (width, 2 * width, 3 * width)
        self.fine = nn.Sequential(_Residual(widths[0]), _Residual(widths[0]), nn.Conv2d(widths[0], widths[1], 2, 2))
        self.middle = nn.Sequential(_Residual(widths[1]), _Residual(widths[1]), nn.Conv2d(widths[1], widths[2], 2, 2))
        self.coarse = nn.Sequential(_Residual(widths[2]), nn.BatchNorm2d(widths[2]), nn.SiLU())
        self.last = nn.Linear(widths[2], len(groups))
        self.group_of: Tensor
        self.temperature: Tensor
        self.register_buffer("group_of", torch.tensor(groups))
        self.register_buffer("temperature", torch.ones(max(groups) + 1))
        self.familiarity = Familiarity(len(groups), (widths[2], 2 * widths[1], LAYOUT**2))

    def features(self, pictures: Tensor) -> Tensor:
        """[N,C]: what it decides by."""
        return self._pooled(self.fine(self.stem(pictures)))

    def views(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What tells strange pictures: the features, the texture and the layout."""
        maps = self.fine(self.stem(pictures))
        return self._pooled(maps), texture(maps), layout(pictures)

    def _pooled(self, fine: Tensor) -> Tensor:
        """The mean and the peak of each of the last maps, halved."""
        maps = self.coarse(self.middle(fine))
        pooled: Tensor = (maps.mean((2, 3)) + maps.amax((2, 3))) / 2
        return pooled

    def forward(self, pictures: Tensor) -> Tensor:
        """See the class."""
        logits: Tensor = self.last(functional.dropout(self.features(pictures), 0.2, self.training))
        return logits

    def examination(self, logits: Tensor) -> Tensor:
        """The most probable examination of each row, [N]."""
        odds = logits.softmax(1)
        totals = torch.stack([odds[:, self.group_of == group].sum(1) for group in range(len(self.temperature))], 1)
        return totals.argmax(1)

    def probabilities(self, logits: Tensor, group: int) -> Tensor:
        """Calibrated probabilities of one examination's labels, [N,labels of the group]."""
        within = logits[:, self.group_of == group]
        return (within / self.temperature[group]).softmax(1)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
        )

    def forward(self, features: Tensor) -> Tensor:
        return features + self.body(features)  # type: ignore[no-any-return]


class ReaderTrainee(PictureTrainee):
    """The classifier with its average."""

    def __init__(self, network: Reader, rate: float = 2e-3) -> None:
        super().__init__()
        self.network, self.rate = network.to(memory_format=torch.channels_last), rate
        self.averaged = average(self.network, 0.99)
        self.optimisers = {"network": torch.optim.AdamW(self.network.parameters(), rate, weight_decay=0.02)}

    def step(self, images: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn from images [N,1,128,128] in -1..1, each moved, turned, scaled and relit a little."""
        set_rate(self.optimisers["network"], self.rate, progress)
        varied = turned(images).contiguous(memory_format=torch.channels_last)
        with half_precision(images.device):
            logits = self.network(varied).float()
        loss = functional.cross_entropy(logits, labels, label_smoothing=SMOOTHING)
        descend(self.optimisers["network"], loss, clip=2.0)
        self.averaged.update_parameters(self.network)
        return {"loss": loss.item(), "accuracy": (logits.argmax(1) == labels).float().mean().item()}

    def sample(self) -> Tensor:
        """A classifier makes no pictures: one grey square."""
        return torch.zeros(8, 1, 8, 8)


def turned(images: Tensor, angle: float = 0.15, scale: float = 0.12, move: float = 0.1, light: float = 0.2) -> Tensor:
    """Each image turned (radians), scaled, moved (of half the side) and relit by its own random amounts up to these."""
    number = len(images)
    angles, scales, across, down, contrast, brightness = (
        (2 * torch.rand(number, device=images.device) - 1) * most for most in (angle, scale, move, move, light, light)
    )
    cosine, sine = angles.cos() * (1 + scales), angles.sin() * (1 + scales)
    rows = [torch.stack([cosine, -sine, across], 1), torch.stack([sine, cosine, down], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    moved = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    return moved * (1 + contrast)[:, None, None, None] + brightness[:, None, None, None]


@torch.no_grad()
def logits_and_features(network: Reader, images: Tensor) -> tuple[Tensor, Tensor]:
    """Of images [N,1,128,128], in portions: [N,labels] and [N,C]."""
    features = torch.cat([network.features(part) for part in images.split(AT_ONCE)])
    return network.last(features), features


@torch.no_grad()
def views(network: Reader, images: Tensor) -> list[Tensor]:
    """What tells strange pictures of images [N,1,128,128], in portions."""
    return [torch.cat(kind) for kind in zip(*(network.views(part) for part in images.split(AT_ONCE)), strict=True)]


def calibrate(network: Reader, held_out: Tensor, labels: Tensor) -> None:
    """Choose each examination's temperature by the likelihood of held-out pictures."""
    logits, _ = logits_and_features(network, held_out)
    candidates = torch.logspace(-0.7, 0.7, 141)
    for group in range(len(network.temperature)):
        chosen = network.group_of[labels] == group
        within = logits[chosen][:, network.group_of == group]
        wanted = labels[chosen] - int((network.group_of == group).nonzero()[0])
        losses = torch.stack([functional.cross_entropy(within / heat, wanted) for heat in candidates])
        network.temperature[group] = candidates[losses.argmin()]
