"""Serve the page: check what can be checked at once, then open the doctor behind it, and end without losing a turn."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import typer

from assistant.errors import SettingsError
from assistant.safety.privacy import scrub_logs
from assistant.settings import Settings

if TYPE_CHECKING:
    from uvicorn import Server

    from assistant.web.desk import Desk
    from assistant.web.limits import Pace

PORT = 7860
DAY = 86_400.0  # seconds
LAST_ANSWERS = 30.0  # seconds that answers being written have when the server is told to end
LAST_WORDS = 1.0  # seconds that their end has on its way to the browser
SIGNALS = (signal.SIGTERM, signal.SIGINT)
NO_MCP = "The MCP server needs a package more: pip install 'airmed[mcp]'."


def serve(settings: Settings, mcp: bool = False) -> None:
    """Serve until told to end. The page is there while the doctor is being opened, and goes when that fails.

    Args:
        mcp: Offer tools to other people's agents as well, on the next port.

    Raises:
        AirmedError: Something that a person can put right.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    scrub_logs()
    port = free_port()  # before Gradio is imported, which falls over a port that is no number
    if mcp:
        check_mcp(port + 1)
    from assistant.web.clinic.elsewhere import add_way_in
    from assistant.web.demo import build, launch
    from assistant.web.desk import Desk
    from assistant.web.health import Probes, add_routes
    from generators.gpu import announce

    announce()
    desk = Desk(settings)
    demo = build(desk)
    launch(demo, port)
    desk.metrics.waiting(lambda: len(demo._queue))
    probes = Probes(settings, desk.pace, desk.records.database, desk.metrics)
    add_routes(demo.app, probes)
    add_way_in(demo.app, desk.elsewhere)
    desk.wait()
    probes.opened = True
    threading.Thread(target=purge_daily, args=(desk,), name="purge", daemon=True).start()
    agents = serve_mcp(desk, port + 1) if mcp else None
    wait_to_be_told(desk.pace)
    if agents:
        agents.should_exit = True
    demo.close(verbose=False)


def purge_daily(desk: Desk) -> None:
    """Erase every day, and at once, what outlived the days of the settings; what goes wrong is tried again tomorrow."""
    while True:
        try:
            desk.doctor.purge(desk.settings.retention_days)
        except Exception:  # the database may be away for a while
            logging.getLogger(__name__).exception("nothing was purged today")
        time.sleep(DAY)


def wait_to_be_told(pace: Pace) -> None:
    """Wait for a signal to end; then take nothing new, and give the answers being written some time.

    A second signal ends at once.
    """
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in SIGNALS}
    told.wait()
    for number, handler in before.items():
        signal.signal(number, handler)
    if not pace.close(LAST_ANSWERS):
        logging.getLogger(__name__).warning("ended in the middle of %d answers", pace.running)
    time.sleep(LAST_WORDS)


def serve_mcp(desk: Desk, port: int) -> Server:
    """Serve the tools in the background, and tell where, and where the token is."""
    from uvicorn import Config, Server

    from assistant.web.bearer import token_in
    from assistant.web.mcp import PATH, make_app

    given, path = desk.settings.mcp_token.get_secret_value(), desk.settings.mcp_token_file
    app = make_app(desk, given or token_in(path), port)
    server = Server(Config(app, _host(), port, log_level="warning", timeout_graceful_shutdown=int(LAST_ANSWERS)))
    threading.Thread(target=server.run, name="mcp", daemon=True).start()
    where = "in AIRMED_MCP_TOKEN" if given else f"in {path}"
    typer.echo(f"* MCP: http://{_host()}:{port}{PATH}, with the token {where}")
    return server


def check_mcp(port: int) -> None:
    """Check that the tools can be served.

    Raises:
        SettingsError: The package is not installed, or the port is in use.
    """
    try:
        import mcp  # noqa: F401
    except ModuleNotFoundError as error:
        raise SettingsError(NO_MCP) from error
    if port > 65535:
        raise SettingsError(f"The MCP server takes the next port; use a GRADIO_SERVER_PORT below {port - 1}.")
    check_free(port)


def free_port() -> int:
    """The port to serve on, after a check that nobody else does.

    Raises:
        SettingsError: It is not a port number, or is in use.
    """
    wanted = os.environ.get("GRADIO_SERVER_PORT", str(PORT))
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise SettingsError(f"GRADIO_SERVER_PORT is {wanted!r}; use a port number from 1 to 65535.")
    check_free(int(wanted))
    return int(wanted)


def check_free(port: int) -> None:
    """Check that nobody else serves on a port.

    Raises:
        SettingsError: Somebody does.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_host(), port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} is in use; stop what uses it or choose another: GRADIO_SERVER_PORT={port + 1}."
            ) from error


def _host() -> str:
    return os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
