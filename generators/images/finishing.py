"""Finishing: the decoder learns to make good pictures of what the families make.

What a family makes is never quite a latent of a photograph, and a decoder that saw nothing else shows every fault: the
pictures look right and their texture is wrong. So once the families are trained, the decoder goes on learning, most of
its pictures from latents that the families made, beside real pictures of the same labels, and some from latents of real
pictures, which it still has to rebuild. Before it now stands a composer, which sees the whole latent and puts right
what does not fit together. Both are judged through a network that learned from ImageNet (Projected GAN, Sauer et al.
2021, arXiv 2111.01007; for a decoder of generated latents compare Sauer et al. 2023, arXiv 2311.17042).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from generators.images.autoencoder import BLOCK, Autoencoder
from generators.images.judging import Judge, energy_distance, hinge
from generators.images.perception import CHANNELS, perception
from generators.images.training import PictureTrainee, moved
from generators.precision import half_precision
from generators.training import average, descend, set_rate

PROJECTED = 64  # channels that judges see
COMPOSING = 4  # layers of the composer
REBUILT = 4  # one real picture in so many is rebuilt beside what is made
ENLARGED = 2.0  # the network that judges stand on learned at 224 pixels, and sees no fine texture at 128
SHOWN_EACH = 4


class Projector(nn.Module):
    """Mixes the channels of feature maps, then neighbouring maps, at random and for good: section 3.2 of the paper.

    A judge that sees the maps as they are looks only at the few channels that tell the sides apart most easily.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.ModuleList([nn.Conv2d(channels, PROJECTED, 1) for channels in CHANNELS])
        self.join = nn.ModuleList([nn.Conv2d(PROJECTED, PROJECTED, 3, padding=1) for _ in CHANNELS])
        for layer in [*self.mix, *self.join]:
            nn.init.kaiming_normal_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.requires_grad_(False)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Maps from fine to coarse, each joined to the coarser ones: [N,PROJECTED,H,W]."""
        joined: list[Tensor] = []
        for mix, join, features in zip(self.mix[::-1], self.join[::-1], maps[::-1], strict=True):
            features = mix(features)
            if joined:
                features = features + 0.7 * functional.interpolate(joined[-1], scale_factor=2.0, mode="bilinear")
            joined.append(join(features))
        return joined[::-1]


@dataclass(frozen=True)
class Recipe:
    """How the decoder is finished.

    Attributes:
        faster: How many times the rate the composer, which is new, learns.
        cover: Weight of the energy distance between the features of what is made and of what is real.
        pixels: Of the mean absolute error of rebuilt pictures.
        features: Of the mean absolute error of their features.
        content: Of how far what is made moves, at a sixteenth of the size, from what the decoder made of it before.
        noise: The most noise on latents of real pictures, in deviations.
    """

    rate: float = 2e-4
    faster: float = 3.0
    judges_rate: float = 3e-4
    cover: float = 2.0
    pixels: float = 5.0
    features: float = 2.0
    content: float = 3.0
    noise: float = 0.15


class FinishingTrainee(PictureTrainee):
    """The autoencoder, of which the decoder learns, and the judges."""

    def __init__(self, network: Autoencoder, latents: Tensor, labels: Tensor, recipe: Recipe) -> None:
        """Latents [N,8,16,16] that families made for labels [N]; every label is among them."""
        super().__init__()
        self.recipe = recipe
        self._before, self._eye = (network.requires_grad_(False),), (perception(),)  # in tuples: not trained, not saved
        self.network = _with_composer(network).to(memory_format=torch.channels_last)
        self.averaged = average(self.network, 0.999)
        classes = int(labels.max()) + 1
        self._latents = [latents[labels == label].float() for label in range(classes)]
        self.projector = Projector()
        self.judges = nn.ModuleList([Judge(classes, PROJECTED, halvings) for halvings in (3, 2, 1, 0)])
        decoder = [*self.network.decoder.parameters(), *self.network.linear_out.parameters()]
        composer = {"params": self.network.composer.parameters(), "faster": recipe.faster}
        self.optimisers = {
            "network": torch.optim.Adam([{"params": decoder}, composer], recipe.rate, (0.0, 0.99)),
            "judges": torch.optim.Adam(self.judges.parameters(), recipe.judges_rate, (0.0, 0.99)),
        }

    def step(self, images: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn from images [N,1,128,128] in -1..1, N even: the judges first, then the decoder against them."""
        recipe = self.recipe
        set_rate(self.optimisers["judges"], recipe.judges_rate, progress, warm=0)
        set_rate(self.optimisers["network"], recipe.rate, progress, warm=0.03)
        order = labels.argsort()  # so that pairs are of one label
        real, labels = moved(images[order], 4, "reflect"), labels[order]
        kept = real[::REBUILT]
        latents, sizes = torch.cat([self._made(labels), self._seen(kept)]), [len(real), len(kept)]
        with half_precision(real.device):
            made, rebuilt = self.network.decode(latents).sample.float().split(sizes)
        maps = self._maps(torch.cat([altered(made), rebuilt]))
        with torch.no_grad():
            kept_maps, real_views = self._maps(kept), self._views(self._maps(altered(real)))
        views, both = self._views(maps), torch.cat([labels, labels[::REBUILT]])
        verdict = self._teach(real_views, labels, views, both)
        errors = {
            "deceit": -self._scores(views, both).mean(),
            "apart": recipe.cover * _apart([one[: len(real)] for one in views], real_views),
            "pixels": recipe.pixels * functional.l1_loss(rebuilt, kept),
            "features": recipe.features * _difference([one[len(real) :] for one in maps], kept_maps),
            "content": recipe.content * self._change(latents[: len(real)], made),
        }
        descend(self.optimisers["network"], torch.stack(list(errors.values())).sum(), clip=20.0)
        self.averaged.update_parameters(self.network)
        return {"judges": verdict} | {name: error.item() for name, error in errors.items()}

    def _made(self, labels: Tensor) -> Tensor:
        """A latent that a family made for each label."""
        chosen = [self._latents[label] for label in labels.tolist()]
        return torch.stack([some[torch.randint(len(some), ())] for some in chosen]).to(labels.device)

    @torch.no_grad()
    def _seen(self, images: Tensor) -> Tensor:
        """A latent of each image, under a little noise."""
        latents: Tensor = self.network.encode(images).latent_dist.sample()
        amounts = self.recipe.noise * torch.rand(len(images), 1, 1, 1, device=images.device)
        return latents + amounts * torch.randn_like(latents)

    def _maps(self, images: Tensor) -> list[Tensor]:
        large = functional.interpolate(images, scale_factor=ENLARGED, mode="bilinear")
        with half_precision(images.device):
            maps = self._eye[0].to(images.device)(large.contiguous(memory_format=torch.channels_last))
        return [one.float() for one in maps]

    def _views(self, maps: list[Tensor]) -> list[Tensor]:
        with half_precision(maps[0].device):
            views: list[Tensor] = self.projector(maps)
        return views

    def _scores(self, views: Sequence[Tensor], labels: Tensor) -> Tensor:
        with half_precision(labels.device):
            scores = [judge(view, labels) for judge, view in zip(self.judges, views, strict=True)]
        return torch.cat(scores, 1).float()

    def _teach(self, real: Sequence[Tensor], labels: Tensor, made: Sequence[Tensor], others: Tensor) -> float:
        loss = hinge(self._scores(real, labels), self._scores([one.detach() for one in made], others))
        descend(self.optimisers["judges"], loss)
        return loss.item() / 2

    def _change(self, latents: Tensor, made: Tensor) -> Tensor:
        """How far pictures are from what the decoder made of the same latents before, but for the detail."""
        with torch.no_grad(), half_precision(made.device):
            before = self._before[0].to(made.device).decode(latents).sample.float()
        return _difference([functional.avg_pool2d(made, BLOCK)], [functional.avg_pool2d(before, BLOCK)])

    @torch.no_grad()
    def sample(self) -> Tensor:
        """The same latents of every label, as the averaged network decodes them."""
        shown = torch.cat([some[:SHOWN_EACH] for some in self._latents])
        pictures: Tensor = self.learned.decode(shown.to(self.network.mean.device)).sample
        return pictures


def _with_composer(network: Autoencoder) -> Autoencoder:
    """A copy with a composer that changes nothing yet, of which the encoder stands still."""
    composed: Autoencoder = Autoencoder.from_config(network.config, composing=COMPOSING)
    composed.load_state_dict(network.state_dict(), strict=False)
    composed.encoder.requires_grad_(False)
    composed.linear_in.requires_grad_(False)
    return composed


def altered(images: Tensor) -> Tensor:
    """Images moved, relit and with a hole, so that judges learn no picture by heart (Zhao et al. 2020, 2006.10738)."""
    images = moved(images, 12, "replicate")
    contrast, brightness, chance = torch.rand(3, len(images), 1, 1, 1, device=images.device)
    rows, columns = torch.randint(0, images.shape[-1], (2, len(images), 1, 1, 1), device=images.device)
    line = torch.arange(images.shape[-1], device=images.device)
    hole = ((line[:, None] - rows).abs() < 24) & ((line - columns).abs() < 24) & (chance < 0.5)
    relit: Tensor = images * (0.9 + 0.2 * contrast) + 0.2 * brightness - 0.1
    return relit.masked_fill(hole, 0.0)


def _apart(made: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    pairs = zip(made, real, strict=True)
    return torch.stack([energy_distance(_summary(one), _summary(other)) for one, other in pairs]).sum()


def _summary(maps: Tensor) -> Tensor:
    """The mean of feature maps [N,C,H,W], and their means in 4x4 parts, which together weigh as much."""
    parts = functional.adaptive_avg_pool2d(maps.float(), 4).flatten(1)
    return torch.cat([maps.float().mean((2, 3)), parts / 4], 1)


def _difference(ones: Sequence[Tensor], others: Sequence[Tensor]) -> Tensor:
    errors = [functional.l1_loss(one, other) for one, other in zip(ones, others, strict=True)]
    return torch.stack(errors).mean()
