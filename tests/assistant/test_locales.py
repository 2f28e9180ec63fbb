from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from assistant.locales import DEFAULT, HERE, Doctor, languages, locale, region, region_of
from assistant.visit import Visit, answer_language

OTHERS = [language for language in languages() if language != DEFAULT]
REGIONS: dict[str, Any] = yaml.safe_load((HERE / "regions.yaml").read_text(encoding="utf-8"))
PLACEHOLDER = re.compile(r"\{(\w*)\}")


def sentences_of(words: Doctor) -> dict[str, str]:
    """Every plain sentence of the doctor's, by the name of its field."""
    told = words.model_dump()
    flat = {name: value for name, value in told.items() if isinstance(value, str)}
    for field in ("summary", "levels"):
        flat |= {f"{field}.{name}": value for name, value in told[field].items()}
    return flat | {f"crisis.{place}": line for place, line in enumerate(words.crisis)}


def test_english_is_the_default_and_chinese_is_there() -> None:
    assert languages()[0] == DEFAULT == "en"
    assert "zh" in languages()
    assert locale("xx") == locale(DEFAULT)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_words_for_the_page(language: str) -> None:
    assert locale(language).page.keys() == locale(DEFAULT).page.keys()
    assert all(text.strip() for text in locale(language).page.values())


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_fields_for_the_doctor(language: str) -> None:
    mine, theirs = locale(language).doctor, locale(DEFAULT).doctor
    assert sentences_of(mine).keys() == sentences_of(theirs).keys()
    assert list(mine.history) == list(theirs.history)
    assert mine.courtesies.keys() == theirs.courtesies.keys()
    for topic, question in mine.history.items():
        assert len(question.options) == len(theirs.history[topic].options)


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_placeholders(language: str) -> None:
    pages = [(locale(language).page[key], text) for key, text in locale(DEFAULT).page.items()]
    mine, theirs = sentences_of(locale(language).doctor), sentences_of(locale(DEFAULT).doctor)
    for translated, text in [*pages, *((mine[name], text) for name, text in theirs.items())]:
        assert set(PLACEHOLDER.findall(translated)) == set(PLACEHOLDER.findall(text)), text


@pytest.mark.parametrize("language", languages())
def test_the_sentences_of_an_emergency_can_be_filled_in(language: str) -> None:
    visit = Visit(language, "gb")
    words = visit.words
    for sentence in (words.emergency, words.emergency_reminder, words.crisis_reminder, words.urgent, *words.crisis):
        assert "{" not in visit.say(sentence)
    assert "999" in visit.say(words.emergency) and "116 123" in visit.say(words.crisis_reminder)


@pytest.mark.parametrize("language", languages())
def test_questions_end_with_a_question_mark(language: str) -> None:
    words = locale(language).doctor
    assert all(ask.endswith(("?", "？")) for ask in (words.crisis_goes_on, *(q.ask for q in words.history.values())))


@pytest.mark.parametrize("language", languages())
def test_no_example_of_a_courtesy_is_given_twice(language: str) -> None:
    examples = [example.casefold() for kind in locale(language).doctor.courtesies.values() for example in kind.examples]
    assert len(set(examples)) == len(examples)


@pytest.mark.parametrize("code", REGIONS)
def test_every_region_has_a_number_and_a_line_in_every_language(code: str) -> None:
    found = region(code)
    assert re.fullmatch(r"[\d ]+( or [\d ]+)?", found.number)
    assert found.line.keys() >= set(languages())
    assert all(text.strip() for text in found.line.values())
    assert found.checked.startswith("https://")


def test_regions_are_two_letters_and_a_default() -> None:
    assert len(REGIONS) > 10 and "default" in REGIONS
    assert all(re.fullmatch(r"[a-z]{2}", code) for code in REGIONS if code != "default")


@pytest.mark.parametrize(
    ("code", "number"), [("gb", "999"), ("GB", "999"), ("us", "911"), ("cn", "120"), ("au", "000")]
)
def test_the_number_of_a_country(code: str, number: str) -> None:
    assert region(code).number == number


@pytest.mark.parametrize("code", ["", "xx", "no-such-country", "../etc"])
def test_an_unknown_country_gets_the_international_number(code: str) -> None:
    assert region(code) == region("default")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("en-GB,en;q=0.9", "gb"),
        ("en,zh-CN;q=0.8", "cn"),
        ("zh-Hans-CN", "cn"),
        ("pt_BR", "br"),
        ("en", ""),
        ("", ""),
        ("*", ""),
        ("en-419", ""),
        (";;,,--", ""),
    ],
)
def test_the_country_is_read_from_the_browser(header: str, code: str) -> None:
    assert region_of(header) == code


@pytest.mark.parametrize(
    ("message", "page", "language"),
    [("hello", "zh", "en"), ("你好", "en", "zh"), ("123", "zh", "zh"), ("?", "en", "en"), ("BP高吗", "en", "zh")],
)
def test_the_answer_is_in_the_language_of_the_message(message: str, page: str, language: str) -> None:
    assert answer_language(message, page) == language
