"""Where everything stands on the studio's page, and what sets off what."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from assistant.locales import DEFAULT, locale
from assistant.web.desk import Desk
from assistant.web.download import downloads
from assistant.web.patient import ANSWERING
from assistant.web.studio.analysis import analysis_panel
from assistant.web.studio.design_page import design_panel
from assistant.web.studio.handlers import StudioPage, controls_of
from assistant.web.studio.names import examinations, families, findings
from assistant.web.studio.pictures import MOST
from generators.images.catalogue import known
from generators.images.controls import USUAL_CONTROLS, USUAL_FAMILY

KEPT = 3600  # seconds for which a visitor's pictures can be downloaded
DRAW = "() => Math.floor(Math.random() * 2 ** 31)"
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
AT_ONCE: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "studio"}


class Controls(NamedTuple):
    """What a visitor turns, in the order of `Chosen`."""

    examination: gr.Dropdown
    findings: gr.CheckboxGroup
    family: gr.Radio
    number: gr.Slider
    seed: gr.Number
    truncation: gr.Slider
    guidance: gr.Slider
    steps: gr.Slider


class Buttons(NamedTuple):
    """What a visitor presses, in the order of `BUTTONS`."""

    new_seed: gr.Button
    make: gr.Button
    way: gr.Button
    stop: gr.Button
    png: gr.Button
    dicom: gr.Button


class Results(NamedTuple):
    """What comes of it, in the order of `Shown`."""

    told: gr.HTML
    gallery: gr.Gallery
    way: gr.HTML
    made: gr.State


def studio_page(demo: gr.Blocks, desk: Desk) -> None:
    """Build the page inside a route; its words come when a visitor's browser has told the language."""
    page = StudioPage(desk)
    header, notice = gr.HTML(elem_id="header"), gr.HTML(elem_id="notice")
    with gr.Tabs(elem_id="studio"):
        with gr.Tab(" ") as making:
            with gr.Row(elem_id="bench"):
                with gr.Column(scale=2, min_width=280):
                    controls, begin = _controls()
                with gr.Column(scale=5, min_width=320):
                    results, archives = _results()
            figures = gr.HTML(elem_id="figures")
        with gr.Tab(" ") as designing:
            design = design_panel(desk)
        with gr.Tab(" ") as analysing:
            panel = analysis_panel()
    buttons = Buttons(*begin, *archives)
    _wire_controls(page, controls, buttons, figures)
    _wire_making(page, controls, buttons, results)
    _wire_downloads(page, buttons, results)
    panel.file.upload(page.look, panel.file, [panel.file, panel.seen], **PRIVATE, **AT_ONCE)
    labelled = [header, notice, making, designing, analysing, *results[:2], panel.notice, panel.file, figures]
    demo.load(page.open, controls.examination, [*labelled, *controls, *buttons, *design.worded], **PRIVATE)


def _controls() -> tuple[Controls, tuple[gr.Button, ...]]:
    studio, first = locale(DEFAULT).studio, next(iter(known()))
    choices = findings(first, studio)
    examination = gr.Dropdown(examinations(studio), value=first, filterable=False)
    finding = gr.CheckboxGroup(choices, value=[key for _, key in choices])
    family = gr.Radio(families(studio), value=USUAL_FAMILY)
    number = gr.Slider(1, MOST, value=8, step=1)
    with gr.Row(elem_id="seeding"):
        seed = gr.Number(value=1, precision=0, scale=3, min_width=120)
        new_seed = gr.Button("", scale=1, min_width=100)
    own = controls_of(USUAL_FAMILY)
    turned = (
        gr.Slider(0.3, 1.2, value=USUAL_CONTROLS.truncation, step=0.05, visible="truncation" in own),
        gr.Slider(1, 5, value=USUAL_CONTROLS.guidance, step=0.05, visible="guidance" in own),
        gr.Slider(4, 50, value=USUAL_CONTROLS.steps, step=1, visible="steps" in own),
    )
    with gr.Row(elem_id="begin"):
        make = gr.Button("", variant="primary", min_width=120)
        way = gr.Button("", min_width=120)
        stop = gr.Button("", min_width=80, elem_id="stop")
    return Controls(examination, finding, family, number, seed, *turned), (new_seed, make, way, stop)


def _results() -> tuple[Results, tuple[gr.Button, ...]]:
    told = gr.HTML(elem_id="measured")
    gallery = gr.Gallery(
        elem_id="gallery",
        show_label=False,
        columns=4,
        height="auto",
        object_fit="contain",
        format="png",
        buttons=["download", "fullscreen"],
        interactive=False,
    )
    with gr.Row(elem_id="downloads"):
        archives = (gr.Button("", min_width=120), gr.Button("", min_width=120))
    way, made = gr.HTML(elem_id="way"), gr.State([], time_to_live=KEPT)
    return Results(told, gallery, way, made), archives


def _wire_controls(page: StudioPage, controls: Controls, buttons: Buttons, figures: gr.HTML) -> None:
    controls.examination.change(page.examine, controls.examination, [controls.findings, figures], **PRIVATE)
    controls.family.change(page.adapt, controls.family, list(controls[-3:]), **PRIVATE)
    buttons.new_seed.click(None, None, controls.seed, js=DRAW, api_visibility="private")


def _wire_making(page: StudioPage, controls: Controls, buttons: Buttons, results: Results) -> None:
    gr.on([buttons.make.click, buttons.way.click], None, js=ANSWERING.format("add"), api_visibility="private")
    working = [
        buttons.make.click(page.make, list(controls), list(results), **PRIVATE, **AT_ONCE),
        buttons.way.click(page.go, list(controls), list(results), **PRIVATE, **AT_ONCE),
    ]
    for event in working:
        event.then(None, js=ANSWERING.format("remove"), api_visibility="private")
    buttons.stop.click(None, cancels=working, api_visibility="private")


def _wire_downloads(page: StudioPage, buttons: Buttons, results: Results) -> None:
    for button, archive in ((buttons.png, page.png), (buttons.dicom, page.dicom)):
        downloads(button, archive, results.made)
