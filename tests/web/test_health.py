"""What a load balancer and Prometheus hear, from an app that Gradio has launched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest

from assistant.records.cases import CaseBook
from assistant.records.database import open_database
from assistant.settings import Settings
from assistant.web.health import Probes, add_routes, is_here
from assistant.web.limits import Pace
from assistant.web.metrics import Metrics
from tests.web.server import free_port

TOKEN = "correct-horse-battery"


def make_probes(settings: Settings) -> Probes:
    database, pace = open_database(settings), Pace(settings)
    return Probes(settings, pace, database, Metrics(pace, CaseBook(database)))


@pytest.fixture
def probes(tmp_path: Path) -> Probes:
    return make_probes(Settings(data_dir=tmp_path))


@pytest.fixture
def served(probes: Probes) -> Iterator[httpx.Client]:
    with gr.Blocks(analytics_enabled=False) as demo:
        gr.Markdown("page")
    with demo.route("Studio", "/studio"):
        gr.Markdown("studio")
    port = free_port()
    demo.launch(server_port=port, prevent_thread_lock=True, quiet=True, ssr_mode=False)
    add_routes(demo.app, probes)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
        yield client
    demo.close(verbose=False)


def test_the_three_paths_beside_the_pages(served: httpx.Client, probes: Probes) -> None:
    assert served.get("/health").status_code == 200
    assert (served.get("/ready").status_code, served.get("/ready").text) == (503, "The doctor is being opened.")
    probes.opened = True
    assert served.get("/ready").status_code == 200
    assert "airmed_build_info" in served.get("/metrics").text
    assert served.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 403
    assert served.get("/studio").status_code == served.get("/").status_code == 200
    assert served.post("/health").status_code == 405


def ask(probes: Probes, what: str, host: str = "127.0.0.1", **headers: str) -> tuple[int, str]:
    request = SimpleNamespace(client=SimpleNamespace(host=host), headers=headers)
    told = getattr(probes, what)(request)
    return told.status_code, bytes(told.body).decode()


def test_a_database_that_does_not_answer_is_one_sentence(probes: Probes, tmp_path: Path) -> None:
    probes.opened = True
    probes._database.engine.dispose()
    for file in tmp_path.glob("airmed.sqlite*"):
        file.unlink()
    (tmp_path / "airmed.sqlite").mkdir()
    assert ask(probes, "ready") == (503, "The database does not answer.")


def test_a_server_that_is_about_to_end_is_alive_and_not_ready(probes: Probes) -> None:
    probes.opened = True
    assert probes._pace.close(0)
    assert ask(probes, "ready") == (503, "Airmed is about to end.")


@pytest.mark.parametrize("host", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "unix"])
def test_metrics_are_for_this_machine(probes: Probes, host: str) -> None:
    assert ask(probes, "metrics", host)[0] == 403


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "via"])
def test_metrics_are_not_for_who_comes_through_a_proxy(probes: Probes, header: str) -> None:
    assert ask(probes, "metrics", **{header: "127.0.0.1"})[0] == 403


def test_metrics_with_a_token_are_for_who_shows_it(tmp_path: Path) -> None:
    probes = make_probes(Settings(data_dir=tmp_path, metrics_token=TOKEN))
    assert ask(probes, "metrics")[0] == 401
    assert ask(probes, "metrics", authorization="Bearer wrong")[0] == 401
    code, text = ask(probes, "metrics", "192.0.2.1", authorization=f"Bearer {TOKEN}")
    assert code == 200 and "airmed_messages" in text and TOKEN not in text


def test_this_machine_by_every_name() -> None:
    for host in ("127.0.0.1", "127.9.9.9", "::1"):
        assert is_here(SimpleNamespace(client=SimpleNamespace(host=host), headers={}))  # type: ignore[arg-type]
    assert not is_here(SimpleNamespace(client=None, headers={}))  # type: ignore[arg-type]
