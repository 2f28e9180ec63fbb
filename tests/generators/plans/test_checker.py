from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from generators.plans.record import Allergy, Record, read_record
from tests.generators.plans import checker
from tests.generators.plans.checker import Begun, violations


def told(begun: Begun | list[Begun], **written: Any) -> str:
    """The violations in one text, for a man of 50 years unless the record says something else."""
    record = read_record({"age": 50, "sex": "male", **written})
    return " ".join(violations(record, begun if isinstance(begun, list) else [begun]))


def by(name: str, route: str | None = None) -> Begun:
    return name, route, None


@pytest.mark.parametrize(
    ("begun", "written", "rule"),
    [
        # allergies: by group, by id, through what a combination contains, and by a group that extends to another
        (by("co-amoxiclav"), {"allergies": ["penicillin"]}, "allergy to its group penicillin_allergy"),
        (by("metformin"), {"allergies": ["metformin"]}, "metformin: allergy to metformin"),
        (by("budesonide-formoterol"), {"allergies": ["formoterol"]}, "allergy to formoterol"),
        (by("co-trimoxazole"), {"allergies": ["dapsone"]}, "sulfone_allergy extends to its group sulfonamide_allergy"),
        (by("aciclovir", "skin"), {"allergies": ["aciclovir"]}, "allergy to its group aciclovir_allergy"),
        # interactions: with a medicine and a substance taken, a side turned, by what a combination contains
        (by("simvastatin"), {"medications": ["grapefruit"]}, "interaction grapefruit-simvastatin"),
        (by("clarithromycin"), {"medications": ["citalopram"]}, "interaction qt-known-known"),
        (by("morphine"), {"medications": ["naltrexone-bupropion"]}, "interaction naltrexone-opioid"),
        (by("naltrexone-bupropion"), {"medications": ["morphine"]}, "interaction naltrexone-opioid"),
        (by("co-trimoxazole"), {"medications": ["clozapine"]}, "interaction clozapine-myelosuppressive"),
        # duplicates
        (by("co-codamol"), {"medications": ["paracetamol"]}, "co-codamol with paracetamol: paracetamol twice"),
        (by("lisinopril"), {"medications": ["ramipril"]}, "two of ace_inhibitor"),
        (by("latanoprost", "eye"), {"medications": ["bimatoprost"]}, "two of prostaglandin_eye"),
        # kidneys and liver
        (by("metformin"), {"labs": {"egfr": 29}}, "metformin: not below an eGFR of 30"),
        (by("gentamicin", "intravenous"), {"labs": {"egfr": 20}}, "not below an eGFR of 30"),
        (by("metformin"), {"child_pugh": "C"}, "metformin: not with a severe liver disease"),
        (by("miconazole", "oral"), {"conditions": ["dysphagia"]}, "not with the state swallowing_trouble"),
        (by("miconazole", "oral"), {"child_pugh": "B"}, "miconazole: not with a moderate liver disease"),
        # pregnancy and breast-feeding
        (by("warfarin"), {"sex": "female", "age": 30, "pregnant": True}, "not in pregnancy"),
        (by("tretinoin", "skin"), {"sex": "female", "age": 30, "pregnant": True}, "not in pregnancy"),
        (by("codeine"), {"sex": "female", "age": 30, "breastfeeding": True}, "not while breast-feeding"),
        # age
        (by("glibenclamide"), {"age": 65}, "not from 65 to below 120 years"),
        (by("glibenclamide"), {"age": 120}, "not from 65 to below 120 years"),
        (by("metformin"), {"age": 9}, "no dose at the age of 9"),
        # states
        (by("metformin"), {"conditions": ["dehydration"]}, "not with the state dehydration"),
        (by("gentamicin", "intravenous"), {"conditions": ["myasthenia gravis"]}, "the state myasthenia_gravis"),
        (by("tretinoin", "skin"), {"conditions": ["rosacea"]}, "the state rosacea"),
        # genes
        (by("codeine"), {"genes": {"CYP2D6": "0"}}, "gene rule cyp2d6-codeine-poor"),
        (by("co-codamol"), {"genes": {"CYP2D6": "0"}}, "co-codamol: gene rule cyp2d6-codeine-poor"),
        (by("amitriptyline"), {"genes": {"CYP2C19": "PM"}}, "amitriptyline-cyp2c19-poor-cyp2d6-unknown"),
        (by("voriconazole"), {"genes": {"CYP2C19": "Rapid Metabolizer"}}, "voriconazole-adults-faster"),
        # doses
        (("metformin", "oral", ("mg", 1000.0, 3.0, False)), {}, "3000 mg a day is more than 2000"),
        (("metformin", None, ("mg", 1000.0, 2.0, False)), {"labs": {"egfr": 40}}, "more than 1000 for the kidneys"),
        (("ibuprofen", "oral", ("mg", 20.0, 4.0, True)), {"age": 10, "weight_kg": 35}, "2800 mg a day is more than"),
        (("methotrexate", "oral", ("mg", 50.0, 0.143, False)), {}, "50 mg a day is more than 25"),
        (("co-codamol", "oral", ("mg", 1000.0, 4.0, False)), {"age": 14}, "4000 mg a day is more than 2000"),
        (("metformin", "oral", ("g", 1.0, 1.0, False)), {}, "1 g a day is more than 0"),
    ],
)
def test_a_rule_fires(begun: Begun, written: dict[str, Any], rule: str) -> None:
    assert rule in told(begun, **written)


@pytest.mark.parametrize(
    ("begun", "written"),
    [
        (by("cefalexin"), {"allergies": ["erythromycin"]}),
        (by("cefuroxime"), {"allergies": ["penicillin"]}),  # extends to it in 2 of 100
        (by("dapsone"), {"allergies": ["sulfonamide"]}),  # the data extend it the other way only
        (by("pravastatin"), {"medications": ["grapefruit"]}),
        (by("flecainide"), {"medications": ["propofol"]}),  # both excepted from QT with QT
        (by("ramipril"), {"medications": ["paracetamol"]}),
        (by("co-trimoxazole"), {}),  # an interaction of it with what it contains is none with itself
        (by("co-codamol"), {}),
        (by("aciclovir", "skin"), {"medications": ["aciclovir oral tablet"]}),
        (by("aciclovir", "oral"), {"medications": ["aciclovir 5% cream"]}),
        (by("latanoprost"), {"medications": ["timolol"]}),
        (by("metformin"), {"labs": {"egfr": 30}}),
        (by("metformin"), {}),
        (by("gentamicin", "eye"), {"labs": {"egfr": 20}, "conditions": ["myasthenia gravis"]}),
        (by("metformin"), {"child_pugh": "B"}),
        (by("miconazole", "skin"), {"child_pugh": "C", "conditions": ["dysphagia"], "medications": ["simvastatin"]}),
        (by("paracetamol"), {"sex": "female", "age": 30, "pregnant": True, "breastfeeding": True}),
        (by("warfarin"), {"sex": "female", "age": 30, "pregnant": None}),
        (by("glibenclamide"), {"age": 64}),
        (by("gemfibrozil"), {"age": 18}),  # not below 18
        (by("metformin"), {"age": 10}),
        (by("metformin"), {"age": 120}),
        (by("metformin"), {"age": None, "sex": None}),
        (by("metformin"), {"conditions": ["type 1 diabetes"]}),  # caution only
        (by("codeine"), {"genes": {"CYP2D6": "2"}}),
        (by("amitriptyline"), {}),
        (by("amitriptyline"), {"genes": {"CYP2C19": "NM"}}),
        (by("voriconazole"), {"age": 10, "genes": {"CYP2C19": "Rapid Metabolizer"}}),
        (("metformin", "oral", ("mg", 1000.0, 2.0, False)), {}),
        (("metformin", "oral", ("mg", 500.0, 2.0, False)), {"labs": {"egfr": 40}}),
        (("ibuprofen", "oral", ("mg", 10.0, 3.0, True)), {"age": 10, "weight_kg": 30}),
        (("ibuprofen", "oral", ("mg", 10.0, 3.0, True)), {"age": 10}),  # without a weight nobody can tell
        (("methotrexate", "oral", ("mg", 15.0, 0.143, False)), {}),
        (("ciprofloxacin", "eye", ("drop", 2.0, 12.0, False)), {"labs": {"egfr": 20}}),
    ],
)
def test_a_rule_does_not_fire(begun: Begun, written: dict[str, Any]) -> None:
    assert told(begun, **written) == ""


def test_what_is_begun_together_is_held_against_each_other() -> None:
    assert "two of ace_inhibitor" in told([by("ramipril"), by("lisinopril")])
    assert "naltrexone-opioid" in told([by("morphine"), by("naltrexone-bupropion")])
    twice = told([by("ibuprofen", "oral"), by("ibuprofen", "oral")])
    assert "ibuprofen twice" in twice and "interaction" not in twice
    assert told([by("ramipril"), by("metformin")]) == ""
    assert told([by("latanoprost", "eye"), by("metformin", "oral")]) == ""


def test_what_is_taken_is_not_held_against_itself() -> None:
    assert told(by("metformin"), medications=["ramipril", "lisinopril"]) == ""
    assert told([], medications=["ramipril", "lisinopril"], allergies=["ramipril"]) == ""


def test_the_severest_kidney_band_counts() -> None:
    assert "for the kidneys" in told(("gabapentin", "oral", ("mg", 300.0, 3.0, False)), labs={"egfr": 20})
    assert told(("gabapentin", "oral", ("mg", 300.0, 3.0, False)), labs={"egfr": 40}) == ""
    too_much = ("ciprofloxacin", "eye", ("drop", 50.0, 12.0, False))
    assert told(too_much, labs={"egfr": 20}) == "ciprofloxacin: 600 drop a day is more than 48."


def test_a_sacubitril_product_is_excepted_as_a_whole() -> None:
    assert "interaction ace-inhibitor-arb." in told(by("valsartan"), medications=["ramipril"])
    assert "interaction ace-inhibitor-arb." not in told(by("sacubitril-valsartan"), medications=["ramipril"])


def test_any_of_the_results_of_a_gene_counts() -> None:
    record = Record(age=50.0, genes={"CYP2D6": frozenset(["0.0", "0.25"])})
    assert violations(record, [by("codeine")]) == ["codeine: gene rule cyp2d6-codeine-poor."]


def test_the_group_alone_of_an_allergy_counts() -> None:
    record = Record(age=50.0, allergies=(Allergy("rash", groups=("penicillin_allergy",)),))
    assert violations(record, [by("ampicillin")]) == ["ampicillin: allergy to its group penicillin_allergy."]


def test_an_unknown_medicine_is_an_error() -> None:
    with pytest.raises(KeyError):
        told(by("zorbamol"))


def test_it_imports_nothing_of_the_rules() -> None:
    tree = ast.parse(Path(checker.__file__).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name for name in imported if name and name.startswith("generators")} == {"generators.plans.record"}
