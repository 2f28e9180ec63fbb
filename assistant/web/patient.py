"""The patient's page: a conversation, its sources beside it, and a banner that stays while the case is urgent."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from html import escape
from typing import Any, NamedTuple

import gradio as gr

from assistant.doctor import Conversation, check_message
from assistant.errors import AirmedError
from assistant.events import UrgencyFound
from assistant.locales import DEFAULT, Locale, languages, locale, region_of
from assistant.records.consents import thread_of
from assistant.visit import Visit, answer_language
from assistant.web import keeping, view
from assistant.web.desk import Desk, is_key, new_key
from assistant.web.download import downloads
from assistant.web.keeping import keys_of
from assistant.web.limits import address_of
from assistant.web.opinion import last_opinion, opinion_panel
from assistant.web.telling import telling
from assistant.web.transcript import Transcript
from knowledge.red_flags import Level

EXAMPLES = ("example_1", "example_2", "example_3", "example_4")
BUTTONS = ("send", "stop", "new", "download_data", "erase")
ANSWERING = "() => document.body.classList.{}('answering')"  # the style sheet shows the stop button by it
log = logging.getLogger(__name__)
KEEP = gr.skip()


class Shown(NamedTuple):
    """What a handler changes on the page; what it does not name stays as it is."""

    chat: Any = KEEP
    box: Any = KEEP
    banner: Any = KEEP
    sources: Any = KEEP
    thread: Any = KEEP
    opinion: Any = KEEP
    told: Any = KEEP
    consent: Any = KEEP
    before: Any = KEEP
    keys: Any = KEEP


def patient_page(demo: gr.Blocks, desk: Desk) -> None:
    """Build the page inside a demo; its words come when a visitor's browser has told the language."""
    page = PatientPage(desk)
    thread = gr.BrowserState("", storage_key="airmed", secret=desk.browser_secret)
    keys = gr.BrowserState([], storage_key="airmed-kept", secret=desk.browser_secret)
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
            queue = gr.HTML(elem_id="queue")
        with gr.Column(scale=2, min_width=280, elem_id="side"):
            notice = gr.HTML(elem_id="notice")
            consent = gr.Checkbox(elem_id="consent", interactive=True)
            opinion = gr.HTML(elem_id="opinion")
            told = gr.CheckboxGroup(elem_id="told", visible=False)
            sources = gr.HTML(elem_id="sources")
            before = gr.Dropdown([], elem_id="before", visible=False, interactive=True)
            with gr.Row():
                new = gr.Button("", elem_id="new", min_width=120)
                take = gr.Button("", elem_id="take", min_width=120)
                erase = gr.Button("", variant="stop", elem_id="erase", min_width=120)
    shown = [chat, box, banner, sources, thread, opinion, told, consent, before, keys]
    asked = [box, thread]
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    at_once: dict[str, Any] = {
        "api_visibility": "private",
        "concurrency_limit": desk.settings.visitors,
        "concurrency_id": "doctor",
        "show_progress": "minimal",  # the place in the queue, for who has to wait
        "show_progress_on": queue,
    }
    begins = [box.submit, send.click, chat.option_select, chat.example_select, told.input]
    gr.on(begins, None, js=ANSWERING.format("add"), api_visibility="private")
    answering = [
        gr.on([box.submit, send.click], page.answer, asked, shown, **at_once),
        chat.option_select(page.choose, [thread], shown, **at_once),
        chat.example_select(page.try_example, [thread], shown, **at_once),
        told.input(page.correct, [told, thread], shown, **at_once),
    ]
    for event in answering:
        event.then(None, js=ANSWERING.format("remove"), api_visibility="private")
    stop.click(None, cancels=answering, api_visibility="private")
    consent.input(page.consent, [consent, thread, keys], [thread, consent], **private)
    before.input(page.go_back, [before, thread, keys], shown, **private)
    new.click(page.start_again, [thread, keys], shown, **private)
    downloads(take, page.take_along, [thread, keys])
    erase.click(page.forget, [thread, keys], shown, **private)
    chat.like(page.feedback, [thread], None, **private)
    demo.load(page.open, [thread, keys], [header, notice, queue, send, stop, new, take, erase, *shown], **private)


class PatientPage:
    """What happens on the page."""

    def __init__(self, desk: Desk) -> None:
        """Take the desk that the page stands at."""
        self.desk = desk

    def open(self, thread: str, keys: list[str], request: gr.Request) -> tuple[Any, ...]:
        """The page as a visitor finds it, with the conversation that the browser holds the key of."""
        language, country = circumstances(request, self.desk)
        words, visit = locale(language), Visit(language, country)
        if is_key(thread):
            self.desk.doctor.finish(thread, visit)
        notice = escape(f"{words.page['notice']} {words.page['privacy']}")
        buttons = [gr.Button(words.page[name]) for name in BUTTONS]
        box = gr.Textbox(label=words.page["message"], placeholder=words.page["placeholder"])
        queue = f'<p hidden role="status" data-words="{escape(words.page["queue_place"])}"></p>'
        return view.head(words.page, visit), notice, queue, *buttons, *self._show(thread, keys_of(keys), visit, box)

    def answer(self, message: str, thread: str, request: gr.Request) -> Iterator[Shown]:
        """Answer what was typed, piece by piece."""
        language, country = circumstances(request, self.desk)
        visit = Visit(answer_language(message, language), country)
        yield from self._guarded(message, thread, visit, language, request)

    def correct(self, ticked: list[str], thread: str, request: gr.Request) -> Iterator[Shown]:
        """Take what the patient ticked or unticked as a message that puts it right."""
        visit = Visit(*circumstances(request, self.desk))
        changed = view.changed(self.desk.conversation(thread).turns, ticked)
        if changed:
            message = view.correction(changed, visit)
            yield from self._guarded(message, thread, visit, visit.language, request, changed)

    def _guarded(
        self,
        message: str,
        thread: str,
        visit: Visit,
        page: str,
        request: gr.Request,
        corrections: dict[str, bool] | None = None,
    ) -> Iterator[Shown]:
        """The answer; what goes wrong is one sentence, and what was typed stands in the box again."""
        words, kept = locale(page), KEEP
        address = address_of(request, self.desk.settings.trust_proxy)
        try:
            text = check_message(message, visit)
            self.desk.pace.message(thread, address, words.page)
            with self.desk.pace.answering(address, words.page):
                kept = "" if corrections else message  # the box is emptied when the answer begins
                yield from self._stream(text, thread, visit, words, corrections)
        except AirmedError as error:
            gr.Warning(escape(str(error)))
            yield Shown(box=kept)
        except Exception as error:
            log.error("a message could not be answered: %s", type(error).__name__)
            gr.Warning(words.page["broken"])
            yield Shown(box=kept)

    def choose(self, thread: str, chosen: gr.SelectData, request: gr.Request) -> Iterator[Shown]:
        """A quick reply is a message like any other."""
        yield from self.answer(str(chosen.value), thread, request)

    def try_example(self, thread: str, chosen: gr.SelectData, request: gr.Request) -> Iterator[Shown]:
        """An example is a message like any other."""
        yield from self.answer(str(chosen.value["text"]), thread, request)

    def consent(self, agrees: bool, thread: str, keys: list[str], request: gr.Request) -> tuple[Any, Any]:
        """Keep the conversation, or no longer."""
        visit = Visit(*circumstances(request, self.desk))
        with telling(locale(visit.language).page["broken"]):
            thread = keeping.decide(bool(agrees), thread, visit, self.desk)
        return thread, keeping.shown(thread, keys_of(keys), visit, self.desk).consent

    def go_back(self, key: str, thread: str, keys: list[str], request: gr.Request) -> Shown:
        """Another conversation that the patient kept."""
        visit = Visit(*circumstances(request, self.desk))
        held = keys_of(keys)
        if key not in held:
            return Shown()
        return self._show(key, keeping.set_aside(thread, held, self.desk), visit)

    def start_again(self, thread: str, keys: list[str], request: gr.Request) -> Shown:
        """A new thread; the old one is held on to where it is kept, and forgotten where it is not."""
        held = keeping.set_aside(thread, keys_of(keys), self.desk)
        return self._show("", held, Visit(*circumstances(request, self.desk)))

    def take_along(self, thread: str, keys: list[str], request: gr.Request) -> str | None:
        """Everything that is known of the visitor, as a file."""
        with telling(locale(circumstances(request, self.desk)[0]).page["broken"]):
            return keeping.data_file(thread, keys_of(keys), self.desk)
        return None

    def forget(self, thread: str, keys: list[str], request: gr.Request) -> Shown:
        """Forget everything of the visitor, then start again."""
        visit = Visit(*circumstances(request, self.desk))
        keeping.forget_all(thread, keys_of(keys), self.desk)
        gr.Info(locale(visit.language).page["erased"])
        return self._show("", [], visit)

    def feedback(self, thread: str, given: gr.LikeData, request: gr.Request) -> None:
        """Keep a like or dislike of an answer."""
        number = view.answer_number(self.desk.conversation(thread).turns, given.value)
        if number is not None:
            if self.desk.doctor.agreed(thread):  # nothing is kept of the others
                self.desk.records.feedback.give(thread_of(thread), number, bool(given.liked))
            gr.Info(locale(circumstances(request, self.desk)[0]).page["feedback_thanks"])

    def _show(self, thread: str, keys: list[str], visit: Visit, box: gr.Textbox | str = "") -> Shown:
        """A conversation at rest."""
        conversation = self.desk.conversation(thread)
        words = locale(visit.language)
        chat = gr.Chatbot(
            value=view.messages(conversation.turns, words.page),
            label=words.page["chat_label"],
            placeholder=f"## {words.page['welcome']}",
            examples=[{"text": words.page[name]} for name in EXAMPLES],
        )
        return Shown(
            chat,
            box,
            view.banner(conversation.urgency, visit, words.page),
            view.sources(conversation, words),
            thread,
            *self._side(conversation, words),
            *keeping.shown(thread, keys, visit, self.desk),
        )

    def _side(self, conversation: Conversation, words: Locale) -> tuple[str, gr.CheckboxGroup]:
        """The opinion beside the chat, and what it understood, to be put right."""
        opinion = last_opinion(conversation)
        told = opinion.told if opinion else ()
        choices = gr.CheckboxGroup(
            choices=[(entry.name, entry.id) for entry in told],
            value=[entry.id for entry in told if entry.there],
            visible=bool(told),
            label=words.page["opinion_told"],
            info=words.page["opinion_told_hint"],
        )
        return opinion_panel(opinion, words), choices

    def _stream(
        self, text: str, thread: str, visit: Visit, words: Locale, corrections: dict[str, bool] | None
    ) -> Iterator[Shown]:
        """The conversation while the doctor answers."""
        before = self.desk.conversation(thread)  # at once for a new one, even while the doctor is being opened
        thread = thread if is_key(thread) else new_key()
        transcript = Transcript(before.turns, text, words.page)
        level: Level | None = before.urgency
        yield Shown(transcript.messages, "", thread=thread)
        for event in self.desk.metrics.watch(self.desk.doctor.stream(text, thread, visit, corrections)):
            if isinstance(event, UrgencyFound):
                level = event.level
                yield Shown(banner=view.banner(level, visit, words.page))
            else:
                transcript.add(event)
                yield Shown(transcript.messages)
        after = self.desk.conversation(thread)
        banner, sources = view.banner(level, visit, words.page), view.sources(after, words)
        yield Shown(transcript.messages, KEEP, banner, sources, thread, *self._side(after, words))


def circumstances(request: gr.Request, desk: Desk) -> tuple[str, str]:
    """The language and the country of a visitor, from the browser's own header and the settings."""
    header = request.headers.get("accept-language", "") if request else ""
    first = header.partition(",")[0].partition(";")[0].partition("-")[0].strip().lower()
    return first if first in languages() else DEFAULT, desk.settings.region or region_of(header)
