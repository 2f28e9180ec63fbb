from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.consultation.molecules import MOST, read_request, words
from generators.errors import GeneratorError, RequestError
from generators.molecules.drugs import drugs
from generators.molecules.goals import Target
from generators.molecules.properties import PROPERTIES
from generators.molecules.structures import parse


def targets(text: str) -> dict[str, tuple[float, float]]:
    return {one.of.name: (round(one.least, 2), round(one.most, 2)) for one in read_request(text).goal.targets}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ten molecules with QED above 0.9 and logP 2 to 3", {"qed": (0.9, 1), "logp": (2, 3)}),
        ("logP<3, TPSA between 60 and 90, mw below 350", {"logp": (-5, 3), "tpsa": (60, 90), "weight": (50, 350)}),
        ("weight 300-350", {"weight": (300, 350)}),
        ("设计5个类药性大于0.9、logP在2到3之间的分子", {"qed": (0.9, 1), "logp": (2, 3)}),
        ("分子量小于300的化合物", {"weight": (50, 300)}),
        ("something drug-like", {"qed": (0.8, 1)}),
        ("a molecule that crosses the blood-brain barrier", {"tpsa": (0, 70), "logp": (2, 4)}),
        ("design me something new", {"qed": (0.8, 1)}),
        ("very greasy molecules, logP 5 or more", {"logp": (5, 8)}),
        ("high drug-likeness and a low polar surface", {"qed": (0.9, 1), "tpsa": (0, 50)}),
        ("logP控制在1到2之间", {"logp": (1, 2)}),
        ("something that must not enter the brain", {"tpsa": (100, 200)}),
        ("soluble molecules with logP at least 1 and logP at most 2", {"logs": (-3, 2), "logp": (1, 2)}),
    ],
)
def test_targets_in_words(text: str, wanted: dict[str, tuple[float, float]]) -> None:
    assert targets(text) == wanted


@pytest.mark.parametrize(
    ("text", "near", "moved"),
    [
        ("something like ibuprofen but more soluble", "ibuprofen", "logs"),
        ("analogues of asprin, easier to make", "aspirin", "sa"),
        ("类似布洛芬但水溶性更好的分子", "ibuprofen", "logs"),
        ("five lighter relatives of celecoxib", "celecoxib", "weight"),
        ("like CC(=O)Nc1ccc(O)cc1 but less polar", "CC(=O)Nc1ccc(O)cc1", "tpsa"),
    ],
)
def test_comparisons_move_from_the_drug_that_is_named(text: str, near: str, moved: str) -> None:
    read = read_request(text)
    (target,) = read.goal.targets
    value = PROPERTIES[moved].compute(read.goal.near)
    assert read.near == near and target.of.name == moved and not target.least <= value <= target.most


def test_a_part_that_stays() -> None:
    read = read_request("keep the scaffold O=C(N)c1ccccc1 and make it less lipophilic, seed 12, with the GAN")
    assert (read.scaffold, read.near, read.seed, read.model) == ("O=C(N)c1ccccc1", "", 12, "gan")
    assert read.goal.scaffold is not None and read.goal.targets[0].of.name == "logp"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("keep the indole core", "c1ccc2[nH]ccc2c1"),
        ("with a pyridine", "c1ccncc1"),
        ("带吗啉环", "C1COCCN1"),
    ],
)
def test_parts_have_names(text: str, part: str) -> None:
    assert read_request(text).scaffold == part


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("ten molecules", 10),
        ("3 analogues of aspirin", 3),
        ("两个分子", 2),
        ("一个新分子", 10),
        ("a thousand", 1000),
    ],
)
def test_how_many(text: str, asked: int) -> None:
    read = read_request(text)
    assert read.asked == asked and read.count == min(asked, MOST)


@pytest.mark.parametrize("text", ["logp above 3 and logp below 2", "qed above 7", "weight below 10"])
def test_contradictions_are_told(text: str) -> None:
    with pytest.raises(RequestError) as found:
        read_request(text)
    assert "\n" not in str(found.value)


@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from([*PROPERTIES, "above", "2", "..3", "like", "c1ccccc1", "种"])).map(" ".join)
)
def test_no_text_breaks_it(text: str) -> None:
    try:
        read = read_request(text)
    except GeneratorError:
        return
    assert 1 <= read.count <= MOST


def test_the_word_lists_name_what_there_is() -> None:
    own = words()
    assert own.properties.keys() == PROPERTIES.keys()
    for wish in own.wishes:
        assert (wish.property in PROPERTIES and wish.than and Target.parse(wish.alone)) or wish.targets
        assert all(map(Target.parse, wish.targets))
    assert set(own.chinese_drugs.values()) <= drugs().keys()
    assert own.high_targets.keys() == own.low_targets.keys() == PROPERTIES.keys()
    assert all(map(Target.parse, [*own.high_targets.values(), *own.low_targets.values()]))
    assert all(map(parse, own.parts.values()))
