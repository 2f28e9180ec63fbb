"""The patient's page in a real browser, from the greeting to the erasure."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import OpenPage
from tests.web.server import Server

BOX = "#message textarea"
ANSWERS = "#chat .bot .message-content"
PATIENT = "#chat .user .message-content"
CITATIONS = '#chat a[href*="#source-"]'
BANNER = "#banner .banner"
GUIDANCE = "What is a normal blood pressure?"
CHEST_PAIN = "I have crushing chest pain going down my left arm and I am sweating"
SORE_THROAT = "I have had a sore throat and a runny nose for two days"
SECRET = "quokkaline"
MARKUP = (
    "<script>window.hacked = 1</script> <img src=x onerror='window.hacked = 1'> **bold** `<b>`\n"
    "# heading\n\n    indented\n![picture](http://elsewhere.example/x.png) [link](http://elsewhere.example) $$x$$"
)
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SETTLED = """([selector, before]) => document.querySelectorAll(selector).length > before
    && !document.body.classList.contains("answering")"""
# The contrast of WCAG 2: the text's colour against what lies behind it, see-through layers blended.
CONTRAST = """element => {
  const parse = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = ([r, g, b, a], under) => [r, g, b].map((part, i) => part * a + under[i] * (1 - a));
  const light = rgb => rgb.map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const layers = [];
  let seen = 1;
  for (let box = element; box; box = box.parentElement) {
    layers.unshift(parse(getComputedStyle(box).backgroundColor));
    seen *= Number(getComputedStyle(box).opacity);
  }
  const ground = layers.reduce((under, layer) => over(layer, under), [255, 255, 255]);
  const [r, g, b, a] = parse(getComputedStyle(element).color);
  const pair = [light(over([r, g, b, a * seen], ground)), light(ground)].sort((one, other) => other - one);
  return (pair[0] + 0.05) / (pair[1] + 0.05);
}"""
READ = (
    "#header h1",
    "#header p",
    "#header .always",
    "#notice .prose",
    "#sources .hint",
    "#sources details p",
    "#sources details a",
    "#sources summary",
    "#chat .user .message-content p",
    "#chat .bot .message-content p",
    CITATIONS,
    BOX,
    "#send",
    "#new",
    "#erase",
    "footer .show-api",
)


def ask(page: Any, text: str) -> str:
    """Type a message, send it, and wait for the whole answer."""
    before = page.locator(ANSWERS).count()
    page.locator(BOX).fill(text)
    page.locator("#send").click()
    return settled(page, before)


def settled(page: Any, before: int) -> str:
    """The newest answer, once it is complete and there are more than before."""
    page.wait_for_function(SETTLED, arg=[ANSWERS, before])
    return str(page.locator(ANSWERS).last.inner_text())


def greeted(page: Any, words: str = "Hello, I am Airmed") -> None:
    """Wait for the greeting of an empty conversation."""
    page.locator("#chat").get_by_text(words).wait_for()


def banner(page: Any) -> str:
    """The words of the banner."""
    page.locator(BANNER).wait_for()
    return str(page.locator(BANNER).inner_text())


def lines(text: str) -> list[str]:
    """The lines of a text that are not blank, without the space around them."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def in_view(page: Any, selector: str) -> bool:
    """Whether an element lies wholly within what the visitor sees."""
    box, view = page.locator(selector).bounding_box(), page.viewport_size
    if box is None or box["x"] < 0 or box["y"] < 0:
        return False
    return bool(box["x"] + box["width"] <= view["width"] and box["y"] + box["height"] <= view["height"])


def press_until(page: Any, key: str, selector: str) -> None:
    """Press a key until the focus is on an element that the selector names."""
    for _ in range(60):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press(key)
    pytest.fail(f"{key} does not reach {selector}")


def rows_of(server: Server) -> dict[str, set[str]]:
    """The threads that each table of the database knows."""
    with sqlite3.connect(server.data_dir / "airmed.sqlite") as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {table: {row[1] for row in database.execute(f"PRAGMA table_info({table})")} for table in tables}
        found = {}
        for table in tables:
            column = next((name for name in ("thread_id", "thread") if name in columns[table]), None)
            if column:
                found[table] = {str(row[0]) for row in database.execute(f"SELECT {column} FROM {table}")}
        return found


def stored(server: Server) -> bytes:
    """Every byte of the database, its write-ahead log included."""
    return b"".join(path.read_bytes() for path in server.data_dir.glob("airmed.sqlite*"))


def test_greeting_and_notice(open_page: OpenPage) -> None:
    page = open_page()
    greeted(page)
    notice = page.locator("#notice")
    assert notice.is_visible()
    assert "It is not a doctor" in notice.inner_text()
    assert "erase it at any time" in notice.inner_text()
    assert page.locator("#header .always").inner_text() == "In an emergency call 999"
    assert page.locator(BANNER).count() == 0
    assert page.locator("#chat button.example").count() == 4


def test_an_example_is_sent_by_a_click(open_page: OpenPage) -> None:
    page = open_page()
    greeted(page)
    page.locator("#chat").get_by_role("button", name=GUIDANCE).click()
    assert "90/60" in settled(page, 0)


def test_a_citation_opens_its_source(open_page: OpenPage) -> None:
    page = open_page()
    assert "blood pressure" in ask(page, GUIDANCE)
    number = page.locator(CITATIONS).first
    assert number.inner_text() == "1"
    source = page.locator("#source-0-1")
    assert not source.locator("p").first.is_visible()
    number.click()
    source.locator("p").first.wait_for()
    assert "Blood pressure values" in source.locator("summary").inner_text()
    link = source.locator("a")
    assert link.is_visible()
    assert link.get_attribute("href").startswith("https://")
    assert link.inner_text().startswith("Read at the source: ")


def test_earlier_sources_stay_within_reach(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, GUIDANCE)
    ask(page, "What are the symptoms of asthma?")
    page.locator('#chat a[href="#source-0-1"]').first.click()
    page.locator("#source-0-1 p").first.wait_for()
    assert "Blood pressure" in page.locator("#source-0-1 summary").inner_text()
    assert "sthma" in page.locator("#source-1-1 summary").inner_text()


def test_a_tool_is_a_collapsible_step_with_its_time(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, GUIDANCE)
    step = page.locator("#chat .thought-group")
    assert "Searched the guidance" in step.inner_text()
    assert re.search(r"\(\d+(\.\d)?s\)", step.inner_text())
    assert "Blood pressure values" not in step.inner_text()
    step.get_by_role("button").first.click()
    step.get_by_text("Blood pressure values").first.wait_for()


@pytest.mark.parametrize(("locale", "number"), [("en-GB", "999"), ("en-US", "911")])
def test_the_banner_of_an_emergency_stays(open_page: OpenPage, locale: str, number: str) -> None:
    page = open_page(locale)
    assert f"Call {number} now" in ask(page, CHEST_PAIN)
    raised = f"This can be an emergency. Call {number} now."
    assert banner(page) == raised
    assert page.locator(BANNER).get_attribute("role") == "alert"
    assert page.locator(f'{BANNER} a[href="tel:{number}"]').is_visible()
    ask(page, GUIDANCE)
    assert banner(page) == raised
    page.reload()
    assert banner(page) == raised


def test_a_quick_reply_is_sent_by_a_click(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, SORE_THROAT)
    options = page.locator("#chat .options button")
    assert options.count() >= 2
    label = options.last.inner_text()
    options.last.click()
    settled(page, 1)
    assert page.locator(PATIENT).count() == 2
    assert page.locator(PATIENT).last.inner_text() != SORE_THROAT
    assert label not in [option.inner_text() for option in options.all()]


def test_a_reload_keeps_the_conversation_for_this_browser_alone(open_page: OpenPage) -> None:
    page = open_page()
    told = ask(page, SORE_THROAT)
    page.reload()
    page.locator(ANSWERS).wait_for()
    assert page.locator(PATIENT).inner_text() == SORE_THROAT
    assert page.locator(ANSWERS).inner_text() == told
    assert page.locator("#chat .options button").count() >= 2
    other = open_page()
    greeted(other)
    assert SORE_THROAT not in [text.inner_text() for text in other.locator(PATIENT).all()]
    assert other.locator(ANSWERS).count() == 0


def test_a_new_conversation_starts_empty(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, CHEST_PAIN)
    page.locator("#new").click()
    greeted(page)
    page.locator(BANNER).wait_for(state="detached")
    assert page.locator("#sources details").count() == 0
    ask(page, GUIDANCE)
    assert page.locator(PATIENT).count() == 1
    assert page.locator(BANNER).count() == 0


def test_what_is_not_kept_is_on_no_disk(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    before = rows_of(server)
    ask(page, f"{SORE_THROAT}, and my word is {SECRET}")
    page.get_by_role("button", name="Like", exact=True).click()
    page.get_by_text("Thank you, noted.").wait_for()
    assert rows_of(server) == before and SECRET.encode() not in stored(server)
    page.reload()
    page.locator(PATIENT).first.wait_for()  # it is remembered all the same


def test_erasure_leaves_nothing(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    before = {thread for threads in rows_of(server).values() for thread in threads}
    page.locator("#consent input").check()
    page.get_by_text("This conversation is kept now").wait_for()
    ask(page, f"{SORE_THROAT}, and my word is {SECRET}")
    page.get_by_role("button", name="Like", exact=True).click()
    page.get_by_text("Thank you, noted.").wait_for()
    kept = {table for table, threads in rows_of(server).items() if threads - before}
    assert kept == {"checkpoints", "writes", "consents", "cases", "answer_feedback"}
    assert SECRET.encode() not in stored(server)
    page.locator("#erase").click()
    page.get_by_text("has been erased").wait_for()
    greeted(page)
    assert {thread for threads in rows_of(server).values() for thread in threads} <= before
    page.reload()
    greeted(page)
    assert page.locator(PATIENT).count() == 0


def test_a_kept_conversation_can_be_gone_back_to(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#consent input").check()
    page.get_by_text("This conversation is kept now").wait_for()
    ask(page, SORE_THROAT)
    page.locator("#new").click()
    greeted(page)
    page.locator("#before input").click()
    page.get_by_role("option").first.click()
    page.locator(PATIENT).first.wait_for()
    assert page.locator("#consent input").is_checked()
    with page.expect_download() as waiting:
        page.locator("#take").click()
    held = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert SORE_THROAT in json.dumps(held)
    page.locator("#erase").click()
    greeted(page)


def test_a_like_is_kept_with_the_number_of_the_answer(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    page.locator("#consent input").check()
    page.get_by_text("This conversation is kept now").wait_for()
    ask(page, GUIDANCE)
    ask(page, "thank you")
    page.get_by_role("button", name="Dislike", exact=True).last.click()
    page.get_by_text("Thank you, noted.").wait_for()
    with sqlite3.connect(server.data_dir / "airmed.sqlite") as database:
        assert database.execute("SELECT answer, liked FROM answer_feedback ORDER BY given_at DESC").fetchone() == (1, 0)
    page.locator("#erase").click()
    greeted(page)


def test_chinese(open_page: OpenPage) -> None:
    page = open_page("zh-CN")
    greeted(page, "您好，我是 Airmed")
    labels = {"#send": "发送", "#new": "新对话", "#erase": "清除我的数据"}
    assert {selector: page.locator(selector).inner_text() for selector in labels} == labels
    assert "它不是医生" in page.locator("#notice").inner_text()
    assert page.locator(BOX).get_attribute("placeholder") == "请描述哪里不舒服，或提一个健康问题"
    assert page.get_by_role("textbox", name="您的消息").count() == 1
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert "偏头痛" in ask(page, "偏头痛怎么治疗？")
    assert "已查阅资料" in page.locator("#chat .thought-group").inner_text()
    page.locator(CITATIONS).first.click()
    page.locator("#source-0-1 a").get_by_text("查看原文").wait_for()
    assert "120" in ask(page, "我胸口压榨样疼痛，疼到左臂，还出冷汗")
    assert "120" in banner(page)


def test_chinese_of_other_places_has_chinese_buttons_too(open_page: OpenPage) -> None:
    page = open_page("zh-HK")
    greeted(page, "您好")
    assert page.locator("#send").inner_text() == "发送"
    assert "999" in page.locator("#header .always").inner_text()
    assert page.evaluate("document.documentElement.lang") == "zh-HK"


def test_phone(open_page: OpenPage) -> None:
    page = open_page("en-US", **PHONE)
    greeted(page)
    assert in_view(page, BOX)
    assert in_view(page, "#send")
    ask(page, CHEST_PAIN)
    assert "911" in banner(page)
    for place in ("0", "document.documentElement.scrollHeight"):
        page.evaluate(f"window.scrollTo(0, {place})")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]  # type: ignore[index]
        assert in_view(page, BANNER)
    page.locator(BOX).scroll_into_view_if_needed()
    assert in_view(page, BOX)
    assert in_view(page, "#send")
    page.locator("#erase").scroll_into_view_if_needed()
    assert in_view(page, "#erase")


def test_a_long_conversation_scrolls_within_the_chat(open_page: OpenPage) -> None:
    page = open_page()
    for question in (GUIDANCE, "What are the symptoms of asthma?", CHEST_PAIN):
        ask(page, question)
    assert in_view(page, BOX)
    assert in_view(page, "#send")
    assert in_view(page, BANNER)
    assert page.evaluate("document.documentElement.scrollHeight") <= 900


def test_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page()
    greeted(page)
    page.evaluate("document.activeElement.blur()")
    press_until(page, "Tab", BOX)
    page.keyboard.type(GUIDANCE)
    page.keyboard.press("Enter")
    settled(page, 0)
    press_until(page, "Shift+Tab", CITATIONS)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.locator("#sources details[open] p").first.wait_for()
    assert page.evaluate("document.activeElement.closest('details').open")
    press_until(page, "Tab", "#sources details[open] a")
    press_until(page, "Tab", "#new")


def test_roles(open_page: OpenPage) -> None:
    page = open_page()
    greeted(page)
    log = page.get_by_role("log")
    assert log.get_attribute("aria-live") == "polite"
    assert page.get_by_role("heading", level=1).inner_text() == "Airmed"
    assert page.get_by_role("textbox", name="Your message").count() == 1
    for name in ("Send", "New conversation", "Erase my data"):
        assert page.get_by_role("button", name=name, exact=True).count() == 1
    ask(page, CHEST_PAIN)
    assert page.get_by_role("alert").filter(has_text="999").count() == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("   ", "Please write a message first."),
        ("a b " * 25_000, "The message has 99999 characters; please shorten it to 4000."),
    ],
)
def test_a_message_that_cannot_be_sent_is_kept(open_page: OpenPage, text: str, told: str) -> None:
    page = open_page()
    greeted(page)
    page.locator(BOX).fill(text)
    page.locator("#send").click()
    page.get_by_test_id("toast-text").wait_for()
    assert page.get_by_test_id("toast-text").all_inner_texts() == [told]
    page.wait_for_function("!document.body.classList.contains('answering')")
    assert page.locator(BOX).input_value() == text
    assert page.locator(PATIENT).count() == 0
    assert "normal blood pressure" in ask(page, GUIDANCE)


def test_markup_in_a_message_is_text(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, MARKUP)
    ask(page, f"I have had a cough for two days {MARKUP}")
    ask(page, "Summarise what I told you for my doctor")
    page.reload()
    page.locator(ANSWERS).nth(2).wait_for()
    assert lines(page.locator(PATIENT).first.inner_text()) == lines(MARKUP)
    assert "<img src=x onerror='window.hacked = 1'>" in page.locator(ANSWERS).last.inner_text()
    assert page.locator("#chat .message-content :is(script, img, h1, code, pre, .katex)").count() == 0
    assert page.locator('#chat a[href*="elsewhere"], #sources a[href*="elsewhere"]').count() == 0
    assert page.evaluate("window.hacked") is None


def test_an_answer_can_be_stopped(open_page: OpenPage) -> None:
    page = open_page()
    greeted(page)
    assert not page.locator("#stop").is_visible()
    page.locator(BOX).fill(GUIDANCE)
    page.locator("#send").click()
    page.locator("#stop").click()
    page.locator("#stop").wait_for(state="hidden")
    page.locator(BOX).fill("What are the symptoms of asthma?")
    page.locator("#send").click()
    page.locator(ANSWERS).filter(has_text="wheeze").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_read_stands_out(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    ask(page, GUIDANCE)
    page.locator(CITATIONS).first.click()
    page.mouse.move(0, 0)
    ask(page, SORE_THROAT)
    page.locator("#sources summary").first.click()
    page.wait_for_timeout(500)  # colours fade in
    assert page.evaluate("document.body.classList.contains('dark')") == (scheme == "dark")
    weak = {name: ratio for name in READ if (ratio := page.locator(name).last.evaluate(CONTRAST)) < 4.5}
    assert weak == {}
    options = page.locator("#chat .options button").first.evaluate(CONTRAST)
    ask(page, CHEST_PAIN)
    assert min(options, page.locator(BANNER).evaluate(CONTRAST)) >= 4.5
