"""What is to be beaten: the fully connected GAN that the literature teaches with, and a plain DCGAN, both in pixels.

Dense GAN: Goodfellow et al. 2014, arXiv 1406.2661, in the sizes of the usual tutorials. DCGAN: Radford et al. 2016,
arXiv 1511.06434, with the label given to both sides. Both by binary cross-entropy, without any later remedy.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from generators.images.pictures import SIDE
from generators.images.training import PictureTrainee
from generators.precision import half_precision
from generators.training import descend

NOISE = 100


class DenseGenerator(nn.Module):
    """Noise [N,100] and labels to pictures [N,1,128,128] in -1..1 by layers of 128, 256 and 512."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, NOISE)
        sizes = (NOISE, 128, 256, 512)
        layers = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.LeakyReLU(0.2))]
        self.layers = nn.Sequential(*layers, nn.Linear(512, SIDE * SIDE), nn.Tanh())

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """See the class."""
        pictures: Tensor = self.layers(noise * self.embedding(labels)).unflatten(1, (1, SIDE, SIDE))
        return pictures


class DenseDiscriminator(nn.Module):
    """Pictures and labels to probabilities by layers of 512, 256 and 128."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, 64)
        sizes = (SIDE * SIDE + 64, 512, 256, 128)
        layers = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.LeakyReLU(0.2))]
        self.layers = nn.Sequential(*layers, nn.Linear(128, 1), nn.Sigmoid())

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """[N] probabilities of being real."""
        verdicts: Tensor = self.layers(torch.cat([images.flatten(1), self.embedding(labels)], 1))[:, 0]
        return verdicts


class ConvolutionalGenerator(nn.Module):
    """Noise and labels to pictures by five transposed convolutions with batch normalisation."""

    def __init__(self, classes: int, width: int = 32) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, NOISE)
        widths = [width * 16, width * 8, width * 4, width * 2, width]
        first = nn.ConvTranspose2d(NOISE, widths[0], 4, bias=False)
        layers: list[nn.Module] = [first, nn.BatchNorm2d(widths[0]), nn.ReLU()]
        for before, after in pairwise(widths):
            layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.ConvTranspose2d(width, 1, 4, 2, 1), nn.Tanh())

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """See the class."""
        pictures: Tensor = self.layers((noise * self.embedding(labels))[:, :, None, None])
        return pictures


class ConvolutionalDiscriminator(nn.Module):
    """Pictures and labels to probabilities by five strided convolutions; the label is a second channel."""

    def __init__(self, classes: int, width: int = 32) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, SIDE * SIDE)
        widths = [width, width * 2, width * 4, width * 8, width * 16]
        layers: list[nn.Module] = [nn.Conv2d(2, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4), nn.Sigmoid())

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """[N] probabilities of being real."""
        channel = self.embedding(labels).unflatten(1, (1, SIDE, SIDE))
        verdicts: Tensor = self.layers(torch.cat([images, channel], 1)).flatten()
        return verdicts


class BaselineTrainee(PictureTrainee):
    """A generator and a discriminator that play the first GAN's game."""

    def __init__(self, generator: nn.Module, discriminator: nn.Module, classes: int) -> None:
        super().__init__()
        self.network, self.discriminator = generator, discriminator
        self.labels: Tensor
        self.register_buffer("labels", torch.arange(24) * classes // 24, persistent=False)
        self.optimisers = {
            "network": torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.999)),
            "discriminator": torch.optim.Adam(discriminator.parameters(), 2e-4, (0.5, 0.999)),
        }

    def step(self, images: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn from images [N,1,128,128] in -1..1, at a constant rate as the papers do."""
        with half_precision(labels.device):
            made = self.network(torch.randn(len(labels), NOISE, device=labels.device), labels).float()
            on_real = self.discriminator(images, labels).float()
            on_made = self.discriminator(made.detach(), labels).float()
        one, zero = torch.ones_like(on_real), torch.zeros_like(on_made)
        loss = functional.binary_cross_entropy(on_real, one) + functional.binary_cross_entropy(on_made, zero)
        descend(self.optimisers["discriminator"], loss)
        with half_precision(labels.device):
            fooled = self.discriminator(made, labels).float()
        deceit = functional.binary_cross_entropy(fooled, one)
        descend(self.optimisers["network"], deceit)
        return {"discriminator": loss.item() / 2, "generator": deceit.item()}

    @torch.no_grad()
    def sample(self) -> Tensor:
        """See the base class."""
        noise = torch.randn(len(self.labels), NOISE, generator=torch.Generator().manual_seed(0))
        self.network.eval()
        pictures: Tensor = self.network(noise.to(self.labels.device), self.labels)
        self.network.train()
        return pictures


def dense_gan(classes: int) -> BaselineTrainee:
    """The fully connected GAN."""
    return BaselineTrainee(DenseGenerator(classes), DenseDiscriminator(classes), classes)


def dcgan(classes: int) -> BaselineTrainee:
    """The plain DCGAN."""
    return BaselineTrainee(ConvolutionalGenerator(classes), ConvolutionalDiscriminator(classes), classes)
