"""Opening the records: old databases are brought up to date, and what cannot be opened is one sentence."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from assistant.errors import AirmedError, RecordsError, SettingsError
from assistant.records.database import Database, open_database
from assistant.records.tables import metadata
from assistant.settings import Settings

BEFORE = """
CREATE TABLE clinicians (name TEXT PRIMARY KEY, hash TEXT NOT NULL, failures INTEGER NOT NULL DEFAULT 0,
    closed_until REAL NOT NULL DEFAULT 0);
CREATE TABLE plans (id TEXT PRIMARY KEY, thread TEXT, proposal TEXT);
CREATE TABLE feedback (thread TEXT, answer INTEGER, liked INTEGER);
CREATE TABLE checkpoints (thread_id TEXT, checkpoint BLOB);
CREATE TABLE writes (thread_id TEXT, value BLOB);
INSERT INTO clinicians VALUES ('Dr Grey', '$argon2id$hash', 5, 9999999999.0);
INSERT INTO plans VALUES ('a', 'thread', 'Wilhelmina has gout');
INSERT INTO checkpoints VALUES ('thread', 'Wilhelmina has gout');
"""


def test_every_table_is_made_and_a_second_time_changes_nothing(database: Database, records: Settings) -> None:
    with database.writing() as connection:
        connection.execute(
            text("INSERT INTO staff (name, role, hash, failures) VALUES ('Dr Grey', 'clinician', 'x', 0)")
        )
    again = open_database(records)
    assert set(metadata.tables) <= set(inspect(again.engine).get_table_names())
    with again.reading() as connection:
        assert connection.execute(text("SELECT name FROM staff")).scalars().all() == ["Dr Grey"]
    again.engine.dispose()


def test_accounts_go_on_and_what_was_not_sealed_is_deleted(tmp_path: Path) -> None:
    chosen = Settings(data_dir=tmp_path)
    with sqlite3.connect(chosen.database) as connection:
        connection.executescript(BEFORE)
    connection.close()
    database = open_database(chosen)
    with database.reading() as reading:
        (account,) = reading.execute(text("SELECT name, role, hash, failures, closed_until FROM staff")).all()
    assert tuple(account) == ("Dr Grey", "clinician", "$argon2id$hash", 0, None)
    assert not {"clinicians", "plans", "feedback", "checkpoints", "writes"} & set(
        inspect(database.engine).get_table_names()
    )
    database.engine.dispose()
    assert not any(b"Wilhelmina" in path.read_bytes() for path in tmp_path.iterdir())


def test_processes_that_start_at_once_all_open(records: Settings) -> None:
    url = records.database_url.get_secret_value()
    given = {"AIRMED_DATA_DIR": str(records.data_dir), "AIRMED_DATABASE_URL": url}
    code = "from assistant.records.database import *; from assistant.settings import *; open_database(settings())"
    started = [subprocess.Popen([sys.executable, "-c", code], env={**os.environ, **given}) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]


def test_the_file_is_readable_by_the_owner_alone(tmp_path: Path) -> None:
    chosen = Settings(data_dir=tmp_path)
    open_database(chosen).engine.dispose()
    assert chosen.database.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "url", ["mysql://localhost/x", "sqlite:///x", "nonsense", "://", "http://u:secret@h/x", "postgresql+asyncpg://h/x"]
)
def test_a_url_of_something_else_is_one_sentence(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="AIRMED_DATABASE_URL") as caught:
        open_database(Settings(data_dir=tmp_path, database_url=url))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_server_that_does_not_answer_is_one_sentence_without_the_password(scheme: str, tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    url = f"{scheme}://airmed:secret@127.0.0.1:1/airmed"
    with pytest.raises(RecordsError, match="cannot be used") as caught:
        open_database(Settings(data_dir=tmp_path, database_url=url))
    assert "127.0.0.1" in str(caught.value) and "secret" not in str(caught.value)


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"x" * 4096])
def test_a_damaged_file_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    chosen = Settings(data_dir=tmp_path)
    chosen.database.write_bytes(content)
    with pytest.raises(AirmedError, match="cannot be used"):
        open_database(chosen)


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as connection:
        connection.execute(text("INSERT INTO staff (name, role, hash, failures) VALUES ('a', 'clinician', 'x', 0)"))
        raise RuntimeError
    with database.reading() as reading:
        assert reading.execute(text("SELECT count(*) FROM staff")).scalar() == 0
