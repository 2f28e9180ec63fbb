"""Run every benchmark, one after another, then write the README's tables from what they measured."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    "startup", "conversation", "interview", "diagnosis", "triage", "routing", "grounding", "answering", "retrieval",
    "images", "analyst", "molecules", "design", "plans", "privacy", "refusals", "crash", "cases", "load", "readme",
)  # fmt: skip

if __name__ == "__main__":
    for name in BENCHMARKS:
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=True)
