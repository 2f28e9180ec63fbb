"""Proposals: new molecules for a goal, each with all that is known about it before anybody makes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rdkit import Chem
from rdkit.Chem import AllChem, Draw
from rdkit.Chem.Scaffolds import MurckoScaffold

from generators.errors import RequestError
from generators.molecules.alerts import remarks
from generators.molecules.design import Progress, Search, encoded
from generators.molecules.drugs import nearest
from generators.molecules.goals import Goal
from generators.molecules.hazards import refuse_request
from generators.molecules.novelty import was_learned
from generators.molecules.properties import PROPERTIES, numbers
from generators.molecules.proposal import Proposal
from generators.molecules.structures import canonical, parse
from generators.molecules.synthesis import Request, draw, written

MOST = 100
CALLS = 2000
PLENTY, MET = 2, 1.0 - 1e-6  # times as many as are wanted, each with such a score, and a search need not go on
NEIGHBOURS = 200


@dataclass(frozen=True)
class Brief:
    """What is asked for.

    Attributes:
        goal: What the molecules are wanted to be.
        count: How many, 1 to 100.
        seed: From 0; the same seed gives the same molecules.
        model: `vae` or `gan`, from which the search begins.
        calls: Molecules to score at most before the best are shown.
    """

    goal: Goal
    count: int = 10
    seed: int = 0
    model: str = "vae"
    calls: int = CALLS
    models: Path | None = None

    def __post_init__(self) -> None:
        """Check the ranges, and that nothing harmful is asked for.

        Raises:
            RequestError: One is out of range.
            HazardError: The goal names a structure that Airmed does not design near.
        """
        if not 1 <= self.count <= MOST:
            raise RequestError(f"count is {self.count}; give a number of proposals from 1 to {MOST}.")
        if not self.count <= self.calls <= 100_000:
            raise RequestError(f"calls is {self.calls}; give a number from {self.count} to 100,000.")
        refuse_request("", *(canonical(one) for one in (self.goal.near, self.goal.scaffold) if one is not None))


def warm() -> None:
    """Propose one molecule that nobody sees: what is slow about the first one is over then.

    Raises:
        ModelFilesError: The model's files cannot be used.
    """
    brief = Brief(Goal(scaffold=parse("c1ccccc1")), 1, calls=1)
    *_, found = search(brief)
    proposals(brief, found)


def search(brief: Brief) -> Iterator[Progress]:
    """Where the search stands, again and again until it is done, or has found plenty that meet the goal whole.

    Raises:
        ModelFilesError: The model's files cannot be used.
    """
    request = Request(brief.model, seed=brief.seed, targets=brief.goal.targets, models=brief.models)
    running = Search(brief.goal.score, brief.seed, request.wanted, brief.models)
    for progress in running.run(_begin(brief, request), brief.calls):
        yield progress
        plenty = progress.best[: PLENTY * brief.count]
        if len(plenty) == PLENTY * brief.count and plenty[-1].score >= MET:
            return


def _begin(brief: Brief, request: Request) -> list[str]:
    """Neighbours of what the goal names, or what the model draws."""
    chance = torch.Generator().manual_seed(brief.seed)
    named = [canonical(one) for one in (brief.goal.near, brief.goal.scaffold) if one is not None]
    latents = encoded(named, brief.models) if named else draw(request, chance)[:NEIGHBOURS]
    if named and len(latents):
        latents = latents[:1].repeat(NEIGHBOURS, 1)
        latents = latents + 0.5 * torch.randn(latents.shape, generator=chance)
    return [*named, *written(latents, request.wanted, chance, brief.models)] if len(latents) else named


def proposals(brief: Brief, found: Progress) -> list[Proposal]:
    """The best that a search found, different from what the goal names."""
    near = canonical(brief.goal.near) if brief.goal.near is not None else ""
    best = [one for one in found.best if one.smiles != near and one.score > 0]
    return [_described(one.smiles, one.score) for one in best[: brief.count]]


def _described(smiles: str, score: float) -> Proposal:
    molecule = Chem.MolFromSmiles(smiles)
    drug, likeness = nearest(molecule)
    found = remarks(molecule)
    warnings, notes = (
        tuple(f"{one.rule}: {one.reason}" for one in found if one.is_warning is wanted) for wanted in (True, False)
    )
    return Proposal(
        smiles=smiles,
        score=score,
        properties=numbers(molecule),
        warnings=warnings,
        notes=notes,
        drug=drug.name,
        likeness=likeness,
        is_new=not was_learned(smiles),
        scaffold=canonical(MurckoScaffold.GetScaffoldForMol(molecule)),
    )


def to_csv(made: Sequence[Proposal]) -> str:
    """As a table for spreadsheets."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["smiles", "score", *PROPERTIES, "warnings", "nearest_drug", "likeness", "new"])
    for one in made:
        values = [f"{value:.3f}" for value in (one.score, *one.properties.values())]
        table.writerow([one.smiles, *values, "; ".join(one.warnings), one.drug, f"{one.likeness:.3f}", one.is_new])
    return out.getvalue()


def to_sdf(made: Sequence[Proposal]) -> str:
    """As structures with flat coordinates and their numbers, for chemistry programs."""
    out = io.StringIO()
    writer = Chem.SDWriter(out)
    for place, one in enumerate(made, 1):
        molecule = Chem.MolFromSmiles(one.smiles)
        AllChem.Compute2DCoords(molecule)
        molecule.SetProp("_Name", f"airmed-{place} (generated, never made)")
        for name, value in one.properties.items():
            molecule.SetDoubleProp(name, value)
        writer.write(molecule)
    writer.close()
    return out.getvalue()


def to_svg(smiles: str, width: int = 280, height: int = 200) -> str:
    """A drawing of a structure."""
    drawing = Draw.rdMolDraw2D.MolDraw2DSVG(width, height)
    drawing.drawOptions().clearBackground = False
    drawing.DrawMolecule(Chem.MolFromSmiles(smiles))
    drawing.FinishDrawing()
    return str(drawing.GetDrawingText())
