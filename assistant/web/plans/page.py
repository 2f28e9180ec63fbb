"""Where everything stands on the clinician's page, and what sets off what."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import gradio as gr

from assistant.locales import DEFAULT, locale
from assistant.visit import Visit
from assistant.web.desk import Desk
from assistant.web.download import downloads
from assistant.web.patient import circumstances
from assistant.web.plans.form import CHOICES, Form
from assistant.web.plans.handlers import Bench, PlansPage, Seen
from assistant.web.plans.review import COLUMNS, DETAIL, KEEP, Words
from assistant.web.view import head

KEPT = 3600  # seconds for which what lies on a bench is kept
AGAIN = 10  # seconds after which the lists are looked at again
WIDTHS = ["10%", "12%", "15%", "25%", "9%", "15%", "14%"]
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


class Entrance(NamedTuple):
    """Where a clinician signs in."""

    name: gr.Textbox
    password: gr.Textbox
    enter: gr.Button


class Buttons(NamedTuple):
    """What a clinician presses, in the order of its words."""

    sign_out: gr.Button
    upload: gr.UploadButton
    draft: gr.Button
    empty: gr.Button
    sign: gr.Button
    reject: gr.Button
    fhir: gr.Button


def plans_page(demo: gr.Blocks, desk: Desk) -> None:
    """Build the page inside a route; its words come when a visitor's browser has told the language."""
    page = PlansPage(desk)
    top, notice = gr.HTML(elem_id="header"), gr.HTML(elem_id="notice")
    token = gr.BrowserState("", storage_key="airmed-clinician", secret=desk.browser_secret)
    with gr.Column(elem_id="entrance") as outside:
        told = gr.HTML()
        entrance = Entrance(gr.Textbox(), gr.Textbox(type="password"), gr.Button(variant="primary"))
    with gr.Column(visible=False, elem_id="clinic") as inside:
        with gr.Row(elem_id="signed-in"):
            who, sign_out = gr.HTML(), gr.Button(size="sm", min_width=100, scale=0)
        with gr.Row(elem_id="bench"):
            with gr.Column(scale=2, min_width=300):
                waiting, record, form, filling = _records()
            with gr.Column(scale=5, min_width=340):
                summary, changed = gr.HTML(elem_id="summary"), gr.HTML(elem_id="changed")
                with gr.Column(visible=False) as drafted:
                    choice, lines, note, deciding, reasons = _bench()
        decided = gr.HTML(elem_id="decided")
    bench = gr.State(Bench(), time_to_live=KEPT)
    given = (drafted, summary, changed, choice, lines, note, reasons, decided)
    seen = Seen(outside, inside, token, entrance.password, who, waiting, bench, *given)
    buttons = Buttons(sign_out, *filling, *deciding)
    _wire_entrance(page, entrance, buttons, seen, form)
    _wire_bench(page, buttons, seen, form)
    labelled: list[Any] = [top, notice, told, record, *entrance, *buttons, *form, waiting, choice, lines, note]

    def words_of(request: gr.Request) -> list[Any]:
        visit = Visit(*circumstances(request, desk))
        words = locale(visit.language).clinic
        told = [escape(words[name]) for name in ("notice", "signed_out")]
        record = f"<h2>{escape(words['record'])}</h2><p>{escape(words['record_hint'])}</p>"
        return [head(words, visit), *told, record, *_labels(words)]

    demo.load(words_of, None, labelled, **PRIVATE)
    demo.load(page.open, token, [*seen, *form], **PRIVATE)


def _records() -> tuple[gr.Radio, gr.HTML, Form, tuple[gr.Button, ...]]:
    """The plans that wait, and the record of the one on the bench as a form."""
    words = locale(DEFAULT).clinic
    waiting = gr.Radio([], elem_id="waiting")
    record = gr.HTML(elem_id="record")
    upload = gr.UploadButton(file_types=[".json", ".vcf"], type="filepath", size="sm")
    with gr.Row():
        age, sex = gr.Number(min_width=90), gr.Dropdown(_choices("sex", words), value="", min_width=120)
    with gr.Row():
        truths = [gr.Dropdown(_choices(name, words), value="", min_width=120) for name in ("pregnant", "breastfeeding")]
    with gr.Row():
        sizes = [gr.Number(min_width=90), gr.Number(min_width=90)]
    child_pugh = gr.Dropdown(_choices("child_pugh", words), value="")
    lists = [gr.Textbox(lines=2, max_lines=8) for _ in ("conditions", "medications", "allergies", "labs", "genes")]
    with gr.Row():
        drawn = (gr.Button(variant="primary", min_width=110, elem_id="draft"), gr.Button(min_width=110))
    form = Form._make([age, sex, *truths, *sizes, child_pugh, *lists])
    return waiting, record, form, (upload, *drawn)


def _bench() -> tuple[Any, ...]:
    """The drafts, what is signed of them, and why they are as they are."""
    choice = gr.Radio([], elem_id="drafts")
    lines = gr.Dataframe(
        [],
        headers=list(COLUMNS),
        datatype=["bool", *["str"] * (len(COLUMNS) - 2), "markdown"],
        type="array",
        column_count=len(COLUMNS),
        static_columns=[place for place in range(len(COLUMNS)) if place not in (KEEP, DETAIL)],
        column_widths=WIDTHS,
        wrap=True,
        interactive=True,
        buttons=[],
        max_height=900,
        elem_id="lines",
    )
    note = gr.Textbox(lines=2, max_lines=6, elem_id="note")
    with gr.Row():
        sign = gr.Button(variant="primary", min_width=110, elem_id="sign")
        deciding = (sign, gr.Button(variant="stop", min_width=110), gr.Button(min_width=110))
    return choice, lines, note, deciding, gr.HTML(elem_id="reasons")


def _wire_entrance(page: PlansPage, entrance: Entrance, buttons: Buttons, seen: Seen, form: Form) -> None:
    whole = [*seen, *form]
    given = list(entrance[:2])
    gr.on([entrance.enter.click, entrance.password.submit], page.sign_in, given, whole, **PRIVATE)
    buttons.sign_out.click(page.sign_out, seen.token, whole, **PRIVATE)
    gr.Timer(AGAIN).tick(page.refresh, seen.token, [seen.waiting, seen.decided], **PRIVATE)


def _wire_bench(page: PlansPage, buttons: Buttons, seen: Seen, form: Form) -> None:
    whole, token, bench = [*seen, *form], seen.token, seen.bench
    seen.waiting.input(page.choose, [token, seen.waiting], whole, **PRIVATE)
    seen.choice.input(page.look, [token, bench, seen.choice], [seen.lines, seen.reasons], **PRIVATE)
    buttons.upload.upload(page.read, [token, buttons.upload, *form], whole, **PRIVATE)
    buttons.draft.click(page.draft, [token, bench, *form], whole, **PRIVATE)
    buttons.empty.click(page.clear, token, whole, **PRIVATE)
    buttons.sign.click(page.sign, [token, bench, seen.choice, seen.lines, seen.note], whole, **PRIVATE)
    buttons.reject.click(page.reject, [token, bench, seen.note], whole, **PRIVATE)
    downloads(buttons.fhir, page.fhir, [token, bench, seen.choice])


def _labels(words: Words) -> list[Any]:
    """The words of everything on the page, in its order."""
    entrance = [gr.update(label=words["name"]), gr.update(label=words["password"]), gr.update(value=words["sign_in"])]
    buttons = [gr.update(**{"label" if name == "upload" else "value": words[name]}) for name in Buttons._fields]
    fields = []
    for name in Form._fields:
        choices = {"choices": _choices(name, words)} if name in CHOICES else {}
        fields.append(gr.update(label=words[name], **choices))
    waiting, choice = gr.update(label=words["waiting"]), gr.update(label=words["draft"])
    lines = gr.update(label=words["lines"], headers=[words[name] for name in COLUMNS])
    return [*entrance, *buttons, *fields, waiting, choice, lines, gr.update(label=words["note"])]


def _choices(name: str, words: Words) -> list[tuple[str, str]]:
    return [(words["unsaid"], ""), *((words.get(value, value), value) for value in CHOICES[name])]
