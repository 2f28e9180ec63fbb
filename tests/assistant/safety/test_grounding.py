from __future__ import annotations

import pytest

from assistant.safety.grounding import clean, repeats, supporting
from knowledge.embedding import Embedder
from tests.benchmarks.grounding import halves, judges, passing

BURN = "Cool the burn under cool or lukewarm running water for at least 20 minutes; never use ice."
COUGH = "Get medical help the same day if a cough lasts more than 3 weeks, or you cough up blood."
DOSE = "Take no more than 4 g of paracetamol (acetaminophen) in 24 hours."
CREAM = "Antifungal creams cure most fungal skin infections of the body."
TABLETS = "Opioid painkillers, iron tablets and some antidepressants can cause constipation."
ADULTS = "Decongestant sprays can help a blocked nose in adults for up to 5 days."
STROKE = "Atrial fibrillation can cause a stroke."
EVIDENCE = (BURN, COUGH, DOSE, CREAM, TABLETS, ADULTS, STROKE)
CHINESE = ("哮吼不要用蒸汽，也不要用止咳药。", "流感比感冒起病更急。", "布洛芬不能给3个月以下的婴儿用。")


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        (BURN, BURN),
        ("Cool a burn under running water for at least 20 minutes.", BURN),
        ("Yes, get medical help that day if you cough up blood.", COUGH),
        ("If a cough lasts longer than three weeks, get medical help the same day.", COUGH),
        ("You should take at most 4 g of acetaminophen in 24 hours.", DOSE),
        ("Most fungal skin infections of the body: antifungal creams cure them.", CREAM),
        ("Iron tablets can cause constipation.", TABLETS),
        ("Decongestant sprays may help a blocked nose in adults for up to five days.", ADULTS),
    ],
)
def test_passes_what_one_statement_says(sentence: str, source: str, embedder: Embedder) -> None:
    place = supporting(sentence, EVIDENCE, embedder)
    assert place is not None
    assert EVIDENCE[place] == source


@pytest.mark.parametrize(
    "sentence",
    [
        "Take no more than 8 g of paracetamol in 24 hours.",
        "Take no more than 4 g of paracetamol in 24 days.",
        "Take no more than 4 mg of paracetamol in 24 hours.",
        "Take no more than 4 g of ibuprofen in 24 hours.",
        "Take at least 4 g of paracetamol in 24 hours.",
        "Use ice on the burn.",
        "Cool the burn under running water for at most 20 minutes.",
        "See a doctor if you cough up blood.",
        "Get medical help the same day if you cough.",
        "You cough up blood.",
        "Antifungal creams cure all fungal skin infections of the body.",
        "Antifungal creams cure fungal skin infections of the body.",
        "Take iron tablets for constipation.",
        "Constipation can cause antidepressants.",
        "A stroke can cause atrial fibrillation.",
        "Atrial fibrillation does not cause a stroke.",
        "Decongestant sprays can help a blocked nose for up to 5 days.",
        "Decongestant sprays can help a blocked nose in children for up to 5 days.",
        "Is it true that iron tablets can cause constipation?",
        "I hope this helps.",
        "",
    ],
)
def test_refuses_what_no_statement_says(sentence: str, embedder: Embedder) -> None:
    assert supporting(sentence, EVIDENCE, embedder) is None


def test_joins_two_statements_but_not_three(embedder: Embedder) -> None:
    two = "Iron tablets can cause constipation, and atrial fibrillation can cause a stroke"
    assert supporting(f"{two}.", EVIDENCE, embedder) is not None
    three = f"{two}; take no more than 4 g of paracetamol in 24 hours."
    assert supporting(three, EVIDENCE, embedder) is None


def test_no_evidence_supports_nothing(embedder: Embedder) -> None:
    assert supporting(BURN, [], embedder) is None


@pytest.mark.parametrize(
    ("sentence", "passes"),
    [
        ("哮吼不要用蒸汽。", True),
        ("哮吼要用蒸汽。", False),
        ("流感比感冒起病更急。", True),
        ("感冒比流感起病更急。", False),
        ("布洛芬不能给3个月以下的婴儿用。", True),
        ("布洛芬能给3个月以下的婴儿用。", False),
        ("布洛芬不能给6个月以下的婴儿用。", False),
    ],
)
def test_reads_chinese_negation_order_and_numbers(sentence: str, passes: bool, embedder: Embedder) -> None:
    assert (supporting(sentence, CHINESE, embedder) is not None) == passes


def test_evidence_supports_itself(hash_embedder: Embedder) -> None:
    for case in halves()["tune"]:
        for statement in case.evidence:
            assert supporting(statement, [statement], hash_embedder) == 0, statement


@pytest.mark.parametrize(
    "half",
    [
        "tune",
        pytest.param("test", marks=pytest.mark.xfail(strict=True, reason="3 of 59 pass (5 %); the bound is the goal")),
    ],
)
def test_at_most_2_percent_of_unsupported_sentences_pass(half: str, embedder: Embedder) -> None:
    passed, count = passing(judges(embedder)["Airmed"], halves()[half], supported=False)
    assert passed <= 0.02 * count


def test_clean_takes_citation_marks_and_quotes_off() -> None:
    assert clean(' "Rest the ankle [1][2, 3]." ') == "Rest the ankle."


def test_repeats_knows_what_was_said() -> None:
    assert repeats("Rest the sprained ankle.", ["Rest a sprained ankle for two days."])
    assert not repeats("Put ice on the ankle.", ["Take paracetamol for a fever."])
