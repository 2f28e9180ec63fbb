"""What genes change about medicines: results of genes, and the rules of CPIC in our own words.

A result is what a laboratory reports and what rules ask for: a phenotype (`Poor Metabolizer`), an activity score, or
for HLA genes whether an allele is there. The tables follow CPIC (https://cpicpgx.org, CC0), whose attribution stands in
every rule; a result that nobody measured is not there, and never taken for normal.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from knowledge.condition import Slug, Text, Value
from knowledge.medicines import by_id, read_all
from knowledge.medicines.sources import Source

FOLDER = Path(__file__).parent
Gene = Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)?$")]


class GeneRule(Value):
    """What a gene's result means for medicines.

    Attributes:
        medicines: Ids in the formulary, or in `others.yaml`.
        when: Any of these holds; in each, every gene has one of the results.
        population: Whom it is for, where CPIC has different rules: `children`, `clopidogrel after a stent`, ...
        advice: `standard`: nothing changes; `avoid`: another medicine; `reduce` or `raise`: another dose; `caution`:
            the usual dose, watched; `none`: nobody knows.
        factor: From and to, the share of the usual dose, where it is told.
        todo: What to do, in one or two sentences.
        why: What the result does to the medicine.
        instead: Ids of medicines that can take its place.
    """

    id: Slug
    medicines: tuple[Slug, ...] = Field(min_length=1)
    when: tuple[dict[Gene, tuple[str, ...]], ...] = Field(min_length=1)
    population: str = ""
    advice: Literal["standard", "avoid", "reduce", "raise", "caution", "none"]
    factor: tuple[float, float] | None = None
    todo: Text
    why: Text
    strength: Literal["strong", "moderate", "optional", "none"]
    instead: tuple[Slug, ...] = ()
    source: Source


class OtherMedicine(Value):
    """A medicine that genes bear on and the formulary lacks, by its names."""

    id: Slug
    names: tuple[Text, ...] = Field(min_length=1)


@cache
def gene_rules() -> dict[str, GeneRule]:
    """Every rule by its id.

    Raises:
        MedicineError: A file breaks the format, or two rules have one id.
    """
    return by_id(read_all(FOLDER / "rules", GeneRule))


@cache
def others() -> dict[str, OtherMedicine]:
    """The medicines outside the formulary by their ids."""
    return by_id(read_all(FOLDER / "others", OtherMedicine))
