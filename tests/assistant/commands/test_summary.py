"""`airmed summary`, as a person at the terminal meets it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer

from assistant.cli import run
from assistant.commands.summary import summary
from assistant.records.audit import open_audit
from assistant.records.cases import CaseBook
from assistant.records.database import Database, open_database
from assistant.records.judgements import Judgements
from assistant.records.plans import Decision, PlanBook
from assistant.settings import Settings, settings
from tests.assistant.records.exports.made import LINES, PROPOSAL, dossier

Airmed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("AIRMED_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    opened = open_database(Settings(data_dir=tmp_path))
    yield opened
    opened.engine.dispose()
    settings.cache_clear()


@pytest.fixture
def case(database: Database) -> str:
    """A case with a signed plan and a judgement."""
    kept, book = CaseBook(database).keep("thread", dossier(["My head hurts", "I feel sick"])), PlanBook(database)
    book.decide(book.propose("thread", PROPOSAL).id, "Dr Grey", Decision(lines=LINES))
    Judgements(database).give(kept, "Dr Grey", "agree")
    return kept


@pytest.fixture
def airmed(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Airmed:
    """Runs the command: exit code, standard output and standard error."""
    app = typer.Typer()
    app.command()(summary)

    def called(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["airmed", *arguments])
        capsys.readouterr()
        return run(app), *capsys.readouterr()

    return called


def test_a_case_is_written_with_what_people_did_with_it(airmed: Airmed, case: str) -> None:
    code, out, _ = airmed(case)
    assert code == 0 and out.startswith(f"# Case {case}\n")
    assert "“My head hurts” (message 1)" in out and "**Signed by Dr Grey on" in out and ": agrees" in out


def test_fhir_and_the_dossier_are_json(airmed: Airmed, case: str) -> None:
    _, out, _ = airmed(case, "--format", "fhir")
    assert json.loads(out)["type"] == "document"
    _, out, _ = airmed(case, "--json")
    assert json.loads(out)["entries"][0]["text"] == "My head hurts"


def test_a_pdf_needs_a_file(airmed: Airmed, case: str, tmp_path: Path) -> None:
    assert airmed(case, "--format", "pdf") == (2, "", "airmed: A PDF needs a file; name it with -o CASE.pdf.\n")
    file = tmp_path / "case.pdf"
    assert airmed(case, "--format", "pdf", "-o", str(file))[0] == 0
    assert file.read_bytes().startswith(b"%PDF")


def test_the_audit_log_notes_who_took_what(airmed: Airmed, case: str, database: Database) -> None:
    airmed(case, "--format", "fhir")
    airmed(case, "--json")
    found = open_audit(database, settings()).entries(10)
    assert [(one.actor, one.action, one.subject, one.detail) for one in found] == [
        ("command line", "exported", case, {"format": "json"}),
        ("command line", "exported", case, {"format": "fhir"}),
    ]


def test_a_case_that_is_not_there_is_one_sentence(airmed: Airmed, database: Database) -> None:
    code, out, said = airmed("nothing")
    assert (code, out) == (2, "") and said == "airmed: There is no such case; the patient may have erased it.\n"
    assert open_audit(database, settings()).entries(10) == []


def test_a_plan_that_was_altered_is_not_called_signed(airmed: Airmed, case: str, database: Database) -> None:
    from sqlalchemy import update

    from assistant.records.tables import plans

    with database.writing() as connection:
        connection.execute(update(plans).values(decided_by="Dr No"))
    _, out, _ = airmed(case)
    assert "**ALTERED since Dr No decided on it" in out and "Signed by" not in out
