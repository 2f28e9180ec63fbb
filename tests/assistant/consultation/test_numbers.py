from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.consultation.numbers import POSSIBLE, read_age, read_sex, read_vitals
from knowledge.red_flags import Vital

AGE_WORDINGS = (
    "I am {} years old",
    "I'm {}, and I cough",
    "a {}-year-old man with a rash",
    "my dad is {} years old and dizzy",
    "my {} year old has a fever",
    "{}yo female with cough",
    "{} y/o woman",
    "{}F with a headache",
    "aged {}",
    "Age: {}",
    "she's {} and unwell",
    "患者{}岁",
    "今年{}周岁，头疼",
)
YOUNG_AGES = (
    ("my {} month old baby", 1 / 12),
    ("{}-month-old boy", 1 / 12),
    ("{}m old baby", 1 / 12),
    ("{} weeks old", 1 / 52.18),
    ("{} day old girl", 1 / 365.25),
    ("{}个月大", 1 / 12),
    ("宝宝{}月龄", 1 / 12),
    ("出生{}天大", 1 / 365.25),
)
VITAL_WORDINGS: dict[Vital, tuple[str, ...]] = {
    "temperature": ("temp {}", "a temperature of {} °C", "fever of {}", "it is {}°C", "体温{}度", "孩子烧到{}", "{}度"),
    "spo2": ("sats {}%", "SpO2: {}", "oxygen saturation of {}%", "血氧{}", "{}% on room air"),
    "heart_rate": ("HR {}", "pulse {}bpm", "heart rate of {}/min", "心率{}次/分", "脉搏{}"),
    "respiratory_rate": ("RR {}", "resp rate {} per minute", "breathing rate of {}", "呼吸{}次/分"),
    "systolic": ("systolic {}", "BP {}", "blood pressure is {}", "血压{}毫米汞柱"),
    "glucose": ("blood sugar {} mmol/l", "glucose of {}", "血糖{}"),
}
VITAL_VALUES: dict[Vital, st.SearchStrategy[float]] = {
    "temperature": st.integers(350, 425).map(lambda tenths: tenths / 10),
    "spo2": st.integers(50, 100).map(float),
    "heart_rate": st.integers(25, 250).map(float),
    "respiratory_rate": st.integers(5, 70).map(float),
    "systolic": st.integers(50, 260).map(float),
    "glucose": st.integers(10, 399).map(lambda tenths: tenths / 10),
}


@given(st.integers(0, 120), st.sampled_from(AGE_WORDINGS))
def test_an_age_in_years_is_read_back(age: int, wording: str) -> None:
    assert read_age(wording.format(age)) == age


@given(st.integers(1, 30), st.sampled_from(YOUNG_AGES))
def test_an_age_in_months_weeks_or_days_is_read_in_years(count: int, said: tuple[str, float]) -> None:
    wording, years = said
    assert read_age(wording.format(count)) == pytest.approx(count * years)


@pytest.mark.parametrize(
    "text", ["", "my chest hurts", "for 3 days", "12/10/2024", "aged 430", "I am 180 cm tall", "两天了"]
)
def test_no_age_is_made_up(text: str) -> None:
    assert read_age(text) is None


@pytest.mark.parametrize("text", ["our newborn will not feed", "新生儿发热"])
def test_a_newborn_is_younger_than_a_month(text: str) -> None:
    age = read_age(text)
    assert age is not None and 0 < age < 1 / 12


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("a 45-year-old woman", "female"),
        ("my wife is dizzy", "female"),
        ("45M with chest pain", "male"),
        ("my son told her", "male"),
        ("我妈妈头晕", "female"),
        ("我爸爸胸口疼", "male"),
        ("a humane theme", None),
    ],
)
def test_the_first_sex_that_is_told_counts(text: str, sex: str | None) -> None:
    assert read_sex(text) == sex


@given(st.data(), st.sampled_from(sorted(VITAL_WORDINGS)))
def test_a_vital_sign_is_read_back(data: st.DataObject, vital: Vital) -> None:
    value = data.draw(VITAL_VALUES[vital])
    text = data.draw(st.sampled_from(VITAL_WORDINGS[vital])).format(f"{value:g}")
    assert read_vitals(text).get(vital) == value


@given(st.integers(70, 250), st.integers(30, 69), st.sampled_from(["BP {}/{}", "{} over {}", "血压{}/{}", "{}/{}mmHg"]))
def test_both_numbers_of_a_blood_pressure_are_read_back(upper: int, lower: int, wording: str) -> None:
    assert read_vitals(wording.format(upper, lower)) == {"systolic": upper, "diastolic": lower}


@given(st.integers(950, 1080).map(lambda tenths: tenths / 10), st.sampled_from(["temp {}F", "{} °F", "fever of {}"]))
def test_fahrenheit_becomes_celsius(value: float, wording: str) -> None:
    assert read_vitals(wording.format(value))["temperature"] == pytest.approx((value - 32) / 1.8, abs=0.06)


@pytest.mark.parametrize("text", ["glucose 54 mg/dl", "blood sugar 54", "sugar of 54 mg"])
def test_glucose_in_milligrams_becomes_millimoles(text: str) -> None:
    assert read_vitals(text) == {"glucose": 3.0}


@pytest.mark.parametrize(
    "text",
    [
        "fever for 3 days",
        "my heart rate has been up for 30 minutes",
        "心跳快30分钟",
        "呼吸困难20分钟",
        "blood pressure high for 20 years",
        "temperature 500",
        "pain 8/10",
        "seen on 12/10/2024",
        "oxygen at 15 litres",
        "fever 5 times",
        "发烧3天",
    ],
)
def test_times_counts_and_impossible_values_are_no_vital_signs(text: str) -> None:
    assert read_vitals(text) == {}


@given(st.text(max_size=200))
def test_any_text_gives_possible_numbers_or_none(text: str) -> None:
    age = read_age(text)
    assert age is None or 0 <= age <= 120
    assert read_sex(text) in ("female", "male", None)
    assert all(POSSIBLE[vital][0] <= value <= POSSIBLE[vital][1] for vital, value in read_vitals(text).items())
