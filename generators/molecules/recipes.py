"""Train: one command for each model, with the recipe that the shipped weights were made by.

The VAE comes first, and the GAN learns its latent space. A model's folder holds its weights and `training.json`, which
says how it came about; while it trains, `training/` inside it holds checkpoint, log and samples, so that a run that was
cut off goes on.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rdkit import Chem
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import trange

from generators import weights
from generators.errors import RequestError
from generators.molecules import collection, trained
from generators.molecules.gan import GANTrainee, LatentGenerator
from generators.molecules.gan import Recipe as GANRecipe
from generators.molecules.notation import Notation
from generators.molecules.properties import PROPERTIES, numbers
from generators.molecules.vae import MoleculeVAE, VAETrainee
from generators.molecules.vae import Recipe as VAERecipe
from generators.training import Plan, Told, fit

EXAMPLES = {"vae": 3_200_000, "gan": 2_400_000}
BATCHES = {"vae": 512, "gan": 1024}
VOCABULARY = 400
READ = 200_000  # molecules from which the notation is learned
MEASURED = 400_000  # molecules of which properties are computed; the others are learned with properties open
ENCODED = 400_000  # molecules whose latents the GAN learns from
Choices = Mapping[str, float]


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        model: `vae` or `gan`.
        source: `moses`, or a file that `prepare` wrote.
        models: The folder of models; the model's own folder lies in it, and the GAN looks for the VAE there.
        examples: How many molecules are shown; the recipe's number by default.
        seed: Of everything random.
        choices: Numbers of the model's recipe to change, as tuning does.
    """

    model: str
    source: str
    models: Path
    examples: int = 0
    seed: int = 0
    choices: Choices = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the request.

        Raises:
            RequestError: There is no such model, or a number is out of range.
        """
        if self.model not in EXAMPLES:
            raise RequestError(f"There is no model {self.model!r}; choose one of {', '.join(EXAMPLES)}.")
        if not 0 <= self.examples <= 10**9 or not 0 <= self.seed < 2**31:
            raise RequestError("Give a number of molecules from 1 to a billion and a seed from 0 to 2147483647.")

    @property
    def plan(self) -> Plan:
        """How long and in what portions."""
        return Plan(self.examples or EXAMPLES[self.model], BATCHES[self.model], self.seed)

    @property
    def folder(self) -> Path:
        """Where the model goes."""
        return self.models / self.model


def train(run: Run, told: Told | None = None) -> Path:
    """Train, or go on training, and write the model's folder.

    Raises:
        GeneratorError: The data, or the VAE that the GAN rests on, cannot be used.
    """
    torch.manual_seed(run.seed)
    begun = time.monotonic()
    run.folder.mkdir(parents=True, exist_ok=True)
    SCHOOLS[run.model](run, told)
    _tell(run, time.monotonic() - begun)
    return run.folder


def _vae(run: Run, told: Told | None) -> None:
    tokens, properties, notation = written(run)
    network = MoleculeVAE(tokens=len(notation), properties=len(PROPERTIES))
    trainee = VAETrainee(network, notation, VAERecipe(**run.choices))
    fit(trainee, tokens, properties, run.plan, run.folder / "training", told=told)
    weights.save(trainee.learned, run.folder)
    notation.save(run.folder)


def _gan(run: Run, told: Told | None) -> None:
    network, notation = trained.vae(run.models)
    moments = _moments(network, notation, collection.molecules(run.source)[:ENCODED])
    trainee = GANTrainee(LatentGenerator(latent=network.latent), GANRecipe(**run.choices))
    fit(trainee, moments, torch.zeros(len(moments)), run.plan, run.folder / "training", told=told)
    weights.save(trainee.learned, run.folder)


SCHOOLS: dict[str, Callable[[Run, Told | None], None]] = {"vae": _vae, "gan": _gan}


def written(run: Run) -> tuple[Tensor, Tensor, Notation]:
    """The molecules as tokens [N,L] and properties [N,P], open where none were computed, and their notation.

    They are kept beside the models: reading 1.6 million molecules takes a quarter of an hour.

    Raises:
        GeneratorError: The data cannot be used.
    """
    smiles = collection.molecules(run.source)
    digest = hashlib.sha256("\n".join([str(VOCABULARY), *smiles]).encode()).hexdigest()
    folder = run.models / "molecules" / digest[:16]
    if not (folder / "written.safetensors").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        notation = Notation.learn(smiles[:: max(1, len(smiles) // READ)], VOCABULARY)
        notation.save(folder)
        kept = {"tokens": _tokens(notation, smiles), "properties": _properties(smiles)}
        save_file(kept, folder / "written.safetensors")
    found = load_file(folder / "written.safetensors")
    return found["tokens"], found["properties"], Notation.load(folder)


def _tokens(notation: Notation, smiles: Sequence[str], portion: int = 20_000) -> Tensor:
    starts = trange(0, len(smiles), portion, desc="tokens")
    parts = [notation.encode(smiles[start : start + portion]) for start in starts]
    longest = max(part.shape[1] for part in parts)
    return torch.from_numpy(np.concatenate([np.pad(part, ((0, 0), (0, longest - part.shape[1]))) for part in parts]))


def _properties(smiles: Sequence[str]) -> Tensor:
    """In deviations from the mean; of `MEASURED` molecules evenly over all."""
    found = torch.full((len(smiles), len(PROPERTIES)), torch.nan)
    apart = max(1, len(smiles) // MEASURED)
    for place in trange(0, len(smiles), apart, desc="properties"):
        values = numbers(Chem.MolFromSmiles(smiles[place]))
        found[place] = torch.tensor([(values[name] - one.mean) / one.deviation for name, one in PROPERTIES.items()])
    return found


@torch.no_grad()
def _moments(network: MoleculeVAE, notation: Notation, smiles: Sequence[str], portion: int = 1000) -> Tensor:
    """Mean and deviation of the latents of molecules, [N,2Z] in half precision."""
    parts = []
    for start in trange(0, len(smiles), portion, desc="latents"):
        tokens = torch.from_numpy(notation.encode(smiles[start : start + portion])).long()
        mean, logvar = network.encode(tokens)
        parts.append(torch.cat([mean, (0.5 * logvar).exp()], 1).half())
    return torch.cat(parts)


def _tell(run: Run, seconds: float) -> None:
    story: dict[str, Any] = {
        "model": run.model,
        "source": Path(run.source).name,
        "molecules": run.plan.examples,
        "batch": run.plan.batch,
        "seed": run.seed,
        "choices": dict(run.choices),
        "minutes of this run": round(seconds / 60, 1),
    }
    (run.folder / "training.json").write_text(json.dumps(story, indent=1) + "\n", encoding="utf-8")
