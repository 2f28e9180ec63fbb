"""What a finding implies, by the trees of the lexicon: a thunderclap headache is a headache too."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.findings import lexicon


def implied_by(finding: str) -> Iterator[str]:
    """The more general findings that one implies, the nearest first; none where the lexicon does not know it."""
    known = lexicon()
    while finding in known and (finding := known[finding].parent):
        yield finding
