"""The diffusion model: a class-conditional U-Net that turns noise into latents, saved as a pipeline of diffusers.

It learns the straight flow from image to noise (Lipman et al. 2023, arXiv 2210.02747; Esser et al. 2024, arXiv
2403.03206), which DPM-Solver++ follows back in a few steps. The fast mode is the same network, distilled so that the
flow is straight within each of four windows (PeRFlow, Yan et al. 2024, arXiv 2405.07510): four steps, one a window.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from diffusers import DiTPipeline, DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler, UNet2DModel
from diffusers.models.modeling_utils import ModelMixin  # noqa: F401 - diffusers finds by it how to load Denoiser
from torch import Tensor
from torch.nn import functional

from generators.images.autoencoder import LATENT_CHANNELS, LATENT_SIDE, Autoencoder
from generators.images.latents import SHAPE, LatentTrainee, drawn
from generators.precision import half_precision
from generators.training import average, descend, set_rate

TIMES = 1000
WINDOWS = 4


class Denoiser(UNet2DModel):  # type: ignore[misc]
    """diffusers' U-Net, in which every label that it does not know means "any"."""

    noise_size = math.prod(SHAPE)

    def forward(self, sample: Tensor, timestep: Tensor, class_labels: Tensor, return_dict: bool = True):  # type: ignore[no-untyped-def]
        """As the base class; `DiTPipeline` writes 1000 where no label is meant."""
        any_label = self.config.num_class_embeds - 1
        return super().forward(sample, timestep, class_labels.clamp(max=any_label), return_dict)


def new_denoiser(classes: int, widths: tuple[int, ...] = (64, 128), depth: int = 2, dropout: float = 0.1) -> Denoiser:
    """A denoiser with fresh weights for so many labels, and one more that means any."""
    return Denoiser(
        sample_size=LATENT_SIDE,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=widths,
        layers_per_block=depth,
        down_block_types=("DownBlock2D", *["AttnDownBlock2D"] * (len(widths) - 1)),
        up_block_types=(*["AttnUpBlock2D"] * (len(widths) - 1), "UpBlock2D"),
        attention_head_dim=32,
        norm_num_groups=16,
        dropout=dropout,
        num_class_embeds=classes + 1,
    )


def solver() -> DPMSolverMultistepScheduler:
    """DPM-Solver++ of second order along the straight flow."""
    return DPMSolverMultistepScheduler(
        num_train_timesteps=TIMES,
        prediction_type="flow_prediction",
        use_flow_sigmas=True,
        flow_shift=1.0,
        solver_order=2,
        final_sigmas_type="zero",
    )


def pipeline(network: Denoiser, autoencoder: Autoencoder, labels: tuple[str, ...]) -> DiTPipeline:
    """What is saved: `DiffusionPipeline.from_pretrained(folder)` gives it back with every part."""
    named = {str(number): label for number, label in enumerate(labels)}
    made = DiTPipeline(network, autoencoder, solver(), id2label=named)
    made.register_to_config(id2label=named)  # which its constructor forgets
    return made


@torch.no_grad()
def solve(
    network: Denoiser, start: Tensor, labels: Tensor, steps: int, guidance: float = 1.0, fast: bool = False
) -> Tensor:
    """Noise [N,8,16,16] to latents in so many steps; guidance above 1 asks for the label more strongly."""
    scheduler = FlowMatchEulerDiscreteScheduler(TIMES) if fast else solver()
    scheduler.set_timesteps(steps, device=start.device)
    latents = start
    for time in scheduler.timesteps:
        flow = _flow(network, latents, time, labels, guidance)
        latents = scheduler.step(flow, time, latents, return_dict=False)[0]
    return latents


def _flow(network: Denoiser, latents: Tensor, time: Tensor, labels: Tensor, guidance: float) -> Tensor:
    times = time.expand(len(latents)).float()
    if guidance == 1.0:
        plain: Tensor = network(latents, times, labels).sample
        return plain
    anything = torch.full_like(labels, network.config.num_class_embeds - 1)
    both = network(torch.cat([latents, latents]), times.repeat(2), torch.cat([labels, anything])).sample
    asked, unasked = both.chunk(2)
    guided: Tensor = unasked + guidance * (asked - unasked)
    return guided


@dataclass(frozen=True)
class Recipe:
    """How the diffusion model learns.

    Attributes:
        unlabelled: Share of images shown without their label, for guidance.
    """

    rate: float = 1e-3
    unlabelled: float = 0.1


class DiffusionTrainee(LatentTrainee):
    """The denoiser with its average."""

    def __init__(self, network: Denoiser, autoencoder: Autoencoder, recipe: Recipe) -> None:
        super().__init__(autoencoder, network.config.num_class_embeds - 1)
        self.recipe, self.network = recipe, network.to(memory_format=torch.channels_last)
        self.averaged = average(network, 0.9995)
        optimiser = torch.optim.AdamW(network.parameters(), recipe.rate, (0.9, 0.95), weight_decay=0.01)
        self.optimisers = {"network": optimiser}

    def step(self, images: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn the flow at times of a logit-normal distribution, from moments of latents [N,16,16,16]."""
        set_rate(self.optimisers["network"], self.recipe.rate, progress)
        latents = drawn(images)
        random = torch.randn_like(latents)
        time = torch.randn(len(latents), device=latents.device).sigmoid()
        between = torch.lerp(latents, random, time[:, None, None, None])
        hidden = torch.rand(len(labels), device=labels.device) < self.recipe.unlabelled
        told = torch.where(hidden, self.network.config.num_class_embeds - 1, labels)
        with half_precision(latents.device):
            flow = self.network(between.contiguous(memory_format=torch.channels_last), time * TIMES, told).sample
        loss = functional.mse_loss(flow.float(), random - latents)
        descend(self.optimisers["network"], loss, clip=1.0)
        self.averaged.update_parameters(self.network)
        return {"loss": loss.item()}

    def latents(self) -> Tensor:
        """See the base class."""
        return solve(self.learned, self.noise(Denoiser.noise_size).unflatten(1, SHAPE), self.labels, steps=12)


class FastTrainee(LatentTrainee):
    """The denoiser distilled: within each window one straight step does what the teacher does in several."""

    def __init__(self, teacher: Denoiser, autoencoder: Autoencoder, rate: float = 2e-4, substeps: int = 2) -> None:
        super().__init__(autoencoder, teacher.config.num_class_embeds - 1)
        self._teacher = (teacher.eval(),)
        self.rate, self.substeps = rate, substeps
        self.network = copy.deepcopy(teacher).train().to(memory_format=torch.channels_last)
        self.averaged = average(self.network, 0.999)
        self.optimisers = {"network": torch.optim.AdamW(self.network.parameters(), rate, (0.9, 0.95), weight_decay=0.0)}

    def step(self, images: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn the mean flow of the teacher over a window, and at any time within it the same."""
        set_rate(self.optimisers["network"], self.rate, progress)
        latents = drawn(images)
        window = torch.randint(0, WINDOWS, (len(latents), 1, 1, 1), device=latents.device) + 1
        begin, end = window / WINDOWS, (window - 1) / WINDOWS
        start = torch.lerp(latents, torch.randn_like(latents), begin)
        flow = (start - self._follow(start, begin, end, labels)) * WINDOWS
        along = torch.where(torch.rand_like(begin) < 0.5, 1.0, torch.rand_like(begin)) / WINDOWS
        time = end + along
        between = start - flow * (begin - time)
        with half_precision(latents.device):
            told = self.network(between.contiguous(memory_format=torch.channels_last), time.flatten() * TIMES, labels)
        loss = functional.huber_loss(told.sample.float(), flow, delta=0.5)
        descend(self.optimisers["network"], loss, clip=1.0)
        self.averaged.update_parameters(self.network)
        return {"loss": loss.item()}

    @torch.no_grad()
    def _follow(self, latents: Tensor, begin: Tensor, end: Tensor, labels: Tensor) -> Tensor:
        """The teacher's path through the window, by Heun's midpoint rule."""
        teacher, length = self._teacher[0].to(latents.device), (begin - end) / self.substeps
        for place in range(self.substeps):
            time = begin - place * length
            with half_precision(latents.device):
                first = teacher(latents, time.flatten() * TIMES, labels).sample.float()
                half = latents - first * length / 2
                flow = teacher(half, (time - length / 2).flatten() * TIMES, labels).sample.float()
            latents = latents - flow * length
        return latents

    def latents(self) -> Tensor:
        """See the base class."""
        start = self.noise(Denoiser.noise_size).unflatten(1, SHAPE)
        return solve(self.learned, start, self.labels, steps=WINDOWS, fast=True)
