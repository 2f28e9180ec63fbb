"""Where everything stands in the tab of the log, and what sets off what."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from assistant.web.clinic.log import Logged, LogTab
from assistant.web.clinic.marks import Words
from assistant.web.clinic.wiring import Wiring


class LogPanel(NamedTuple):
    """What stands in the tab."""

    newest: gr.Button
    older: gr.Button
    verify: gr.Button
    logged: Logged

    @property
    def labelled(self) -> list[Any]:
        """What has words, in the order of `labels`."""
        return [self.newest, self.older, self.verify]


def log_panel() -> LogPanel:
    """Build the tab; its words come when a visitor's browser has told the language."""
    with gr.Row(elem_id="log-buttons"):
        newest, older, verify = (gr.Button(size="md", min_width=130) for _ in range(3))
    verdict, entries = gr.HTML(elem_id="log-verdict"), gr.HTML(elem_id="log")
    return LogPanel(newest, older, verify, Logged(entries, gr.State(None), verdict))


def wire_log(tab: LogTab, panel: LogPanel, wiring: Wiring) -> None:
    """Say what each press does."""
    wiring.on(panel.newest.click, tab.newest, [], panel.logged)
    wiring.on(panel.older.click, tab.older, [panel.logged.before], panel.logged)
    wiring.on(panel.verify.click, tab.verify, [], [panel.logged.verdict])


def labels(words: Words) -> list[Any]:
    """The words of everything in the tab, in the order of `LogPanel.labelled`."""
    return [gr.update(value=words[f"log_{name}"]) for name in ("newest", "older", "verify")]
