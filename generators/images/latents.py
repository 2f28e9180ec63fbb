"""The latent space in which VAE, GAN and diffusion learn: images encoded once, noise that belongs to a number."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from generators.images.autoencoder import LATENT_CHANNELS, LATENT_SIDE, Autoencoder
from generators.images.training import PictureTrainee
from generators.precision import half_precision, place

SHAPE = (LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE)
STRIDE = 1_000_003  # seeds apart, so that no two share pictures
MOVES = ((0, 0), (2, 0), (-2, 0), (0, 2), (0, -2))  # pixels


def encoded(autoencoder: Autoencoder, images: Tensor, folder: Path) -> Tensor:
    """What `encode` gives, kept in a folder: it takes minutes, and every family begins with it."""
    path = folder / f"{_digest(autoencoder, images)}.safetensors"
    if path.is_file():
        return load_file(path)["moments"]
    moments = encode(autoencoder, images)
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file({"moments": moments}, partial)
    partial.replace(path)
    return moments


def _digest(autoencoder: Autoencoder, images: Tensor) -> str:
    digest = hashlib.sha256(images.numpy().tobytes())
    for name, value in autoencoder.state_dict().items():
        if not name.startswith(("decoder", "linear_out")):  # what a latent becomes is no part of it
            digest.update(value.numpy().tobytes())
    return digest.hexdigest()[:16]


@torch.no_grad()
def encode(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Images [N,1,128,128] in -1..1 to mean and deviation of their latents, half precision [N,16,16,16].

    Each image comes len(MOVES) times, moved by a few pixels: [N*5,16,16,16], so that nothing learns one exact place.
    """
    device = place()
    autoencoder.to(device)
    parts = []
    for vertical, horizontal in MOVES:
        padded = functional.pad(images, (2,) * 4, mode="replicate")
        moved = padded[:, :, 2 + vertical : 130 + vertical, 2 + horizontal : 130 + horizontal]
        for part in moved.split(64):
            with half_precision(device):
                of = autoencoder.encode(part.to(device)).latent_dist
            parts.append(torch.cat([of.mean, of.std], 1).half().cpu())
    autoencoder.cpu()
    return torch.cat(parts)


def drawn(moments: Tensor) -> Tensor:
    """One latent of each distribution [N,16,16,16]: [N,8,16,16]."""
    mean, deviation = moments.float().chunk(2, 1)
    return mean + deviation * torch.randn_like(mean)


def noise(seed: int, numbers: range, size: int) -> Tensor:
    """Gaussian noise [len(numbers),size]; what picture `number` of a seed gets does not depend on the batch."""
    rows = [torch.randn(size, generator=torch.Generator().manual_seed(seed * STRIDE + number)) for number in numbers]
    return torch.stack(rows)


class LatentTrainee(PictureTrainee):
    """A family that learns latents by their labels, and shows the same pictures as it learns."""

    def __init__(self, autoencoder: Autoencoder, classes: int, shown: int = 24) -> None:
        super().__init__()
        self._decoder = (autoencoder,)  # in a tuple, so that it is no part of what is trained and saved
        self.labels: Tensor
        self.register_buffer("labels", torch.arange(shown) * classes // shown, persistent=False)

    def noise(self, size: int) -> Tensor:
        """The noise of the pictures that are shown, [N,size]."""
        return noise(0, range(len(self.labels)), size).to(self.labels.device)

    @abstractmethod
    def latents(self) -> Tensor:
        """Latents of the averaged network for `self.labels`, always from the same noise."""

    @torch.no_grad()
    def sample(self) -> Tensor:
        """The pictures of `latents`."""
        modes = {module: module.training for module in self.modules()}
        pictures: Tensor = self._decoder[0].decode(self.eval().latents().cpu()).sample
        for module, mode in modes.items():
            module.training = mode
        return pictures


class ClassEmbedding(nn.Embedding):
    """Embeds labels; drawn small, so that a label moves features and does not replace them."""

    def reset_parameters(self) -> None:
        """Normal of deviation 0.5."""
        nn.init.normal_(self.weight, std=0.5)
