"""Print what a benchmark measured and keep it as JSON, with the machine and the commit it was measured on."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"
Rows = list[dict[str, Any]]


def report(name: str, tables: dict[str, Rows], notes: tuple[str, ...] = (), folder: Path = RESULTS) -> Path:
    """Print tables (title to rows, each row column to value) with their notes, and write `folder`/`name`.json."""
    console = Console()
    for title, rows in tables.items():
        table = Table(title=title, title_justify="left")
        for column, value in rows[0].items():
            table.add_column(column, justify="left" if isinstance(value, str) else "right")
        for row in rows:
            table.add_row(*(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values()))
        console.print(table)
    for note in notes:
        console.print(f"- {note}", highlight=False)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    content = {"benchmark": name, **_origin(), "notes": notes, "tables": tables}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    console.print(f"written: {path}", highlight=False)
    return path


def _origin() -> dict[str, str | int]:
    git = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=RESULTS.parent, capture_output=True, text=True, check=False
    )
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": git.stdout.strip() if git.returncode == 0 else "none",
        "cpus": os.cpu_count() or 0,
        "python": platform.python_version(),
    }
