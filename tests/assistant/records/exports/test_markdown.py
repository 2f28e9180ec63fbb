from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from assistant.records.exports import Export, to_markdown
from assistant.records.exports.markdown import escaped
from assistant.records.exports.plain import one_line
from tests.assistant.records.exports.made import HOSTILE, NHS, NICE, SIGNED, dossier, exported

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {
    "heading_open", "paragraph_open", "blockquote_open", "bullet_list_open", "list_item_open", "inline",
    "table_open", "thead_open", "tbody_open", "tr_open", "th_open", "td_open",
    "text", "strong_open", "em_open", "link_open", "hardbreak", "softbreak",
}  # fmt: skip
words = (
    st.text(max_size=200) | st.sampled_from([*HOSTILE]) | st.text("\\`*_{}[]()<>#+-.!|~&:;/@$^=1 \n\taw", max_size=60)
)


def read(markdown: str) -> list[Token]:
    """What a reader makes of it, pieces of lines among it; what only closes is left out."""
    tokens = [token for token in READER.parse(markdown) if token.nesting >= 0]
    return [one for token in tokens for one in (token, *(it for it in token.children or () if it.nesting >= 0))]


def text_of(markdown: str) -> str:
    return "".join(token.content for token in read(markdown) if token.type == "text")


def links(markdown: str) -> set[object]:
    return {token.attrs["href"] for token in read(markdown) if token.type == "link_open"}


@given(words)
def test_a_text_means_only_itself(text: str) -> None:
    for begin in ("- ", "> ", "# ", "a\n", "- **x:** "):
        found = {token.type for token in read(f"{begin}{escaped(text)}")}
        assert found <= {"heading_open", "paragraph_open", "blockquote_open", "bullet_list_open", "list_item_open",
                         "inline", "text", "softbreak", "strong_open"}  # fmt: skip
    assert text_of(f"- x{escaped(text)}") == f"x{one_line(text)}"


@given(words)
def test_no_reader_finds_an_address_by_itself(text: str) -> None:
    plain = escaped(text)
    assert not re.search(r"https?://|www\.|mailto:|javascript:|<|(?<!\\)@", plain)


@settings(max_examples=20)
@given(st.lists(words, min_size=2, max_size=4), words)
def test_whatever_is_said_the_order_of_the_document_stays(texts: list[str], title: str) -> None:
    usual = [
        token for token in read(to_markdown(exported(dossier(["a"] * len(texts))))) if token.type == "heading_open"
    ]
    markdown = to_markdown(exported(dossier(texts, title=title)))
    found = read(markdown)
    assert {token.type for token in found} <= OURS
    assert [token.tag for token in found if token.type == "heading_open"] == [token.tag for token in usual]
    assert links(markdown) <= {NHS, NICE}


def test_attacks_stay_text_wherever_they_stand(hostile: Export) -> None:
    markdown = to_markdown(hostile)
    assert {token.type for token in read(markdown)} <= OURS
    assert links(markdown) == {NHS, NICE}
    assert "<script>" not in markdown and "https://evil" not in markdown and "\u202e" not in markdown


def test_every_line_of_the_summary_says_from_which_message_it_came(english: Export) -> None:
    markdown = to_markdown(english)
    told = [line for section in english.dossier.soap for line in section.lines if line.turns]
    assert told
    for line in told:
        numbers = ", ".join(map(str, line.turns))
        assert re.search(rf"^- {re.escape(escaped(line.text))} \(message {numbers}\)$", markdown, re.MULTILINE)
    assert f"- [Migraine: How it is treated]({NHS})" in markdown


def test_the_opinion_comes_with_what_moved_it_and_from_which_message(english: Export) -> None:
    markdown = to_markdown(english)
    assert f"- Migraine, 62%, make an appointment [Source]({NHS})" in markdown
    assert "  - **Speaks for it:** nausea (+0.8) (message 2)" in markdown
    assert "  - **Speaks against it:** no fever (-1.2)\n" in markdown
    assert "| Migraine | 62% | ████████████ |" in markdown
    assert "- Subarachnoid haemorrhage, 1%, emergency\n" in markdown, "an address that is none of the web is no link"
    assert "> **see a doctor today**" in markdown
    assert f"A headache that is the worst of a life. [NICE, Headaches]({NICE})" in markdown


def test_a_plan_says_whether_it_is_signed(english: Export) -> None:
    markdown = to_markdown(english)
    assert "> **DRAFT, not signed. Drafted by Airmed, 2026-11-03 09:30 UTC**" in markdown
    assert "> **Signed by Dr Grey on 2026-11-03 11:30 UTC**" in markdown
    assert "> **Not signed: rejected by Dr Grey on 2026-11-03 11:30 UTC**" in markdown
    assert f"- **Medicine:** Naproxen. 500 mg, twice a day. [NICE: Headaches in over 12s]({NICE})" in markdown
    assert "**Draft" not in markdown.split("Signed by")[1].split("Not signed")[0]


def test_a_plan_that_was_altered_is_not_called_signed(english: Export) -> None:
    markdown = to_markdown(replace(english, altered=frozenset({SIGNED.id})))
    assert "**ALTERED since Dr Grey decided on it" in markdown and "Signed by" not in markdown


def test_what_a_program_made_is_marked(english: Export) -> None:
    markdown = to_markdown(english)
    assert "not a medical device" in markdown
    assert "- SYNTHETIC PICTURE: A synthetic chest X-ray (synthetic\\_1\\.png), made after message 1" in markdown
    assert "- PROPOSED MOLECULE: CCO, fit to the goal 0.83" in markdown


def test_people_who_handled_the_case_are_named(english: Export) -> None:
    markdown = to_markdown(english)
    assert "- Dr Grey, 2026-11-03 09:30 UTC: a condition is missing" in markdown
    assert "- 2026-11-03 10:05 UTC: command line, exported\n- 2026-11-03 10:00 UTC: Dr Grey, opened" in markdown


def test_the_conversation_is_whole_and_cited(english: Export) -> None:
    transcript = to_markdown(english).split("## Transcript")[1]
    assert [int(turn) for turn in re.findall(r"\*\*Patient, message (\d+)", transcript)] == [1, 2]
    assert "> I feel sick, BP 118/76. No stiff neck." in transcript
    assert "> This should be seen by a doctor today. Rest in a dark room \\[1\\]." in transcript
    assert f"- \\[1\\] [Migraine: Signs]({NHS})" in transcript


def test_the_words_are_those_of_the_case(chinese: Export) -> None:
    markdown = to_markdown(chinese)
    assert "不是医疗器械" in markdown and "## 可能的情况" in markdown and "草稿，未签署" in markdown
    assert "- **正在服用：** 华法林、布洛芬" in markdown
    assert "（第 1 条消息）" not in markdown and "(第 1 条消息)" in markdown


def test_a_language_without_words_gets_english() -> None:
    assert "## What it could be" in to_markdown(exported(dossier(["a", "b"], language="fr")))


def test_the_same_export_gives_the_same_text(english: Export) -> None:
    assert to_markdown(english) == to_markdown(english)


def test_a_bare_case_is_written_without_empty_parts() -> None:
    bare = dossier(["a"], opinion=None, flags=(), vitals=(), medicines=(), conditions=(), medicine_notes=(), moments=(),
                   age=None, sex="")  # fmt: skip
    titles = re.findall(r"^## (.*)$", to_markdown(exported(bare)), re.MULTILINE)
    assert titles == ["Urgency", "Summary", "Synthetic pictures and molecules", "Transcript"]
