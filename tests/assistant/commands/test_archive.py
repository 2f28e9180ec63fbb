"""What tends the records from a terminal, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from assistant.commands.archive import purge, rotate_key
from assistant.errors import RecordsError
from assistant.records.consents import thread_of
from assistant.records.database import open_database
from assistant.records.keeping import Records, open_records
from assistant.records.tables import consents
from assistant.records.vault import read_keys
from assistant.settings import settings
from assistant.visit import Visit
from tests.assistant.records.dossiers import dossier

THREADS = [thread_of(key) for key in ("one", "two", "three")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("AIRMED_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("AIRMED_RETENTION_DAYS", "30")
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def records(folder: Path) -> Iterator[Records]:
    """Three conversations, to the first of which nobody came back."""
    opened = open_records(settings())
    for thread in THREADS:
        opened.consents.give(thread, Visit("en", "GB"))
        opened.cases.keep(thread, dossier())
    long_ago = datetime.now(UTC) - timedelta(days=31)
    with opened.database.writing() as connection:
        connection.execute(update(consents).where(consents.c.thread == THREADS[0]).values(used_at=long_ago))
    yield opened
    opened.database.engine.dispose()


def test_purging_erases_what_nobody_came_back_to(records: Records, capsys: pytest.CaptureFixture[str]) -> None:
    purge()
    assert capsys.readouterr().out == "1 conversation was erased to which nobody came back for 30 days.\n"
    assert [bool(records.cases.of_thread(thread)) for thread in THREADS] == [False, True, True]
    purge()
    assert capsys.readouterr().out.startswith("0 conversations were erased")


def test_a_new_key_is_told_in_one_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_database(settings()).engine.dispose()  # makes the first key
    before = read_keys(folder / "vault.key")
    rotate_key()
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "vault.key" in said and read_keys(folder / "vault.key") != before


def test_the_key_of_a_running_airmed_stays(records: Records, folder: Path) -> None:
    before = read_keys(folder / "vault.key")
    with pytest.raises(RecordsError, match="stop Airmed"):
        rotate_key()
    assert read_keys(folder / "vault.key") == before
