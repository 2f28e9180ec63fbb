"""How long the command and the page take to start, and what the page holds in memory when idle.

python -m tests.benchmarks.startup
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
from gradio_client import Client

from tests.benchmarks.report import Rows, report

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0
IDLE_SECONDS = 10.0


def command_help() -> dict[str, Any]:
    """`airmed --help`, median of five."""
    airmed = Path(sys.executable).with_name("airmed")
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([airmed, "--help"], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return {"what": "airmed --help", "measured": statistics.median(times), "unit": "s", "bound": 1.0}


def page(data: Path, name: str) -> Rows:
    """The page until it answers, until the doctor does, and the memory of the idle process."""
    port = _free_port()
    environment = {**os.environ, "AIRMED_DATA_DIR": str(data), "GRADIO_SERVER_PORT": str(port)}
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as served:
        try:
            _wait_for(f"http://127.0.0.1:{port}/")
            up = time.perf_counter() - started
            client = Client(f"http://127.0.0.1:{port}", verbose=False)
            client.predict("hello", api_name="/chat")
            answering = time.perf_counter() - started
            time.sleep(IDLE_SECONDS)
            memory = psutil.Process(served.pid).memory_info().rss / 2**30
        finally:
            served.terminate()
    return [
        {"what": f"page served, {name}", "measured": up, "unit": "s", "bound": 15.0},
        {"what": f"first reply, {name}", "measured": answering, "unit": "s", "bound": "-"},
        {"what": f"memory when idle, {name}", "measured": memory, "unit": "GiB", "bound": 1.5},
    ]


def _wait_for(address: str) -> None:
    until = time.perf_counter() + PATIENCE
    while time.perf_counter() < until:
        try:
            if httpx.get(address, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise TimeoutError(f"{address} did not answer within {PATIENCE:.0f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        rows = [command_help(), *page(Path(folder), "first start"), *page(Path(folder), "later start")]
    report("startup", {"Start": rows})
