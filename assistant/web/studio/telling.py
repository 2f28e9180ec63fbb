"""How a visitor of the studio is told what goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import gradio as gr

from assistant.errors import AirmedError
from assistant.locales import Studio

log = logging.getLogger(__name__)


@contextmanager
def telling(studio: Studio) -> Iterator[None]:
    """Tell a visitor what goes wrong, in one sentence; Gradio takes it as HTML, and a file's name may stand in it."""
    try:
        yield
    except AirmedError as error:
        gr.Warning(escape(str(error)))
    except Exception as error:
        log.error("the studio could not do what was asked: %s", type(error).__name__)
        gr.Warning(escape(studio.words["broken"]))
