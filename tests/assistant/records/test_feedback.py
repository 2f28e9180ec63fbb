from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.records.database import Database
from assistant.records.feedback import Feedback
from assistant.records.tables import feedback as table

THREAD, OTHER = "f00dfeed", "another"


@pytest.fixture
def feedback(database: Database) -> Feedback:
    return Feedback(database)


def test_opinions_are_kept_by_answer_and_thread(feedback: Feedback, database: Database) -> None:
    feedback.give(THREAD, 2, liked=False)
    feedback.give(THREAD, 0, liked=True)
    feedback.give(OTHER, 0, liked=False)
    assert list(feedback.of(THREAD).items()) == [(0, True), (2, False)]
    assert Feedback(database).of(OTHER) == {0: False}
    assert feedback.of("nobody") == {}


def test_the_latest_opinion_counts(feedback: Feedback) -> None:
    feedback.give(THREAD, 0, liked=True)
    feedback.give(THREAD, 0, liked=False)
    assert feedback.of(THREAD) == {0: False}


def test_erasing_forgets_one_thread(feedback: Feedback) -> None:
    feedback.give(THREAD, 0, liked=True)
    feedback.give(OTHER, 0, liked=True)
    feedback.erase(THREAD)
    feedback.erase("nobody")
    assert feedback.of(THREAD) == {} and feedback.of(OTHER) == {0: True}


def test_there_is_no_place_for_text() -> None:
    assert [column.name for column in table.columns] == ["thread", "answer", "liked", "given_at"]


@pytest.mark.parametrize("answers", [range(50), [0] * 50], ids=["of many answers", "of one answer"])
def test_many_opinions_can_be_given_at_once(feedback: Feedback, answers: list[int]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda answer: feedback.give(THREAD, answer, liked=True), answers))
    assert feedback.of(THREAD) == dict.fromkeys(answers, True)
