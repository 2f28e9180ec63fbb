"""Goal-directed design: a search for molecules that meet a goal, in the VAE's latent space and over graphs.

A population of the best so far has children in three ways: a point near a parent's in latent space or between two
parents' is written out anew, two parents are crossed as graphs, or one is changed a little (Jensen 2019,
doi:10.1039/c8sc05372c). It begins with molecules that the VAE writes when it is told the targets, and with whatever it
is given to begin from.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from rdkit import Chem
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from generators.errors import StructureError
from generators.molecules import trained
from generators.molecules.editing import cross, mutate
from generators.molecules.hazards import hazard_of
from generators.molecules.notation import END
from generators.molecules.properties import PROPERTIES
from generators.molecules.structures import canonical
from generators.molecules.synthesis import written

POPULATION = 120
FEWEST, PATIENCE = 10, 20  # parents, and a parent more for each so many calls: a short search has to be greedy
CHILDREN = 100
LATENT = 0.25  # of the generations
NEARBY = 0.35  # of the prior's deviation: how far a latent neighbour lies
Score = Callable[[Chem.Mol], float]


@dataclass(frozen=True)
class Candidate:
    """A molecule and how well it meets the goal, 0 to 1."""

    smiles: str
    score: float
    molecule: Chem.Mol = field(repr=False, compare=False)


@dataclass(frozen=True)
class Progress:
    """Where a search stands.

    Attributes:
        calls: Molecules scored so far.
        best: The population, best first.
    """

    calls: int
    best: tuple[Candidate, ...]


class Search:
    """One search: what was scored, and the population."""

    def __init__(
        self,
        score: Score,
        seed: int = 0,
        wanted: Tensor | None = None,
        models: Path | None = None,
        latent: bool = True,
    ) -> None:
        """Take what says how well a molecule meets the goal.

        Args:
            score: 0 to 1.
            seed: Of everything random.
            wanted: Properties [P] that the VAE is told; none by default.
            models: A user's folder of trained models.
            latent: Whether the VAE takes part; without it this is a genetic search over graphs.
        """
        self._score, self._models, self._latent = score, models, latent
        self._wanted = torch.full((len(PROPERTIES),), torch.nan) if wanted is None else wanted
        self._chance, self._random = random.Random(seed), torch.Generator().manual_seed(seed)
        self.scored: dict[str, float] = {}
        self.population: list[Candidate] = []
        self._eligible = FEWEST

    def run(self, begin: Sequence[str], calls: int) -> Iterator[Progress]:
        """Search until `calls` molecules were scored, beginning from some SMILES; the first progress is none yet."""
        yield self.progress
        self._eligible = max(FEWEST, calls // PATIENCE)
        self._take(_read(begin), calls)
        yield self.progress
        if self._latent:
            self._take(_read(self._fresh(POPULATION)), calls)
            yield self.progress
        while len(self.scored) < calls:
            self._take(self._children(), calls)
            yield self.progress

    @property
    def progress(self) -> Progress:
        """Where it stands."""
        return Progress(len(self.scored), tuple(self.population))

    def _take(self, molecules: Iterable[Chem.Mol], calls: int) -> None:
        """Score what is new and no hazard, and keep the best."""
        for molecule in molecules:
            if len(self.scored) >= calls:
                break
            smiles = canonical(molecule)
            if smiles in self.scored or hazard_of(molecule):
                continue
            self.scored[smiles] = self._score(molecule)
            self.population.append(Candidate(smiles, self.scored[smiles], molecule))
        self.population = sorted(self.population, key=lambda one: -one.score)[:POPULATION]

    def _children(self) -> Iterator[Chem.Mol]:
        """A generation: now and then of the latent space, else of graphs."""
        if self._latent and self._chance.random() < LATENT:
            yield from _read(self._neighbours(self._parents(CHILDREN)))
            return
        parents = self._parents(2 * CHILDREN)
        for one, other in zip(parents[::2], parents[1::2], strict=True):
            if child := self._grown(one.molecule, other.molecule):
                yield child

    def _parents(self, number: int) -> list[Candidate]:
        """Drawn by rank, the better the likelier."""
        best = self.population[: self._eligible]
        return self._chance.choices(best, np.geomspace(1, 0.02, len(best)).tolist(), k=number)

    def _grown(self, one: Chem.Mol, other: Chem.Mol) -> Chem.Mol | None:
        """A child of two graphs, or one changed a little, or both."""
        child = cross(one, other, self._chance) if self._chance.random() < 0.5 else None
        return mutate(child or one, self._chance) if child is None or self._chance.random() < 0.7 else child

    def _fresh(self, number: int) -> list[str]:
        network, _ = trained.vae(self._models)
        noise = torch.randn(number, network.latent, generator=self._random)
        return written(noise, self._wanted, self._random, self._models)

    def _neighbours(self, parents: Sequence[Candidate]) -> list[str]:
        """Molecules from points between two parents' latents and a little beside."""
        latents = encoded([one.smiles for one in parents], self._models)
        if not len(latents):
            return self._fresh(len(parents))
        others = latents[torch.randperm(len(latents), generator=self._random)]
        share = torch.rand(len(latents), 1, generator=self._random) * 0.5
        aside = NEARBY * torch.randn(latents.shape, generator=self._random)
        return written(latents.lerp(others, share) + aside, self._wanted, self._random, self._models)


def _read(smiles: Iterable[str]) -> Iterator[Chem.Mol]:
    """Those strings that are molecules."""
    return filter(None, (Chem.MolFromSmiles(text) for text in smiles if text))


@torch.no_grad()
def encoded(smiles: Sequence[str], models: Path | None = None) -> Tensor:
    """The latents [N,Z] of those molecules that the VAE can read."""
    network, notation = trained.vae(models)
    rows = []
    for text in smiles:
        with suppress(StructureError):
            rows.append(torch.from_numpy(notation.encode([text])[0]).long())
    if not rows:
        return torch.empty(0, network.latent)
    return network.encode(pad_sequence(rows, batch_first=True, padding_value=END))[0]


def way(begin: Chem.Mol, end: Chem.Mol, frames: int = 9, models: Path | None = None) -> list[str]:
    """The likeliest molecules on the straight way between two in latent space, with the two themselves at the ends.

    What is written twice running comes once, and hazards are left out.

    Raises:
        StructureError: The VAE cannot read one of them.
    """
    network, notation = trained.vae(models)
    ends = [str(Chem.MolToSmiles(Chem.RemoveHs(one), isomericSmiles=False)) for one in (begin, end)]
    with torch.no_grad():
        latents = network.encode(torch.from_numpy(notation.encode(ends)).long())[0]
    shares = torch.linspace(0, 1, frames)[1:-1, None]
    between = written(latents[:1].lerp(latents[1:], shares), torch.full((len(PROPERTIES),), torch.nan), None, models)
    found = [ends[0]]
    for molecule in _read([*between, ends[1]]):
        if (smiles := canonical(molecule)) != found[-1] and not hazard_of(molecule):
            found.append(smiles)
    return found
