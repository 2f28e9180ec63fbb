"""The record as a form: what is written is read, and what is read is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import AirmedError, InputError
from assistant.web.plans.form import Form, form_of_file
from generators.plans.reading import read
from generators.plans.record import read_record, written

RECORD = {
    "age": 62,
    "sex": "male",
    "breastfeeding": False,
    "weight_kg": 81.5,
    "child_pugh": "A",
    "conditions": ["type 2 diabetes", "gout"],
    "medications": ["warfarin 5 mg", "unheard of"],
    "allergies": ["penicillin"],
    "labs": {"egfr": 40, "potassium": 5.25},
    "genes": {"CYP2C19": "*2/*2", "CYP2D6": "Poor Metabolizer"},
}


def test_a_record_goes_through_the_form() -> None:
    assert read_record(Form.of(RECORD).record()) == read_record(RECORD)


def test_a_record_that_was_read_goes_through_the_form() -> None:
    record = read_record(RECORD)
    again = read_record(Form.of(written(record)).record())
    assert (again.labs, again.genes, again.medicines) == (record.labs, record.genes, record.medicines)
    assert again == read_record(written(record))


@given(
    age=st.none() | st.integers(0, 120),
    sex=st.sampled_from(["", "female"]),
    pregnant=st.sampled_from(["", "no"]),
    conditions=st.lists(st.sampled_from(["asthma", "high blood pressure", "unheard of"]), unique=True),
    potassium=st.none() | st.floats(2, 7).map(lambda value: round(value, 2)),
)
def test_any_form_is_read_as_it_was_written(
    age: int | None, sex: str, pregnant: str, conditions: list[str], potassium: float | None
) -> None:
    labs = "" if potassium is None else f"potassium: {potassium:g} mmol/L"
    form = Form(age, sex, pregnant, conditions="\n".join(conditions), labs=labs)
    record = read_record(form.record())
    assert (record.age, record.sex or "") == (age, sex)
    assert [one.written for one in record.problems] == conditions
    assert record.labs.get("potassium") == pytest.approx(potassium) if potassium else not record.labs


def test_units_and_commas_are_read() -> None:
    assert Form(labs="creatinine: 1,4 mg/dL").record()["labs"] == {"creatinine": {"value": 1.4, "unit": "mg/dL"}}


@pytest.mark.parametrize("line", ["egfr 40", "egfr:", ": 40", "forty"])
def test_a_line_without_a_value_is_named(line: str) -> None:
    with pytest.raises(InputError, match="under labs has no name and value"):
        Form(labs=line).record()


def test_what_is_no_number_is_refused_with_its_name() -> None:
    with pytest.raises(AirmedError, match=r"labs\.egfr"):
        read_record(Form(labs="egfr: low").record())


def test_a_file_fills_the_form(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(RECORD), encoding="utf-8")
    form, notes = form_of_file(path, Form())
    assert form.age == 62 and "type 2 diabetes" in form.conditions.casefold()
    assert any("unheard of" in note for note in notes)
    assert read(form.record()).labs == {"egfr": 40, "potassium": 5.25}


VCF = """##fileformat=VCFv4.2
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSAMPLE
10\t94781859\trs4244285\tG\tA\t.\tPASS\t.\tGT\t1/1
10\t94780653\trs4986893\tG\tA\t.\tPASS\t.\tGT\t0/0
10\t94761900\trs12248560\tC\tT\t.\tPASS\t.\tGT\t0/0
"""


def test_a_vcf_fills_the_genes_alone(tmp_path: Path) -> None:
    path = tmp_path / "genes.vcf"
    path.write_text(VCF, encoding="utf-8")
    form, _ = form_of_file(path, Form(age=50, genes="CYP2D6: *4/*4"))
    assert form.age == 50 and "CYP2D6: *4/*4" in form.genes and "CYP2C19: Poor Metabolizer" in form.genes


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"{", b"[" * 100_000, b"[]", b'{"age": -1}', b'{"resourceType": "Bundle"}']
)
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(AirmedError) as error:
        form_of_file(path, Form())
    assert str(error.value).count("\n") == 0
