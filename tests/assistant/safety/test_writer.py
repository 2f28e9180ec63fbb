from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant.consultation.reading import read_findings
from assistant.safety.evidence import Citation, Evidence, Statement
from assistant.safety.writer import REASSURANCE, SENTENCES, write
from assistant.visit import Visit
from knowledge.embedding import SentenceEmbedder

ENGLISH = Visit("en", "gb")
PRESSURE = "A normal blood pressure for most adults lies between 90/60 and 120/80 mmHg."
SALT = "Eating less salt lowers a high blood pressure."
MEASURE = "Blood pressure is measured with a cuff around the upper arm."
TABLETS = "Doctors often prescribe tablets when a blood pressure stays at 140/90 or more."
SMOKING = "Smoking narrows the arteries and harms the heart."
WALKING = "A brisk walk of 30 minutes on five days a week keeps the arteries supple."
MILD = "A slightly raised reading is usually harmless and can wait until the next visit."
HELP = "Call the emergency number if a blood pressure of 180/120 comes with chest pain."
ALL = (PRESSURE, SALT, MEASURE, TABLETS, SMOKING, WALKING)


class Model:
    """A chat model's stream of given pieces, which remembers how far it was read and whether it was closed."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.read = 0
        self.closed = False

    def stream(self) -> Iterator[str]:
        try:
            for piece in self.pieces:
                self.read += 1
                yield piece
        finally:
            self.closed = True


def evidence(*texts: str, opening: str = "", closing: str = "", complete: bool = False, question: str = "") -> Evidence:
    sources = [*texts, *([closing] if closing else [])]
    return Evidence(
        opening=(Statement(text=opening),) if opening else (),
        statements=tuple(Statement(text=text, citation=place) for place, text in enumerate(texts)),
        closing=(Statement(text=closing, citation=len(texts)),) if closing else (),
        citations=tuple(Citation(id=str(n), name="n", text=t, publisher="NHS", url="u") for n, t in enumerate(sources)),
        question=question,
        complete=complete,
    )


def written(model: Model, found: Evidence, embedder: SentenceEmbedder, calm: bool = True) -> str:
    return "".join(write(model.stream(), found, ENGLISH, embedder, calm))


def test_a_sentence_that_nothing_supports_is_not_shown_and_the_evidence_is(embedder: SentenceEmbedder) -> None:
    said = written(Model("You should take aspirin every morning. "), evidence(PRESSURE, SALT), embedder)
    assert "aspirin" not in said
    assert PRESSURE in said and SALT in said


@pytest.mark.parametrize(
    "changed",
    [
        PRESSURE.replace("120/80", "150/80"),
        PRESSURE.replace("90/60", "60/90"),
        SALT.replace("less", "more"),
        SALT.replace("lowers", "does not lower"),
        TABLETS.replace("140/90 or more", "140/90 or less"),
        WALKING.replace("30", "10"),
        WALKING.replace("five", "two"),
    ],
)
def test_a_changed_number_or_direction_is_not_shown(changed: str, embedder: SentenceEmbedder) -> None:
    assert changed not in written(Model(f"{changed} "), evidence(MEASURE, *ALL), embedder)


def test_a_supported_sentence_is_shown_with_the_number_of_its_source(embedder: SentenceEmbedder) -> None:
    own = "Eating less salt lowers high blood pressure."
    said = written(Model(own), evidence(PRESSURE, SALT, MEASURE), embedder)
    assert f"{own} [2]" in said
    assert SALT not in said


def test_marks_that_the_model_makes_up_are_replaced(embedder: SentenceEmbedder) -> None:
    said = written(Model("Eating less salt lowers high blood pressure [7]."), evidence(PRESSURE, SALT), embedder)
    assert "[7]" not in said


def test_every_statement_has_the_number_of_its_citation(embedder: SentenceEmbedder) -> None:
    said = written(Model(), evidence(PRESSURE, SALT, closing=HELP), embedder)
    assert f"{PRESSURE} [1]" in said and f"{SALT} [2]" in said and f"- {HELP} [3]" in said


def test_what_was_said_is_not_said_again(embedder: SentenceEmbedder) -> None:
    said = written(Model(f"{SALT} ", f"{SALT} ", f"{PRESSURE} "), evidence(PRESSURE, SALT, MEASURE), embedder)
    assert all(said.count(text) == 1 for text in (PRESSURE, SALT, MEASURE))


def test_the_stream_is_closed_when_the_answer_is_long_enough(embedder: SentenceEmbedder) -> None:
    model = Model(*[f"{text} " for text in ALL * 20])
    said = written(model, evidence(*ALL), embedder)
    assert sum(text in said for text in ALL) == SENTENCES
    assert model.closed and model.read < len(model.pieces)


def test_the_stream_is_closed_when_the_reader_leaves(embedder: SentenceEmbedder) -> None:
    model = Model(*[f"{text} " for text in ALL])
    pieces = write(model.stream(), evidence(*ALL), ENGLISH, embedder, True)
    shown = [next(pieces), next(pieces)]
    pieces.close()  # type: ignore[attr-defined]
    assert shown
    assert model.closed or model.read == 0


def test_a_model_that_only_strays_is_not_heard_to_the_end(embedder: SentenceEmbedder) -> None:
    model = Model(*["Bananas grow on tall green plants in warm countries. "] * 50)
    said = written(model, evidence(*ALL), embedder)
    assert "Bananas" not in said and PRESSURE in said
    assert model.closed and model.read < len(model.pieces)


def test_pieces_of_a_word_at_a_time_make_whole_sentences(embedder: SentenceEmbedder) -> None:
    own = "Eating less salt lowers high blood pressure."
    said = written(Model(*[f"{word} " for word in f"{own} {PRESSURE}".split()]), evidence(MEASURE, SALT), embedder)
    assert f"{own} [2]" in said


def test_reassurance_is_never_said_when_the_case_is_urgent(embedder: SentenceEmbedder) -> None:
    found = evidence(MILD, SALT, PRESSURE)
    assert MILD in written(Model(), found, embedder, calm=True)
    said = written(Model(f"{MILD} ", "There is no need to worry. "), found, embedder, calm=False)
    assert not any(mention.finding == REASSURANCE for mention in read_findings(said))
    assert SALT in said and PRESSURE in said


def test_complete_evidence_says_no_word_of_the_model(embedder: SentenceEmbedder) -> None:
    model = Model("Do not worry. ")
    found = evidence(PRESSURE, opening="Call 999 now.", closing=HELP, complete=True, question="How old are you?")
    said = written(model, found, embedder)
    assert "worry" not in said
    assert model.read == 0
    assert said.startswith("Call 999 now.") and said.endswith("How old are you?")


def test_the_parts_come_in_their_order(embedder: SentenceEmbedder) -> None:
    found = evidence(PRESSURE, opening="Make an appointment.", closing=HELP, question="How old are you?")
    said = written(Model(f"{PRESSURE} "), found, embedder)
    order = [said.index(part) for part in ("Make an appointment.", PRESSURE, HELP, "How old are you?")]
    assert order == sorted(order)
    assert said.count("\n\n") == 3


def test_no_evidence_writes_nothing_whatever_the_model_says(embedder: SentenceEmbedder) -> None:
    assert written(Model("Aspirin is safe for everyone. "), Evidence(), embedder) == ""


def test_chinese_sentences_are_held_to_the_evidence(embedder: SentenceEmbedder) -> None:
    true, false = "少吃盐可以降低血压。", "每天吃阿司匹林可以治好高血压。"
    found = evidence("正常血压在90/60到120/80之间。", true)
    said = "".join(write(Model(false, true).stream(), found, Visit("zh", "cn"), embedder, True))
    assert "阿司匹林" not in said
    assert said.count(true) == 1


@hypothesis_settings(max_examples=25)
@given(words=st.lists(st.text(max_size=60), max_size=6))
def test_whatever_the_model_streams_only_evidence_is_shown(words: list[str], embedder: SentenceEmbedder) -> None:
    said = written(Model(*words), evidence(PRESSURE, SALT), embedder)
    assert said == f"{PRESSURE} [1] {SALT} [2]"
