from __future__ import annotations

import pytest

from assistant.consultation.history import next_topic, topics
from assistant.locales import languages, locale
from assistant.visit import Visit

EVERYTHING = {
    "en": "I am a 40 year old man, the cough started 3 days ago, it is mild, and I take no medicines.",
    "zh": "我是男性，40岁，咳嗽三天前开始，症状轻微，没有别的情况。",
}
CLICKS = [
    (language, topic, label)
    for language in languages()
    for topic, question in locale(language).doctor.history.items()
    for label in question.options
]


@pytest.mark.parametrize("language", languages())
def test_every_topic_is_asked_in_turn_when_nothing_is_known(language: str) -> None:
    visit, told = Visit(language), [{"en": "I cough", "zh": "我咳嗽"}[language]]
    asked: list[str] = []
    while topic := next_topic(told, (), visit):
        asked.append(topic)
        told.append(next(iter(visit.words.history[topic].options.values())))
        assert len(asked) <= 10
    assert asked == list(locale(language).doctor.history)


@pytest.mark.parametrize("language", languages())
def test_nothing_is_asked_when_the_basic_history_is_known(language: str) -> None:
    assert next_topic([EVERYTHING[language]], (), Visit(language)) == ""


def test_a_topic_that_was_asked_is_not_asked_again() -> None:
    assert next_topic(["I cough"], {"age", "sex"}, Visit("en")) == "duration"


@pytest.mark.parametrize(("language", "topic", "label"), CLICKS)
def test_a_clicked_answer_tells_of_the_topic_that_was_asked(language: str, topic: str, label: str) -> None:
    message = locale(language).doctor.history[topic].options[label]
    assert topic in topics(message)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("my 3 year old daughter", {"age", "sex"}),
        ("since yesterday", {"duration"}),
        ("for 2 weeks", {"duration"}),
        ("the pain is 8/10", {"severity"}),
        ("unbearable", {"severity"}),
        ("two days", {"duration"}),
        ("my two year old", {"age"}),
        ("no pain", set()),
        ("三天了", set()),
        ("3天了", {"duration"}),
        ("hello", set()),
    ],
)
def test_topics_are_recognised_in_plain_words(text: str, told: set[str]) -> None:
    assert topics(text) == told
