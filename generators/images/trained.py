"""Trained image models on disk: a folder for each, with its weights, the labels that it knows, and a model card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from diffusers.models.modeling_utils import ModelMixin

from generators import weights
from generators.errors import ModelFilesError
from generators.images.atlas import Label

SHIPPED = Path(__file__).parent / "weights"
LABELS = "labels.json"


def folder_of(family: str, models: Path | None = None) -> Path:
    """Where a family's files lie: under the user's folder of models, or with the package.

    Raises:
        ModelFilesError: There is no such folder.
    """
    folder = (models or SHIPPED) / family
    if not is_there(family, models):
        command = f"airmed train image --model {family} -o {folder.parent}"
        raise ModelFilesError(f"There is no trained model in {folder}; train it with: {command}")
    return folder


def is_there(family: str, models: Path | None = None) -> bool:
    """Whether a family was trained: a page or a tool whose model is not there is not offered."""
    return ((models or SHIPPED) / family / LABELS).is_file()


def save(network: ModelMixin, labels: Sequence[Label], folder: Path) -> None:
    """Write a network in half precision, with the labels that it knows."""
    weights.save(network, folder)
    write_labels(labels, folder)


def write_labels(labels: Sequence[Label], folder: Path) -> None:
    """Write what a network knows, by number."""
    (folder / LABELS).write_text(json.dumps([label.text for label in labels], indent=1) + "\n", encoding="utf-8")


def labels(folder: Path) -> tuple[Label, ...]:
    """The labels that a trained network knows, by number.

    Raises:
        ModelFilesError: They are missing or unreadable.
    """
    try:
        return tuple(Label.parse(text) for text in json.loads((folder / LABELS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelFilesError(f"{folder / LABELS} cannot be read; {weights.mend(folder)}") from error
