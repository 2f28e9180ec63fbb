"""Networks on disk: a folder with configuration and weights in half precision, read only if they are what they were.

A shipped folder lies under one with a `sha256.json`, and its weights are held to that before they are read; a folder
that a user trained has no such file above it and is read as it is. Nothing but safetensors and JSON is read.
"""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from diffusers.models.modeling_utils import ModelMixin

from generators.errors import ModelFilesError
from knowledge.wheels import sha256

SAFELY = {"local_files_only": True, "use_safetensors": True, "low_cpu_mem_usage": False}
DIGESTS = "sha256.json"
Network = TypeVar("Network", bound=ModelMixin)


def save(network: ModelMixin, folder: Path) -> None:
    """Write a network in half precision."""
    half = type(network).from_config(network.config)
    half.load_state_dict(network.state_dict())
    half.half().save_pretrained(folder)


def load(kind: type[Network], folder: Path) -> Network:
    """Read a network in single precision, ready to be used.

    Raises:
        ModelFilesError: Files are missing, altered, cut off or of another network.
    """
    check(folder)
    try:
        network: Any = kind.from_pretrained(folder, torch_dtype=torch.float32, **SAFELY)
    except Exception as error:  # diffusers and safetensors raise types of their own, some of them no public names
        raise ModelFilesError(f"The model in {folder} cannot be read; {mend(folder)}") from error
    network.register_to_config(_name_or_path="")  # what is saved of it must not tell where it lay
    return network.eval().float()  # type: ignore[no-any-return]  # diffusers looks at the first tensor alone


@cache
def check(folder: Path) -> None:
    """Hold the files of a shipped folder to their sha256; once in a process.

    Raises:
        ModelFilesError: A file is missing or altered.
    """
    root = _shipped(folder)
    for name, wanted in digests(root).items() if root else ():
        path = root / name if root else folder
        if path.is_relative_to(folder.resolve()) and (not path.is_file() or sha256(path) != wanted):
            raise ModelFilesError(f"{path} is missing or altered; {mend(folder)}")


@cache
def fingerprint(folder: Path) -> str:
    """Twelve digits that tell one model's weights from another's."""
    parts = [sha256(path) for path in sorted(folder.rglob("*.safetensors")) if "training" not in path.parts]
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:12]


def mend(folder: Path) -> str:
    """What to do about files that cannot be used."""
    return "get it back with: git checkout -- generators" if _shipped(folder) else "train it again"


def digests(root: Path) -> dict[str, str]:
    """The sha256 of every shipped weight file under a folder, by its path there."""
    return dict(json.loads((root / DIGESTS).read_text(encoding="utf-8")))


def write_digests(root: Path) -> None:
    """Make `sha256.json` anew; whoever retrains a shipped model runs `python -m generators.weights FOLDER`."""
    found = {str(path.relative_to(root)): sha256(path) for path in sorted(root.rglob("*.safetensors"))}
    (root / DIGESTS).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _shipped(folder: Path) -> Path | None:
    """The folder above, or this one, that has the digests."""
    inside = folder.resolve()
    return next((place for place in (inside, *inside.parents) if (place / DIGESTS).is_file()), None)


if __name__ == "__main__":
    write_digests(Path(sys.argv[1]))
