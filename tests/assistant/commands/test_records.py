"""`airmed clinician` and `airmed audit`, as a person at the terminal meets them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator

import pytest
import typer
from sqlalchemy import delete, text, update

from assistant.cli import run
from assistant.commands import records
from assistant.records.audit import AuditLog, open_audit
from assistant.records.database import Database, open_database
from assistant.records.staff import Staff
from assistant.records.tables import entries
from assistant.settings import Settings, settings

PASSWORD = "correct horse battery"
Airmed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("airmed")
    monkeypatch.setenv("AIRMED_DATA_DIR", str(folder))
    settings.cache_clear()
    opened = open_database(Settings(data_dir=folder))
    yield opened
    opened.engine.dispose()
    settings.cache_clear()


@pytest.fixture
def log(database: Database) -> AuditLog:
    opened = open_audit(database, settings())
    for number in range(3):
        opened.note("Dr Grey", "signed", f"plan-{number}", {"codes": ["J45", "[red]"[1:4]], "held": True})
    return opened


@pytest.fixture
def airmed(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Airmed:
    """Runs a command: exit code, standard output and standard error."""
    app = typer.Typer()
    app.command()(records.clinician)
    app.add_typer(records.audit, name="audit")

    def called(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["airmed", *arguments])
        capsys.readouterr()
        return run(app), *capsys.readouterr()

    return called


def test_a_clinician_and_an_auditor_can_sign_in(airmed: Airmed, database: Database) -> None:
    assert airmed("clinician", " Dr  Grey", "--password", PASSWORD)[:2] == (
        0,
        "Dr Grey can sign in on the page /clinician as clinician.\n",
    )
    assert airmed("clinician", "Ms Audit", "--password", PASSWORD, "--role", "auditor")[0] == 0
    staff = Staff(database)
    assert staff.act(staff.enter("Dr Grey", PASSWORD), "clinician")
    assert staff.act(staff.enter("Ms Audit", PASSWORD), "auditor")


def test_an_account_is_noted_in_the_log(airmed: Airmed, database: Database) -> None:
    airmed("clinician", "Dr Grey", "--password", PASSWORD)
    (entry,) = open_audit(database, settings()).entries(9)
    assert (entry.actor, entry.action, entry.detail) == (
        "Dr Grey",
        "account_set",
        {"role": "clinician", "by": "command-line"},
    )


@pytest.mark.parametrize("arguments", [("--password", "short"), ("--password", PASSWORD, "--role", "boss")])
def test_what_cannot_be_an_account_is_one_line(airmed: Airmed, arguments: tuple[str, ...]) -> None:
    code, out, err = airmed("clinician", "Dr Grey", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert PASSWORD not in err


def test_a_whole_log_is_one_sentence(airmed: Airmed, log: AuditLog) -> None:
    code, out, err = airmed("audit", "verify")
    assert (code, err) == (0, "")
    assert out.startswith("Whole: 3 entries, 0 days sealed") and out.endswith(f"3:{log.head()[1]}\n")
    assert json.loads(airmed("audit", "verify", "--json")[1]) == {
        "faults": [],
        "entries": 3,
        "sealed_days": 0,
        "head": f"3:{log.head()[1]}",
    }


def test_what_is_wrong_with_a_log_is_told(airmed: Airmed, log: AuditLog, database: Database) -> None:
    with database.writing() as connection:
        connection.execute(update(entries).where(entries.c.seq == 2).values(actor="Dr Who"))
    code, out, err = airmed("audit", "verify")
    assert (code, out) == (2, "") and err.startswith("Entry 2 was altered") and err.count("\n") == 1
    code, out, _ = airmed("audit", "verify", "--json")
    assert code == 2 and len(json.loads(out)["faults"]) == 1


def test_a_head_that_was_kept_is_asked_for(airmed: Airmed, log: AuditLog, database: Database) -> None:
    head = "{}:{}".format(*log.head())
    assert airmed("audit", "verify", "--head", head)[0] == 0
    with database.writing() as connection:
        connection.execute(delete(entries).where(entries.c.seq == 3))
    assert airmed("audit", "verify")[0] == 0
    assert airmed("audit", "verify", "--head", head)[0] == 2


@pytest.mark.parametrize("head", ["3", "x:y", ":abc", "3:", "²:abc"])
def test_a_head_that_is_none_is_one_line(airmed: Airmed, head: str) -> None:
    code, _, err = airmed("audit", "verify", "--head", head)
    assert code == 2 and "Give the head" in err and err.count("\n") == 1


def test_an_auditors_own_public_key_is_taken(airmed: Airmed, log: AuditLog) -> None:
    assert airmed("audit", "verify", "--public", str(settings().audit_public))[0] == 0
    code, _, err = airmed("audit", "verify", "--public", str(settings().audit_file))
    assert code == 2 and "audit.pub" in err and err.count("\n") == 1


def test_the_log_is_shown(airmed: Airmed, log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    code, out, _ = airmed("audit", "show", "--most", "2")
    assert code == 0 and "plan-2" in out and "plan-1" in out and "plan-0" not in out
    assert "codes J45 red, held True" in out
    told = json.loads(airmed("audit", "show", "--json")[1])["entries"]
    assert [one["seq"] for one in told] == [3, 2, 1] and told[0]["detail"]["held"] is True


def test_an_altered_entry_commands_no_terminal(
    airmed: Airmed, log: AuditLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    with database.writing() as connection:
        connection.execute(update(entries).where(entries.c.seq == 3).values(actor="\x1b[2J[red]x", action="\x07"))
        connection.execute(text("UPDATE audit_entries SET subject = x'00ff' WHERE seq = 2"))
    code, out, _ = airmed("audit", "show")
    assert code == 0 and "\x1b[2J" not in out and "\x07" not in out and "[red]x" in out
    assert airmed("audit", "show", "--json")[0] == 0


def test_an_empty_log_is_shown_and_whole(airmed: Airmed) -> None:
    assert airmed("audit", "show")[0] == 0
    assert airmed("audit", "verify")[1].startswith("Whole: 0 entries")
