"""A server from its first breath to its last: ready, counted, offered to agents, and told to end while it answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx
import pytest
from gradio_client import Client

from assistant.locales import locale
from tests.web.server import PATIENCE, environment, free_port

pytest.importorskip("mcp", reason="needs the MCP server: pip install 'airmed[mcp]'")

COMMAND = ("-c", "from assistant.cli import main; main()", "serve", "--mcp")
LONG = "Design twenty molecules with QED above 0.9 and logP 2 to 3"
SECRET = "zanzibarine"


@dataclass
class Running:
    """`airmed serve --mcp`."""

    process: subprocess.Popen[bytes]
    port: int
    data_dir: Path
    log: Path

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=60, trust_env=False)

    def count(self, name: str) -> float:
        lines = self.get("/metrics").text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    def client(self) -> Client:
        return Client(f"http://127.0.0.1:{self.port}", verbose=False, httpx_kwargs={"timeout": PATIENCE})

    def agent(self, name: str, **arguments: Any) -> dict[str, Any]:
        token = (self.data_dir / "mcp.token").read_text(encoding="ascii")
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
        headers = {"authorization": f"Bearer {token}", "accept": "application/json, text/event-stream"}
        address = f"http://127.0.0.1:{self.port + 1}/mcp"
        return dict(httpx.post(address, json=call, headers=headers, timeout=60, trust_env=False).json()["result"])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Running]:
    folder, port = tmp_path_factory.mktemp("ended"), free_port()
    assert pytestconfig.cache is not None
    copytree(
        pytestconfig.cache.mkdir("served-index"), folder / "data" / "index"
    )  # as the server of the other tests left it
    variables = environment(folder / "data", GRADIO_SERVER_PORT=str(port))
    with (folder / "log").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *COMMAND], cwd=pytestconfig.rootpath, env=variables, stdout=out, stderr=subprocess.STDOUT
        )
    server = Running(process, port, folder / "data", folder / "log")
    try:
        until(lambda: server.get("/ready").status_code == 200, server)
        yield server
    finally:
        process.kill()
        process.wait()


def until(true: Any, server: Running) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if true():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(server.log.read_text(encoding="utf-8"))


def test_it_is_alive_counted_and_offered_to_agents(running: Running) -> None:
    assert running.get("/health").status_code == 200
    assert running.get("/metrics", **{"x-forwarded-for": "192.0.2.1"}).status_code == 403
    told = running.client().predict(f"I have had a cough for two days, {SECRET}", api_name="/chat")
    assert running.count('airmed_messages_total{outcome="answered"}') == 1
    assert running.count("airmed_answer_seconds_count") == 1
    assert SECRET not in running.get("/metrics").text
    summary = running.agent("summarise", thread=told["thread"])
    assert SECRET in summary["structuredContent"]["text"]
    assert running.agent("summarise", thread="A" * 32)["isError"]
    assert running.agent("search", query="What are the symptoms of asthma?")["structuredContent"]["passages"]
    log = running.log.read_text(encoding="utf-8")
    assert str(running.data_dir / "mcp.token") in log
    assert (running.data_dir / "mcp.token").read_text(encoding="ascii") not in log
    assert SECRET not in log


def test_told_to_end_it_answers_what_it_has_begun_and_takes_nothing_new(running: Running) -> None:
    first, second = running.client(), running.client()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(first.predict, LONG, api_name="/chat")
        until(lambda: running.count("airmed_answering ") == 1, running)
        os.kill(running.process.pid, signal.SIGTERM)
        until(lambda: running.get("/ready").status_code == 503, running)
        assert running.get("/health").status_code == 200
        assert second.predict("hello", api_name="/chat") == {"error": locale("en").page["closing"]}
        assert answer.result(PATIENCE)["molecules"]
    assert running.process.wait(60) == 0
    assert "Traceback" not in running.log.read_text(encoding="utf-8")
