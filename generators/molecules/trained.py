"""Trained molecule models on disk: the VAE with its notation, the GAN that draws points of its latent space."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from generators import weights
from generators.errors import ModelFilesError, RequestError
from generators.molecules.gan import LatentGenerator
from generators.molecules.notation import Notation
from generators.molecules.vae import MoleculeVAE

SHIPPED = Path(__file__).parent / "weights"
MODELS = ("vae", "gan")


def folder_of(model: str, models: Path | None = None) -> Path:
    """Where a model's files lie: under the user's folder of models, or with the package.

    Raises:
        RequestError: There is no such model.
        ModelFilesError: There is no such folder.
    """
    if model not in MODELS:
        raise RequestError(f"There is no model {model!r}; choose one of {', '.join(MODELS)}.")
    folder = (models or SHIPPED) / model
    if not (folder / "config.json").is_file():
        command = f"airmed train molecules --model {model} -o {folder.parent}"
        raise ModelFilesError(f"There is no trained model in {folder}; train it with: {command}")
    return folder


@cache
def vae(models: Path | None = None) -> tuple[MoleculeVAE, Notation]:
    """The VAE, and how molecules are written for it.

    Raises:
        ModelFilesError: Its files cannot be used.
    """
    folder = folder_of("vae", models)
    return weights.load(MoleculeVAE, folder), Notation.load(folder)


@cache
def gan(models: Path | None = None) -> LatentGenerator:
    """The GAN's generator.

    Raises:
        ModelFilesError: Its files cannot be used.
    """
    network: LatentGenerator = weights.load(LatentGenerator, folder_of("gan", models))
    return network
