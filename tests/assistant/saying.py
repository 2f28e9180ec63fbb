"""Phrases of the lexicon as someone would say them."""

from __future__ import annotations


def say(phrase: str) -> str:
    """The first choice of every place of a phrase; `#` is three."""
    parts = phrase.split(" + ") if " + " in phrase else phrase.split()
    return " ".join(part.split("|")[0] for part in parts).replace("#", "3")
