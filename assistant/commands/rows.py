"""Rows of JSON lines in and out, with `-` for the standard streams."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.errors import InputError

Rows = Annotated[Path, typer.Argument(help="JSON lines; - reads standard input.", metavar="IN.jsonl")]
Out = Annotated[Path, typer.Option("-o", "--out", help="JSON lines; - writes standard output.", metavar="OUT.jsonl")]
STDIO = Path("-")


def read_rows(path: Path, *needed: str) -> Iterator[dict[str, Any]]:
    """The rows of a JSON-lines file, each with an id and the needed text fields.

    Raises:
        InputError: The file cannot be read, or a row is not of that form; the message names the line.
    """
    try:
        lines = sys.stdin.read() if path == STDIO else _content(path).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist.") from error
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text; give a file of JSON lines.") from error
    for number, line in enumerate(lines.split("\n"), start=1):  # a JSON string may hold other line separators
        if not line.strip():
            continue
        try:
            row = json.loads(json.dumps(json.loads(line), ensure_ascii=False).encode(errors="replace"))  # half letters
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: not JSON.") from error
        if not isinstance(row, dict) or "id" not in row or not all(isinstance(row.get(key), str) for key in needed):
            fields = ", ".join(f'"{key}"' for key in ("id", *needed))
            raise InputError(f"{path}, line {number}: a row needs {fields}.")
        yield row


def _content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def write_rows(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    """Write rows as JSON lines as they come, with a progress bar when they go to a file.

    Raises:
        InputError: The file cannot be written.
    """
    if path == STDIO:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    try:
        with path.open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
