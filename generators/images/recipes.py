"""Train: one command for each family, with the recipe that the shipped weights were made by.

A model's folder holds its weights, the labels that it knows and `training.json`, which says how it came about; while it
trains, `training/` inside it holds checkpoint, log and samples, so that a run that was cut off goes on.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import trange

from generators.errors import RequestError
from generators.images import trained
from generators.images.atlas import Atlas, to_pixels
from generators.images.autoencoder import Autoencoder
from generators.images.autoencoder_training import AutoencoderTrainee, Objective
from generators.images.baselines import NOISE, BaselineTrainee, dcgan, dense_gan
from generators.images.controls import USUAL_CONTROLS
from generators.images.diffusion import Denoiser, DiffusionTrainee, FastTrainee, new_denoiser, pipeline
from generators.images.diffusion import Recipe as DiffusionRecipe
from generators.images.finishing import FinishingTrainee
from generators.images.finishing import Recipe as FinishingRecipe
from generators.images.gan import GANTrainee, Generator
from generators.images.gan import Recipe as GANRecipe
from generators.images.latents import encoded, noise
from generators.images.reader import Reader, ReaderTrainee, calibrate, views
from generators.images.synthesis import FAMILIES, Family, autoencoder
from generators.images.vae import LatentVAE, VAETrainee
from generators.images.vae import Recipe as VAERecipe
from generators.training import Plan, Told, Trainee, fit

IMAGES = {
    "autoencoder": 80_000,
    "vae": 80_000,
    "gan": 150_000,
    "diffusion": 270_000,
    "fast": 15_000,
    "decoder": 60_000,
    "reader": 150_000,
    "dense_gan": 300_000,
    "dcgan": 100_000,
}
BATCHES = {"autoencoder": 8, "gan": 16, "fast": 16, "decoder": 8, "reader": 64, "dense_gan": 64, "dcgan": 64}
BATCH = 32
FINISHED_ON = 6_400  # latents of each family
UNSEEN_SEED = 2**31  # of them; no request can have it, so that the decoder is never asked for what it learned on
Choices = Mapping[str, float]


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        model: A name of `IMAGES`.
        atlas: The datasets to learn.
        models: The folder of models; the model's own folder lies in it, and the autoencoder is looked for there first.
        images: How many pictures are shown; the recipe's number by default.
        seed: Of everything random.
        choices: Numbers of the family's recipe to change, as tuning does.
    """

    model: str
    atlas: Atlas
    models: Path
    images: int = 0
    seed: int = 0
    choices: Choices = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the request.

        Raises:
            RequestError: There is no such model, or the number of images is out of range.
        """
        if self.model not in IMAGES:
            raise RequestError(f"There is no model {self.model!r}; choose one of {', '.join(IMAGES)}.")
        if not 0 <= self.images <= 10**8 or not 0 <= self.seed < 2**31:
            raise RequestError("Give a number of images from 1 to 100 million and a seed from 0 to 2147483647.")

    @property
    def plan(self) -> Plan:
        """How long and in what portions."""
        return Plan(self.images or IMAGES[self.model], BATCHES.get(self.model, BATCH), self.seed)

    @property
    def folder(self) -> Path:
        """Where the model goes."""
        return self.models / self.model


def train(run: Run, told: Told | None = None) -> Path:
    """Train, or go on training, and write the model's folder.

    Raises:
        GeneratorError: The data or a model that this one rests on cannot be used.
    """
    torch.manual_seed(run.seed)
    begun = time.monotonic()
    SCHOOLS[run.model](run, told)
    _tell(run, time.monotonic() - begun)
    return run.folder


def _fit(run: Run, trainee: Trainee, images: Tensor, labels: Tensor, odds: Tensor, told: Told | None) -> None:
    fit(trainee, images, labels, run.plan, run.folder / "training", odds, told)


def _autoencoder(run: Run, told: Told | None) -> None:
    images, shown = run.atlas.images("train"), run.atlas.images("val")
    shown = shown[torch.linspace(0, len(shown) - 1, 24).long()]
    network = Autoencoder()
    network.begin_from(images)
    trainee = AutoencoderTrainee(network, Objective(**run.choices), shown)
    _fit(run, trainee, images, run.atlas.numbers("train"), run.atlas.odds(), told)
    trainee.learned.standardise(images)
    trained.save(trainee.learned, run.atlas.labels, run.folder)


def _vae(run: Run, told: Told | None) -> None:
    trainee = VAETrainee(LatentVAE(classes=len(run.atlas.labels)), autoencoder(run.models), VAERecipe(**run.choices))
    _fit(run, trainee, *latent_data(run), told)
    trained.save(trainee.learned, run.atlas.labels, run.folder)


def _gan(run: Run, told: Told | None) -> None:
    recipe: Any = GANRecipe(**run.choices)  # type: ignore[arg-type]
    network = Generator(classes=len(run.atlas.labels))
    moments, labels, odds = latent_data(run)
    trainee = GANTrainee(network, _trained_denoiser(run), autoencoder(run.models), recipe, moments, labels)
    _fit(run, trainee, torch.arange(len(labels)), labels, odds, told)
    trained.save(trainee.learned, run.atlas.labels, run.folder)


def _diffusion(run: Run, told: Told | None) -> None:
    decoder = autoencoder(run.models)
    trainee = DiffusionTrainee(new_denoiser(len(run.atlas.labels)), decoder, DiffusionRecipe(**run.choices))
    _fit(run, trainee, *latent_data(run), told)
    labels = tuple(label.text for label in run.atlas.labels)
    pipeline(trainee.learned.half(), decoder.half(), labels).save_pretrained(run.folder)
    decoder.float()
    trained.write_labels(run.atlas.labels, run.folder)


def _fast(run: Run, told: Told | None) -> None:
    trainee = FastTrainee(_trained_denoiser(run), autoencoder(run.models))
    _fit(run, trainee, *latent_data(run), told)
    trained.save(trainee.learned, run.atlas.labels, run.folder)


def _trained_denoiser(run: Run) -> Denoiser:
    """What the fast mode and the GAN's discriminator rest on."""
    network: Denoiser = _trained_family(run, "diffusion").network.to(memory_format=torch.channels_last)
    return network


def _trained_family(run: Run, name: str) -> Family:
    """The user's own, else the shipped one; read anew, as training changes it.

    Raises:
        RequestError: It knows other labels.
        ModelFilesError: Its files cannot be used.
    """
    found = FAMILIES[name](trained.folder_of(name, run.models if trained.is_there(name, run.models) else None))
    if found.labels != run.atlas.labels:
        command = f"airmed train image --model {name} -o {run.models}"
        raise RequestError(f"{run.model} needs a {name} model of the same datasets first; run: {command}")
    return found


def _decoder(run: Run, told: Told | None) -> None:
    network = autoencoder(run.models, finished=False)
    trainee = FinishingTrainee(network, *_made(run), FinishingRecipe(**run.choices))
    _fit(run, trainee, run.atlas.images("train"), run.atlas.numbers("train"), run.atlas.odds(), told)
    trained.save(trainee.learned, run.atlas.labels, run.folder)


@torch.no_grad()
def _made(run: Run) -> tuple[Tensor, Tensor]:
    """What the families of the folder make, else the shipped ones, of each label as often as it is trained on.

    Raises:
        RequestError: One knows other labels.
    """
    names = [name for name in FAMILIES if trained.is_there(name, run.models)] or list(FAMILIES)
    random = torch.Generator().manual_seed(run.seed)
    latents, labels = [], []
    for name in names:
        maker = _trained_family(run, name)
        for start in trange(0, FINISHED_ON, BATCH, desc=f"latents of {name}"):
            chosen = torch.multinomial(run.atlas.odds(), BATCH, replacement=True, generator=random)
            labels.append(run.atlas.numbers("train")[chosen])
            begin = noise(UNSEEN_SEED, range(start, start + BATCH), maker.noise_size)
            latents.append(maker.latents(begin, labels[-1], USUAL_CONTROLS))
    return torch.cat(latents), torch.cat(labels)


def _reader(run: Run, told: Told | None) -> None:
    images, labels = run.atlas.images("train"), run.atlas.numbers("train")
    held_out, answers = run.atlas.images("val"), run.atlas.numbers("val")
    trainee = ReaderTrainee(Reader(groups=run.atlas.groups), **run.choices)
    _fit(run, trainee, images, labels, run.atlas.odds(), told)
    network = trainee.learned
    calibrate(network, held_out, answers)
    network.familiarity.learn(views(network, images), labels, views(network, held_out))
    trained.save(network, run.atlas.labels, run.folder)


def _baseline(make: Callable[[int], BaselineTrainee]) -> Callable[[Run, Told | None], None]:
    def school(run: Run, told: Told | None) -> None:
        trainee = make(len(run.atlas.labels))
        _fit(run, trainee, run.atlas.images("train"), run.atlas.numbers("train"), run.atlas.odds(), told)
        _write_pictures(trainee, run)

    return school


@torch.no_grad()
def _write_pictures(trainee: BaselineTrainee, run: Run, each: int = 400) -> None:
    """A baseline is only measured: its pictures are kept, `each` of every label, and not its weights."""
    labels = torch.arange(len(run.atlas.labels)).repeat(each)
    noise = torch.randn(len(labels), NOISE, generator=torch.Generator().manual_seed(run.seed))
    trainee.eval()
    pictures = [trainee.network(a, b) for a, b in zip(noise.split(64), labels.split(64), strict=True)]
    names = np.array([run.atlas.labels[number].text for number in labels])
    np.savez_compressed(run.folder / "pictures.npz", images=to_pixels(torch.cat(pictures)), labels=names)


SCHOOLS: dict[str, Callable[[Run, Told | None], None]] = {
    "autoencoder": _autoencoder,
    "vae": _vae,
    "gan": _gan,
    "diffusion": _diffusion,
    "fast": _fast,
    "decoder": _decoder,
    "reader": _reader,
    "dense_gan": _baseline(dense_gan),
    "dcgan": _baseline(dcgan),
}


def latent_data(run: Run) -> tuple[Tensor, Tensor, Tensor]:
    """Moments of the training latents, labels and odds, each picture as often as `encode` moves it."""
    moments = encoded(autoencoder(run.models), run.atlas.images("train"), run.models / "latents")
    times = len(moments) // len(run.atlas.odds())
    return moments, run.atlas.numbers("train").repeat(times), run.atlas.odds().repeat(times)


def _tell(run: Run, seconds: float) -> None:
    story = {
        "model": run.model,
        "datasets": [one.name for one in run.atlas.sets],
        "images": run.plan.examples,
        "batch": run.plan.batch,
        "seed": run.seed,
        "choices": dict(run.choices),
        "minutes of this run": round(seconds / 60, 1),
    }
    (run.folder / "training.json").write_text(json.dumps(story, indent=1) + "\n", encoding="utf-8")
