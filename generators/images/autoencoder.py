"""The autoencoder that all families share: an image of 128x128 to a latent of 8x16x16 and back.

The lower half of every family. Its objective is that of a variational autoencoder, L = L_recon + lambda L_KL, with an
adversary that keeps what a mean error would blur (ribs, vessels): Rombach et al. 2022, arXiv 2112.10752, section 3.1.
Where Rombach compares deep features of a pretrained network we compare those of the adversary (Wang et al. 2018, arXiv
1711.11585): no foreign weights, and FID's own network is never trained on.

Two things make it trainable on a CPU. Most layers work on pixels folded into channels, five times as fast as diffusers'
`AutoencoderKL` at the same size. And it begins as the principal components of blocks of 8x8 pixels, a linear path
beside the layers, which have to learn only what is better than that.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.autoencoders.vae import DecoderOutput, DiagonalGaussianDistribution
from diffusers.models.modeling_outputs import AutoencoderKLOutput
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional

LATENT_SIDE, LATENT_CHANNELS, BLOCK = 16, 8, 8


class Residual(nn.Module):
    """Two normalised convolutions beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1))
        self.second = nn.Sequential(nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1))

    def forward(self, features: Tensor) -> Tensor:
        """[N,width,H,W] to the same shape."""
        inner: Tensor = self.second(self.first(features))
        return features + inner


class Attention(nn.Module):
    """Every place of a small map looks at every other, beside the identity (Vaswani et al. 2017, arXiv 1706.03762)."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads, self.norm = heads, nn.GroupNorm(8, width)
        self.ask, self.answer = nn.Conv2d(width, 3 * width, 1), nn.Conv2d(width, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        """[N,width,H,W] to the same shape."""
        parts = self.ask(self.norm(features)).flatten(2).unflatten(1, (3, self.heads, -1)).transpose(-1, -2)
        found = functional.scaled_dot_product_attention(*parts.unbind(1))
        inner: Tensor = self.answer(found.transpose(-1, -2).flatten(1, 2).unflatten(2, features.shape[2:]))
        return features + inner


class Composer(nn.Module):
    """Latents [N,C,16,16] to what must be added so that their parts fit together over a distance; nothing at first."""

    def __init__(self, channels: int, depth: int, width: int = 128) -> None:
        super().__init__()
        blocks = [layer for _ in range(depth) for layer in (Residual(width), Attention(width))]
        last = nn.Conv2d(width, channels, 3, padding=1)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)  # type: ignore[arg-type]
        norm = nn.GroupNorm(8, width)
        self.layers = nn.Sequential(nn.Conv2d(channels, width, 3, padding=1), *blocks, norm, nn.SiLU(), last)

    def forward(self, latents: Tensor) -> Tensor:
        """See the class."""
        added: Tensor = self.layers(latents)
        return added


def _stage(width: int, depth: int) -> nn.Sequential:
    return nn.Sequential(*[Residual(width) for _ in range(depth)])


class Autoencoder(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Images to latents of mean 0 and deviation 1, and back."""

    @register_to_config
    def __init__(
        self,
        encoder_widths: tuple[int, int, int] = (32, 64, 128),
        decoder_widths: tuple[int, int, int] = (32, 96, 160),
        depth: int = 2,
        latent_channels: int = LATENT_CHANNELS,
        composing: int = 0,
        scaling_factor: float = 1.0,
    ) -> None:
        super().__init__()
        fine, middle, coarse = encoder_widths
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(4, fine, 3, padding=1),
            _stage(fine, 1),
            nn.Conv2d(fine, middle, 2, 2),
            _stage(middle, depth),
            nn.Conv2d(middle, coarse, 2, 2),
            _stage(coarse, depth),
            nn.GroupNorm(8, coarse),
            nn.SiLU(),
            nn.Conv2d(coarse, 2 * latent_channels, 3, padding=1),
        )
        fine, middle, coarse = decoder_widths
        self.decoder = nn.Sequential(
            nn.Conv2d(latent_channels, coarse, 3, padding=1),
            _stage(coarse, depth),
            nn.Conv2d(coarse, 4 * middle, 1),
            nn.PixelShuffle(2),
            _stage(middle, depth),
            nn.Conv2d(middle, 4 * fine, 1),
            nn.PixelShuffle(2),
            _stage(fine, depth),
            nn.GroupNorm(8, fine),
            nn.SiLU(),
            nn.Conv2d(fine, 32, 1),
            nn.PixelShuffle(2),
            nn.SiLU(),
            nn.Conv2d(8, 1, 3, padding=1),
        )
        self.composer = Composer(latent_channels, composing) if composing else None
        self.linear_in = nn.Conv2d(BLOCK**2, latent_channels, 1)
        self.linear_out = nn.Conv2d(latent_channels, BLOCK**2, 1)
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", torch.zeros(1, latent_channels, 1, 1))
        self.register_buffer("deviation", torch.ones(1, latent_channels, 1, 1))

    def posterior(self, images: Tensor) -> DiagonalGaussianDistribution:
        """The Gaussian over raw latents of images [N,1,128,128] in -1..1."""
        mean, logvar = self.encoder(images).chunk(2, 1)
        mean = mean + self.linear_in(functional.pixel_unshuffle(images, BLOCK))
        return DiagonalGaussianDistribution(torch.cat([mean, logvar], 1).float())

    def raw_decode(self, latents: Tensor) -> Tensor:
        """Raw latents [N,8,16,16] to images in about -1..1."""
        pictures: Tensor = self.decoder(latents) + functional.pixel_shuffle(self.linear_out(latents), BLOCK)
        return pictures

    @torch.no_grad()
    def begin_from(self, images: Tensor) -> None:
        """Begin as the principal components of the blocks of images [N,1,128,128], with latents of deviation 1."""
        blocks = functional.pixel_unshuffle(images, BLOCK).permute(0, 2, 3, 1).reshape(-1, BLOCK**2)
        mean = blocks.mean(0)
        variances, components = torch.linalg.eigh(torch.cov((blocks - mean).T))
        most = torch.arange(BLOCK**2 - 1, BLOCK**2 - 1 - self.config.latent_channels, -1)
        axes, deviations = components[:, most].T, variances[most].sqrt()[:, None]
        self.linear_in.weight.copy_((axes / deviations)[:, :, None, None])
        self.linear_in.bias.copy_(-(axes / deviations) @ mean)  # type: ignore[union-attr]
        self.linear_out.weight.copy_((axes * deviations).T[:, :, None, None])
        self.linear_out.bias.copy_(mean)  # type: ignore[union-attr]
        ends: list[Any] = [self.encoder[-1], self.decoder[-1]]
        for end in ends:
            end.weight.mul_(0.1)
            end.bias.zero_()
        ends[0].bias[self.config.latent_channels :] = -4

    def encode(self, images: Tensor) -> AutoencoderKLOutput:
        """As diffusers' autoencoders do; the distribution is of standardised latents."""
        raw = self.posterior(images)
        moments = [(raw.mean - self.mean) / self.deviation, raw.logvar - 2 * self.deviation.log()]
        return AutoencoderKLOutput(latent_dist=DiagonalGaussianDistribution(torch.cat(moments, 1)))

    def decode(self, latents: Tensor) -> DecoderOutput:
        """As diffusers' autoencoders do, from standardised latents [N,8,16,16]."""
        if self.composer:
            latents = latents + self.composer(latents)
        return DecoderOutput(sample=self.raw_decode(latents * self.deviation + self.mean))

    @torch.no_grad()
    def standardise(self, images: Tensor) -> None:
        """Learn mean and deviation of each latent channel from images."""
        latents = torch.cat([self.posterior(part).mean for part in images.split(64)])
        self.mean.copy_(latents.mean((0, 2, 3), keepdim=True))
        self.deviation.copy_(latents.std((0, 2, 3), keepdim=True))


class PatchAdversary(nn.Module):
    """Says of every patch whether it is a photograph or a reconstruction (Isola et al. 2017, arXiv 1611.07004)."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        widths = (1, width, 2 * width, 4 * width)
        halving = [_patches(before, after, 4, 2) for before, after in pairwise(widths)]
        self.layers = nn.ModuleList([*halving, _patches(4 * width, 4 * width, 3, 1)])
        self.verdict = nn.Conv2d(4 * width, 1, 3, padding=1)

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Images [N,1,H,W] to verdicts [N,1,H/8,W/8] and the features on the way."""
        features = []
        for layer in self.layers:
            images = layer(images)
            features.append(images)
        return self.verdict(images), features


def _patches(before: int, after: int, kernel: int, stride: int) -> nn.Sequential:
    norm = nn.GroupNorm(8, after) if before > 1 else nn.Identity()  # pixels keep their brightness
    return nn.Sequential(nn.Conv2d(before, after, kernel, stride, 1), norm, nn.LeakyReLU(0.2))
