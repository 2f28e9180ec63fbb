"""Generate: from a request to molecules, seeded, in portions, as they come.

Every molecule is screened before anybody sees it: what belongs to a hazard class is drawn again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import torch
from rdkit import Chem
from torch import Tensor

from generators.errors import ModelFilesError, RequestError
from generators.molecules import trained
from generators.molecules.goals import Target
from generators.molecules.hazards import hazard_of
from generators.molecules.properties import PROPERTIES

MOST = 1_000_000
PORTION = 1000
PATIENCE = 20  # portions without a molecule


@dataclass(frozen=True)
class Request:
    """What is to be generated.

    Attributes:
        model: `vae` or `gan`.
        count: Molecules, 1 to a million.
        seed: From 0; the same seed gives the same molecules.
        targets: Told to the decoder; what it writes is near them and not held to them.
        models: A user's folder of trained models; the shipped ones by default.
    """

    model: str = "vae"
    count: int = 1
    seed: int = 0
    targets: tuple[Target, ...] = ()
    models: Path | None = None

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            RequestError: One is out of range.
        """
        if self.model not in trained.MODELS:
            raise RequestError(f"There is no model {self.model!r}; choose one of {', '.join(trained.MODELS)}.")
        if not 1 <= self.count <= MOST:
            raise RequestError(f"count is {self.count}; give a number of molecules from 1 to {MOST:,}.")
        if not 0 <= self.seed < 2**31:
            raise RequestError(f"seed is {self.seed}; give a whole number from 0 to {2**31 - 1}.")

    @property
    def wanted(self) -> Tensor:
        """What the decoder is told, [P]; NaN where nothing is wanted."""
        told = {target.of.name: target.middle for target in self.targets}
        return torch.tensor([told.get(name, torch.nan) for name in PROPERTIES])


def generate(request: Request) -> Iterator[str]:
    """Canonical SMILES, `request.count` of them; a molecule can come twice.

    Raises:
        ModelFilesError: The model's files cannot be used, or it never learned to write molecules.
    """
    yield from islice(_screened(request), request.count)


def _screened(request: Request) -> Iterator[str]:
    fruitless = 0
    for portion in _portions(request):
        molecules = [molecule for smiles in portion if (molecule := Chem.MolFromSmiles(smiles))]
        shown = [one for one in molecules if one.GetNumAtoms() and not hazard_of(one)]
        fruitless = 0 if shown else fruitless + 1
        if fruitless == PATIENCE:
            raise ModelFilesError(f"The {request.model} wrote no molecule in {PATIENCE * PORTION:,}; train it longer.")
        yield from (str(Chem.MolToSmiles(one)) for one in shown)


def unscreened(request: Request) -> list[str]:
    """What the model writes, right or wrong and whatever it is: for its measures, not to be shown to anybody.

    Raises:
        ModelFilesError: The model's files cannot be used.
    """
    return list(islice(chain.from_iterable(_portions(request)), request.count))


def _portions(request: Request) -> Iterator[list[str]]:
    chance = torch.Generator().manual_seed(request.seed)
    memory = trained.vae(request.models)[0].memory(PORTION)
    while True:
        yield written(draw(request, chance), request.wanted, chance, request.models, memory)


def draw(request: Request, chance: torch.Generator) -> Tensor:
    """Latents [PORTION,Z]: of the prior for the VAE, made from it by the GAN."""
    network, _ = trained.vae(request.models)
    noise = torch.randn(PORTION, network.latent, generator=chance)
    if request.model == "vae":
        return noise
    with torch.no_grad():
        made: Tensor = trained.gan(request.models)(noise)
    return made


def written(
    latents: Tensor,
    wanted: Tensor,
    chance: torch.Generator | None,
    models: Path | None = None,
    memory: Tensor | None = None,
) -> list[str]:
    """What the decoder makes of latents [N,Z], told what is wanted [P]; see `MoleculeVAE.write`."""
    network, notation = trained.vae(models)
    return notation.decode(network.write(latents, wanted.expand(len(latents), -1), chance, memory).numpy())
