"""A button that makes a file and gives it, which Gradio's own does not: it gives what was there before the click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

SAVE = """(file) => {
    if (!file) return;
    const link = Object.assign(document.createElement("a"), { href: file.url, download: file.orig_name });
    document.body.append(link);
    link.click();
    link.remove();
}"""


def downloads(button: gr.Button, make: Callable[..., str | None], inputs: Any) -> None:
    """Let a button give the file that `make` writes; nothing where it writes none."""
    file = gr.DownloadButton(visible=False)
    made = button.click(make, inputs, file, api_visibility="private", show_progress="hidden")
    made.then(None, file, None, js=SAVE, api_visibility="private")


def cached(content: bytes, name: str) -> str:
    """The path of a file in Gradio's cache, which forgets it within the hour."""
    return str(save_bytes_to_cache(content, name, get_upload_folder()))
