"""Tokens that programs show, and the file that one is made in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assistant.errors import SettingsError
from assistant.settings import Settings
from assistant.web.bearer import shows, token_in

TOKEN = "correct-horse-battery"


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer  {TOKEN} "])
def test_the_token_lets_in(header: str) -> None:
    assert shows(header, TOKEN)


@pytest.mark.parametrize("header", ["", "Bearer", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"])
def test_nothing_else_does(header: str) -> None:
    assert not shows(header, TOKEN)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer "])
def test_an_empty_token_lets_nobody_in(header: str) -> None:
    assert not shows(header, "")


@given(st.text())
def test_any_header_can_be_compared(header: str) -> None:
    assert shows(header, TOKEN) == (header.lower().startswith("bearer ") and header[7:].strip() == TOKEN)


def test_a_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "mcp.token"
    token = token_in(path)
    assert len(token) >= 32 and token_in(path) == token
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["mcp.token"]


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mcp.token").write_bytes(content)
    with pytest.raises(SettingsError, match="delete it, and a new one is made"):
        token_in(tmp_path / "mcp.token")


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        token_in(tmp_path / "gone" / "mcp.token")


@pytest.mark.parametrize("name", ["metrics_token", "mcp_token"])
def test_a_token_that_can_be_guessed_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="is too short"):
        Settings(**{name: "secret"})
    assert TOKEN not in repr(Settings(**{name: TOKEN}))
