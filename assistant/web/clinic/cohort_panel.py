"""Where everything stands in the tab of all cases, and what sets off what."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from assistant.web.clinic.cohort import CohortTab, Drawn
from assistant.web.clinic.marks import Words
from assistant.web.clinic.wiring import Wiring


class CohortPanel(NamedTuple):
    """What stands in the tab."""

    drawn: Drawn
    show: gr.Button
    csv: gr.Button

    @property
    def labelled(self) -> list[Any]:
        """What has words, in the order of `labels`."""
        return [self.drawn.since, self.drawn.until, self.show, self.csv]


def cohort_panel() -> CohortPanel:
    """Build the tab; its words come when a visitor's browser has told the language."""
    with gr.Row(elem_id="span"):
        since, until = (gr.Textbox(max_lines=1, max_length=20, min_width=150) for _ in range(2))
        show, csv = gr.Button(variant="primary", size="md", min_width=110), gr.Button(size="md", min_width=110)
    return CohortPanel(Drawn(since, until, gr.HTML(elem_id="plots")), show, csv)


def wire_cohort(tab: CohortTab, panel: CohortPanel, wiring: Wiring) -> None:
    """Say what each press does."""
    span = [panel.drawn.since, panel.drawn.until]
    for event in (panel.show.click, *(field.submit for field in span)):
        wiring.on(event, tab.show, span, [panel.drawn.plots])
    wiring.gives(panel.csv, tab.csv, span)


def labels(words: Words) -> list[Any]:
    """The words of everything in the tab, in the order of `CohortPanel.labelled`."""
    dates = [gr.update(label=words[name]) for name in ("since", "until")]
    return [*dates, gr.update(value=words["show"]), gr.update(value=words["csv"])]
