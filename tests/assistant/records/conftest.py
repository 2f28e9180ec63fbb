"""The records of a test, on SQLite and on a PostgreSQL server of this run's own."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.records.database import Database, open_database
from assistant.settings import Settings

PROGRAMS = Path("/usr/lib/postgresql")  # where Debian installs the server, a folder for every version
OWNER = "postgres"  # the server refuses to run as root


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server that ends with the run, without a database's name."""
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'airmed[postgres]'")
    found = sorted(PROGRAMS.glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip(f"needs the PostgreSQL server of Debian in {PROGRAMS}: apt-get install postgresql")
    folder, port = Path(tempfile.mkdtemp(prefix="airmed-pg-")), _free_port()
    try:
        _give_away(folder)
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=60"
        _run(found[-1].parent / "initdb", folder / "data", "-A", "trust", "-U", OWNER, "-E", "UTF8", "--no-sync")
        _run(found[-1], folder / "data", "-w", "-l", str(folder / "log"), "-o", options, "start")
        yield f"postgresql://{OWNER}@127.0.0.1:{port}"
        _run(found[-1], folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _give_away(folder: Path) -> None:
    """To the user that the server runs as, where we are root."""
    if os.geteuid() == 0:
        try:
            user = pwd.getpwnam(OWNER)
        except KeyError:
            pytest.skip(f"needs the user {OWNER!r}: PostgreSQL refuses to run as root")
        os.chown(folder, user.pw_uid, user.pw_gid)


def _run(program: Path, data: Path, *arguments: str) -> None:
    command = [str(program), "-D", str(data), *arguments]
    if os.geteuid() == 0:
        command = ["runuser", "-u", OWNER, "--", *command]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60)


@pytest.fixture(params=["sqlite", "postgres"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings whose records are empty, on each of the two databases."""
    if request.param == "sqlite":
        yield Settings(data_dir=tmp_path)
        return
    import psycopg

    server, name = request.getfixturevalue("postgres"), f"airmed_{secrets.token_hex(6)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield Settings(data_dir=tmp_path, database_url=f"{server}/{name}")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(records: Settings) -> Iterator[Database]:
    """Empty records on each of the two databases; `records` are the settings that open them again."""
    opened = open_database(records)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def replica(records: Settings, database: Database) -> Iterator[Callable[[], Database]]:
    """Opens the same records once more, as another process would."""
    opened: list[Database] = []

    def another() -> Database:
        opened.append(open_database(records))
        return opened[-1]

    yield another
    for one in opened:
        one.engine.dispose()
