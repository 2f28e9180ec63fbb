"""The records of a test, on SQLite and on a PostgreSQL server of this run's own."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from assistant.records.database import Database, open_database
from assistant.settings import Settings

PROGRAMS = Path("/usr/lib/postgresql")  # where Debian installs the server, a folder for every version
OWNER = "postgres"  # the server refuses to run as root


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server that ends with the run, however that ends; without a database's name."""
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'airmed[postgres]'")
    found = sorted(PROGRAMS.glob("*/bin"), key=lambda path: int(path.parts[-2]))
    if not found:
        pytest.skip(f"needs the PostgreSQL server of Debian in {PROGRAMS}: apt-get install postgresql")
    folder, port, user = Path(tempfile.mkdtemp(prefix="airmed-pg-")), _free_port(), _user()
    data, url = str(folder / "data"), f"postgresql://{OWNER}@127.0.0.1:{port}"
    options = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-c", "fsync=off", "-c", "max_connections=60"]
    try:
        shutil.chown(folder, user)
        made = [found[-1] / "initdb", "-D", data, "-A", "trust", "-U", OWNER, "-E", "UTF8", "--no-sync"]
        subprocess.run([*_as(user), *made], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=120)
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([*_as(user), found[-1] / "postgres", "-D", data, *options], stderr=log, cwd="/")
        try:
            _wait(server, url)
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            server.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _user() -> str:
    """The user that the server runs as: ourselves, or where we are root, the one that Debian made for it."""
    ours = pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() != 0:
        return ours
    try:
        return pwd.getpwnam(OWNER).pw_name
    except KeyError:
        pytest.skip(f"needs the user {OWNER!r}: PostgreSQL refuses to run as root")


def _as(user: str) -> list[str]:
    """Runs what follows as a user, and ends it when this process is killed."""
    becoming = ["--reuid", user, "--regid", user, "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *becoming, "--pdeathsig", "QUIT"]


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    import psycopg

    for _ in range(600):
        with suppress(psycopg.OperationalError):
            psycopg.connect(f"{url}/postgres").close()
            return
        assert server.poll() is None, "the PostgreSQL server ended"
        time.sleep(0.1)
    pytest.fail("the PostgreSQL server does not answer")


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
