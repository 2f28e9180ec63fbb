"""Whether the doctor knows what it does not know: questions that the library answers, and ones that it does not.

python -m tests.benchmarks.answering
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from assistant.consultation.guidance import find_guidance
from assistant.consultation.library import open_library
from assistant.settings import Settings
from knowledge.embedding import SentenceEmbedder
from tests.benchmarks.report import Rows, report

QUESTIONS = Path(__file__).parent / "data" / "answerable.jsonl"


def measure() -> Rows:
    """Questions answered, of those that can be and of those that cannot, on both halves."""
    asked = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        library = open_library(Settings(data_dir=Path(folder)), SentenceEmbedder())
        told = [bool(find_guidance(library, row["text"]).statements) for row in asked]
    pairs = list(zip(asked, told, strict=True))
    return [_row(name, [pair for i, pair in enumerate(pairs) if i // 2 % 2 == half]) for half, name in HALVES.items()]


HALVES = {0: "tune", 1: "test"}


def _row(name: str, pairs: list[tuple[dict[str, Any], bool]]) -> dict[str, Any]:
    known = [told for row, told in pairs if row["answerable"]]
    unknown = [told for row, told in pairs if not row["answerable"]]
    return {
        "half": name,
        "in the library: answered": f"{sum(known)}/{len(known)}",
        "not in the library: answered all the same": f"{sum(unknown)}/{len(unknown)}",
    }


if __name__ == "__main__":
    report("answering", {"Questions inside and outside the library": measure()})
