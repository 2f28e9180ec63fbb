from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant import PRIVATE_BY_DEFAULT
from assistant.errors import AirmedError, SettingsError
from assistant.settings import EMBEDDED, Settings, settings


@pytest.fixture(autouse=True)
def read_anew() -> Iterator[None]:
    """Settings are read once a process; here once a test."""
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_nothing_needs_to_be_set() -> None:
    chosen = settings()
    assert (chosen.llm, chosen.region, chosen.llm_model) == (EMBEDDED, "", "")
    assert chosen.threads >= 1 and chosen.visitors >= 1
    assert chosen.data_dir.name == "airmed"


def test_settings_are_read_once_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRMED_REGION", "gb")
    assert settings().region == "gb"
    monkeypatch.setenv("AIRMED_REGION", "us")
    assert settings().region == "gb"


@pytest.mark.parametrize("value", ["embedded", "hub:org/model", "http://localhost:8000/v1", "https://llm.example/v1"])
def test_every_kind_of_chat_model_can_be_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AIRMED_LLM", value)
    assert settings().llm == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AIRMED_LLM", "gpt-5"),
        ("AIRMED_LLM", "hub:"),
        ("AIRMED_LLM", ""),
        ("AIRMED_LLM", "ftp://server"),
        ("AIRMED_REGION", "GBR"),
        ("AIRMED_REGION", "4"),
        ("AIRMED_THREADS", "0"),
        ("AIRMED_THREADS", "all"),
        ("AIRMED_VISITORS", "-1"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        settings()
    assert str(error.value).startswith(name) and "\n" not in str(error.value)
    assert isinstance(error.value, AirmedError)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().llm = "hub:other"  # type: ignore[misc]


def test_everything_is_kept_in_the_data_folder(tmp_path: Path) -> None:
    chosen = Settings(data_dir=tmp_path / "a" / "b")
    assert chosen.prepare_data_dir() == tmp_path / "a" / "b"
    assert all(tmp_path in path.parents for path in (chosen.database, chosen.index_dir, chosen.guidelines_dir))
    assert list(chosen.data_dir.iterdir()) == []
    assert chosen.data_dir.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("below", ["", "data", "data/deeper"])
def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SettingsError) as error:
        Settings(data_dir=tmp_path / "file" / below).prepare_data_dir()
    assert "AIRMED_DATA_DIR" in str(error.value) and "\n" not in str(error.value)


def test_a_read_only_data_folder_is_one_sentence(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(SettingsError, match="cannot be written"):
        Settings(data_dir=tmp_path).prepare_data_dir()


@pytest.mark.parametrize("module", ["assistant.cli", "assistant.doctor", "assistant.settings"])
def test_nothing_is_sent_out_whatever_is_imported_first(module: str) -> None:
    if module == "assistant.doctor":
        code = "from langgraph.checkpoint.serde._msgpack import STRICT_MSGPACK_ENABLED; assert STRICT_MSGPACK_ENABLED"
    else:
        code = f"import os; assert {PRIVATE_BY_DEFAULT!r}.items() <= os.environ.items()"
    variables = {name: value for name, value in os.environ.items() if name not in PRIVATE_BY_DEFAULT}
    subprocess.run([sys.executable, "-c", f"import {module}; {code}"], env=variables, timeout=120, check=True)


def test_what_the_user_chose_is_kept() -> None:
    code = "import os, assistant; assert os.environ['LANGSMITH_TRACING'] == 'true'"
    subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "LANGSMITH_TRACING": "true"}, timeout=60, check=True
    )
