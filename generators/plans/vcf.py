"""Genes from a VCF: the alleles that a few well-known positions tell, and only where every one of them was read.

A position that is not in the file is never taken for the usual base (as PharmCAT does): the gene then has no result,
and what was missing is said. Where the two alleles can be put together in more than one way, the pair counts in which
one allele explains the most variants, as such alleles are inherited together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations_with_replacement

from generators.errors import RecordError
from knowledge.condition import Value
from knowledge.medicines import read_all
from knowledge.medicines.genes import FOLDER
from knowledge.medicines.genes.alleles import tables

COLUMNS = 10  # of a line with one sample


class Positions(Value):
    """Where a gene is read.

    Attributes:
        positions: By rs number: the usual base and the other one.
        usual: The allele without any of the variants.
        alleles: By their variants.
    """

    gene: str
    positions: dict[str, tuple[str, str]]
    usual: str
    alleles: dict[str, tuple[str, ...]]


@cache
def readable() -> tuple[Positions, ...]:
    """Every gene that is read."""
    return tuple(read_all(FOLDER / "positions", Positions))


def read_vcf(text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The diplotypes of genes as a record takes them, and what could not be read, a sentence each.

    Raises:
        RecordError: It is no VCF with one sample.
    """
    found = dict(_genotypes(text))
    genes, notes = {}, []
    for gene in readable():
        missing = [name for name in gene.positions if name not in found]
        if not missing:
            genes[gene.gene] = _diplotype(gene, found)
        elif len(missing) < len(gene.positions):
            notes.append(f"{gene.gene} was not read: the VCF has no {', '.join(missing)}, and nothing is assumed.")
    return genes, tuple(notes)


def _genotypes(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The two bases at each rs number."""
    if not text.startswith("##fileformat=VCF"):
        raise RecordError("The file is no VCF; its first line begins with ##fileformat=VCF.")
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#") or not line.strip():
            continue
        parts = line.split("\t")
        if len(parts) != COLUMNS:
            raise RecordError(
                f"Line {number} of the VCF has {len(parts)} columns; give a VCF of one sample, with {COLUMNS}."
            )
        bases = [parts[3], *parts[4].split(",")]
        places = parts[9].split(":")[0].replace("|", "/").split("/")
        if parts[6] in (".", "PASS") and all(place.isdigit() and int(place) < len(bases) for place in places):
            yield from ((name, tuple(bases[int(place)] for place in places)) for name in parts[2].split(";"))


def _diplotype(gene: Positions, found: Mapping[str, tuple[str, ...]]) -> str:
    counts = {name: sum(base == other for base in found[name]) for name, (_, other) in gene.positions.items()}
    strange = [name for name, pair in gene.positions.items() if not set(found[name]) <= set(pair)]
    if strange:
        raise RecordError(
            f"The VCF has a base at {strange[0]} that is not known for {gene.gene}; give its result instead."
        )
    variants = {**gene.alleles, gene.usual: ()}
    fitting = [
        pair
        for pair in combinations_with_replacement(variants, 2)
        if all(sum(name in variants[one] for one in pair) == count for name, count in counts.items())
    ]
    best = max(fitting, key=lambda pair: max(len(variants[one]) for one in pair), default=None)
    if best is None:
        raise RecordError(
            f"The variants of {gene.gene} in the VCF fit no two alleles that are known; give its result instead."
        )
    order = list(tables()[gene.gene].by_allele)
    return "/".join(sorted(best, key=order.index))
