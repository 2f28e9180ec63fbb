"""A hostile client at a real server: it guesses ids, forges sessions, calls what is private, sends too much."""

from __future__ import annotations

import json
import re
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from gradio_client import Client

from tests.web.server import PATIENCE, Server, serving

SECRET = "Xylophonia"
TOLD = f"My name is {SECRET} and I have had chest pain on walking since May"
FORGED = ("", "A" * 43, "admin", "../../airmed.sqlite", "' OR 1=1 --", None, 7, ["x"], {"name": "Dr Grey"})
PATHS = (
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=../../etc/passwd",
    "/file=/etc/passwd",
    "/gradio_api/file={data}/airmed.sqlite",
    "/gradio_api/file={data}/vault.key",
    "/gradio_api/file={data}/browser.key",
    "/gradio_api/file={data}/audit.key",
    "/static/../../../../etc/passwd",
    "/assets/..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/gradio_api/stream/../../etc/passwd",
    "/theme.css/..%2f..%2fetc/passwd",
    "/monitoring",
    "/gradio_api/runs",
    "/gradio_api/startup-events/../../etc/passwd",
)


@dataclass(frozen=True)
class Victim:
    """A patient whose conversation is kept."""

    thread: str
    case: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Server]:
    """A server of its own: Gradio writes a traceback for every call that no page makes."""
    folder = tmp_path_factory.mktemp("attacked")
    with serving(pytestconfig.rootpath, folder / "data", folder / "server.log") as running:
        yield running
    assert SECRET not in running.log.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def victim(server: Server) -> Iterator[Victim]:
    client = Client(server.url, verbose=False, httpx_kwargs={"timeout": PATIENCE})
    thread = client.predict("hello", "", "en", "", api_name="/chat")["thread"]
    assert client.predict(thread, True, "en", "", api_name="/keep") == {"kept": True}
    client.predict(TOLD, thread, "en", "", api_name="/chat")
    kept = client.predict(thread, api_name="/data")["kept"]
    yield Victim(thread, kept["case"]["id"])
    client.predict(thread, api_name="/erase")


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        yield client


def call(http: httpx.Client, number: int, data: list[Any]) -> str:
    """Whatever the server says to a call of any event, public or private, as the page makes it."""
    session = secrets.token_hex(6)
    joined = http.post("/gradio_api/queue/join", json={"data": data, "fn_index": number, "session_hash": session})
    if joined.status_code != 200:
        return joined.text
    said = ""
    with http.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            said += line
            if "process_completed" in line or "close_stream" in line or "unexpected_error" in line:
                break
    return said


def events(http: httpx.Client) -> list[dict[str, Any]]:
    """Every event of every page that runs on the server."""
    config: list[dict[str, Any]] = http.get("/config").json()["dependencies"]
    return [event for event in config if event.get("backend_fn", True)]


def test_no_event_tells_of_a_case_to_who_is_not_signed_in(http: httpx.Client, victim: Victim) -> None:
    for event in events(http):
        forged = FORGED[event["id"] % len(FORGED)]
        data: list[Any] = [victim.case if place else forged for place, _ in enumerate(event["inputs"])]
        said = call(http, event["id"], data)
        assert SECRET not in said and "since May" not in said, event
        assert "Traceback" not in said and "sqlalchemy" not in said.lower(), event


@pytest.mark.parametrize("guess", ["PV9GDg0ddzj_5maK4QQlCtV7-JwbvkVm", "A" * 32, "", "../x", "0" * 32])
def test_a_thread_cannot_be_guessed(http: httpx.Client, server: Server, victim: Victim, guess: str) -> None:
    client = Client(server.url, verbose=False, httpx_kwargs={"timeout": PATIENCE})
    for name in ("/data", "/erase"):
        assert SECRET not in json.dumps(client.predict(guess, api_name=name))
    assert SECRET in json.dumps(client.predict(victim.thread, api_name="/data"))  # and nothing was lost


def test_the_id_of_a_case_opens_no_conversation(server: Server, victim: Victim) -> None:
    client = Client(server.url, verbose=False, httpx_kwargs={"timeout": PATIENCE})
    assert "error" in client.predict(victim.case, api_name="/data")
    assert "error" in client.predict(victim.case, api_name="/erase")


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_to_a_file_of_ours(http: httpx.Client, server: Server, path: str) -> None:
    answer = http.get(path.format(data=server.data_dir))
    assert answer.status_code in (400, 401, 403, 404, 405, 422) or "<!doctype html" in answer.text[:200].lower()
    assert "root:" not in answer.text and not answer.content.startswith(b"SQLite format")


@pytest.mark.parametrize("size", [21_000_000, 60_000_000])
def test_an_upload_that_is_too_large_is_refused(http: httpx.Client, size: int) -> None:
    answer = http.post("/gradio_api/upload", files={"files": ("big.png", b"\x89PNG" + bytes(size))})
    assert answer.status_code in (400, 413)


def test_a_decompression_bomb_is_one_sentence(http: httpx.Client) -> None:
    """A picture of 50,000 by 50,000 pixels in two megabytes of file."""
    row = b"\x00" + bytes(50_000)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(50_000)) + packer.flush()
    header = (50_000).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    (path,) = http.post("/gradio_api/upload", files={"files": ("bomb.png", bomb)}).json()
    shown = {"path": path, "meta": {"_type": "gradio.FileData"}}
    for event in events(http):
        if "analys" in json.dumps(event.get("api_name") or "") or len(event["inputs"]) == 2:
            said = call(http, event["id"], [shown] * len(event["inputs"]))
            assert "Traceback" not in said and "MemoryError" not in said
    assert http.get("/health").status_code == 200


def test_a_cookie_is_no_key(http: httpx.Client, victim: Victim) -> None:
    cookies = {"access-token": "x", "airmed": victim.case, "airmed-clinician": "A" * 43, "session": "admin"}
    page = http.get("/clinician", cookies=cookies)
    assert SECRET not in page.text and not re.search(r"since May", page.text)
