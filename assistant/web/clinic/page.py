"""Where everything stands on the clinician's page: the way in, and a tab for each thing that is done there."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

import gradio as gr

from assistant.locales import locale
from assistant.web.clinic import cases_panel, cohort_panel, log_panel
from assistant.web.clinic.acting import visit_of
from assistant.web.clinic.cases import CasesTab
from assistant.web.clinic.cohort import CohortTab
from assistant.web.clinic.elsewhere import START
from assistant.web.clinic.entrance import Door, Entrance, Room
from assistant.web.clinic.log import LogTab
from assistant.web.clinic.marks import Words
from assistant.web.clinic.wiring import PRIVATE, Wiring
from assistant.web.desk import Desk
from assistant.web.plans import page as plans
from assistant.web.plans.handlers import PlansTab
from assistant.web.view import head

AGAIN = 10  # seconds after which the lists are looked at again


class Outside(NamedTuple):
    """Where somebody signs in."""

    told: gr.HTML
    name: gr.Textbox
    password: gr.Textbox
    enter: gr.Button
    elsewhere: gr.HTML


class Inside(NamedTuple):
    """The tabs, and what is in each."""

    who: gr.HTML
    sign_out: gr.Button
    tabs: gr.Tabs
    each: list[gr.Tab]
    cases: cases_panel.CasesPanel
    plans: plans.PlansPanel
    cohort: cohort_panel.CohortPanel
    log: log_panel.LogPanel

    @property
    def whole(self) -> list[Any]:
        """What changes when somebody comes or goes, beside the door."""
        return [*self.each, self.tabs, *self.cases.seen, *self.plans.whole, *self.cohort.drawn, *self.log.logged]


def clinic_page(demo: gr.Blocks, desk: Desk) -> None:
    """Build the page inside a route; its words come when a visitor's browser has told the language."""
    rooms: dict[str, Room] = {
        "cases": CasesTab(desk), "plans": PlansTab(desk), "cohort": CohortTab(desk), "log": LogTab(desk)
    }  # fmt: skip
    entrance = Entrance(desk, rooms)
    top, notice = gr.HTML(elem_id="header"), gr.HTML(elem_id="notice")
    token = gr.BrowserState("", storage_key="airmed-clinician", secret=desk.browser_secret)
    with gr.Column(elem_id="entrance") as without:
        outside = Outside(gr.HTML(), gr.Textbox(), gr.Textbox(type="password"), gr.Button(variant="primary"), gr.HTML())
    with gr.Column(visible=False, elem_id="clinic") as within:
        inside = _inside(list(rooms))
    door = Door(without, within, token, outside.password, inside.who)
    whole = [*door, *inside.whole]
    _wire_entrance(demo, entrance, outside, inside, token, whole)
    _wire_rooms(rooms, inside, Wiring(token, entrance.stay, whole))

    def words_of(request: gr.Request) -> list[Any]:
        visit = visit_of(request, desk)
        words = locale(visit.language).clinic
        return [head(words, visit), escape(words["notice"]), *_labels(words, desk.elsewhere.provider)]

    demo.load(words_of, None, [top, notice, *_labelled(outside, inside)], **PRIVATE).then(
        entrance.open, token, whole, **PRIVATE
    )


def _inside(names: list[str]) -> Inside:
    with gr.Row(elem_id="signed-in"):
        who, sign_out = gr.HTML(), gr.Button(size="sm", min_width=100, scale=0)
    builders = (cases_panel.cases_panel, plans.plans_panel, cohort_panel.cohort_panel, log_panel.log_panel)
    each: list[gr.Tab] = []
    panels: list[Any] = []
    with gr.Tabs(elem_id="rooms") as tabs:
        for name, build in zip(names, builders, strict=True):
            with gr.Tab(" ", id=name, visible=False) as tab:  # Gradio hides none that was there from the start
                panels.append(build())
            each.append(tab)
    return Inside(who, sign_out, tabs, each, *panels)


def _wire_entrance(
    demo: gr.Blocks, entrance: Entrance, outside: Outside, inside: Inside, token: gr.BrowserState, whole: list[Any]
) -> None:
    given = [outside.name, outside.password]
    gr.on([outside.enter.click, outside.password.submit], entrance.sign_in, given, whole, **PRIVATE)
    inside.sign_out.click(entrance.sign_out, token, whole, **PRIVATE)


def _wire_rooms(rooms: dict[str, Any], inside: Inside, wiring: Wiring) -> None:
    """Say what is done in each tab, and what a clock does."""
    cases, tab = inside.cases, rooms["cases"]
    cases_panel.wire_cases(tab, rooms["plans"], cases, inside.plans.whole, inside.tabs, wiring)
    plans.wire_plans(rooms["plans"], inside.plans, wiring)
    cohort_panel.wire_cohort(rooms["cohort"], inside.cohort, wiring)
    log_panel.wire_log(rooms["log"], inside.log, wiring)
    clock = gr.Timer(AGAIN)
    wiring.on(clock.tick, tab.refresh, [cases.seen.opened, *cases.asked], cases.seen)
    decided = [inside.plans.seen.waiting, inside.plans.seen.decided]
    clock.tick(rooms["plans"].refresh, wiring.token, decided, **PRIVATE)


def _labelled(outside: Outside, inside: Inside) -> list[Any]:
    """What has words, in the order of `_labels`."""
    panels = (inside.cases, inside.plans, inside.cohort, inside.log)
    return [*outside, inside.sign_out, *inside.each, *(one for panel in panels for one in panel.labelled)]


def _labels(words: Words, provider: str) -> list[Any]:
    outside = [
        gr.update(value=escape(words["signed_out"])),
        gr.update(label=words["name"]),
        gr.update(label=words["password"]),
        gr.update(value=words["sign_in"]),
        gr.update(value=_way_in(provider, words) if provider else ""),
    ]
    tabs = [gr.update(label=words[f"tab_{name}"]) for name in ("cases", "plans", "cohort", "log")]
    panels = (cases_panel.labels, plans.labels, cohort_panel.labels, log_panel.labels)
    inside = [one for labels in panels for one in labels(words)]
    return [*outside, gr.update(value=words["sign_out"]), *tabs, *inside]


def _way_in(provider: str, words: Words) -> str:
    """The way to the provider of accounts, which shows itself in no frame."""
    label = escape(words["sign_in_with"].format(provider=provider))
    return f'<a class="way-in" href="{START}" target="_blank" rel="noopener">{label}</a>'
