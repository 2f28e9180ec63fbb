from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.medicines import formulary, products, substances
from knowledge.medicines.names import find, mentions, name_of, near


def ids(text: str) -> list[str]:
    return [one.id for one in find(text)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("warfarin", ["warfarin"]),
        ("Coumadin", ["warfarin"]),
        ("acetaminophen", ["paracetamol"]),
        ("metformin 500 mg twice a day", ["metformin"]),
        ("Lisinopril / Hydrochlorothiazide", ["lisinopril", "hydrochlorothiazide"]),
        ("Penicillin V Potassium 250 MG Oral Tablet", ["phenoxymethylpenicillin"]),
        ("Losartan Potassium 50 MG", ["losartan"]),
        ("potassium chloride", ["potassium-chloride"]),
        ("Hydrocortisone 10 MG/ML Topical Cream", ["hydrocortisone-topical"]),
        ("Tylenol PM", ["paracetamol", "diphenhydramine"]),
        ("grapefruit juice", ["grapefruit"]),
    ],
)
def test_names_brands_and_labels_are_found(text: str, meant: list[str]) -> None:
    assert ids(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("warfrin", "warfarin"),
        ("ibuprofin", "ibuprofen"),
        ("atorvistatin", "atorvastatin"),
        ("hydroxizine", "hydroxyzine"),
    ],
)
def test_a_slip_is_mended_and_told(text: str, meant: str) -> None:
    (found,) = find(text)
    assert (found.id, found.how) == (meant, "mended")


@pytest.mark.parametrize("text", ["", "xyzzymab", "blorb", "take one daily", "hydr", "12345678"])
def test_what_is_unknown_is_not_guessed(text: str) -> None:
    assert find(text) == ()


def test_names_that_come_near_are_offered() -> None:
    assert "Amlodipine" in near("amlodopeen")
    assert near("zzzzzzzzzzzz") == ()


def test_routes_are_read() -> None:
    assert [one.route for one in find("Timolol 0.5% eye drops")] == ["eye"]
    assert [one.route for one in find("Simvastatin 20 MG Oral Tablet")] == ["oral"]
    assert [one.route for one in find("simvastatin")] == [None]


def test_every_name_of_the_formulary_means_its_medicine() -> None:
    for one in formulary().values():
        for name in (one.id, one.name, *one.also, *one.brands):
            assert ids(name) == [one.id], name


def test_every_substance_and_product_is_found() -> None:
    medicines = {name.casefold() for one in formulary().values() for name in (one.name, *one.also, *one.brands)}
    for one in substances().values():
        assert ids(one.name) == [one.id] or one.name.casefold() in medicines
    for product in products():
        assert ids(product.name) == list(product.contains)


def test_a_slip_in_a_long_name_never_gives_another_medicine() -> None:
    """One letter dropped from a name of eight and more gives that medicine or none."""
    for one in formulary().values():
        if len(one.name) < 8 or " " in one.name:
            continue
        for place in range(1, len(one.name)):
            found = ids(one.name[:place] + one.name[place + 1 :])
            assert found in ([], [one.id]) or one.id in found, one.name


@pytest.mark.parametrize("cohort", ["synthea_smart_r4", "synthea_smart_stu3"])
def test_the_medicines_of_recorded_patients_are_known(cohort: str, shared_data: Path) -> None:
    path = shared_data / cohort / "medications.csv.gz"
    if not path.is_file():
        pytest.skip(f"needs Synthea's records in {path}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        labels = {row["desc"] for row in csv.DictReader(lines)}
    unknown = {label for label in labels if not find(label)}
    assert {label.split()[0].casefold() for label in unknown} <= {"astemizole", "terfenadine", "tacrine"}


@given(st.text(max_size=40))
def test_any_text_is_read(text: str) -> None:
    for one in find(text):
        assert one.name == name_of(one.id)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("吃华法林可以吃布洛芬吗", ["warfarin", "ibuprofen"]),
        ("布洛芬", ["ibuprofen"]),
        ("去甲肾上腺素", ["noradrenaline"]),
        ("我在吃辛伐他汀，可以吃西柚吗", ["simvastatin", "grapefruit"]),
        ("怀孕可以吃对乙酰氨基酚吗", ["paracetamol"]),
    ],
)
def test_chinese_names_are_found_the_longest_first(text: str, meant: list[str]) -> None:
    assert [one.id for one in mentions(text)] == meant


def test_a_product_that_is_only_used_on_the_skin_says_so() -> None:
    assert {one.route for one in find("Zineryt")} == {"skin"}
    assert {one.route for one in find("Cosopt")} == {"eye"}
    assert {one.route for one in find("DuoNeb")} == {"inhaled"}
