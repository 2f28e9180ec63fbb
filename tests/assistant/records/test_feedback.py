from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.records.feedback import Feedback

THREAD, OTHER = "f00dfeed", "another"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "airmed.sqlite"


def test_opinions_are_kept_by_answer_and_thread(database: Path) -> None:
    feedback = Feedback(database)
    feedback.give(THREAD, 0, liked=True)
    feedback.give(THREAD, 2, liked=False)
    feedback.give(OTHER, 0, liked=False)
    assert feedback.of(THREAD) == {0: True, 2: False}
    assert feedback.of(OTHER) == {0: False}
    assert feedback.of("nobody") == {}


def test_the_latest_opinion_counts(database: Path) -> None:
    feedback = Feedback(database)
    feedback.give(THREAD, 0, liked=True)
    feedback.give(THREAD, 0, liked=False)
    assert feedback.of(THREAD) == {0: False}


def test_opinions_survive_a_restart(database: Path) -> None:
    Feedback(database).give(THREAD, 1, liked=True)
    assert Feedback(database).of(THREAD) == {1: True}


def test_erasing_forgets_one_thread(database: Path) -> None:
    feedback = Feedback(database)
    feedback.give(THREAD, 0, liked=True)
    feedback.give(OTHER, 0, liked=True)
    feedback.erase(THREAD)
    feedback.erase("nobody")
    assert feedback.of(THREAD) == {} and feedback.of(OTHER) == {0: True}


def test_a_thread_is_known_by_its_hash_alone_and_no_text_is_kept(database: Path) -> None:
    Feedback(database).give(THREAD, 0, liked=True)
    assert THREAD.encode() not in database.read_bytes()
    columns = [row[1] for row in sqlite3.connect(database).execute("PRAGMA table_info(feedback)")]
    assert columns == ["thread", "answer", "liked", "given_at"]


def test_many_visitors_can_give_feedback_at_once(database: Path) -> None:
    feedback = Feedback(database)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda answer: feedback.give(THREAD, answer, liked=True), range(50)))
    assert feedback.of(THREAD) == dict.fromkeys(range(50), True)
