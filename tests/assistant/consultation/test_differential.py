from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.consultation.differential import Case, Engine, engine
from assistant.consultation.numbers import Sex
from knowledge.condition import Condition
from knowledge.corpus import conditions
from knowledge.findings import Lexeme, lexicon

VOCABULARY = {
    "headache": Lexeme(name="headache", name_zh="头痛", en=("headache",), kind="symptom", base=0.1),
    "throbbing": Lexeme(
        name="throbbing headache", name_zh="跳痛", en=("throb",), kind="symptom", base=0.02, parent="headache"
    ),
    "fever": Lexeme(name="fever", name_zh="发烧", en=("fever",), kind="symptom", base=0.1),
    "cough": Lexeme(name="cough", name_zh="咳嗽", en=("cough",), kind="symptom", base=0.1),
    "spoken": Lexeme(name="spoken of", name_zh="说", en=("say",)),
}


def condition(name: str, findings: dict[str, float], **changes: object) -> Condition:
    """A condition of the shipped base under another name and with these findings."""
    front = next(iter(conditions())).model_dump()
    listed = [{"id": finding, "p": p} for finding, p in findings.items()]
    front |= {"id": name, "name": name.title(), "findings": listed, "resembles": ()}
    front |= {"prevalence": {"per_100k": 100, "ages": (1, 1, 1, 1, 1, 1), "female": 0.5}} | changes
    return Condition.model_construct(
        **{
            **Condition.model_validate(
                {**front, "findings": [*listed, *({"id": f"other_{n}", "p": 0.5} for n in range(5))]}
            ).__dict__
        }
    )


@pytest.fixture(scope="module")
def small() -> Engine:
    pulse = condition("pulse", {"headache": 0.95, "throbbing": 0.8})
    tight = condition("tight", {"headache": 0.95, "throbbing": 0.05})
    chest = condition("chest", {"cough": 0.95, "fever": 0.6})
    girls = condition(
        "girls", {"headache": 0.5}, prevalence={"per_100k": 100, "ages": (0, 0, 1, 1, 0, 0), "female": 1.0}
    )
    return Engine([pulse, tight, chest, girls], VOCABULARY)


def ranked(chosen: Engine, **case: object) -> list[str]:
    return [c.condition.id for c in chosen.differential(Case(**case)).candidates]  # type: ignore[arg-type]


def test_a_finding_speaks_for_the_condition_in_which_it_is_frequent(small: Engine) -> None:
    assert ranked(small, present=frozenset({"throbbing"}), age=70.0)[0] == "pulse"
    assert ranked(small, present=frozenset({"headache"}), absent=frozenset({"throbbing"}), age=70.0)[0] == "tight"
    assert ranked(small, present=frozenset({"cough"}))[0] == "chest"


def test_a_child_says_its_parent_and_neither_counts_twice(small: Engine) -> None:
    alone, both = ({"throbbing"}, {"throbbing", "headache"})
    one = small.posterior(Case(present=frozenset(alone)))
    two = small.posterior(Case(present=frozenset(both)))
    assert np.allclose(one, two)


def test_an_absent_parent_says_that_its_children_are_absent(small: Engine) -> None:
    one = small.posterior(Case(absent=frozenset({"headache"})))
    two = small.posterior(Case(absent=frozenset({"headache", "throbbing"})))
    assert np.allclose(one, two)


def test_who_cannot_have_it_does_not_have_it(small: Engine) -> None:
    there = frozenset({"headache"})
    girls = small.conditions.index(next(c for c in small.conditions if c.id == "girls"))
    assert small.posterior(Case(there, age=20.0, sex="female"))[girls] > 0.05
    assert small.posterior(Case(there, age=20.0, sex="male"))[girls] < 0.01
    assert small.posterior(Case(there, age=70.0, sex="female"))[girls] < 0.01


def test_words_of_the_rules_move_nothing(small: Engine) -> None:
    assert np.allclose(small.posterior(Case()), small.posterior(Case(present=frozenset({"spoken"}))))


def test_the_reasons_add_up_to_what_the_finding_did(small: Engine) -> None:
    found = small.differential(Case(present=frozenset({"throbbing"}), absent=frozenset({"fever"})))
    first = found.candidates[0]
    assert [reason.finding for reason in first.reasons][:1] == ["headache"] or first.reasons[0].finding == "throbbing"
    assert all(reason.present == (reason.finding != "fever") for reason in first.reasons)


def test_two_problems_at_once_are_both_found() -> None:
    told = (
        frozenset(
            {
                "painful_urination",
                "frequent_urination",
                "cloudy_urine",
                "heel_pain",
                "morning_stiffness",
                "pain_on_walking",
                "red_eye",
                "eye_discharge",
                "eyelids_stuck_on_waking",
                "gritty_feeling_in_eye",
            }
        )
        & lexicon().keys()
    )
    names = [c.condition.id for c in engine().differential(Case(told, age=35.0, sex="female")).candidates[:4]]
    assert "conjunctivitis" in names and "urinary-tract-infection" in names


@settings(max_examples=40, deadline=None)
@given(
    present=st.sets(st.sampled_from(sorted(lexicon())), max_size=8),
    absent=st.sets(st.sampled_from(sorted(lexicon())), max_size=8),
    age=st.one_of(st.none(), st.floats(0, 120)),
    sex=st.sampled_from([None, "female", "male"]),
)
def test_any_case_gives_probabilities(present: set[str], absent: set[str], age: float | None, sex: Sex | None) -> None:
    case = Case(frozenset(present), absent=frozenset(absent - present), age=age, sex=sex)
    belief = engine().posterior(case)
    assert belief.min() >= 0 and abs(belief.sum() - 1) < 1e-9
    found = engine().differential(case).candidates
    assert [c.probability for c in found] == sorted((c.probability for c in found), reverse=True)
    assert all(0 <= c.probability <= 1 + 1e-9 for c in found)


def textbook(about: Condition) -> Case:
    """What at least half of its patients have, four findings at least, at its commonest age and sex."""
    ages = (0.5, 3.0, 12.0, 28.0, 52.0, 75.0)
    age = ages[int(np.argmax(about.prevalence.ages))]
    sex: Sex = "female" if about.prevalence.female >= 0.5 else "male"
    told = {finding.id for finding in about.findings if finding.p >= 0.5}
    frequent = sorted(about.findings, key=lambda finding: -finding.p)[:4]
    return Case(frozenset(told | {finding.id for finding in frequent}), age=age, sex=sex)


@pytest.mark.parametrize("about", conditions(), ids=lambda about: about.id)
def test_its_own_textbook_case_ranks_first(about: Condition) -> None:
    first = engine().differential(textbook(about)).candidates[0].condition.id
    assert first == about.id or first in about.resembles, f"{about.id} is taken for {first}"


def test_no_two_conditions_are_alike_without_saying_so() -> None:
    """By the Kullback-Leibler divergence between their findings, in nats, in the direction in which it is smaller."""
    chosen = engine()
    p = np.clip(chosen.given, 0.004, 0.985)
    own = (p * np.log(p) + (1 - p) * np.log(1 - p)).sum(axis=1)
    apart = own[:, None] - p @ np.log(p).T - (1 - p) @ np.log(1 - p).T
    alike = np.argwhere(np.minimum(apart, apart.T) < 2.0)
    pairs = [(chosen.conditions[a], chosen.conditions[b]) for a, b in alike if a < b]
    silent = [(a.id, b.id) for a, b in pairs if a.id not in b.resembles and b.id not in a.resembles]
    assert silent == []


def test_the_base_is_wide() -> None:
    full = [about for about in conditions() if not about.brief]
    asked = [lexeme for lexeme in lexicon().values() if lexeme.kind != "talk"]
    assert len(full) >= 300 and len(asked) >= 600
    assert all(lexeme.ask and lexeme.ask_zh for lexeme in asked)
    assert all(lexeme.parent in lexicon() for lexeme in asked if lexeme.parent)
