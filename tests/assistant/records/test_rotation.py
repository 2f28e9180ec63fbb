"""A new key: everything opens with it alone, whatever happens on the way."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from sqlalchemy import select, update

from assistant.errors import RecordsError, SettingsError
from assistant.records import rotation
from assistant.records.album import Album
from assistant.records.audit import open_audit
from assistant.records.cases import CaseBook
from assistant.records.consents import Consents
from assistant.records.database import Database, open_database
from assistant.records.judgements import Judgements
from assistant.records.memory import Memory, open_memory
from assistant.records.plans import Decision, PlanBook, PlanDraft, PlanLine, Proposal
from assistant.records.rotation import reseal, rotate
from assistant.records.tables import cases
from assistant.records.vault import Vault, read_keys
from assistant.settings import Settings
from assistant.visit import Visit
from tests.assistant.records.dossiers import TYPED, dossier

OLD, NEW = b"o" * 32, b"n" * 32
PROPOSAL = Proposal(patient=("Aged 61",), drafts=(PlanDraft(lines=(PlanLine(kind="test", name="ECG"),)),))
PLACE: RunnableConfig = {"configurable": {"thread_id": "0", "checkpoint_ns": ""}}
THREADS = 5
WHOLE = THREADS * (3 + 2 + 3 + 1) + 2  # of each a case, judgements, plans and a picture; a checkpoint and a write


@pytest.fixture
def chosen(records: Settings) -> Settings:
    """Records that hold something of every kind, sealed with the key of a file."""
    database = open_database(records)
    fill(records, database)
    database.engine.dispose()
    return records


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)


def fill(settings: Settings, database: Database) -> None:
    consents, plans = Consents(database), PlanBook(database)
    album = Album(settings.pictures_dir, database.vault, consents.holds)
    for number in range(THREADS):
        thread = str(number)
        consents.give(thread, Visit("en", "GB"))
        case = CaseBook(database).keep(thread, dossier(title=thread), np.full(8, number, np.float32))
        for name in ("Dr Grey", "Dr Who"):
            Judgements(database).give(case, name, "unsafe", note=f"{name} on {thread}")
        plans.decide(plans.propose(thread, PROPOSAL).id, "Dr Grey", Decision(lines=(), note=thread))
        plans.propose(thread, PROPOSAL)
        album.keep(thread, "a", thread.encode())
    with opened(settings, database) as memory:
        versions = {"messages": "1"}
        said = {"channel_values": {"messages": [TYPED]}, "channel_versions": versions}
        there = memory.put(PLACE, {**empty_checkpoint(), **said}, {}, versions)
        memory.put_writes(there, [("messages", f"{TYPED} again")], "task")


@contextmanager
def opened(settings: Settings, database: Database) -> Iterator[Memory]:
    """The doctor's memory, closed again as when Airmed is stopped."""
    memory = open_memory(settings, database, lambda _: True)
    yield memory
    kept: Any = memory._kept
    kept.conn.close()


def check(settings: Settings, database: Database) -> None:
    """Everything that was filled in opens."""
    book, plans = CaseBook(database), PlanBook(database)
    album = Album(settings.pictures_dir, database.vault, Consents(database).holds)
    assert sorted(float(vector[0]) for _, _, vector in book.vectors()) == list(range(THREADS))
    for number in range(THREADS):
        thread = str(number)
        case = book.case(book.of_thread(thread))
        assert case.head.title == thread and case.dossier.entries[0].text == TYPED
        notes = [one.note for one in Judgements(database).of(case.head.id)]
        assert notes == [f"{name} on {thread}" for name in ("Dr Grey", "Dr Who")]
        decided, waiting = plans.of_thread(thread)
        assert decided.decision and decided.decision.note == thread and plans.is_intact(decided)
        assert waiting.proposal == PROPOSAL and album.picture(thread, "a") == thread.encode()
    with opened(settings, database) as memory:
        last = memory.get_tuple(PLACE)
    assert last and last.checkpoint["channel_values"] == {"messages": [TYPED]}
    assert last.pending_writes == [("task", "messages", f"{TYPED} again")]


# Sealing anew -------------------------------------------------------------------------------------


@pytest.fixture
def old(records: Settings) -> Iterator[Database]:
    database = replace(open_database(records), vault=Vault([OLD]))
    fill(records, database)
    yield database
    database.engine.dispose()


def with_keys(settings: Settings, database: Database, *keys: bytes) -> tuple[Database, Album]:
    other = replace(database, vault=Vault(keys))
    return other, Album(settings.pictures_dir, other.vault, Consents(other).holds)


@pytest.mark.usefixtures("small_batches")
def test_everything_opens_with_the_new_key_alone(records: Settings, old: Database) -> None:
    done = reseal(*with_keys(records, old, NEW, OLD))
    assert done.count == WHOLE and done.unreadable == ()
    check(records, with_keys(records, old, NEW)[0])
    assert reseal(*with_keys(records, old, NEW)).count == 0


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("after", [1, 12, 33, 46])
def test_what_was_broken_off_goes_on_where_it_was(
    records: Settings, old: Database, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, sealing = 0, Vault.seal

    def until(vault: Vault, content: bytes, place: str) -> bytes:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt
        return sealing(vault, content, place)

    with monkeypatch.context() as broken:
        broken.setattr(Vault, "seal", until)
        with pytest.raises(KeyboardInterrupt):
            reseal(*with_keys(records, old, NEW, OLD))
    check(records, with_keys(records, old, NEW, OLD)[0])
    left = reseal(*with_keys(records, old, NEW, OLD)).count
    assert WHOLE - after <= left <= WHOLE - after + 1  # a batch that was broken off is not kept
    check(records, with_keys(records, old, NEW)[0])


@pytest.mark.usefixtures("small_batches")
def test_what_does_not_open_stays_as_it_is_and_is_told(records: Settings, old: Database) -> None:
    with old.writing() as connection:
        of = [cases.c.thread == str(number) for number in (0, 1)]
        moved = connection.execute(select(cases.c.title).where(of[0])).scalar()
        connection.execute(update(cases).where(of[1]).values(title=moved))
    (picture,) = records.pictures_dir.glob("3/*")
    picture.write_bytes(b"x" * 60)
    done = reseal(*with_keys(records, old, NEW, OLD))
    assert done.unreadable == ("cases", "pictures") and done.count == WHOLE - 2
    assert picture.read_bytes() == b"x" * 60
    with old.reading() as connection:
        assert connection.execute(select(cases.c.title).where(of[1])).scalar() == moved


# Rotation -----------------------------------------------------------------------------------------


def test_a_key_file_has_a_new_key_alone_afterwards(chosen: Settings) -> None:
    (before,) = read_keys(chosen.vault_file)
    said = rotate(chosen)
    (after,) = read_keys(chosen.vault_file)
    assert before != after and said.startswith(f"{WHOLE} sealed anew") and "deleted" in said
    database = open_database(chosen)
    check(chosen, database)
    (entry,) = open_audit(database, chosen).entries(5)
    assert (entry.actor, entry.action, entry.subject, entry.detail) == ("airmed", "resealed", "vault", {"count": WHOLE})
    database.engine.dispose()
    assert rotate(chosen).startswith(f"{WHOLE} ") and read_keys(chosen.vault_file) != [after]


def test_a_rotation_that_was_broken_off_makes_no_third_key(chosen: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(rotation, "reseal", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rotate(chosen)
    new, _ = read_keys(chosen.vault_file)
    rotate(chosen)
    assert read_keys(chosen.vault_file) == [new]


def test_the_old_key_stays_while_something_does_not_open(chosen: Settings) -> None:
    (picture,) = chosen.pictures_dir.glob("3/*")
    picture.write_bytes(b"x" * 60)
    said = rotate(chosen)
    assert f"{WHOLE - 1} sealed anew; 1 do not open (pictures)" in said and len(read_keys(chosen.vault_file)) == 2
    picture.unlink()
    assert "deleted" in rotate(chosen) and len(read_keys(chosen.vault_file)) == 1


def test_records_that_are_in_use_keep_their_key(chosen: Settings) -> None:
    before, running = read_keys(chosen.vault_file), open_database(chosen)
    with pytest.raises(RecordsError, match="stop Airmed"):
        rotate(chosen)
    running.engine.dispose()
    assert read_keys(chosen.vault_file) == before
    with opened(chosen, running), pytest.raises(RecordsError, match="stop Airmed"):
        running.engine.dispose()
        rotate(chosen)
    assert read_keys(chosen.vault_file) == before


def test_with_keys_of_the_environment_the_first_is_the_new_one(chosen: Settings) -> None:
    (before,) = read_keys(chosen.vault_file)
    keys = [base64.b64encode(key).decode() for key in (NEW, before)]
    running = open_database(chosen)  # Airmed may go on meanwhile
    said = rotate(chosen.model_copy(update={"vault_key": type(chosen.vault_key)(",".join(keys))}))
    running.engine.dispose()
    assert "AIRMED_VAULT_KEY; the others may be removed" in said and read_keys(chosen.vault_file) == [before]
    check(chosen, replace(running, vault=Vault([NEW])))


def test_with_one_key_in_the_environment_it_says_what_to_do(chosen: Settings) -> None:
    key = type(chosen.vault_key)(base64.b64encode(NEW).decode())
    with pytest.raises(SettingsError, match="put a new one before it"):
        rotate(chosen.model_copy(update={"vault_key": key}))
