"""The patient's page: a conversation, its sources beside it, and a banner that stays while the case is urgent."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from assistant.doctor import check_message
from assistant.errors import AirmedError, InputError
from assistant.events import Answered, Said, ToolFinished, ToolStarted, UrgencyFound
from assistant.locales import DEFAULT, Locale, languages, locale, region_of
from assistant.visit import Visit, answer_language
from assistant.web import view
from assistant.web.desk import Desk, is_key, new_key
from knowledge.red_flags import Level

EXAMPLES = ("example_1", "example_2", "example_3", "example_4")
BUTTONS = ("send", "stop", "new", "erase")
MARK = (
    '<svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round">'
    '<path d="M12 4v16M4 12h16"/></svg>'
)
ANSWERING = "() => document.body.classList.{}('answering')"  # the style sheet shows the stop button by it
log = logging.getLogger(__name__)
Update = tuple[Any, ...]


def patient_page(demo: gr.Blocks, desk: Desk) -> None:
    """Build the page inside a demo; its words come when a visitor's browser has told the language."""
    page = PatientPage(desk)
    thread = gr.BrowserState("", storage_key="airmed", secret=desk.browser_secret)
    header = gr.HTML(elem_id="header")
    banner = gr.HTML(elem_id="banner")
    with gr.Row(elem_id="columns"):
        with gr.Column(scale=3, min_width=320):
            chat = gr.Chatbot(
                elem_id="chat",
                show_label=False,
                buttons=["copy"],
                allow_tags=False,
                latex_delimiters=[],
                placeholder=" ",
                layout="bubble",
                watermark="Airmed: AI generated, not medical advice",
            )
            with gr.Row(elem_id="composer"):
                box = gr.Textbox(
                    elem_id="message",
                    show_label=False,
                    lines=1,
                    max_lines=6,
                    scale=6,
                    autofocus=True,
                    max_length=100_000,
                )
                send = gr.Button("", variant="primary", scale=1, min_width=90, elem_id="send")
                stop = gr.Button("", scale=1, min_width=70, elem_id="stop")
        with gr.Column(scale=2, min_width=280, elem_id="side"):
            notice = gr.HTML(elem_id="notice")
            sources = gr.HTML(elem_id="sources")
            with gr.Row():
                new = gr.Button("", elem_id="new")
                erase = gr.Button("", variant="stop", elem_id="erase")
    shown = [chat, box, banner, sources, thread]
    asked = [box, thread]
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    at_once = {"concurrency_limit": desk.settings.visitors, "concurrency_id": "doctor"}
    begins = [box.submit, send.click, chat.option_select, chat.example_select]
    gr.on(begins, None, js=ANSWERING.format("add"), api_visibility="private")
    answering = [
        gr.on([box.submit, send.click], page.answer, asked, shown, **private, **at_once),
        chat.option_select(page.choose, [thread], shown, **private, **at_once),
        chat.example_select(page.try_example, [thread], shown, **private, **at_once),
    ]
    for event in answering:
        event.then(None, js=ANSWERING.format("remove"), api_visibility="private")
    stop.click(None, cancels=answering, api_visibility="private")
    new.click(page.start_again, [thread], shown, **private)
    erase.click(page.forget, [thread], shown, **private)
    chat.like(page.feedback, [thread], None, **private)
    demo.load(page.open, [thread], [header, notice, send, stop, new, erase, *shown], **private)


class PatientPage:
    """What happens on the page; every handler gives the chat, the message box, the banner, the sources, the thread."""

    def __init__(self, desk: Desk) -> None:
        """Take the desk that the page stands at."""
        self.desk = desk

    def open(self, thread: str, request: gr.Request) -> Update:
        """The page as a visitor finds it, with the conversation that the browser holds the key of."""
        language, country = circumstances(request, self.desk)
        words, visit = locale(language), Visit(language, country)
        notice = escape(f"{words.page['notice']} {words.page['privacy']}")
        buttons = [gr.Button(words.page[name]) for name in BUTTONS]
        box = gr.Textbox(label=words.page["message"], placeholder=words.page["placeholder"])
        return _header(words, visit), notice, *buttons, *self._show(thread, visit, box)

    def answer(self, message: str, thread: str, request: gr.Request) -> Iterator[Update]:
        """Answer what was typed, piece by piece."""
        language, country = circumstances(request, self.desk)
        visit = Visit(answer_language(message, language), country)
        try:
            text = check_message(message, visit)
        except InputError as error:
            gr.Warning(str(error))
            yield (gr.skip(),) * 5
            return
        try:
            yield from self._stream(text, thread, visit, locale(language))
        except AirmedError as error:
            gr.Warning(str(error))
            yield gr.skip(), message, gr.skip(), gr.skip(), gr.skip()
        except Exception as error:
            log.error("a message could not be answered: %s", type(error).__name__)
            gr.Warning(locale(language).page["broken"])
            yield gr.skip(), message, gr.skip(), gr.skip(), gr.skip()

    def choose(self, thread: str, chosen: gr.SelectData, request: gr.Request) -> Iterator[Update]:
        """A quick reply is a message like any other."""
        yield from self.answer(str(chosen.value), thread, request)

    def try_example(self, thread: str, chosen: gr.SelectData, request: gr.Request) -> Iterator[Update]:
        """An example is a message like any other."""
        yield from self.answer(str(chosen.value["text"]), thread, request)

    def start_again(self, thread: str, request: gr.Request) -> Update:
        """A new thread; the old one, to which nobody would hold the key any longer, is forgotten."""
        self.desk.erase(thread)
        return self._show("", Visit(*circumstances(request, self.desk)))

    def forget(self, thread: str, request: gr.Request) -> Update:
        """Forget everything of the thread, then start again."""
        visit = Visit(*circumstances(request, self.desk))
        self.desk.erase(thread)
        gr.Info(locale(visit.language).page["erased"])
        return self._show("", visit)

    def feedback(self, thread: str, given: gr.LikeData, request: gr.Request) -> None:
        """Keep a like or dislike of an answer."""
        number = view.answer_number(self.desk.conversation(thread).turns, given.value)
        if number is not None:
            self.desk.feedback.give(thread, number, bool(given.liked))
            gr.Info(locale(circumstances(request, self.desk)[0]).page["feedback_thanks"])

    def _show(self, thread: str, visit: Visit, box: gr.Textbox | str = "") -> Update:
        """A conversation at rest."""
        conversation = self.desk.conversation(thread)
        words = locale(visit.language)
        chat = gr.Chatbot(
            value=view.messages(conversation.turns),
            label=words.page["chat_label"],
            placeholder=f"## {words.page['welcome']}",
            examples=[{"text": words.page[name]} for name in EXAMPLES],
        )
        level = conversation.urgency
        return chat, box, view.banner(level, visit, words.page), view.sources(conversation, words), thread

    def _stream(self, text: str, thread: str, visit: Visit, words: Locale) -> Iterator[Update]:
        """The conversation while the doctor answers."""
        before = self.desk.conversation(thread)  # at once for a new one, even while the doctor is being opened
        thread = thread if is_key(thread) else new_key()
        number = sum(turn.answer is not None for turn in before.turns)
        shown = [*view.messages(before.turns), view.user_message(text)]
        for message in shown:
            message.pop("options", None)
        level: Level | None = before.urgency
        yield shown, "", gr.skip(), gr.skip(), thread
        written = ""
        for event in self.desk.doctor.stream(text, thread, visit):
            match event:
                case UrgencyFound():
                    level = event.level
                    yield gr.skip(), gr.skip(), view.banner(level, visit, words.page), gr.skip(), gr.skip()
                    continue
                case ToolStarted():
                    shown.append(view.step_message(words.page[f"tool_{event.tool}"]))
                case ToolFinished():
                    title = words.page[f"tool_{event.tool}"]
                    shown[-1] = view.step_message(title, event.found, event.seconds)
                case Said():
                    if not written:
                        shown.append({})
                    written += event.text
                    shown[-1] = view.answer_message(written, None, number)
                case Answered():
                    shown[-1] = view.answer_message(event.text, event, number)
            yield shown, gr.skip(), gr.skip(), gr.skip(), gr.skip()
        sources = view.sources(self.desk.conversation(thread), words)
        yield shown, gr.skip(), view.banner(level, visit, words.page), sources, thread


def circumstances(request: gr.Request, desk: Desk) -> tuple[str, str]:
    """The language and the country of a visitor, from the browser's own header and the settings."""
    header = request.headers.get("accept-language", "") if request else ""
    first = header.partition(",")[0].partition(";")[0].partition("-")[0].strip().lower()
    return first if first in languages() else DEFAULT, desk.settings.region or region_of(header)


def _header(words: Locale, visit: Visit) -> str:
    title, tagline = escape(words.page["title"]), escape(words.page["tagline"])
    always = view.call_for_help(words.page["always"], visit)
    name = f'<div class="mark">{MARK}</div><div><h1>{title}</h1><p>{tagline}</p></div>'
    return f'{name}<div class="always">{always}</div>'
