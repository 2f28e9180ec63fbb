"""Build the whole demo and serve it, with every default off that would leak what a patient types."""

from __future__ import annotations

import logging
import os
import socket
from typing import Any

import gradio as gr

from assistant.errors import SettingsError
from assistant.settings import Settings
from assistant.web.desk import Desk
from assistant.web.endpoints import make_endpoints
from assistant.web.patient import patient_page
from assistant.web.theme import STYLE, head, theme

PORT = 7860
WAITING = 200
MAX_UPLOAD = "20mb"
FORGET_FILES = (600, 3600)  # look every ten minutes for temporary files older than an hour


def build(desk: Desk) -> gr.Blocks:
    """The demo, ready to be launched."""
    visitors = desk.settings.visitors
    with gr.Blocks(title="Airmed", analytics_enabled=False, fill_height=True, delete_cache=FORGET_FILES) as demo:
        patient_page(demo, desk)
        for name, function in make_endpoints(desk).items():
            gr.api(function, api_name=name, concurrency_limit=visitors, concurrency_id="doctor")
    demo.queue(default_concurrency_limit=visitors, max_size=WAITING)
    return demo


def launch(demo: gr.Blocks, **options: Any) -> None:
    """Serve the demo; `GRADIO_SERVER_NAME` and `GRADIO_SERVER_PORT` say where.

    Raises:
        SettingsError: The port is not a number, or is in use.
    """
    demo.launch(
        server_port=free_port(),
        theme=theme(),
        css_paths=[STYLE],
        head=head(),
        run_history=False,
        enable_monitoring=False,
        max_file_size=MAX_UPLOAD,
        footer_links=["api"],
        ssr_mode=False,
        **options,
    )


def serve(settings: Settings) -> None:
    """Serve until interrupted. The page is there while the doctor is being opened, and goes when that fails.

    Raises:
        AirmedError: Something that a person can put right.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    free_port()
    desk = Desk(settings)
    demo = build(desk)
    launch(demo, prevent_thread_lock=True)
    desk.wait()
    demo.block_thread()


def free_port() -> int:
    """The port to serve on, after a check that nobody else does.

    Raises:
        SettingsError: It is not a port number, or is in use.
    """
    wanted = os.environ.get("GRADIO_SERVER_PORT", str(PORT))
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise SettingsError(f"GRADIO_SERVER_PORT is {wanted!r}; use a port number from 1 to 65535.")
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(wanted)))
        except OSError as error:
            raise SettingsError(
                f"Port {wanted} is in use; stop what uses it or choose another: GRADIO_SERVER_PORT={int(wanted) + 1}."
            ) from error
    return int(wanted)
