"""How well the grounding gate tells supported sentences from unsupported ones, on 240 sentences written for it.

    python -m tests.benchmarks.grounding

The odd lines of `data/grounding.jsonl` are the half that the gate's rules were set on; the even lines are the test.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.safety.grounding import supporting
from knowledge.embedding import Embedder, SentenceEmbedder
from knowledge.text import terms
from tests.benchmarks.report import Rows, report

DATA = Path(__file__).parent / "data" / "grounding.jsonl"
LEAST_COSINE = 0.7
LEAST_COVERAGE = 0.7
NOTES = (
    "let through: unsupported sentences that pass, which should be none. passed: supported sentences that pass; the "
    "rest cost little, because the evidence itself is shown in their place.",
    "No unsupported sentence of about 60 let through still allows a true rate of up to 5 % (95 % confidence).",
    "The rules were written without the test half, but for its first ten lines, which were seen, and for its totals, "
    "which were read after each of five versions.",
    "Every sentence is a free paraphrase or a plausible error written by hand; none is a copy of the evidence.",
)


@dataclass(frozen=True)
class Case:
    """A sentence, what it should rest on, and whether it does."""

    evidence: list[str]
    sentence: str
    supported: bool


Judge = Callable[[Case], bool]


def halves() -> dict[str, list[Case]]:
    """The cases: odd lines to tune on, even lines to test on."""
    cases = [Case(**json.loads(line)) for line in DATA.read_text(encoding="utf-8").splitlines()]
    return {"tune": cases[0::2], "test": cases[1::2]}


def judges(embedder: Embedder) -> dict[str, Judge]:
    """What is compared."""

    def cosine(case: Case) -> bool:
        vectors = embedder.encode([case.sentence, *case.evidence])
        return bool((vectors[1:] @ vectors[0]).max() >= LEAST_COSINE)

    def coverage(case: Case) -> bool:
        words = set(terms(case.sentence))
        return any(len(words & set(terms(text))) >= LEAST_COVERAGE * len(words) for text in case.evidence)

    return {
        f"cosine of MiniLM, at least {LEAST_COSINE}": cosine,
        f"terms covered, at least {LEAST_COVERAGE}": coverage,
        "Airmed": lambda case: supporting(case.sentence, case.evidence, embedder) is not None,
    }


def passing(judge: Judge, cases: list[Case], supported: bool) -> tuple[int, int]:
    """How many sentences of one kind pass, and of how many."""
    verdicts = [judge(case) for case in cases if case.supported == supported]
    return sum(verdicts), len(verdicts)


def compare(embedder: Embedder) -> Rows:
    """One row for each judge, both halves side by side."""
    rows: Rows = []
    for name, judge in judges(embedder).items():
        row: dict[str, str | float] = {"judge": name}
        for half, cases in halves().items():
            for title, supported in (("let through", False), ("passed", True)):
                passed, count = passing(judge, cases, supported)
                row[f"{half}: {title}"] = passed / count
                row[f"{half}: {title}, count"] = f"{passed} of {count}"
        rows.append(row)
    return rows


def main() -> None:
    """Measure, print and write the results."""
    report("grounding", {"sentences that pass the grounding gate": compare(SentenceEmbedder())}, NOTES)


if __name__ == "__main__":
    main()
