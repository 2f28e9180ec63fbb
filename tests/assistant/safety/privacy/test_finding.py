from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.safety.privacy import KINDS, find_identifiers, scrub
from assistant.safety.privacy.codes import luhn, nhs
from tests.benchmarks.privacy import clinical_texts, messages, overall

LEAST_RECALL, LEAST_PRECISION = 0.98, 0.90
MOST_FOUND_IN_NOTHING = 5  # in 1,000 texts in which nobody is named
SLOWEST = 5.0  # seconds for the longest text of the worst kind, on a busy machine
PIECES = (
    "My name is", "我叫", "王小明", "John Smith", "[name]", "[", "]", "a@b.org", "https://x.org/user/1",
    "+44 20 7946 0958", "born", "3 May 1990", "12 High Street", "LS6 3AB", "SSN 123-45-6789", "医生", "Dr",
    "\n", ",", "电话", "13812345678",
)  # fmt: skip
TEXTS = st.text(max_size=120) | st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map(" ".join)


def test_nearly_all_identifiers_of_messages_nobody_tuned_on_are_found_and_little_else() -> None:
    found = overall("test")
    assert found.there > 150
    assert found.recall >= LEAST_RECALL, found
    assert found.precision >= LEAST_PRECISION, found


def test_the_two_halves_share_no_message() -> None:
    halves = {half: {each.text for each in messages() if each.half == half} for half in ("tune", "test")}
    assert len(messages()) == 500
    assert not halves["tune"] & halves["test"]
    assert min(map(len, halves.values())) > 150


@pytest.mark.parametrize(("name", "texts"), clinical_texts().items())
def test_hardly_anything_is_found_where_nobody_is_named(name: str, texts: list[str]) -> None:
    some = texts[::3]  # the benchmark reads all
    found = [text for text in some if find_identifiers(text)]
    assert 1000 * len(found) <= MOST_FOUND_IN_NOTHING * len(some), f"{len(found)} of {name}"


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("My name is John Smith, I take 5 mg.", "My name is [name], I take 5 mg."),
        ("Dr. Nowak saw my daughter Emily.", "Dr. [name] saw my daughter [name]."),
        ("Call +44 20 7946 0958 or mail a.b@example.org", "Call [phone] or mail [email]"),
        ("DOB 12/03/1985, cough since 3 May", "DOB [birthdate], cough since 3 May"),
        ("I live at 42 Acacia Avenue, Leeds LS6 3AB.", "I live at [address]."),
        ("MRN 00482913, NHS 943 476 5919, SSN 123-45-6789", "MRN [id], NHS [id], SSN [id]"),
        ("Visa 4111 1111 1111 1111", "Visa [card]"),
        ("https://clinic.example/patients/8839 from 82.14.203.77", "[link] from [ip]"),
        ("我叫王小明，电话13812345678", "我叫[name]，电话[phone]"),
        ("刘医生说我女儿小雨没事", "[name]医生说我女儿[name]没事"),
        ("身份证号11010519491231002X，住在北京市海淀区中关村大街27号", "身份证号[id]，住在[address]"),
    ],
)
def test_each_kind_is_scrubbed(text: str, scrubbed: str) -> None:
    assert scrub(text) == scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "Crohn's disease, Bell's palsy, Down syndrome, Graves' disease, Hodgkin lymphoma, Parkinson's and Addison's",
        "CYP2C19 *2/*2, rs4244285 and HLA-B*57:01",
        "BP 120/80, HR 88, SpO2 96%, T 38.5, WBC 11.2, HbA1c 58 mmol/mol, platelets 150000",
        "ICD-10 E11.9; vitamin B12 5mg; 250 mg three times a day for 7 days",
        "I called 999, then 111; in the US it is 911 and in China 120",
        "2 weeks ago, on 3 May, I was 34 and 38+4 weeks pregnant; it is 10:45 now",
        "My mother has Alzheimer's. Will my mark fade? May I swim?",
        "Read https://www.nhs.uk/conditions/asthma/, trial NCT04280705, NDC 0115-0672-50, at 127.0.0.1",
        "我妈妈高血压，主治医生说血压120/80，3月5日开始发烧，住在北京",
        "帕金森病、克罗恩病和唐氏筛查",
    ],
)
def test_medicine_survives(text: str) -> None:
    assert find_identifiers(text) == []


def test_a_doctor_and_the_disease_of_the_same_name_are_told_apart() -> None:
    assert scrub("Mr Parkinson has Parkinson's disease.") == "Mr [name] has Parkinson's disease."


def test_a_person_is_found_again_by_a_part_of_the_name() -> None:
    assert scrub("My wife is called Karen Whitfield. Whitfield is her own name.").count("[name]") == 2


@pytest.mark.parametrize(("digits", "right"), [("4111111111111111", True), ("4111111111111112", False)])
def test_a_card_checks_itself(digits: str, right: bool) -> None:
    assert luhn(digits) is right


@pytest.mark.parametrize(("digits", "right"), [("9434765919", True), ("9434765918", False), ("0000000000", False)])
def test_an_nhs_number_checks_itself(digits: str, right: bool) -> None:
    assert nhs(digits) is right


@settings(deadline=None)  # the lists are read once
@given(TEXTS)
def test_places_are_in_order_apart_and_as_written(text: str) -> None:
    found = find_identifiers(text)
    assert all(text[each.start : each.end] == each.text and each.text and each.kind in KINDS for each in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


@settings(deadline=None)  # the lists are read once
@given(TEXTS)
def test_scrubbing_twice_is_scrubbing_once(text: str) -> None:
    once = scrub(text)
    assert scrub(once) == once
    assert find_identifiers(once) == []


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "A ", "a.", "王", "12 Ab ", "(0", "+1-", "Dr ", "x@", ", A", "::1", "住在"]
)
def test_long_texts_do_not_take_long(piece: str) -> None:
    began = time.perf_counter()
    find_identifiers((piece * 4_000)[:4_000])
    assert time.perf_counter() - began < SLOWEST
