from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from generators.errors import RequestError
from generators.molecules.goals import Goal, Target
from generators.molecules.properties import PROPERTIES, numbers

IBUPROFEN = Chem.MolFromSmiles("CC(C)Cc1ccc(C(C)C(=O)O)cc1")


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("qed>=0.9", 0.9, 1),
        ("QED > 0.9", 0.9, 1),
        ("logp=2..3", 2, 3),
        ("logP = 2 to 3", 2, 3),
        ("logp=-1..1", -1, 1),
        ("weight<350", 50, 350),
        ("qed=0.9", 0.85, 0.95),
    ],
)
def test_targets_as_they_are_typed(text: str, least: float, most: float) -> None:
    target = Target.parse(text)
    assert target.least == pytest.approx(least) and target.most == pytest.approx(most)


@pytest.mark.parametrize(
    "text", ["", "qed", "qed=", "qed>=x", "mood=1", "qed=7", "logp=3..2", "qed>0.9..1", "weight<10", "logp=2...3"]
)
def test_what_is_no_target_is_one_sentence(text: str) -> None:
    with pytest.raises(RequestError) as found:
        Target.parse(text)
    assert "\n" not in str(found.value)


@given(st.text(max_size=20))
def test_no_text_breaks_it(text: str) -> None:
    try:
        target = Target.parse(text)
    except RequestError:
        return
    assert target.of.least <= target.least <= target.most <= target.of.most and math.isfinite(target.middle)


def test_contradictions_are_told() -> None:
    with pytest.raises(RequestError, match="logp has two targets"):
        Goal((Target.parse("logp>3"), Target.parse("logp<2")))


def test_a_goal_is_met_or_nearly() -> None:
    logp = numbers(IBUPROFEN)["logp"]
    of = PROPERTIES["logp"]
    inside, beside, far = (Target(of, logp + step, logp + step + 1) for step in (-0.5, 0.5, 5))
    scores = [Goal((one,)).score(IBUPROFEN) for one in (inside, beside, far)]
    assert scores[0] == 1 > scores[1] > 0.5 > 0.01 > scores[2]


def test_likeness_counts_up_to_a_point_and_a_scaffold_must_be_there() -> None:
    near = Goal(near=IBUPROFEN)
    ketoprofen = Chem.MolFromSmiles("CC(C(=O)O)c1cccc(C(=O)c2ccccc2)c1")
    assert near.score(IBUPROFEN) == 1 > near.score(ketoprofen) > near.score(Chem.MolFromSmiles("CCO"))
    part = Goal(scaffold=Chem.MolFromSmiles("c1ccccc1"))
    assert part.score(IBUPROFEN) == 1 and part.score(Chem.MolFromSmiles("CCO")) == 0
