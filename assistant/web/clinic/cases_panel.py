"""Where everything stands in the tab of cases, and what sets off what."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from assistant.records.judgements import LONGEST_NOTE
from assistant.records.query.reading import LONGEST
from assistant.web.clinic.asking import STATUSES, USUAL
from assistant.web.clinic.cases import CasesTab, Opened, Seen, levels_of, verdicts_of
from assistant.web.clinic.marks import Words
from assistant.web.clinic.wiring import PRIVATE, Wiring
from assistant.web.clinic.worklist import PRESSES
from assistant.web.plans.handlers import PlansTab

KEPT = 3600  # seconds for which the server remembers which case is open
TO_CASE = """() => requestAnimationFrame(() =>
    document.getElementById("case")?.scrollIntoView({ block: innerWidth < 860 ? "start" : "nearest" }))"""


class Buttons(NamedTuple):
    """What a clinician presses, in the order of `WORDS`."""

    search: gr.Button
    close: gr.Button
    reopen: gr.Button
    pdf: gr.Button
    markdown: gr.Button
    fhir: gr.Button
    judge: gr.Button


WORDS = ("search", "close", "reopen", "pdf", "markdown", "fhir_case", "judge_send")


class CasesPanel(NamedTuple):
    """What stands in the tab."""

    seen: Seen
    buttons: Buttons

    @property
    def asked(self) -> list[Any]:
        """What says which cases are wanted."""
        return [self.seen.reading, self.seen.parts, self.seen.levels, self.seen.status]

    @property
    def labelled(self) -> list[Any]:
        """What has words, in the order of `labels`."""
        seen = self.seen
        fields = (seen.query, seen.parts, seen.levels, seen.status, seen.verdict, seen.condition, seen.note)
        return [*self.buttons, *fields]


def cases_panel() -> CasesPanel:
    """Build the tab; its words come when a visitor's browser has told the language."""
    with gr.Row(elem_id="cases"):
        with gr.Column(scale=2, min_width=300, elem_id="found"):
            finding, search = _finding()
        with gr.Column(scale=5, min_width=340):
            hint = gr.HTML(elem_id="choose")
            with gr.Column(visible=False) as column:
                case, pressed = _case()
    reading, opened = gr.State(None, time_to_live=KEPT), gr.State(Opened(), time_to_live=KEPT)
    seen = Seen(**finding, **case, reading=reading, opened=opened, hint=hint, column=column)
    return CasesPanel(seen, Buttons(search, *pressed))


def _finding() -> tuple[dict[str, Any], gr.Button]:
    """The query in words, the filters, and the list."""
    with gr.Row(elem_id="asking"):
        query = gr.Textbox(lines=1, max_lines=3, max_length=LONGEST, min_width=180, scale=4, elem_id="ask")
        search = gr.Button(variant="primary", size="md", min_width=70, scale=1, elem_id="search")
    found = {
        "query": query,
        "parts": gr.CheckboxGroup([], visible=False, elem_id="parts"),
        "answer": gr.HTML(elem_id="answer", js_on_load=PRESSES),
        "levels": gr.CheckboxGroup([], elem_id="levels"),
        "status": gr.Radio([], elem_id="status"),
        "cases": gr.HTML(elem_id="worklist", js_on_load=PRESSES),
    }
    return found, search


def _case() -> tuple[dict[str, Any], tuple[gr.Button, ...]]:
    """An open case, and what is done with it."""
    head, news = gr.HTML(elem_id="case-head"), gr.HTML(elem_id="news", js_on_load=PRESSES)
    with gr.Row(elem_id="case-buttons"):
        done = tuple(gr.Button(size="sm", min_width=90) for _ in range(5))
    findings = gr.HTML(elem_id="case-findings", js_on_load=PRESSES)
    with gr.Group(elem_id="judging"):
        verdict = gr.Radio([], elem_id="verdict")
        with gr.Row():
            condition = gr.Dropdown([], min_width=200, elem_id="judged-condition")
            note = gr.Textbox(lines=1, max_lines=4, max_length=LONGEST_NOTE, min_width=200, elem_id="judged-note")
        judge = gr.Button(size="sm", elem_id="judge")
    record = gr.HTML(elem_id="case-record")
    case = {"head": head, "news": news, "findings": findings, "record": record}
    seen = {**case, "close": done[0], "reopen": done[1], "verdict": verdict, "condition": condition, "note": note}
    return seen, (*done, judge)


def wire_cases(
    tab: CasesTab, plans: PlansTab, panel: CasesPanel, in_plans: list[Any], tabs: gr.Tabs, wiring: Wiring
) -> None:
    """Say what each press does."""
    seen, buttons, asked = panel.seen, panel.buttons, panel.asked
    for event in (seen.query.submit, buttons.search.click):
        wiring.on(event, tab.search, [seen.query, seen.levels, seen.status, seen.opened], seen)
    for field in (seen.parts, seen.levels, seen.status):
        wiring.on(field.input, tab.narrow, [seen.opened, *asked], seen)
    for shown in (seen.cases, seen.answer, seen.news):
        wiring.on(shown.select, tab.pick, asked, seen).then(None, js=TO_CASE, **PRIVATE)
    wiring.on(seen.findings.select, plans.pick, [], [tabs, *in_plans])
    wiring.on(buttons.judge.click, tab.judge, [seen.opened, seen.verdict, seen.condition, seen.note], seen)
    wiring.on(buttons.close.click, tab.close, [seen.opened, *asked], seen)
    wiring.on(buttons.reopen.click, tab.reopen, [seen.opened, *asked], seen)
    for name in ("pdf", "markdown", "fhir"):
        wiring.gives(getattr(buttons, name), getattr(tab, name), [seen.opened])


def labels(words: Words) -> list[Any]:
    """The words of everything in the tab, in the order of `CasesPanel.labelled`."""
    buttons = [gr.update(value=words[name]) for name in WORDS]
    query = gr.update(label=words["ask"], placeholder=words["ask_hint"])
    statuses = [(words[f"status_{name}"], name) for name in STATUSES]
    return [
        *buttons,
        query,
        gr.update(label=words["understood"]),
        gr.update(label=words["levels"], choices=levels_of(words)),
        gr.update(label=words["status"], choices=statuses, value=USUAL),
        gr.update(label=words["judge"], choices=verdicts_of(words)),
        gr.update(label=words["judge_condition"]),
        gr.update(label=words["judge_note"]),
    ]
