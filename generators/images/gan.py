"""The GAN: noise and a label to a latent in one pass.

Generator in the manner of FastGAN (Liu et al. 2021, arXiv 2101.04775): gated up-blocks, noise at every size, and
skip-layer excitation from the coarsest features to the finest. The discriminator does not begin from nothing, which
with so few pictures ends in one picture for each label: it judges features of the trained diffusion model (Projected
GAN, Sauer et al. 2021, arXiv 2111.01007; in latents Sauer et al. 2024, arXiv 2403.12015), with the label by projection
(Miyato and Koyama 2018, arXiv 1802.05637). Both sides are seen moved (Zhao et al. 2020, arXiv 2006.10738) and under
noise (Wang et al. 2022, arXiv 2206.02262), and two at a time, so that sameness is seen too (Lin et al. 2018, arXiv
1712.04086).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional

from generators.images.autoencoder import LATENT_CHANNELS, Autoencoder
from generators.images.diffusion import TIMES, Denoiser
from generators.images.judging import Judge, energy_distance, hinge
from generators.images.latents import ClassEmbedding, LatentTrainee, drawn
from generators.images.training import moved
from generators.precision import half_precision
from generators.training import average, descend, set_rate

SIDES = (8, 8, 16, 16)  # of the maps of noise


class NoiseInjection(nn.Module):
    """Adds noise of a learned strength to each channel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(1, width, 1, 1))

    def forward(self, features: Tensor, noise: Tensor) -> Tensor:
        """[N,C,H,W] with noise [N,1,H,W]."""
        return features + self.strength * noise


class UpBlock(nn.Module):
    """Twice the size: a convolution with noise, normalised and gated, twice."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first, self.second = _gated(before, after), _gated(after, after)
        self.noise = nn.ModuleList([NoiseInjection(2 * after), NoiseInjection(2 * after)])

    def forward(self, features: Tensor, noises: tuple[Tensor, Tensor]) -> Tensor:
        """[N,before,H,W] to [N,after,2H,2W]; noises are [N,1,2H,2W]."""
        features = functional.interpolate(features, scale_factor=2.0)
        for (convolution, norm), noise, values in zip((self.first, self.second), self.noise, noises, strict=True):
            features = functional.glu(norm(noise(convolution(features), values)), 1)
        return features


def _gated(before: int, after: int) -> nn.ModuleList:
    return nn.ModuleList([nn.Conv2d(before, 2 * after, 3, padding=1, bias=False), nn.BatchNorm2d(2 * after)])


class Generator(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Noise [N,noise_size] and labels [N] to standardised latents [N,8,16,16]."""

    @register_to_config
    def __init__(self, classes: int, coarse_noise: int = 96, widths: tuple[int, int, int] = (192, 128, 64)) -> None:
        super().__init__()
        coarse, middle, fine = widths
        self.parts = [coarse_noise, *(side * side for side in SIDES)]
        self.noise_size = sum(self.parts)
        self.embedding = ClassEmbedding(classes, 32)
        self.begin = nn.Sequential(
            nn.Linear(coarse_noise + 32, 2 * coarse * 16, bias=False), nn.BatchNorm1d(2 * coarse * 16)
        )
        self.to_middle, self.to_fine = UpBlock(coarse, middle), UpBlock(middle, fine)
        self.excitation = nn.Sequential(
            nn.AdaptiveAvgPool2d(4), nn.Conv2d(coarse, fine, 4), nn.SiLU(), nn.Conv2d(fine, fine, 1), nn.Sigmoid()
        )
        self.end = nn.Conv2d(fine, LATENT_CHANNELS, 3, padding=1)

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """See the class; the first numbers of the noise say what, the others shape the detail."""
        begin, *flat = noise.split(self.parts, 1)
        maps = [part.unflatten(1, (1, side, side)) for part, side in zip(flat, SIDES, strict=True)]
        gated = self.begin(torch.cat([begin, self.embedding(labels)], 1))
        coarse = functional.glu(gated, 1).unflatten(1, (-1, 4, 4))
        fine = self.to_fine(self.to_middle(coarse, (maps[0], maps[1])), (maps[2], maps[3]))
        latents: Tensor = self.end(fine * self.excitation(coarse))
        return latents


class Discriminator(nn.Module):
    """Latents and labels to scores, by what the trained denoiser makes of them on its way down."""

    def __init__(self, denoiser: Denoiser, pack: int) -> None:
        super().__init__()
        self._denoiser, self.pack = (denoiser.eval().requires_grad_(False),), pack  # in a tuple: it is not trained
        fine, coarse = denoiser.config.block_out_channels
        classes = denoiser.config.num_class_embeds - 1
        self.judges = nn.ModuleList([Judge(classes, pack * width, 1) for width in (fine, coarse, coarse)])

    def forward(self, latents: Tensor, labels: Tensor, times: Tensor) -> Tensor:
        """Latents [N,8,16,16] under noise of times [N] in 0..1, their packs side by side: [N/pack,places]."""
        judged = zip(self.judges, self._features(latents, labels, times), strict=True)
        return torch.cat(
            [
                judge(maps.reshape(-1, self.pack * maps.shape[1], *maps.shape[2:]), labels[:: self.pack])
                for judge, maps in judged
            ],
            1,
        )

    def _features(self, latents: Tensor, labels: Tensor, times: Tensor) -> list[Tensor]:
        """Before and after halving, and at the turn; normalised."""
        network: Any = self._denoiser[0].to(latents.device)
        noisy = torch.lerp(latents, torch.randn_like(latents), times[:, None, None, None])
        embedded = network.time_embedding(network.time_proj(times * TIMES)) + network.class_embedding(labels)
        first, second = network.down_blocks
        halved, (*_, before, _) = first(network.conv_in(noisy), embedded)
        below, _ = second(halved, embedded)
        maps = before, below, network.mid_block(below, embedded)
        return [functional.group_norm(one, 1) for one in maps]


@dataclass(frozen=True)
class Recipe:
    """How the GAN learns.

    Attributes:
        shift: Latent pixels by which both sides are moved at most.
        noisiest: The most noise under which both sides are seen, of 1.
        pack: How many the discriminator sees at once.
        cover: Weight of the energy distance beside the discriminator.
    """

    rate: float = 3e-4
    shift: int = 1
    noisiest: float = 0.6
    pack: int = 2
    cover: float = 5.0


class GANTrainee(LatentTrainee):
    """Generator, its average, and discriminator; it draws the other pictures of each pack itself."""

    def __init__(
        self,
        network: Generator,
        denoiser: Denoiser,
        autoencoder: Autoencoder,
        recipe: Recipe,
        moments: Tensor,
        labels: Tensor,
    ) -> None:
        """Moments of all latents [N,16,16,16], and labels [N]; `step` takes places among them."""
        super().__init__(autoencoder, network.embedding.num_embeddings)
        self._moments, self._of_label = moments, [(labels == label).nonzero()[:, 0] for label in labels.unique()]
        self.recipe, self.network, self.discriminator = recipe, network, Discriminator(denoiser, recipe.pack)
        self.averaged = average(network, 0.999)
        self.optimisers = {
            "network": torch.optim.Adam(network.parameters(), recipe.rate, (0.0, 0.99)),
            "discriminator": torch.optim.Adam(self.discriminator.parameters(), recipe.rate, (0.0, 0.99)),
        }

    def step(self, images: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn from latents at places [N], one of each pack: the discriminator first, then the generator."""
        for optimiser in self.optimisers.values():
            set_rate(optimiser, self.recipe.rate, progress)
        real, labels = (
            drawn(self._packed(images, labels)),
            labels[:: self.recipe.pack].repeat_interleave(self.recipe.pack),
        )
        times = torch.rand(len(labels), device=labels.device) * self.recipe.noisiest
        with torch.no_grad():
            made = self._make(labels)
        on_real, on_made = self._judge(real, labels, times), self._judge(made, labels, times)
        loss = hinge(on_real, on_made)
        descend(self.optimisers["discriminator"], loss)
        made = self._make(labels)
        deceit, apart = -self._judge(made, labels, times).mean(), _apart(made, real)
        descend(self.optimisers["network"], deceit + self.recipe.cover * apart)
        self.averaged.update_parameters(self.network)
        gap = (on_real.mean() - on_made.mean()).item()
        return {"discriminator": loss.item() / 2, "generator": deceit.item(), "gap": gap, "energy": apart.item()}

    def _packed(self, places: Tensor, labels: Tensor) -> Tensor:
        """Moments of the first place of each pack, and beside it of others with its label, [N,16,16,16]."""
        packs = []
        for place, label in zip(places[:: self.recipe.pack], labels[:: self.recipe.pack].tolist(), strict=True):
            others = self._of_label[label]
            packs += [place[None], others[torch.randint(len(others), (self.recipe.pack - 1,))].to(place.device)]
        return self._moments[torch.cat(packs).cpu()].to(places.device)

    def _make(self, labels: Tensor) -> Tensor:
        noise = torch.randn(len(labels), self.network.noise_size, device=labels.device)
        with half_precision(labels.device):
            made: Tensor = self.network(noise, labels)
        return made.float()

    def _judge(self, latents: Tensor, labels: Tensor, times: Tensor) -> Tensor:
        with half_precision(labels.device):
            scores: Tensor = self.discriminator(moved(latents, self.recipe.shift, "replicate"), labels, times)
        return scores.float()

    def latents(self) -> Tensor:
        """See the base class."""
        made: Tensor = self.learned(self.noise(self.network.noise_size), self.labels)
        return made


def _apart(made: Tensor, real: Tensor) -> Tensor:
    """The energy distance of latents [N,8,16,16] at three sizes."""
    sizes = [[functional.avg_pool2d(side, size).flatten(1) for side in (made, real)] for size in (1, 2, 4)]
    return torch.stack([energy_distance(*sides) for sides in sizes]).sum()
