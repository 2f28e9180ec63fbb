"""How the studio calls examinations and findings in a visitor's language."""

from __future__ import annotations

from assistant.locales import Studio
from generators.images.catalogue import known

Choices = list[tuple[str, str]]


def examination_name(dataset: str, studio: Studio) -> str:
    """The title of a dataset."""
    described = known().get(dataset)
    return studio.examinations.get(dataset, described.title if described else dataset)


def finding_name(finding: str, studio: Studio) -> str:
    """The name of a label."""
    return studio.findings.get(finding, finding.replace("_", " "))


def examinations(studio: Studio) -> Choices:
    """Every examination to choose from, name and key."""
    return [(examination_name(dataset, studio), dataset) for dataset in known()]


def findings(dataset: str, studio: Studio) -> Choices:
    """The findings of an examination to choose from, name and key."""
    return [(finding_name(label, studio), label) for label in known()[dataset].labels]


def families(studio: Studio) -> Choices:
    """The model families to choose from, name and key."""
    return [(name, family) for family, name in studio.families.items()]
