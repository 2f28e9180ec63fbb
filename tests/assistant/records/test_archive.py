"""Everything of a conversation: given to its patient, or erased so that a tombstone is all there is."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from assistant.records.album import Album
from assistant.records.archive import Archive
from assistant.records.audit import open_audit
from assistant.records.cases import CaseBook
from assistant.records.consents import Consents, thread_of
from assistant.records.database import Database
from assistant.records.feedback import Feedback
from assistant.records.filters import Filters
from assistant.records.judgements import Judgements
from assistant.records.plans import Decision, PlanBook, PlanDraft, PlanLine, Proposal
from assistant.records.tables import consents, metadata
from assistant.settings import Settings
from assistant.visit import Visit
from tests.assistant.records.dossiers import TYPED, dossier

LINE = PlanLine(kind="medication", name="Metformin")
PROPOSAL = Proposal(patient=("Aged 61",), drafts=(PlanDraft(lines=(LINE,)),))
THREAD, OTHER = thread_of("one"), thread_of("two")


@pytest.fixture
def archive(database: Database, records: Settings) -> Archive:
    held = Consents(database)
    return Archive(
        database=database,
        consents=held,
        cases=CaseBook(database),
        plans=PlanBook(database),
        feedback=Feedback(database),
        album=Album(records.pictures_dir, database.vault, held.holds),
        audit=open_audit(database, records),
    )


@dataclass(frozen=True)
class Held:
    """What is held of a conversation."""

    case: str
    signed: str


def fill(archive: Archive, thread: str) -> Held:
    archive.consents.give(thread, Visit("en", "GB"))
    case = archive.cases.keep(thread, dossier())
    signed = archive.plans.propose(thread, PROPOSAL).id
    archive.plans.decide(signed, "Dr Grey", Decision(lines=(LINE,), note="slowly"))
    archive.plans.propose(thread, PROPOSAL)
    archive.plans.decide(archive.plans.propose(thread, PROPOSAL).id, "Dr Who", Decision(lines=()))
    archive.feedback.give(thread, 0, liked=True)
    archive.album.keep(thread, "a", b"png")
    Judgements(archive.database).give(case, "Dr Grey", "unsafe", note="It was an infarction")
    return Held(case, signed)


def counts(archive: Archive) -> dict[str, int]:
    """How many rows there are, of the tables that have any; and how many pictures."""
    tables = [table for table in metadata.sorted_tables if table.name not in ("alembic_version", "audit_seals")]
    with archive.database.reading() as connection:
        rows = {table.name: connection.execute(select(func.count()).select_from(table)).scalar() for table in tables}
    return {name: count for name, count in rows.items() if count} | {"pictures": len(list(archive.album.pictures()))}


def told(archive: Archive) -> list[tuple[str, str, str]]:
    return [(entry.actor, entry.action, entry.subject) for entry in archive.audit.entries(10)]


@pytest.mark.parametrize("because", ["erased", "withdrawn"])
def test_erasing_leaves_a_tombstone_alone(archive: Archive, because: str) -> None:
    case = fill(archive, THREAD).case
    archive.erase(THREAD, because)
    assert counts(archive) == {"audit_entries": 1, "pictures": 0}
    assert told(archive) == [("patient", because, case)] and archive.audit.entries(1)[0].detail == {}


def test_the_conversations_of_others_stay(archive: Archive) -> None:
    fill(archive, THREAD)
    drafted = archive.plans.propose("", PROPOSAL)
    before = archive.export(THREAD) | {"exported_at": ""}
    fill(archive, OTHER)
    archive.erase(OTHER)
    archive.erase(OTHER)  # a second time there is nothing left to tell
    assert archive.export(THREAD) | {"exported_at": ""} == before
    assert archive.plans.plan(drafted.id) == drafted and archive.album.picture(THREAD, "a") == b"png"
    assert len(told(archive)) == 1


def test_a_conversation_without_a_case_is_known_by_a_part_of_its_hash(archive: Archive) -> None:
    archive.consents.give(THREAD, Visit("en", "GB"))
    archive.erase(THREAD)
    assert told(archive) == [("patient", "erased", THREAD[:16])]


def test_who_agreed_to_nothing_leaves_no_trace(archive: Archive) -> None:
    archive.feedback.give(THREAD, 0, liked=True)
    archive.album.keep(THREAD, "a", b"png")
    archive.erase(THREAD)
    assert counts(archive) == {"pictures": 0}


def test_what_was_broken_off_is_found_again(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(archive, THREAD)
    with monkeypatch.context() as broken:
        broken.setattr(CaseBook, "erase", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            archive.erase(THREAD)
    assert archive.consents.holds(THREAD)
    archive.erase(THREAD)
    assert counts(archive) == {"audit_entries": 1, "pictures": 0}


def test_a_conversation_that_nobody_came_back_to_is_purged(archive: Archive) -> None:
    case, forgotten = fill(archive, THREAD).case, []
    fill(archive, OTHER)
    assert archive.purge(30, forgotten.append) == 0
    long_ago = datetime.now(UTC) - timedelta(days=30, minutes=1)
    with archive.database.writing() as connection:
        connection.execute(update(consents).where(consents.c.thread == THREAD).values(used_at=long_ago))
    assert archive.purge(31, forgotten.append) == 0 and forgotten == []
    assert archive.purge(30, forgotten.append) == 1 and forgotten == [THREAD]
    assert told(archive) == [("airmed", "purged", case)]
    assert not archive.consents.holds(THREAD) and archive.plans.of_thread(THREAD) == []
    assert archive.consents.holds(OTHER) and len(archive.cases.ids(Filters())) == 1
    assert archive.purge(30, forgotten.append) == 0


def test_a_conversation_whose_memory_cannot_be_deleted_is_purged_another_time(archive: Archive) -> None:
    fill(archive, THREAD)
    long_ago = datetime.now(UTC) - timedelta(days=99)
    with archive.database.writing() as connection:
        connection.execute(update(consents).values(used_at=long_ago))
    with pytest.raises(ZeroDivisionError):
        archive.purge(30, lambda _: 1 / 0)
    assert archive.purge(30, lambda _: None) == 1


def test_an_export_holds_everything_and_is_plain_json(archive: Archive) -> None:
    held = fill(archive, THREAD)
    fill(archive, OTHER)
    archive.cases.close(held.case, "Dr Grey")
    given = json.loads(json.dumps(archive.export(THREAD)))
    assert given["consent"]["country"] == "GB" and datetime.fromisoformat(given["consent"]["given_at"]).tzinfo
    assert [entry["by"] for entry in given["conversation"]] == ["patient", "doctor"]
    assert given["conversation"][0]["text"] == TYPED
    case = given["case"]
    assert (case["id"], case["closed_by"], case["urgency"]) == (held.case, "Dr Grey", "routine")
    assert case["closed_at"] and case["findings"][0]["id"] == "chest-pain" and "entries" not in case
    assert [plan["state"] for plan in given["plans"]] == ["signed", "waiting", "rejected"]
    signed = given["plans"][0]
    assert (signed["id"], signed["decided_by"], signed["decision"]["note"]) == (held.signed, "Dr Grey", "slowly")
    assert [one["note"] for one in given["judgements"]] == ["It was an infarction"]
    assert given["feedback"] == [{"answer": 0, "liked": True}]


def test_an_export_of_nothing_is_empty(archive: Archive) -> None:
    fill(archive, OTHER)
    given = archive.export(THREAD)
    assert given.pop("exported_at")
    assert not any(given.values()) and json.dumps(given)


def test_no_key_of_a_conversation_is_in_its_export(archive: Archive) -> None:
    fill(archive, THREAD)
    assert THREAD not in json.dumps(archive.export(THREAD))


def test_an_erased_conversation_cannot_be_read_in_the_files(archive: Archive, records: Settings) -> None:
    fill(archive, THREAD)
    archive.erase(THREAD)
    archive.database.engine.dispose()
    files = [path for path in Path(records.data_dir).rglob("*") if path.is_file()]
    assert not any(THREAD.encode() in path.read_bytes() or THREAD in str(path) for path in files)


def test_a_record_that_was_altered_does_not_keep_a_conversation_from_being_erased(archive: Archive) -> None:
    fill(archive, THREAD)
    other = Database(archive.database.engine, type(archive.database.vault)([b"x" * 32]))
    blind = replace(archive, database=other, cases=CaseBook(other), plans=PlanBook(other))
    blind.erase(THREAD)
    assert counts(archive) == {"audit_entries": 1, "pictures": 0}
