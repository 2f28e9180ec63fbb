"""Generate: from a request to pictures, seeded, in portions, as they come.

Every family turns noise and labels into latents, and the shared autoencoder turns latents into pictures. The noise of
picture 7 of seed 3 is always the same, whatever the portion it is made in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from diffusers.utils import CONFIG_NAME
from torch import Tensor

from generators import weights
from generators.errors import RequestError
from generators.gpu import borrows_gpu, lent
from generators.images import trained
from generators.images.atlas import Label, to_pixels
from generators.images.autoencoder import Autoencoder
from generators.images.catalogue import known
from generators.images.controls import USUAL_CONTROLS, USUAL_FAMILY, Controls
from generators.images.diffusion import WINDOWS, Denoiser, solve
from generators.images.gan import Generator
from generators.images.latents import SHAPE, noise
from generators.images.vae import LatentVAE
from generators.precision import half_precision

MOST = 100_000
PORTION = 8
Pixels = npt.NDArray[np.uint8]


class Family(ABC):
    """A trained family: what it knows, and how noise becomes latents."""

    name: str
    kind: type[Any]  # of its network
    part = ""  # of its folder, where the network lies

    def __init__(self, folder: Path) -> None:
        """Read its network, and the labels in the order of their numbers."""
        self.labels = trained.labels(folder)
        self.network: Any = weights.load(self.kind, folder / self.part)

    @property
    def noise_size(self) -> int:
        """Numbers of noise that a picture takes."""
        return int(self.network.noise_size)

    @abstractmethod
    def latents(self, noise: Tensor, labels: Tensor, controls: Controls) -> Tensor:
        """Noise [N,noise_size] and labels [N] to latents [N,8,16,16]."""


class VAE(Family):
    """The latent VAE."""

    name, kind = "vae", LatentVAE

    def latents(self, noise: Tensor, labels: Tensor, controls: Controls) -> Tensor:
        """See the base class."""
        latents: Tensor = self.network(noise, labels, temperature=controls.truncation).features
        return latents


class GAN(Family):
    """The latent GAN."""

    name, kind = "gan", Generator

    def latents(self, noise: Tensor, labels: Tensor, controls: Controls) -> Tensor:
        """See the base class."""
        latents: Tensor = self.network(noise * controls.truncation, labels)
        return latents


class Diffusion(Family):
    """The latent diffusion model."""

    name, kind, part = "diffusion", Denoiser, "transformer"

    def latents(self, noise: Tensor, labels: Tensor, controls: Controls) -> Tensor:
        """See the base class."""
        with half_precision(noise.device):
            return solve(self.network, noise.unflatten(1, SHAPE), labels, controls.steps, controls.guidance).float()


class FastDiffusion(Family):
    """The distilled diffusion model: four steps, and no guidance, as it learned to follow a teacher without any."""

    name, kind = "fast", Denoiser

    def latents(self, noise: Tensor, labels: Tensor, controls: Controls) -> Tensor:
        """See the base class."""
        with half_precision(noise.device):
            return solve(self.network, noise.unflatten(1, SHAPE), labels, WINDOWS, fast=True).float()


FAMILIES: dict[str, type[Family]] = {kind.name: kind for kind in (VAE, GAN, Diffusion, FastDiffusion)}


@cache
def family(name: str, models: Path | None = None) -> Family:
    """A trained family by name, read once.

    Raises:
        RequestError: There is no such family.
        ModelFilesError: Its files cannot be used.
    """
    if name not in FAMILIES:
        raise RequestError(f"There is no model {name!r}; choose one of {', '.join(FAMILIES)}.")
    return FAMILIES[name](trained.folder_of(name, models))


@cache
def autoencoder(models: Path | None = None, finished: bool = True) -> Autoencoder:
    """The shared autoencoder: a user's own where the folder of models has one, else the shipped one.

    The shipped one lies once on disk, where diffusers looks for it: in the pipeline of the diffusion model. A user's is
    the one with the finished decoder, where there is one and it is not asked for as it was before that.

    Raises:
        ModelFilesError: Its files cannot be used.
    """
    names = (*["decoder"][:finished], "autoencoder", "diffusion/vae") if models else ()
    own = next((models / name for name in names if models and (models / name / CONFIG_NAME).is_file()), None)
    shared: Autoencoder = weights.load(Autoencoder, own or trained.SHIPPED / "diffusion" / "vae")
    return shared


@dataclass(frozen=True)
class Request:
    """What is to be generated.

    Attributes:
        dataset: For example `chest_xray`.
        labels: Findings of it, in turn over the pictures; all that it knows where none is named.
        model: `vae`, `gan`, `diffusion` or `fast`.
        count: Pictures, 1 to 100,000.
        seed: From 0; the same seed gives the same pictures.
        models: A user's folder of trained models; the shipped ones by default.
    """

    dataset: str
    labels: tuple[str, ...] = ()
    model: str = USUAL_FAMILY
    count: int = 1
    seed: int = 0
    controls: Controls = USUAL_CONTROLS
    models: Path | None = None

    def __post_init__(self) -> None:
        """Check what needs no model.

        Raises:
            RequestError: The count or the seed is out of range.
        """
        if not 1 <= self.count <= MOST:
            raise RequestError(f"count is {self.count}; give a number of pictures from 1 to {MOST:,}.")
        if not 0 <= self.seed < 2**31:
            raise RequestError(f"seed is {self.seed}; give a whole number from 0 to {2**31 - 1}.")

    @property
    def family(self) -> Family:
        """The model asked for."""
        return family(self.model, self.models)

    @property
    def findings(self) -> tuple[Label, ...]:
        """The labels that the pictures take in turn.

        Raises:
            RequestError: The model does not know one.
        """
        known = self.family.labels
        own = tuple(label for label in known if label.dataset == self.dataset)
        if not own:
            datasets = ", ".join(dict.fromkeys(label.dataset for label in known))
            raise RequestError(f"{self.model} knows no dataset {self.dataset!r}; choose one of {datasets}.")
        wanted = tuple(Label(self.dataset, name) for name in self.labels) or own
        for label in wanted:
            if label not in own:
                names = ", ".join(label.finding for label in own)
                raise RequestError(f"{self.dataset} has no label {label.finding!r}; choose one of {names}.")
        return wanted

    def label_of(self, number: int) -> Label:
        """The label of one picture."""
        return self.findings[number % len(self.findings)]


@borrows_gpu
def generate(request: Request) -> Iterator[Pixels]:
    """Pictures in portions, uint8 [N,128,128], together `request.count`; the first portion is one picture.

    Raises:
        RequestError: The model does not know what is asked for.
        ModelFilesError: Its files cannot be used.
    """
    made = 0
    while made < request.count:
        numbers = range(made, min(made + (PORTION if made else 1), request.count))
        wanted = [request.label_of(number) for number in numbers]
        yield _pictures(request, noise(request.seed, numbers, request.family.noise_size), wanted)
        made = numbers.stop


@cache
def warm() -> None:
    """Make one picture that nobody sees: what is slow about the first one is over then.

    Raises:
        ModelFilesError: The model's files cannot be used.
    """
    next(generate(Request(next(iter(known())))))


@borrows_gpu
def interpolate(request: Request, frames: int = 8) -> Iterator[Pixels]:
    """The way from picture 0 of a seed to picture 1, one frame at a time: uint8 [1,128,128].

    The noise moves along the arc between the two, as it would lose its length along the chord (White 2016, arXiv
    1609.04468). Frames have the first label.

    Raises:
        RequestError: The model does not know what is asked for.
        ModelFilesError: Its files cannot be used.
    """
    begin, end = noise(request.seed, range(2), request.family.noise_size)
    for place in torch.linspace(0, torch.pi / 2, frames):
        between = begin * place.cos() + end * place.sin()
        yield _pictures(request, between[None], request.findings[:1])


@torch.no_grad()
def _pictures(request: Request, noise: Tensor, wanted: Sequence[Label]) -> Pixels:
    numbers = torch.tensor([request.family.labels.index(label) for label in wanted])
    request.family.network.to(lent())
    latents = request.family.latents(noise.to(lent()), numbers.to(lent()), request.controls)
    return to_pixels(decode(latents, request.models).cpu())


@torch.no_grad()
def decode(latents: Tensor, models: Path | None = None) -> Tensor:
    """Latents [N,8,16,16] to pictures [N,1,128,128] in about -1..1."""
    with half_precision(latents.device):
        pictures: Tensor = autoencoder(models).to(latents.device).decode(latents).sample
    return pictures.float()
