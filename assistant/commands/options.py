"""Options that several commands share, and how they write a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.errors import InputError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


def write_file(path: Path, content: bytes) -> None:
    """Write what a command made.

    Raises:
        InputError: The place cannot be written to.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}; name another file.") from error
