"""What alleles come to, against CPIC's own table of diplotypes."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.medicines import MedicineError
from knowledge.medicines.genes.alleles import genes, read_result, results_of, tables


def test_every_diplotype_comes_to_what_cpic_says(shared_data: Path) -> None:
    path = shared_data / "pharmacogenomics" / "diplotype_phenotype.csv.gz"
    if not path.is_file():
        pytest.skip(f"needs CPIC's table in {path}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["gene"] in tables()]
    assert len(rows) > 48_000
    for row in rows:
        found = tables()[row["gene"]].of_diplotype(row["diplotype"])
        score = "" if row["gene"] == "G6PD" else row["activity_score"]
        assert found and (found.phenotype, found.score or "") == (row["phenotype"], score), row


def test_every_result_of_a_table_is_one_that_rules_know() -> None:
    for gene, table in tables().items():
        assert gene in genes()
        asked = {result for result in results_of(gene)}
        assert {pair.result for pair in table.results} <= asked


@pytest.mark.parametrize(
    ("gene", "text", "results"),
    [
        ("CYP2C19", "*2/*2", {"Poor Metabolizer"}),
        ("CYP2C19", "CYP2C19*2/*17", {"Intermediate Metabolizer"}),
        ("CYP2C19", "poor metaboliser", {"Poor Metabolizer"}),
        ("CYP2C19", "PM", {"Poor Metabolizer"}),
        ("CYP2D6", "*4/*4", {"0.0"}),
        ("CYP2D6", "1", {"1.0"}),
        ("CYP2D6", "intermediate metaboliser", {"0.25", "0.5", "0.75", "1.0"}),
        ("CYP2C9", "*1/*3", {"1.0"}),
        ("HLA-B", "*57:01 positive", {"*57:01 positive"}),
        ("HLA-B", "HLA-B*57:01 negative", {"*57:01 negative"}),
        ("HLA-B", "*57:01/*44:02", {"*57:01 positive", "*15:02 negative", "*58:01 negative"}),
        ("VKORC1", "-1639 AA", {"-1639 AA"}),
        ("MT-RNR1", "m.1555A>G", {"increased risk of aminoglycoside-induced hearing loss"}),
        ("G6PD", "Telti/Kobe/Asahi", {"Deficient"}),
        ("TPMT", "*1/*3A", {"Intermediate Metabolizer"}),
    ],
)
def test_what_a_laboratory_writes_is_read(gene: str, text: str, results: set[str]) -> None:
    assert read_result(gene, text) == results


@pytest.mark.parametrize(
    ("gene", "text", "sentence"),
    [
        ("CYP2C19", "*2/*999", "CYP2C19 has no allele '*999'"),
        ("CYP2C19", "fine", "'fine' is no result of CYP2C19"),
        ("CYP2C19", "*2", "'*2' is no result of CYP2C19"),
        ("HLA-B", "yes", "'yes' is no result of HLA-B"),
        ("BRCA1", "*1/*1", "There is no rule for the gene BRCA1"),
    ],
)
def test_what_is_no_result_is_one_sentence(gene: str, text: str, sentence: str) -> None:
    with pytest.raises(MedicineError) as found:
        read_result(gene, text)
    assert sentence in str(found.value) and "\n" not in str(found.value)


@given(st.sampled_from(genes()), st.text(max_size=12))
def test_any_text_is_a_result_or_a_sentence(gene: str, text: str) -> None:
    try:
        assert read_result(gene, text) <= set(results_of(gene))
    except MedicineError as error:
        assert "\n" not in str(error)
