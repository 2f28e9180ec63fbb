"""The README says what the repository holds: its tables are the benchmarks' results, its counts are counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.findings import lexicon
from knowledge.red_flags import rules
from tests.benchmarks.readme import PAGES, README, TABLE, written

TEXT = README.read_text(encoding="utf-8")
ROOT = README.parent


def count(folder: str) -> int:
    return sum(".zh" not in path.name for path in (ROOT / "knowledge" / folder).glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_tables_are_the_results(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert TABLE.search(text) or page != README
    assert written(text) == text, "run: python -m tests.benchmarks.readme"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (len(rules()), "red-flag rules"),
        (len(lexicon()), "findings"),
        (count("conditions"), "conditions"),
        (count("topics"), "topics"),
    ],
)
def test_the_counts_are_counted(number: int, words: str) -> None:
    assert f"{number} {words}" in TEXT


def test_every_link_to_a_file_leads_somewhere() -> None:
    linked = re.findall(r"\]\(([^)#]+)\)", TEXT)
    missing = [path for path in linked if "://" not in path and not (ROOT / path).exists()]
    assert not missing


def test_nothing_of_the_machine_is_in_the_repository() -> None:
    kept = [path for pattern in ("*.py", "*.md", "*.toml", "*.yaml", "Makefile") for path in ROOT.glob(pattern)]
    named = [path.name for path in kept if re.search(r"index-url|/root/|/work/", path.read_text(encoding="utf-8"))]
    assert not named


def test_the_results_name_where_they_were_measured() -> None:
    results = list((Path(__file__).parent / "benchmarks" / "results").glob("*.json"))
    assert results
    assert all('"commit"' in path.read_text(encoding="utf-8") for path in results)
