from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.errors import RecordError
from generators.plans.record import read_allergy, read_record
from knowledge.medicines.labs import labs
from knowledge.medicines.labs.kidney import estimated_gfr, estimated_gfr_of_child


def test_a_record_is_read_by_names_and_codes() -> None:
    record = read_record(
        {
            "age": 70,
            "sex": "F",
            "weight_kg": 62.5,
            "conditions": ["N18.4", {"name": "type 2 diabetes"}],
            "medications": [{"code": "11289"}, "Tylenol PM"],
            "allergies": ["penicillin"],
            "labs": {"eGFR": 22, "potassium": {"value": 5.9, "unit": "mEq/L"}},
            "genes": {"cyp2c19": "*2/*2"},
        }
    )
    assert (record.age, record.sex, record.weight_kg, record.egfr) == (70, "female", 62.5, 22)
    assert {"type-2-diabetes", "chronic-kidney-disease"} <= set(record.conditions)
    assert {"diabetes", "chronic_kidney_disease", "high_potassium"} <= record.states
    assert [[one.id for one in taken.named] for taken in record.medicines] == [
        ["warfarin"],
        ["paracetamol", "diphenhydramine"],
    ]
    assert "penicillin_allergy" in record.allergies[0].groups
    assert record.genes == {"CYP2C19": {"Poor Metabolizer"}}
    assert record.notes == ()


def test_what_is_not_understood_is_kept_and_said() -> None:
    record = read_record(
        {"age": 40, "conditions": ["blorbitis"], "medications": ["zorbamol", "warfrin"], "labs": {"zeta": 3}}
    )
    assert [one.written for one in record.problems] == ["blorbitis"]
    told = " ".join(record.notes)
    assert "'blorbitis' is not known" in told and "'zorbamol' is not known" in told
    assert "'warfrin' was read as Warfarin" in told and "zeta" in told


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"age": -3}, "age"),
        ({"age": 130}, "age"),
        ({"age": "old"}, "age"),
        ({"age": float("nan")}, "age"),
        ({"sex": "x"}, "sex"),
        ({"agee": 3}, "agee"),
        ({"conditions": "asthma"}, "conditions"),
        ({"conditions": [{"severity": 3}]}, "conditions.0"),
        ({"medications": [""]}, "medications.0"),
        ({"labs": {"potassium": 99}}, "labs.potassium"),
        ({"labs": {"potassium": "high"}}, "labs.potassium"),
        ({"labs": {"potassium": {"value": 4, "unit": "stone"}}}, "labs.potassium"),
        ({"genes": {"CYP2C19": "*2/*999"}}, "genes.CYP2C19"),
        ({"genes": {"BRCA1": "*1/*1"}}, "genes.BRCA1"),
        ({"sex": "male", "pregnant": True}, "pregnant"),
        ({"sex": "male", "breastfeeding": True}, "breastfeeding"),
        ({"age": 5, "pregnant": True}, "pregnant"),
        ({"age": 4, "weight_kg": 90}, "weight_kg"),
        ({"age": 40, "weight_kg": 9}, "weight_kg"),
        ([], "record"),
        (None, "record"),
    ],
)
def test_a_field_that_cannot_be_so_is_named_in_one_sentence(data: Any, field: str) -> None:
    with pytest.raises(RecordError) as found:
        read_record(data)
    assert field in str(found.value) and "\n" not in str(found.value) and str(found.value).endswith(".")


def test_pregnancy_is_told_by_the_field_or_by_a_condition() -> None:
    assert read_record({"sex": "F", "age": 30, "conditions": ["pregnancy"]}).pregnant is True
    assert read_record({"sex": "F", "age": 30}).may_be_pregnant
    assert not read_record({"sex": "F", "age": 30, "pregnant": False}).may_be_pregnant
    assert read_record({"sex": "M", "age": 30}).pregnant is False


def test_the_kidney_function_is_measured_or_estimated() -> None:
    """The values of the calculator of the National Kidney Foundation (CKD-EPI 2021) for 1.2 mg/dL."""
    assert round(estimated_gfr(1.2 * 88.42, 60, female=False)) == 69
    assert round(estimated_gfr(1.2 * 88.42, 60, female=True)) == 52
    assert round(estimated_gfr_of_child(0.5 * 88.42, 110)) == 91
    told = {"age": 60, "sex": "M", "labs": {"creatinine": {"value": 1.2, "unit": "mg/dL"}}}
    assert round(read_record(told).egfr or 0) == 69
    assert read_record(told | {"sex": None}).egfr is None
    assert read_record({"age": 60, "conditions": ["dialysis"]}).egfr == 10


def test_the_liver_is_as_bad_as_its_class_or_its_name() -> None:
    assert read_record({"conditions": ["cirrhosis of liver"]}).liver == "moderate"
    assert read_record({"conditions": ["cirrhosis of liver"], "child_pugh": "C"}).liver == "severe"
    assert read_record({"conditions": ["asthma"]}).liver is None


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("penicillin", "penicillin_allergy"),
        ("Allergy to amoxicillin", "penicillin_allergy"),
        ("sulfa", "sulfonamide_allergy"),
        ("aspirin", "nsaid_allergy"),
        ("peanut", "peanut_soya_allergy"),
        ("latex", "latex_allergy"),
    ],
)
def test_allergies_mean_their_groups(text: str, group: str) -> None:
    assert group in read_allergy(text).groups


def test_every_unit_leads_to_a_possible_value() -> None:
    for lab in labs().values():
        assert lab.possible[0] < lab.possible[1]
        assert all(factor > 0 for factor, _ in lab.units.values())


@given(
    st.dictionaries(
        st.sampled_from(
            ["age", "sex", "pregnant", "weight_kg", "conditions", "medications", "allergies", "labs", "genes"]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
            max_leaves=6,
        ),
    )
)
def test_any_json_is_a_record_or_a_sentence(data: Any) -> None:
    try:
        read_record(data)
    except RecordError as error:
        assert "\n" not in str(error)
