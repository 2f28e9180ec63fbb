from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
import pytest

from assistant.consultation.ddxplus.interview import differential, interview
from assistant.consultation.ddxplus.readout import readout
from assistant.consultation.ddxplus.world import read_patient, world
from assistant.errors import InputError
from tests.conftest import SHARED_DATA

ROW: dict[str, Any] = {"id": 1, "age": 30, "sex": "F", "evidences": ["E_91", "E_201"], "initial": "E_91"}
PATIENTS = SHARED_DATA / "ddxplus" / "patients_dev.jsonl.gz"


def test_the_tables_are_probabilities() -> None:
    known = world()
    assert len(known.conditions) == 49 and len(known.evidences) == 223
    assert known.rates.shape == (223, 49) and known.rates.min() >= 0 and known.rates.max() <= 1
    assert np.allclose([known.prior.sum(), *known.ages.sum(axis=0), *known.sexes.sum(axis=0)], 1, atol=1e-3)


def test_an_interview_asks_each_question_once_and_never_the_first_again() -> None:
    held = interview(world(), read_patient(ROW, world()), 20)
    assert len(held.asked) == len(set(held.asked)) == 21
    assert held.asked[0] == world().place["E_91"]


def test_the_differential_is_sorted_and_names_known_conditions() -> None:
    told = differential(interview(world(), read_patient(ROW, world()), 5), readout())
    chances = [chance for _, chance in told]
    assert chances == sorted(chances, reverse=True) and all(0.01 <= chance <= 1 for chance in chances)
    assert {name for name, _ in told} <= set(world().conditions)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"age": -1}, '"age"'),
        ({"age": True}, '"age"'),
        ({"sex": "X"}, '"sex"'),
        ({"evidences": "E_91"}, '"evidences"'),
        ({"initial": "E_9999"}, "E_9999"),
        ({"evidences": ["E_nothing"]}, "E_nothing"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_patient({**ROW, **change}, world())


@pytest.mark.skipif(not PATIENTS.exists(), reason="the development patients of DDXPlus are not in ../shared/data")
def test_the_shipped_readout_fits_the_patients_that_it_was_trained_on() -> None:
    with gzip.open(PATIENTS, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file][::20]
    right, overlap = [], []
    for row in rows:
        told = differential(interview(world(), read_patient(row, world()), 15), readout())
        ours, reference = {name for name, _ in told}, {name for name, p in row["ddx"] if p >= 0.01}
        right.append(told[0][0] == row["pathology"])
        overlap.append(2 * len(ours & reference) / (len(ours) + len(reference)))
    assert np.mean(right) > 0.95
    assert np.mean(overlap) > 0.85  # measured on patients not trained on, it is what `interview.json` says
