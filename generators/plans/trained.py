"""Trained plan models on disk: the VAE and the GAN, each with the vocabulary that its columns stand for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch

from generators import weights
from generators.errors import ModelFilesError, RequestError
from generators.plans.gan import PlanGenerator
from generators.plans.vae import PlanVAE
from generators.plans.vocabulary import Case, Rows, Vocabulary

SHIPPED = Path(__file__).parent / "weights"
KINDS: dict[str, type[PlanVAE] | type[PlanGenerator]] = {"vae": PlanVAE, "gan": PlanGenerator}


class PlanModel:
    """A trained model: chances of items for cases, and how they change with the latents."""

    def __init__(self, folder: Path, kind: type[PlanVAE] | type[PlanGenerator]) -> None:
        self.vocabulary = Vocabulary.load(folder)
        self.network = weights.load(kind, folder)

    @torch.no_grad()
    def chances(self, cases: list[Case], samples: int, seed: int = 0) -> Rows:
        """The chance of every item for every case under as many random latents, [S,N,I]."""
        facts = torch.from_numpy(self.vocabulary.of_cases(cases))
        random = torch.Generator().manual_seed(seed)
        latents = torch.randn(samples, 1, self.network.latent, generator=random).expand(-1, len(cases), -1)
        found = [torch.sigmoid(self.network(facts, one)) for one in latents]
        return np.asarray(torch.stack(found).numpy(), np.float32)


@cache
def model(name: str, models: Path | None = None) -> PlanModel:
    """A trained model by name, read once.

    Raises:
        RequestError: There is no such model.
        ModelFilesError: Its files cannot be used.
    """
    if name not in KINDS:
        raise RequestError(f"There is no model {name!r}; choose one of {', '.join(KINDS)}.")
    folder = (models or SHIPPED) / name
    if not (folder / "config.json").is_file():
        command = f"airmed train plan --model {name} -o {folder.parent}"
        raise ModelFilesError(f"There is no trained model in {folder}; train it with: {command}")
    return PlanModel(folder, KINDS[name])
