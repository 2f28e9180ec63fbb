from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.errors import RecordError
from generators.plans.reading import read
from generators.plans.record import read_record
from generators.plans.vcf import read_vcf, readable
from knowledge.medicines.genes.alleles import read_result, tables

HEAD = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSAMPLE\n"


def vcf(**genotypes: str) -> str:
    """A VCF with every readable position usual, but for those that are given."""
    bases = {name: pair for gene in readable() for name, pair in gene.positions.items()}
    rows = (
        f"1\t1\t{name}\t{first}\t{second}\t.\tPASS\t.\tGT\t{genotypes.get(name, '0/0')}"
        for name, (first, second) in bases.items()
        if genotypes.get(name) != "missing"
    )
    return HEAD + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("genotypes", "gene", "diplotype"),
    [
        ({}, "CYP2C19", "*1/*1"),
        ({"rs4244285": "1/1"}, "CYP2C19", "*2/*2"),
        ({"rs4244285": "0/1", "rs12248560": "0|1"}, "CYP2C19", "*2/*17"),
        ({"rs1800460": "0/1", "rs1142345": "0/1"}, "TPMT", "*1/*3A"),
        ({"rs1800460": "0/1", "rs1142345": "1/1"}, "TPMT", "*3A/*3C"),
        ({"rs4149056": "0/1", "rs2306283": "0/1"}, "SLCO1B1", "*1/*15"),
        ({"rs3918290": "0/1"}, "DPYD", "Reference/c.1905+1G>A (*2A)"),
        ({"rs776746": "1/1"}, "CYP3A5", "*3/*3"),
    ],
)
def test_variants_come_to_alleles(genotypes: dict[str, str], gene: str, diplotype: str) -> None:
    genes, notes = read_vcf(vcf(**genotypes))
    assert genes[gene] == diplotype and notes == ()
    assert read_result(gene, diplotype)


def test_a_missing_position_is_never_taken_for_the_usual_one() -> None:
    genes, notes = read_vcf(vcf(rs4244285="missing"))
    assert "CYP2C19" not in genes and "CYP2C9" in genes
    assert notes == ("CYP2C19 was not read: the VCF has no rs4244285, and nothing is assumed.",)


def test_what_is_read_goes_into_a_record() -> None:
    genes, _ = read_vcf(vcf(rs4244285="1/1"))
    assert read_record({"age": 50, "genes": genes}).genes["CYP2C19"] == {"Poor Metabolizer"}


def test_every_allele_is_one_that_the_tables_know() -> None:
    for gene in readable():
        known = tables()[gene.gene].by_allele
        assert {gene.usual, *gene.alleles} <= known.keys(), gene.gene
        assert {name for names in gene.alleles.values() for name in names} == gene.positions.keys()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hello", "no VCF"),
        (HEAD + "1\t2\t3\n", "3 columns"),
        (
            HEAD
            + vcf()[len(HEAD) :].replace(
                "rs4244285\tG\tA\t.\tPASS\t.\tGT\t0/0", "rs4244285\tG\tC\t.\tPASS\t.\tGT\t0/1"
            ),
            "rs4244285",
        ),
        (vcf(rs4244285="1/1", rs4986893="1/1"), "CYP2C19"),
    ],
)
def test_what_is_no_vcf_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(RecordError) as found:
        read_vcf(text)
    assert sentence in str(found.value) and "\n" not in str(found.value)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_vcf("##fileformat=VCFv4.2\n" + text)
    except RecordError as error:
        assert "\n" not in str(error)


def test_a_record_may_hold_a_vcf_that_does_not_gainsay_it() -> None:
    text = vcf(rs4244285="1/1", rs1799853="missing")
    record = read({"age": 50, "vcf": text, "genes": {"CYP2D6": "*4/*4"}})
    assert record.genes["CYP2C19"] == {"Poor Metabolizer"} and record.genes["CYP2D6"] == {"0.0"}
    assert "CYP2C9" not in record.genes and any("rs1799853" in note for note in record.notes)
    with pytest.raises(RecordError, match=r"genes.CYP2C19 of the record is '\*1/\*1' and its vcf says \*2/\*2"):
        read({"vcf": text, "genes": {"CYP2C19": "*1/*1"}})
    with pytest.raises(RecordError, match="vcf of the record is the text"):
        read({"vcf": 3})
