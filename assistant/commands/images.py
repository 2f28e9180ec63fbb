"""`airmed prepare|train|tune|generate|evaluate image`: the five steps of the image models."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.commands.options import Json, write_file
from assistant.errors import InputError
from generators.images.controls import USUAL_CONTROLS, USUAL_FAMILY, Controls

Datasets = Annotated[
    list[str] | None,
    typer.Option(
        "--dataset",
        help="chest_xray, chest_ct, brain_mri, medmnist:NAME, an .npz file or a folder; again for more. Default: ours.",
    ),
]
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the .npz files of our datasets.")]
Models = Annotated[Path | None, typer.Option("--models", help="Folder of your own trained models.")]


def prepare(
    source: Annotated[str, typer.Argument(help="A dataset: folder, .npz, medmnist:NAME or one of ours.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="What to write.", metavar="FILE.npz")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Clean pictures or DICOM files, split them by patient, and write what the models train on."""
    from generators.images.datasets import prepare as prepare_images

    report = prepare_images(source, data, out)
    for fault in report.unreadable:
        typer.echo(f"left out: {fault}", err=True)
    counts: dict[str, Any] = {"file": str(report.file), "read": report.read, "counts": report.counts}
    counts |= {"left_out": len(report.unreadable), "dropped": vars(report.dropped)}
    lines = [
        f"{split}: " + ", ".join(f"{n} {name}" for name, n in found.items()) for split, found in report.counts.items()
    ]
    typer.echo(json.dumps(counts) if as_json else "\n".join([f"{out} written from {report.read} pictures.", *lines]))


def train(
    model: Annotated[
        str, typer.Option(help="autoencoder, diffusion, vae, gan, fast, decoder, reader, dense_gan, dcgan.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of models; the model gets a folder in it.")],
    dataset: Datasets = None,
    images: Annotated[int, typer.Option(help="Pictures to show in all; 0 takes the recipe's number.")] = 0,
    seed: int = 0,
    data: Data = None,
) -> None:
    """Train a model, or go on training it where it was cut off."""
    from generators.images.atlas import open_atlas
    from generators.images.recipes import Run
    from generators.images.recipes import train as train_model

    run = Run(model, open_atlas(dataset or [], data), out, images, seed)
    typer.echo(f"{train_model(run)} written.")


def tune(
    model: Annotated[str, typer.Option(help="vae, gan, diffusion or reader.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the trials and what they found.")],
    dataset: Datasets = None,
    trials: Annotated[int, typer.Option(min=1, max=1000)] = 8,
    folds: Annotated[int, typer.Option(min=2, max=10)] = 3,
    images: Annotated[int, typer.Option(min=1, help="Pictures to show in one training.")] = 20_000,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Search for better numbers of a model's recipe by k-fold cross-validation."""
    from generators.images.atlas import open_atlas
    from generators.images.tuning import tune as tune_model

    found = tune_model(model, open_atlas(dataset or [], data), out, trials=trials, folds=folds, images=images)
    best = ", ".join(f"{name} {value:.3g}" for name, value in found.choices.items())
    told = {"model": model, "choices": dict(found.choices), "score": found.score, "trials": found.trials}
    typer.echo(json.dumps(told) if as_json else f"Best of {found.trials}: {best}; {found.measure} {found.score:.4g}.")


def generate(
    dataset: Annotated[str, typer.Option(help="chest_xray, chest_ct or brain_mri.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="A folder for PNG files, or FILE.npz.", metavar="DIR|FILE.npz")
    ],
    model: Annotated[str, typer.Option(help="vae, gan, diffusion, or fast: diffusion in four steps.")] = USUAL_FAMILY,
    label: Annotated[list[str] | None, typer.Option(help="A finding; again for more. Default: all in turn.")] = None,
    count: Annotated[int, typer.Option(help="Pictures.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same pictures.")] = 0,
    truncation: Annotated[
        float, typer.Option(help="VAE and GAN: less is more typical, more is more varied.")
    ] = USUAL_CONTROLS.truncation,
    guidance: Annotated[
        float, typer.Option(help="Diffusion: how strongly it is held to the label.")
    ] = USUAL_CONTROLS.guidance,
    steps: Annotated[int, typer.Option(help="Diffusion: steps of the solver.")] = USUAL_CONTROLS.steps,
    dicom: Annotated[bool, typer.Option("--dicom", help="Write DICOM in place of PNG.")] = False,
    models: Models = None,
) -> None:
    """Generate synthetic pictures, marked as such."""
    from generators.images.synthesis import Request
    from generators.images.writing import write

    controls = Controls(truncation, guidance, steps)
    request = Request(dataset, tuple(label or ()), model, count, seed, controls, models)
    written = write(request, out, dicom)
    typer.echo(f"{written} synthetic pictures in {out}.")


def evaluate(
    dataset: Annotated[str, typer.Option(help="chest_xray, chest_ct, brain_mri, or a dataset of your own.")],
    model: Annotated[
        list[str] | None, typer.Option(help="vae, gan, diffusion, fast; again for more. Default: all.")
    ] = None,
    made: Annotated[
        list[str] | None, typer.Option(help="NAME=FILE.npz with images and labels, made by anything.")
    ] = None,
    axes: Annotated[str, typer.Option(help="fidelity, utility, or both.")] = "both",
    out: Annotated[Path | None, typer.Option("-o", "--out", help="JSON to write.", metavar="FILE.json")] = None,
    seed: int = 0,
    data: Data = None,
    models: Models = None,
    as_json: Json = False,
) -> None:
    """Measure fidelity, diversity, privacy and utility of what models generate against held-out real pictures."""
    if axes not in ("fidelity", "utility", "both"):
        raise InputError(f"--axes is {axes!r}; give fidelity, utility or both.")
    from assistant.settings import settings
    from generators.images.datasets import load
    from generators.images.evaluation import Evaluation, evaluated, makers
    from generators.images.tables import table

    evaluation = Evaluation(load(dataset, data), settings().data_dir / "cache" / "features", _progress, seed)
    result = evaluated(evaluation, makers(dataset, model or [], made or [], models), axes)
    text = json.dumps(result)
    if out:
        write_file(out, f"{text}\n".encode())
    typer.echo(text if as_json else table(result))


def analyse(
    picture: Annotated[Path, typer.Argument(help="PNG, JPEG or DICOM.")],
    saliency: Annotated[Path | None, typer.Option(help="PNG to write: where the classifier looked.")] = None,
    as_json: Json = False,
) -> None:
    """Say what the classifier sees in a chest X-ray, chest CT or brain MRI; it is not a diagnosis."""
    from generators.images.analyst import analyse as analyse_image
    from generators.images.analyst import heated

    found = analyse_image(picture)
    if saliency:
        stream = BytesIO()
        heated(found.pixels, found.saliency).save(stream, "PNG")
        write_file(saliency, stream.getvalue())
    findings = [{"finding": label.text, "probability": round(odds, 4)} for label, odds in found.findings]
    told = {"familiar": found.familiar, "strangeness": found.strangeness, "findings": findings}
    typer.echo(json.dumps(told | {"synthetic": found.synthetic}) if as_json else found.sentence)


def _progress(doing: str) -> None:
    typer.echo(f"airmed: {doing}", err=True)


STEPS: dict[str, Callable[..., None]] = {
    "prepare": prepare,
    "train": train,
    "tune": tune,
    "generate": generate,
    "evaluate": evaluate,
}
