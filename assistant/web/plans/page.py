"""Where everything stands in the tab of plans, and what sets off what."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import gradio as gr

from assistant.locales import DEFAULT, locale
from assistant.web.clinic.wiring import Wiring
from assistant.web.plans.form import CHOICES, Form
from assistant.web.plans.handlers import Bench, PlansTab, Seen
from assistant.web.plans.review import COLUMNS, DETAIL, KEEP, Words

KEPT = 3600  # seconds for which what lies on a bench is kept
WIDTHS = ["10%", "12%", "15%", "25%", "9%", "15%", "14%"]


class Buttons(NamedTuple):
    """What a clinician presses, in the order of its words."""

    upload: gr.UploadButton
    draft: gr.Button
    empty: gr.Button
    sign: gr.Button
    reject: gr.Button
    fhir: gr.Button


class PlansPanel(NamedTuple):
    """What stands in the tab."""

    record: gr.HTML
    buttons: Buttons
    form: Form
    seen: Seen

    @property
    def whole(self) -> list[Any]:
        """What its handlers change."""
        return [*self.seen, *self.form]

    @property
    def labelled(self) -> list[Any]:
        """What has words, in the order of `labels`."""
        seen = self.seen
        return [self.record, *self.buttons, *self.form, seen.waiting, seen.choice, seen.lines, seen.note]


def plans_panel() -> PlansPanel:
    """Build the tab; its words come when a visitor's browser has told the language."""
    with gr.Row(elem_id="bench"):
        with gr.Column(scale=2, min_width=300):
            waiting, record, form, filling = _records()
        with gr.Column(scale=5, min_width=340):
            summary, changed = gr.HTML(elem_id="summary"), gr.HTML(elem_id="changed")
            with gr.Column(visible=False) as drafted:
                choice, lines, note, deciding, reasons = _bench()
    decided = gr.HTML(elem_id="decided")
    bench = gr.State(Bench(), time_to_live=KEPT)
    seen = Seen(waiting, bench, drafted, summary, changed, choice, lines, note, reasons, decided)
    return PlansPanel(record, Buttons(*filling, *deciding), form, seen)


def wire_plans(tab: PlansTab, panel: PlansPanel, wiring: Wiring) -> None:
    """Say what each press does."""
    whole, seen, buttons, bench = panel.whole, panel.seen, panel.buttons, panel.seen.bench
    wiring.on(seen.waiting.input, tab.choose, [seen.waiting], whole)
    wiring.on(seen.choice.input, tab.look, [bench, seen.choice], [seen.lines, seen.reasons])
    wiring.on(buttons.upload.upload, tab.read, [buttons.upload, *panel.form], whole)
    wiring.on(buttons.draft.click, tab.draft, [bench, *panel.form], whole)
    wiring.on(buttons.empty.click, tab.clear, [], whole)
    wiring.on(buttons.sign.click, tab.sign, [bench, seen.choice, seen.lines, seen.note], whole)
    wiring.on(buttons.reject.click, tab.reject, [bench, seen.note], whole)
    wiring.gives(buttons.fhir, tab.fhir, [bench, seen.choice])


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


def labels(words: Words) -> list[Any]:
    """The words of everything in the tab, in the order of `PlansPanel.labelled`."""
    record = f"<h2>{escape(words['record'])}</h2><p>{escape(words['record_hint'])}</p>"
    buttons = [gr.update(**{"label" if name == "upload" else "value": words[name]}) for name in Buttons._fields]
    fields = []
    for name in Form._fields:
        choices = {"choices": _choices(name, words)} if name in CHOICES else {}
        fields.append(gr.update(label=words[name], **choices))
    waiting, choice = gr.update(label=words["waiting"]), gr.update(label=words["draft"])
    lines = gr.update(label=words["lines"], headers=[words[name] for name in COLUMNS])
    return [record, *buttons, *fields, waiting, choice, lines, gr.update(label=words["note"])]


def _choices(name: str, words: Words) -> list[tuple[str, str]]:
    return [(words["unsaid"], ""), *((words.get(value, value), value) for value in CHOICES[name])]
