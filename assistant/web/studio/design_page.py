"""Where everything stands in the studio's tab of molecules, and what sets off what."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from assistant.locales import Studio
from assistant.web.desk import Desk
from assistant.web.patient import ANSWERING
from assistant.web.studio.design import TRACE, Design, DesignPage, Wanted

DRAW = "() => Math.floor(Math.random() * 2 ** 31)"
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
AT_ONCE: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "studio"}
BUTTONS = ("new_seed", "design", "stop", "between")
ENDS = ("between_from", "between_to")


class DesignPanel(NamedTuple):
    """Everything in the tab that has words."""

    notice: gr.HTML
    wanted: Wanted
    results: Design
    ends: tuple[gr.Textbox, ...]
    buttons: tuple[gr.Button, ...]

    @property
    def worded(self) -> list[Any]:
        """Its parts in the order of `design_words`."""
        return [self.notice, *self.wanted, self.results.told, self.results.trace, *self.ends, *self.buttons]


def design_panel(desk: Desk) -> DesignPanel:
    """Build the tab; its words come when a visitor's browser has told the language."""
    notice = gr.HTML(elem_id="design-notice")
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            wanted = _controls()
            with gr.Row():
                begin = (gr.Button(variant="primary", min_width=120), gr.Button(min_width=80, elem_id="stop-design"))
        with gr.Column(scale=5, min_width=320):
            results = _results()
    with gr.Row(elem_id="between"):
        ends = (gr.Textbox("aspirin", min_width=160), gr.Textbox("ibuprofen", min_width=160))
        between = gr.Button(min_width=120)
    frames = gr.HTML()
    new_seed = gr.Button(min_width=100)
    panel = DesignPanel(notice, wanted, results, ends, (new_seed, *begin, between))
    _wire(DesignPage(desk), panel, frames)
    return panel


def _controls() -> Wanted:
    near, scaffold = gr.Textbox(), gr.Textbox()
    sliders = (
        gr.Slider(0, 1, value=0.8, step=0.05),
        gr.Slider(-5, 8, value=1.0, step=0.5),
        gr.Slider(-5, 8, value=4.0, step=0.5),
        gr.Slider(-10, 2, value=-10, step=0.5),
        gr.Slider(0, 200, value=200, step=5),
        gr.Slider(50, 800, value=800, step=10),
        gr.Slider(1, 10, value=10, step=0.25),
    )
    model = gr.Radio(["vae", "gan"], value="vae")
    number, seed = gr.Slider(1, 20, value=10, step=1), gr.Number(value=1, precision=0)
    calls = gr.Slider(200, 10_000, value=1200, step=200)
    return Wanted(near, scaffold, *sliders, model, number, seed, calls)


def _results() -> Design:
    told = gr.HTML(elem_id="designed")
    trace = gr.LinePlot(x=TRACE[0], y=TRACE[1], color=TRACE[2], height=220, y_lim=[0, 1])
    return Design(told, trace, gr.HTML(elem_id="proposals"))


def _wire(page: DesignPage, panel: DesignPanel, frames: gr.HTML) -> None:
    new_seed, design, stop, between = panel.buttons
    new_seed.click(None, None, panel.wanted.seed, js=DRAW, api_visibility="private")
    gr.on([design.click, between.click], None, js=ANSWERING.format("add"), api_visibility="private")
    searching = design.click(page.search, list(panel.wanted), list(panel.results), **PRIVATE, **AT_ONCE)
    drawing = between.click(page.way, list(panel.ends), frames, **PRIVATE, **AT_ONCE)
    for event in (searching, drawing):
        event.then(None, js=ANSWERING.format("remove"), api_visibility="private")
    stop.click(None, cancels=[searching], api_visibility="private")


def design_words(studio: Studio) -> list[Any]:
    """The words of `DesignPanel.worded`."""
    words = studio.words
    controls = [gr.update(label=words[f"want_{name}"], info=words.get(f"want_{name}_hint")) for name in Wanted._fields]
    ends = [gr.update(label=words[name]) for name in ENDS]
    buttons = [gr.Button(words[name]) for name in BUTTONS]
    return [words["design_notice"], *controls, words["none_designed"], gr.update(label=words["trace"]), *ends, *buttons]
