"""What sets off what on the clinician's page: every handler gets the token, and who was signed out sees the way in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gradio as gr

from assistant.web.download import downloads

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
Handler = Callable[..., Any]


class Wiring(NamedTuple):
    """The token in the browser, and what looks after each press whether somebody is still signed in."""

    token: gr.BrowserState
    stay: Handler
    whole: list[Any]

    def on(self, event: Any, handler: Handler, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
        """Let an event call a handler."""
        done = event(handler, [self.token, *inputs], list(outputs), **PRIVATE)
        done.then(self.stay, self.token, self.whole, **PRIVATE)
        return done

    def gives(self, button: gr.Button, handler: Handler, inputs: Sequence[Any]) -> None:
        """Let a button give the file that a handler writes."""
        downloads(button, handler, [self.token, *inputs])
