"""The tools for other people's agents, called as they call them: through HTTP, with the token of the first run."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import httpx
import pytest

pytest.importorskip("mcp", reason="needs the MCP server: pip install 'airmed[mcp]'")

from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from PIL import Image
from pydantic import SecretStr

from assistant.consultation.library import Library
from assistant.errors import SettingsError
from assistant.events import Answered
from assistant.locales import locale
from assistant.safety.evidence import Citation
from assistant.settings import Settings
from assistant.visit import Visit
from assistant.web import mcp
from assistant.web.desk import Desk
from assistant.web.limits import Pace
from assistant.web.mcp import PATH, Tools, rebinding_protection
from assistant.web.serve import check_mcp, serve_mcp
from knowledge.search import Hit
from tests.web.server import free_port

OWN, OTHER = "A" * 32, "B" * 32
SECRET = "zanzibarine"
TOOLS = {"assess", "search", "check", "generate_image", "propose_molecules", "summarise"}
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
Called = Callable[..., tuple[bool, Any]]


def summary(key: str, visit: Visit) -> Answered:
    """What the doctor makes of a conversation; only one has said something."""
    source = Citation(id="turn:1", name="message 1", text="I cough", publisher="", url="")
    return Answered(text="S: I cough [1]", citations=(source,)) if key == OWN else Answered(text="")


class OneArticle:
    def search(self, text: str, count: int) -> list[Hit]:
        passage = SimpleNamespace(name="Cough", text="Rest.", publisher="NHS", url="https://example.org/cough")
        return [cast(Hit, SimpleNamespace(passage=passage, score=0.5))] * count


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    settings = Settings(data_dir=tmp_path_factory.mktemp("agents"))
    doctor = SimpleNamespace(summary=summary, embedder=None)
    return cast(Desk, SimpleNamespace(settings=settings, doctor=doctor, pace=Pace(settings)))


@pytest.fixture(scope="module")
def served(desk: Desk) -> Iterator[httpx.Client]:
    """A client without the token."""
    patched = pytest.MonkeyPatch()
    patched.setattr(mcp, "open_library", lambda *_: cast(Library, OneArticle()))
    port = free_port()
    server = serve_mcp(desk, port)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=HEADERS, timeout=300, trust_env=False) as client:
        while not server.started:
            time.sleep(0.05)
        yield client
    server.should_exit = True
    patched.undo()


@pytest.fixture(scope="module")
def token(served: httpx.Client, desk: Desk) -> str:
    return desk.settings.mcp_token_file.read_text(encoding="ascii")


def send(client: httpx.Client, method: str, headers: dict[str, str], **parameters: Any) -> httpx.Response:
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    return client.post(PATH, json=request, headers=headers)


@pytest.fixture(scope="module")
def call(served: httpx.Client, token: str) -> Called:
    """Call a tool: whether it went wrong, and what it gave or said."""

    def called(name: str, **arguments: Any) -> tuple[bool, Any]:
        shown = {"authorization": f"Bearer {token}"}
        result = send(served, "tools/call", shown, name=name, arguments=arguments).json()["result"]
        failed = bool(result.get("isError"))
        return failed, result["content"][0]["text"] if failed else result.get("structuredContent", result["content"])

    return called


@pytest.mark.parametrize("shown", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}])
@pytest.mark.parametrize("method", ["initialize", "tools/list", "tools/call", "resources/list"])
def test_nothing_is_told_without_the_token(served: httpx.Client, shown: dict[str, str], method: str) -> None:
    answer = send(served, method, shown)
    assert answer.status_code == 401
    assert not any(name in answer.text for name in TOOLS)


@pytest.mark.parametrize("path", ["/", "/mcp", "/mcp/schema", "/sse", "/openapi.json", "/health"])
@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
def test_no_path_is_open(served: httpx.Client, path: str, method: str) -> None:
    assert served.request(method, path).status_code == 401


def test_the_token_is_not_in_the_address(served: httpx.Client, token: str) -> None:
    assert served.post(f"{PATH}?token={token}", json={}).status_code == 401


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1:1"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"content-type": "text/plain"}, 400),
    ],
)
def test_a_page_of_elsewhere_does_not_get_in(
    served: httpx.Client, token: str, header: dict[str, str], code: int
) -> None:
    assert send(served, "tools/list", {"authorization": f"Bearer {token}", **header}).status_code == code


def test_a_call_that_is_too_large_is_refused(served: httpx.Client, token: str) -> None:
    shown = {"authorization": f"Bearer {token}"}
    assert send(served, "tools/call", shown, name="assess", arguments={"text": "a" * 2_000_000}).status_code == 413


def test_an_agent_finds_six_tools_and_nothing_else(served: httpx.Client, token: str) -> None:
    async def look() -> Any:
        shown = httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=300, trust_env=False)
        address = f"{str(served.base_url).rstrip('/')}{PATH}"
        async with (
            shown,
            streamable_http_client(address, http_client=shown) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            listed = await session.list_tools()
            return listed.tools, await session.call_tool("assess", {"text": "crushing chest pain and sweating"})

    tools, assessed = anyio.run(look)
    assert {tool.name for tool in tools} == TOOLS
    assert all(tool.description and "self" not in tool.inputSchema["properties"] for tool in tools)
    assert assessed.structuredContent["triage"] == "emergency"
    assert assessed.structuredContent["red_flags"][0]["source"].startswith("https://")


def test_guidance_comes_with_its_source(call: Called) -> None:
    failed, found = call("search", query="cough", count=2)
    assert not failed
    assert [passage["url"] for passage in found["passages"]] == ["https://example.org/cough"] * 2


def test_a_medicine_is_checked_against_a_record(call: Called) -> None:
    failed, found = call("check", record={"age": 50, "allergies": ["penicillin"]}, candidate="amoxicillin")
    assert not failed
    assert found["verdict"] == "avoid"


def test_pictures_are_marked(call: Called, tmp_path: Path) -> None:
    failed, made = call("generate_image", wish="one normal chest X-ray by the VAE")
    assert not failed
    assert "no real patient" in made[0]["text"]
    (tmp_path / "made.png").write_bytes(base64.b64decode(made[1]["data"]))
    assert "synthetic" in str(Image.open(tmp_path / "made.png").info).lower()


def test_molecules_are_proposed(call: Called) -> None:
    failed, made = call("propose_molecules", wish="two molecules with QED above 0.5")
    assert not failed
    assert len(made["molecules"]) == 2 and made["molecules"][0]["smiles"]


def test_a_conversation_is_summarised_for_who_holds_its_key(call: Called) -> None:
    failed, told = call("summarise", thread=OWN)
    assert (failed, told) == (False, {"text": "S: I cough [1]", "messages": [{"name": "message 1", "text": "I cough"}]})
    assert call("summarise", thread=OTHER) == (True, mcp.UNTOLD)


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("assess", {"text": ""}, "write a message"),
        ("assess", {"text": SECRET * 1000}, "shorten it to 4000"),
        ("assess", {"text": "cough", "age": 400}, "from 0 to 130"),
        ("assess", {"text": [SECRET]}, "text: Input should be a valid string"),
        ("assess", {}, "text: Field required"),
        ("search", {"query": SECRET, "count": 10_000}, "less than or equal to 20"),
        ("check", {"record": {"age": SECRET}, "candidate": "aspirin"}, "age"),
        ("check", {"record": {}, "candidate": " "}, "write a message"),
        ("generate_image", {"wish": "an X-ray of a foot"}, "None of my models makes"),
        ("propose_molecules", {"wish": "make sarin"}, "nerve agent"),
        ("summarise", {"thread": f"{SECRET}' OR 1=1"}, "not one that this server gave"),
        ("summarise", {"thread": "../../etc/passwd"}, "not one that this server gave"),
        ("answer", {"message": SECRET}, "no tool of that name"),
        ("forget", {"thread": OWN}, "no tool of that name"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(call: Called, name: str, arguments: dict[str, Any], sentence: str) -> None:
    failed, told = call(name, **arguments)
    assert failed
    assert sentence in told and "\n" not in told and "Traceback" not in told


def test_a_fault_of_ours_tells_nothing_of_it(
    call: Called, monkeypatch: pytest.MonkeyPatch, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(key: str, visit: Visit) -> Answered:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(desk.doctor, "summary", breaks)
    failed, told = call("summarise", thread=OWN)
    assert failed and told == mcp.BROKEN
    assert SECRET not in caplog.text and OWN not in caplog.text


def test_calls_are_refused_when_the_server_is_about_to_end(call: Called, desk: Desk) -> None:
    desk.pace.shut = True
    try:
        assert call("assess", text="cough") == (True, locale("en").page["closing"])
    finally:
        desk.pace.shut = False


def test_a_token_of_the_settings_makes_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path, mcp_token=SecretStr("correct-horse-battery"))
    other = cast(Desk, SimpleNamespace(settings=settings, pace=Pace(settings)))
    server = serve_mcp(other, free_port())
    server.should_exit = True
    told = capsys.readouterr().out
    assert "AIRMED_MCP_TOKEN" in told and "correct-horse" not in told
    assert list(tmp_path.iterdir()) == []


def test_names_of_elsewhere_can_be_allowed() -> None:
    allowed = rebinding_protection("airmed.example, other.example", 7861)
    assert {"airmed.example", "airmed.example:7861", "other.example", "localhost:7861"} <= set(allowed.allowed_hosts)
    assert "https://airmed.example" in allowed.allowed_origins
    assert "evil.example" not in allowed.allowed_hosts
    assert rebinding_protection("", 7861).allowed_hosts == ["127.0.0.1:7861", "localhost:7861", "[::1]:7861"]


def test_without_the_package_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mcp", None)
    with pytest.raises(SettingsError, match=r"pip install 'airmed\[mcp\]'"):
        check_mcp(7861)


def test_there_has_to_be_a_next_port() -> None:
    with pytest.raises(SettingsError, match="below 65535"):
        check_mcp(65536)


def test_every_tool_has_a_sentence_that_an_agent_reads() -> None:
    assert all(getattr(Tools, name).__doc__ for name in TOOLS)
