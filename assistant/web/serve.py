"""Serve the page: check what can be checked at once, then open the doctor behind it."""

from __future__ import annotations

import logging
import os
import socket

from assistant.errors import SettingsError
from assistant.settings import Settings

PORT = 7860


def serve(settings: Settings) -> None:
    """Serve until interrupted. The page is there while the doctor is being opened, and goes when that fails.

    Raises:
        AirmedError: Something that a person can put right.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    port = free_port()  # before Gradio is imported, which falls over a port that is no number
    from assistant.web.demo import build, launch
    from assistant.web.desk import Desk

    desk = Desk(settings)
    demo = build(desk)
    launch(demo, port)
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
