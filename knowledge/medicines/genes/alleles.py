"""From what a laboratory writes to the result that rules ask for: two alleles, their functions, and what they come to.

A file of `alleles/` holds one gene. For most genes the result is a phenotype, for CYP2D6, CYP2C9 and DPYD an activity
score, for HLA genes whether an allele that matters was found. An allele that nobody knows is an error and not a normal
one, and a gene that is not told has no result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, cached_property
from itertools import chain

from knowledge.condition import Value
from knowledge.medicines import MedicineError, read_all
from knowledge.medicines.genes import FOLDER, Gene, gene_rules

NO_RESULT = "No Result"
HLA = re.compile(r"\*?(\d{2}:\d{2})(?::\d{2})*")
SHORT = {
    "pm": "poor metabolizer",
    "im": "intermediate metabolizer",
    "nm": "normal metabolizer",
    "em": "normal metabolizer",
    "extensive metabolizer": "normal metabolizer",
    "rm": "rapid metabolizer",
    "um": "ultrarapid metabolizer",
}
NEGATIVE = re.compile(r"\b(negative|absent|not detected|not present)\b|-$")


class Pair(Value):
    """What the functions of a patient's alleles come to; of one alone where there is only one.

    Attributes:
        score: The activity score, where rules ask for it in place of the phenotype.
    """

    of: tuple[str, ...]
    phenotype: str
    score: str | None = None

    @property
    def result(self) -> str:
        """What rules ask for."""
        return self.score or self.phenotype


class AlleleTable(Value):
    """The alleles of one gene by their function, and what each pair of functions comes to."""

    gene: Gene
    functions: dict[str, tuple[str, ...]]
    results: tuple[Pair, ...]

    @cached_property
    def by_allele(self) -> dict[str, str]:
        """The function of each allele."""
        return {allele: function for function, alleles in self.functions.items() for allele in alleles}

    @cached_property
    def by_functions(self) -> dict[tuple[str, ...], Pair]:
        """The result of each pair of functions, in the order of the alphabet."""
        return {tuple(sorted(pair.of)): pair for pair in self.results}

    def of_alleles(self, alleles: Iterable[str]) -> Pair:
        """What a patient's alleles come to.

        Raises:
            MedicineError: One is not known, or there are too many.
        """
        functions = []
        for allele in alleles:
            if allele not in self.by_allele:
                some = ", ".join(list(self.by_allele)[:4])
                raise MedicineError(f"{self.gene} has no allele {allele!r}; give alleles such as {some}, or a result.")
            functions.append(self.by_allele[allele])
        found = self.by_functions.get(tuple(sorted(functions)))
        if found is None:
            raise MedicineError(f"{self.gene} takes two alleles, written as */*; {len(functions)} are there.")
        return found

    def of_diplotype(self, text: str) -> Pair | None:
        """What two alleles written as `*1/*2` come to; nothing where it is not written so.

        Raises:
            MedicineError: An allele is not known.
        """
        if text in self.by_allele and (self.by_allele[text],) in self.by_functions:
            return self.of_alleles([text])
        cuts = [match.start() for match in re.finditer("/", text)]
        pairs = [(text[:cut].strip(), text[cut + 1 :].strip()) for cut in cuts]  # an allele's name may hold a stroke
        known = [pair for pair in pairs if all(allele in self.by_allele for allele in pair)]
        return self.of_alleles(known[0] if known else pairs[0]) if pairs else None


@cache
def tables() -> dict[str, AlleleTable]:
    """The tables by their gene.

    Raises:
        MedicineError: A file breaks the format.
    """
    return {table.gene: table for table in read_all(FOLDER / "alleles", AlleleTable)}


@cache
def results_of(gene: str) -> tuple[str, ...]:
    """Every result of a gene that a rule or a table speaks of."""
    asked = [one.get(gene, ()) for rule in gene_rules().values() for one in rule.when]
    told = [pair.result for pair in tables()[gene].results] if gene in tables() else []
    return tuple(dict.fromkeys([*chain.from_iterable(asked), *told]))


@cache
def genes() -> tuple[str, ...]:
    """Every gene that a rule speaks of."""
    return tuple(sorted({gene for rule in gene_rules().values() for one in rule.when for gene in one}))


def read_result(gene: str, text: str) -> frozenset[str]:
    """The results of a gene that a text means, for example `*1/*2`, `Poor Metabolizer`, `PM`, `1.5`, `*57:01 positive`.

    Where a phenotype leaves the activity score open, all scores that it can mean are meant; so are the parts of a text
    like `0.0 or 0.25`.

    Raises:
        MedicineError: No rule speaks of the gene, or the text means no result of it; one sentence says what to give.
    """
    if " or " in text:
        return frozenset().union(*(read_result(gene, part) for part in text.split(" or ")))
    if gene not in genes():
        raise MedicineError(f"There is no rule for the gene {gene}; there are rules for {', '.join(genes())}.")
    written = re.sub(rf"^{gene}[\s:]*", "", text.strip())
    if gene.startswith("HLA"):
        return _hla(gene, written)
    known = {result.casefold(): result for result in results_of(gene)}
    if written.casefold() in known:
        return frozenset([known[written.casefold()]])
    if found := _scored(gene, written) or _phenotyped(gene, written):
        return found
    pair = tables()[gene].of_diplotype(written) if gene in tables() else None
    if pair is None:
        raise MedicineError(
            f"{text!r} is no result of {gene}; give two alleles (*1/*2) or one of {', '.join(known.values())}."
        )
    return frozenset([pair.result])


def _scored(gene: str, text: str) -> frozenset[str]:
    try:
        score = f"{float(text):g}"
    except ValueError:
        return frozenset()
    return frozenset(result for result in results_of(gene) if _is_number(result) and f"{float(result):g}" == score)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None


def _phenotyped(gene: str, text: str) -> frozenset[str]:
    words = re.sub(r"metaboli[sz]ers?|metaboli[sz]ation", "metabolizer", text.casefold()).strip()
    wanted = SHORT.get(words, words)
    pairs = tables()[gene].results if gene in tables() else ()
    return frozenset(pair.result for pair in pairs if pair.phenotype.casefold() == wanted)


def _hla(gene: str, text: str) -> frozenset[str]:
    """`*57:01 positive`, `HLA-B*57:01 negative`, or `*57:01/*44:02`, which also tells which alleles are not there."""
    found = {f"*{allele}" for allele in HLA.findall(text)}
    if not found:
        raise MedicineError(f"{text!r} is no result of {gene}; give {results_of(gene)[0]!r} or its two alleles.")
    mattering = {result.split()[0] for result in results_of(gene) if result != NO_RESULT}
    if NEGATIVE.search(text.casefold()):
        return frozenset(f"{allele} negative" for allele in found & mattering)
    whole = mattering if "/" in text and len(HLA.findall(text)) == 2 else found & mattering
    return frozenset(f"{allele} {'positive' if allele in found else 'negative'}" for allele in whole)
