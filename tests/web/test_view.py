"""What the page is made of, without a browser."""

from __future__ import annotations

import pytest

from assistant.doctor import Conversation, Turn
from assistant.events import Answered, Pictured, Said, ToolFinished, ToolStarted
from assistant.locales import languages, locale
from assistant.safety.evidence import Citation, PictureShown
from assistant.visit import Visit
from assistant.web import view
from assistant.web.transcript import Transcript

PAGE = locale("en").page
CITATION = Citation(
    id="a#1", name="<Gout>", text="One.\n\nTwo & <b>", publisher="NHS", url="https://example.org/?a=1&b=2"
)


def answered(text: str, **more: object) -> Turn:
    return Turn("assistant", text, Answered.model_validate({"text": text, **more}))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Rest. [2]", "Rest. [2](#source-3-2)"),
        ("One. [1] Two. [12]", "One. [1](#source-3-1) Two. [12](#source-3-12)"),
        ("<img src=x> & co", "&lt;img src=x&gt; &amp; co"),
        ("![x](http://a.example)", r"![x]\(http\://a.example)"),
        ("`code` www.a.example", r"\`code\` www\.a.example"),
        ("**When to get help:**\n- Now", "**When to get help:**\n- Now"),
    ],
)
def test_only_numbers_become_links(text: str, shown: str) -> None:
    assert view.linked(text, 3) == shown


def test_the_patient_writes_no_markup() -> None:
    assert view.user_message("**a** <b>\n    1. c")["content"] == "\\*\\*a\\*\\* \\<b\\>\n1\\. c"
    assert view.user_message("头疼，3天了")["content"] == "头疼，3天了"


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("level", ["emergency", "crisis", "urgent"])
def test_every_number_of_the_banner_can_be_dialled(language: str, level: view.Level) -> None:
    shown = view.banner(level, Visit(language, "ie"), locale(language).page)
    assert 'role="alert"' in shown
    assert '<a href="tel:112">112</a> or <a href="tel:999">999</a>' in shown
    assert "{" not in shown


def test_no_banner_without_urgency() -> None:
    assert view.banner(None, Visit(), locale("en").page) == ""


def test_sources_are_text_and_the_last_come_first() -> None:
    turns = (answered("First [1]", citations=[CITATION]), answered("None"), answered("Last [1]", citations=[CITATION]))
    shown = view.sources(Conversation(turns, None), locale("en"))
    assert "&lt;Gout&gt;" in shown
    assert "<p>One.</p><p>Two &amp; &lt;b&gt;</p>" in shown
    assert 'href="https://example.org/?a=1&amp;b=2"' in shown
    assert shown.index("source-2-1") < shown.index('class="earlier"') < shown.index("source-0-1")


def test_an_address_that_is_none_is_no_link() -> None:
    turn = answered("x [1]", citations=[CITATION.model_copy(update={"url": "javascript:alert(1)"})])
    assert "<a " not in view.sources(Conversation((turn,), None), locale("en"))


def test_an_answer_is_known_by_what_the_page_shows() -> None:
    turns = [Turn("user", "a"), answered("Yes. [1]"), Turn("user", "b"), answered("No. [1]"), answered("Yes. [1]")]
    assert view.answer_number(turns, ["- a step", "No. [1](#source-1-1)"]) == 1
    assert view.answer_number(turns, "Yes. [1](#source-2-1)") == 2
    assert view.answer_number(turns, ["something else"]) is None
    assert view.answer_number(turns, None) is None


def test_quick_replies_are_offered_after_the_last_message_only() -> None:
    asked = answered("How bad?", options={"Mild": "It is mild."})
    assert view.messages([asked], PAGE)[0]["options"] == [{"label": "Mild", "value": "It is mild."}]
    assert "options" not in view.messages([asked, Turn("user", "It is mild.")], PAGE)[0]


def test_a_picture_stands_in_the_page_itself_with_its_caption() -> None:
    picture = PictureShown(name="0", caption="Chest CT, <malignant>", file="a.png")
    turn = Turn("assistant", "Here.", Answered(text="Here.", pictures=(picture,)), ((picture, b"png"),))
    gallery, answer = view.messages([turn], PAGE)
    shown = gallery["content"].value
    assert answer["content"] == "Here."
    assert 'src="data:image/png;base64,cG5n"' in shown and 'download="a.png"' in shown
    assert "Chest CT, &lt;malignant&gt;" in shown and "<malignant>" not in shown


def test_pictures_appear_where_they_are_awaited() -> None:
    picture = PictureShown(name="0", caption="Chest CT", file="a.png")
    transcript = Transcript((), "draw", PAGE)
    transcript.add(ToolStarted(tool="generate_image", call="1"))
    for number in range(2):
        transcript.add(Pictured(picture=picture, number=number, count=3, png=b"png"))
    gallery = transcript.messages[2]["content"].value
    assert gallery.count("<img") == 2 and gallery.count("coming") == 1
    transcript.add(ToolFinished(tool="generate_image", call="1", seconds=1))
    transcript.add(Said(text="Here."))
    assert [message["content"] for message in transcript.messages[::3]] == ["draw", "Here."]
    assert transcript.messages[1]["metadata"]["status"] == "done"
