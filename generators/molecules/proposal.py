"""A proposed molecule with all that is known about it before anybody makes it; light, for the chat keeps it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Proposal:
    """A new molecule.

    Attributes:
        smiles: Canonical.
        score: How well it meets the goal, 0 to 1.
        properties: Every number of `properties.PROPERTIES` by name.
        warnings: What speaks against it, in words.
        notes: What else the rules of thumb say.
        drug: Name of the known drug that it is most like.
        likeness: To that drug, 0 to 1.
        is_new: Not in the training set.
        scaffold: Its rings and what joins them, SMILES.
    """

    smiles: str
    score: float
    properties: dict[str, float]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    drug: str
    likeness: float
    is_new: bool
    scaffold: str
