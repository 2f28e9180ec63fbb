"""How whoever uses a page is told what goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import gradio as gr

from assistant.errors import AirmedError

log = logging.getLogger(__name__)


@contextmanager
def telling(broken: str) -> Iterator[None]:
    """Tell what goes wrong, in one sentence, `broken` where it is a fault of ours.

    Gradio takes it as HTML, and a file's name may stand in it.
    """
    try:
        yield
    except AirmedError as error:
        gr.Warning(escape(str(error)))
    except Exception as error:
        log.error("a page could not do what was asked: %s", type(error).__name__)
        gr.Warning(escape(broken))
