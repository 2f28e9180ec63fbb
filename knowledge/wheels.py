"""Weight files inside installed wheels: found without importing the wheel, and known by their sha256."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path


def file_in_wheel(wheel: str, ending: str) -> Path | None:
    """The file of an installed wheel whose name ends so; None where the wheel or the file is not there."""
    try:
        listed = files(wheel) or []
    except PackageNotFoundError:
        return None
    path = next((Path(str(file.locate())) for file in listed if file.name.endswith(ending)), None)
    return path if path and path.exists() else None


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
