from __future__ import annotations

from string import Formatter

from assistant.locales import languages as spoken
from assistant.records.exports.plain import clean, source_of, web
from assistant.records.exports.wording import Wording, languages
from assistant.records.judgements import VERDICTS
from knowledge.red_flags import Vital


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_language_has_every_word_with_the_same_braces() -> None:
    assert set(languages()) == set(spoken())
    for told in languages().values():
        assert {key: braces(text) for key, text in told.items()} == {
            key: braces(text) for key, text in languages()["en"].items()
        }


def test_vital_signs_and_verdicts_have_names() -> None:
    for language in languages():
        words = Wording.of(language)
        assert all(vital in languages()[language] for vital in Vital.__args__)
        assert all(words.verdict(verdict) != verdict for verdict in VERDICTS if verdict != "agree")


def test_only_addresses_of_the_web_are_links() -> None:
    assert web("https://a.example/x?y=1&z=2#q") == "https://a.example/x?y=1&z=2#q"
    assert web('https://a.example/")onclick="x') == "https://a.example/%22%29onclick=%22x"
    for url in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//a.example",
        "https://",
        "http://[",
        "",
        "https://a\n.b",
        "https://a b",
    ):
        assert web(url) == ""


def test_a_cited_source_is_a_name_and_an_address() -> None:
    assert source_of("NICE: Asthma, adults, https://x.example/a") == ("NICE: Asthma, adults", "https://x.example/a")
    assert source_of("A book, page 3") == ("A book, page 3", "")


def test_what_no_file_may_hold_is_left_out() -> None:
    assert clean("a\x00b\x1bc\u202ed\u2066e\ufffef\r\ng\u2028h\x0bi") == "abcdef\ng\nh\ni"
    assert clean("👩‍⚕️ صداع \u200f") == "👩‍⚕️ صداع \u200f"
