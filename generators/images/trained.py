"""Trained models on disk: a folder for each, with its configuration, weights in half precision, and a model card.

The shipped folders are checked against the sha256 in `weights/sha256.json` before they are read; a folder that a user
trained has no such line and is read as it is. Nothing but safetensors and JSON is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from diffusers.models.modeling_utils import ModelMixin

from generators.errors import ModelFilesError
from generators.images.atlas import Label
from knowledge.wheels import sha256

SHIPPED = Path(__file__).parent / "weights"
SAFELY = {"local_files_only": True, "use_safetensors": True, "low_cpu_mem_usage": False}
DIGESTS, LABELS = "sha256.json", "labels.json"
Network = TypeVar("Network", bound=ModelMixin)


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
    half = type(network).from_config(network.config)
    half.load_state_dict(network.state_dict())
    half.half().save_pretrained(folder)
    write_labels(labels, folder)


def write_labels(labels: Sequence[Label], folder: Path) -> None:
    """Write what a network knows, by number."""
    (folder / LABELS).write_text(json.dumps([label.text for label in labels], indent=1) + "\n", encoding="utf-8")


def load(kind: type[Network], folder: Path) -> Network:
    """Read a network in single precision, ready to be used.

    Raises:
        ModelFilesError: Files are missing, altered, cut off or of another network.
    """
    check(folder)
    try:
        network: Any = kind.from_pretrained(folder, torch_dtype=torch.float32, **SAFELY)
    except Exception as error:  # diffusers and safetensors raise types of their own, some of them no public names
        raise ModelFilesError(f"The model in {folder} cannot be read; {_mend(folder)}") from error
    network.register_to_config(_name_or_path="")  # what is saved of it must not tell where it lay
    return network.eval().float()  # type: ignore[no-any-return]  # diffusers looks at the first tensor alone


def labels(folder: Path) -> tuple[Label, ...]:
    """The labels that a trained network knows, by number.

    Raises:
        ModelFilesError: They are missing or unreadable.
    """
    try:
        return tuple(Label.parse(text) for text in json.loads((folder / LABELS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelFilesError(f"{folder / LABELS} cannot be read; {_mend(folder)}") from error


@cache
def check(folder: Path) -> None:
    """Hold the files of a shipped folder to their sha256; once in a process.

    Raises:
        ModelFilesError: A file is missing or altered.
    """
    for name, wanted in digests().items():
        path = SHIPPED / name
        if path.is_relative_to(folder.resolve()) and (not path.is_file() or sha256(path) != wanted):
            raise ModelFilesError(f"{path} is missing or altered; {_mend(folder)}")


@cache
def fingerprint(folder: Path) -> str:
    """Twelve digits that tell one model's weights from another's."""
    parts = [sha256(path) for path in sorted(folder.rglob("*.safetensors")) if "training" not in path.parts]
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:12]


def digests() -> dict[str, str]:
    """The sha256 of every shipped weight file, by its path under `weights`."""
    path = SHIPPED / DIGESTS
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def write_digests() -> None:
    """Make `sha256.json` anew; whoever retrains a shipped model runs `python -m generators.images.trained`."""
    found = {str(path.relative_to(SHIPPED)): sha256(path) for path in sorted(SHIPPED.rglob("*.safetensors"))}
    (SHIPPED / DIGESTS).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _mend(folder: Path) -> str:
    shipped = folder.resolve().is_relative_to(SHIPPED)
    return "get it back with: git checkout -- generators/images/weights" if shipped else "train it again"


if __name__ == "__main__":
    write_digests()
