from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.consultation.news2 import BANDS, News2, news2

WELL = {"respiratory_rate": 16, "spo2": 97, "systolic": 120, "heart_rate": 70, "temperature": 36.8}


def test_a_well_adult_scores_nothing() -> None:
    assert news2(WELL, 50) == News2(0, 0)


@pytest.mark.parametrize(
    ("vital", "value", "score"),
    [
        ("respiratory_rate", 8, 3), ("respiratory_rate", 9, 1), ("respiratory_rate", 12, 0),
        ("respiratory_rate", 21, 2), ("respiratory_rate", 25, 3), ("spo2", 91, 3), ("spo2", 92, 2), ("spo2", 94, 1),
        ("spo2", 96, 0),
        ("systolic", 90, 3), ("systolic", 91, 2), ("systolic", 101, 1), ("systolic", 111, 0), ("systolic", 220, 3),
        ("heart_rate", 40, 3), ("heart_rate", 41, 1), ("heart_rate", 91, 1), ("heart_rate", 111, 2),
        ("heart_rate", 131, 3), ("temperature", 35.0, 3), ("temperature", 35.1, 1), ("temperature", 38.1, 1),
        ("temperature", 39.1, 2),
    ],
)  # fmt: skip
def test_each_band_of_the_chart(vital: str, value: float, score: int) -> None:
    assert news2({**WELL, vital: value}, 50) == News2(score, score)  # type: ignore[dict-item]


def test_confusion_counts_three_and_oxygen_two() -> None:
    assert news2(WELL, 50, confused=True, oxygen=True) == News2(5, 3)


def test_it_is_made_for_adults_and_needs_two_vital_signs() -> None:
    assert news2(WELL, 8) is None
    assert news2({"spo2": 80}, 50) is None
    assert news2({}, None) is None


@given(st.dictionaries(st.sampled_from(sorted(BANDS)), st.floats(1, 300), min_size=2))
def test_any_vital_signs_score_between_0_and_20(vitals: dict[str, float]) -> None:
    found = news2(
        {k: min(v, 100) if k == "spo2" else min(v, 90) if k == "temperature" else v for k, v in vitals.items()}
    )  # type: ignore[misc]
    assert found is not None and 0 <= found.highest <= 3 and found.highest <= found.total <= 20
