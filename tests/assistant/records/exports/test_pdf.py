from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from assistant.records.exports import Export, to_pdf
from assistant.records.exports.glyphs import lacks, markup
from tests.assistant.records.exports.made import HOSTILE, NHS, NICE, dossier, exported


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def flat(content: bytes) -> str:
    return " ".join("\n".join(pages(content)).split())


def addresses(content: bytes) -> Iterator[str]:
    for page in PdfReader(BytesIO(content)).pages:
        for note in page.get("/Annots", ()):
            yield str(note.get_object()["/A"]["/URI"])


def test_a_case_can_be_read_from_its_pages(english: Export) -> None:
    said = flat(to_pdf(english))
    for words in (
        "not a medical device",
        "“I feel sick, BP 118/76. No stiff neck.” (message 2)",
        "Speaks for it: nausea (+0.8) (message 2)",
        "temperature 37.2 °C, 2026-11-03 09:30 UTC (message 1)",
        "DRAFT, not signed. Drafted by Airmed, 2026-11-03 09:30 UTC",
        "Signed by Dr Grey on 2026-11-03 11:30 UTC",
        "SYNTHETIC PICTURE: A synthetic chest X-ray (synthetic_1.png)",
        "Airmed, answer to message 1",
    ):
        assert words in said


def test_every_page_names_the_case_and_its_number(english: Export) -> None:
    found = pages(to_pdf(english))
    assert len(found) > 2
    for number, page in enumerate(found, start=1):
        assert "Case case1" in page and f"page {number} of {len(found)}" in page


def test_chinese_is_set_in_a_font_of_every_reader(chinese: Export) -> None:
    content = to_pdf(chinese)
    said = flat(content).replace(" ", "")
    assert "我头痛三天了，体温37.2，BP118/76。" in said and "草稿，未签署" in said and "□" not in said
    assert b"/STSong-Light" in content and b"/FontFile" not in content


def test_the_sources_alone_can_be_opened(english: Export, hostile: Export) -> None:
    for export in (english, hostile):
        content = to_pdf(export)
        assert set(addresses(content)) == {NHS, NICE}
        assert not re.search(rb"/JavaScript|/JS\b|/Launch|/EmbeddedFile|/XObject /Image", content)


def test_attacks_are_printed_as_they_stand(hostile: Export) -> None:
    said = flat(to_pdf(hostile))
    assert "<script>alert(1)</script>" in said and "[x](javascript:alert(1))" in said
    assert "</para></font><b>bold <img src='https://evil.example/x.png'/> &lt; &#60; &amp;" in said
    assert "w" * 60 in said and said.replace(" ", "").count("w") >= 10_000
    assert "The fonts of this file lack some characters" in said


def test_nothing_is_lacking_where_all_can_be_printed(english: Export) -> None:
    assert "The fonts of this file lack" not in flat(to_pdf(english))
    assert lacks("ł") and lacks("🤕") and not lacks("ü “x” – 头痛 °C\n")
    assert markup("Şişli <b>") == "Sisli &lt;b&gt;"


@settings(max_examples=15)
@given(st.lists(st.text(max_size=300) | st.sampled_from(HOSTILE), min_size=2, max_size=3), st.text(max_size=200))
def test_no_text_is_an_error(texts: list[str], title: str) -> None:
    assert to_pdf(exported(dossier(texts, title=title))).startswith(b"%PDF")


def test_a_very_long_conversation_is_no_error() -> None:
    texts = [f"Message {turn}: {'it hurts here and there, ' * 12}" for turn in range(1, 201)]
    found = pages(to_pdf(exported(dossier(texts))))
    assert "Patient, message 200" in " ".join(" ".join(found).split())


def test_a_message_longer_than_a_page_is_no_error() -> None:
    said = flat(to_pdf(exported(dossier(["a\n" * 500, "头" * 6_000]))))
    assert said.replace(" ", "").count("头") >= 6_000


def test_the_same_export_gives_the_same_bytes_and_says_when_it_was_made(english: Export) -> None:
    content = to_pdf(english)
    told = PdfReader(BytesIO(content)).metadata
    assert content == to_pdf(english) and told is not None
    assert (told.title, told.author, told.creation_date) == ("Airmed: Case case1", "Airmed", english.made_at)
    assert to_pdf(replace(english, made_at=english.made_at + timedelta(minutes=1))) != content


def test_the_description_of_the_file_holds_no_text_of_the_patient(hostile: Export) -> None:
    told = PdfReader(BytesIO(to_pdf(hostile))).metadata
    assert told is not None and "javascript" not in str(dict(told))
