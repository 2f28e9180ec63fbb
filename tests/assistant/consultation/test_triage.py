from __future__ import annotations

import pytest

from assistant.consultation.case import read_case
from assistant.consultation.differential import Case, engine
from assistant.consultation.triage import LEVELS, triage


def level(text: str, age: float | None = 40, sex: str | None = None) -> str:
    return triage(engine(), read_case(text, age, sex)).level  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "age", "wanted"),
    [
        ("crushing chest pain going down my left arm, sweating", 60, "emergency"),
        ("BP 82/50, heart rate 130, RR 28, SpO2 90%, temp 39.5", 70, "emergency"),
        ("hot red swollen spreading skin on my shin with fever", 60, "urgent"),
        ("runny nose, sneezing and a mild sore throat for two days", 30, "self_care"),
        ("knees ache on stairs for a year, stiff for ten minutes in the morning, they crackle", 66, "routine"),
    ],
)
def test_the_level_of_plain_cases(text: str, age: float, wanted: str) -> None:
    assert level(text, age) == wanted


def test_nothing_known_is_routine() -> None:
    assert triage(engine(), Case()).because == "nothing"
    assert triage(engine(), Case()).level == "routine"


def test_vital_signs_alone_can_raise_the_level() -> None:
    calm = read_case("cough since yesterday", 50)
    ill = read_case("cough since yesterday, respiratory rate 26, heart rate 125, BP 95/60, SpO2 92%", 50)
    assert LEVELS.index(triage(engine(), ill).level) > LEVELS.index(triage(engine(), calm).level)
    assert triage(engine(), ill).because in ("vitals", "rule")


def test_a_rule_is_never_lowered_by_the_differential() -> None:
    assert level("runny nose, sneezing, sore throat, and crushing chest pain with sweating", 60) == "emergency"
