"""Starts the page as a person would, `python app.py`, and a Chromium to look at it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
UNHURRIED = {  # every visitor of a test comes from one address
    "AIRMED_MESSAGES_PER_MINUTE": "1000",
    "AIRMED_MESSAGES_PER_HOUR": "10000",
    "AIRMED_ANSWERS_PER_ADDRESS": "32",
}
PATIENCE = 300  # seconds; generous, because other work may load the machine


@dataclass(frozen=True)
class Server:
    """A page that is being served."""

    url: str
    data_dir: Path
    log: Path


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """The environment of a server with the default settings and a data folder of its own."""
    beside = {"AIRMED_THREADS": "1"} if "PYTEST_XDIST_WORKER" in os.environ else {}  # another server may be running
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRMED_", "GRADIO_"))}
    return {**kept, **UNHURRIED, **beside, "AIRMED_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1", **more}


@contextmanager
def serving(root: Path, data_dir: Path, log: Path, command: tuple[str, ...] = ("app.py",)) -> Iterator[Server]:
    """Run `python app.py` of a checkout, or another command that serves the page, until the block ends."""
    port = free_port()
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=root,
            env=environment(data_dir, GRADIO_SERVER_PORT=str(port)),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    server = Server(f"http://127.0.0.1:{port}", data_dir, log)
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def launch_chromium(playwright: Any) -> Any:
    """A headless Chromium."""
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(CHROMIUM_ARGS))


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(server.url, timeout=60):
                return
        except (URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"the page did not come up:\n{server.log.read_text(encoding='utf-8')}")
