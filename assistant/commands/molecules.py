"""`airmed prepare|train|tune|generate|evaluate molecules`: the five steps of the molecule models."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from assistant.commands.options import Json, write_file
from assistant.errors import InputError

Model = Annotated[str, typer.Option(help="vae or gan.")]
Models = Annotated[Path | None, typer.Option("--models", help="Folder of your own trained models.")]
Source = Annotated[str, typer.Option("--data", help="moses, or a CSV file that `airmed prepare molecules` wrote.")]


def prepare(
    source: Annotated[Path, typer.Argument(help="A CSV file of SMILES, gzipped or not.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="What to write.", metavar="FILE.csv")],
    column: Annotated[str, typer.Option(help="Where the SMILES stand.")] = "smiles",
    as_json: Json = False,
) -> None:
    """Standardise molecules, strip salts, leave out doubles and hazards, and write what the models train on."""
    from generators.molecules.collection import prepare as prepare_molecules

    found = prepare_molecules(source, out, column)
    for one in found.rejected:
        typer.echo(f"left out: line {one.line}: {one.reason}", err=True)
    told = {"file": str(found.file), "kept": found.kept, "left_out": len(found.rejected)}
    typer.echo(
        json.dumps(told) if as_json else f"{out} written: {found.kept} molecules, {len(found.rejected)} left out."
    )


def train(
    model: Model,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of models; the model gets a folder in it.")],
    data: Source = "moses",
    examples: Annotated[int, typer.Option(help="Molecules to show in all; 0 takes the recipe's number.")] = 0,
    seed: int = 0,
) -> None:
    """Train a model, or go on training it where it was cut off."""
    from generators.molecules.recipes import Run
    from generators.molecules.recipes import train as train_model

    typer.echo(f"{train_model(Run(model, data, out, examples, seed))} written.")


def tune(
    model: Model,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the trials and what they found.")],
    data: Source = "moses",
    trials: Annotated[int, typer.Option(min=1, max=1000)] = 8,
    folds: Annotated[int, typer.Option(min=2, max=10)] = 3,
    examples: Annotated[int, typer.Option(min=1, help="Molecules to show in one training.")] = 200_000,
    as_json: Json = False,
) -> None:
    """Search for better numbers of a model's recipe by k-fold cross-validation."""
    from generators.molecules.tuning import tune as tune_model

    found = tune_model(model, data, out, trials, folds, examples)
    best = ", ".join(f"{name} {value:.3g}" for name, value in found.choices.items())
    told = {"model": model, "choices": dict(found.choices), "score": found.score, "trials": found.trials}
    typer.echo(json.dumps(told) if as_json else f"Best of {found.trials}: {best}; {found.measure} {found.score:.4g}.")


def generate(
    out: Annotated[Path, typer.Option("-o", "--out", help="What to write.", metavar="OUT.csv|OUT.sdf")],
    model: Model = "vae",
    count: Annotated[int, typer.Option(help="Molecules.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same molecules.")] = 0,
    target: Annotated[
        list[str] | None, typer.Option(help="qed>=0.9, logp=2..3, weight<350, tpsa=60 or sa<3; again for more.")
    ] = None,
    near: Annotated[str, typer.Option(help="A drug's name or SMILES that they are to be like.")] = "",
    scaffold: Annotated[str, typer.Option(help="SMILES of a part that must be in them.")] = "",
    calls: Annotated[int, typer.Option(help="With a goal: molecules to score before the best are kept.")] = 2000,
    models: Models = None,
) -> None:
    """Generate molecules: as they come, or with a goal the best that a search finds."""
    from generators.molecules.drugs import structure
    from generators.molecules.goals import Goal, Target
    from generators.molecules.proposals import Brief, proposals, search, to_csv, to_sdf
    from generators.molecules.synthesis import Request
    from generators.molecules.synthesis import generate as generate_molecules

    targets = tuple(Target.parse(one) for one in target or ())
    if not (targets or near or scaffold):
        rows = generate_molecules(Request(model, count, seed, models=models))
        text = io.StringIO()
        csv.writer(text).writerows([["smiles"], *([smiles] for smiles in rows)])
        write_file(out, text.getvalue().encode())
        typer.echo(f"{count} molecules in {out}.")
        return
    goal = Goal(targets, structure(near) if near else None, structure(scaffold) if scaffold else None)
    brief = Brief(goal, count, seed, model, max(calls, count), models)
    for progress in search(brief):
        best = progress.best[0].score if progress.best else 0.0
        typer.echo(f"\rairmed: {progress.calls} of {brief.calls} scored, best {best:.3f}", err=True, nl=False)
    typer.echo("", err=True)
    made = proposals(brief, progress)
    if not made:
        raise InputError("The search found no molecule that comes near this goal; loosen a target or the scaffold.")
    write_file(out, (to_sdf(made) if out.suffix == ".sdf" else to_csv(made)).encode())
    typer.echo(f"{len(made)} molecules in {out}; the best meets the goal to {made[0].score:.2f} of 1.")


def evaluate(
    model: Annotated[list[str] | None, typer.Option(help="vae, gan; again for more. Default: both.")] = None,
    made: Annotated[list[str] | None, typer.Option(help="NAME=FILE.csv with a column smiles.")] = None,
    count: Annotated[int, typer.Option(help="Molecules of each; MOSES takes 30,000.")] = 30_000,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="JSON to write.", metavar="FILE.json")] = None,
    seed: int = 0,
    models: Models = None,
    as_json: Json = False,
) -> None:
    """Measure what models generate as the MOSES benchmark does, beside its published rows."""
    from generators.molecules import trained
    from generators.molecules.evaluation import evaluated, published
    from generators.tables import lines

    names = model or ([] if made else list(trained.MODELS))
    rows = [*evaluated(names, made or [], count, seed, models), *published()]
    text = json.dumps({"rows": rows})
    if out:
        write_file(out, f"{text}\n".encode())
    typer.echo(text if as_json else lines(rows[0], rows))


STEPS: dict[str, Callable[..., None]] = {
    "prepare": prepare,
    "train": train,
    "tune": tune,
    "generate": generate,
    "evaluate": evaluate,
}
