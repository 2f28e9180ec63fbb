"""The audit log: one chain whoever writes, sealed day by day; whatever is done to it from outside is told."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import Table, delete, insert, select, text, update

from assistant.errors import InputError, RecordsError, SettingsError
from assistant.records import audit as module
from assistant.records.audit import AuditLog, open_audit, read_public
from assistant.records.chain import FIRST, hash_of, seal_of
from assistant.records.database import Database, open_database
from assistant.records.tables import entries, seals
from assistant.settings import Settings

DAYS = ("2026-03-01", "2026-03-02", "2026-03-05")
OURS = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
OF_ANOTHER_KIND = (
    X25519PrivateKey.from_private_bytes(bytes(32))
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
)
Tick = Callable[[str], None]


@pytest.fixture
def tick(monkeypatch: pytest.MonkeyPatch) -> Tick:
    """Sets the clock of the log to noon of a day."""
    return lambda day: monkeypatch.setattr(module, "_now", lambda: f"{day}T12:00:00.000000+00:00")


def fill(log: AuditLog, tick: Tick) -> None:
    """Three days of three entries; the first two are sealed."""
    for day in DAYS:
        tick(day)
        for number in range(3):
            detail = {"digest": "a1" * 32, "count": number, "share": 0.5, "held": True, "codes": ["J45", "2*/*3"]}
            log.note("Dr Grey", "signed", f"plan-{number}", {**detail, "none": None})


@pytest.fixture
def log(database: Database, tick: Tick) -> AuditLog:
    opened = AuditLog(database, OURS)
    fill(opened, tick)
    return opened


def done(database: Database, statement: Any) -> None:
    """What somebody does who can write to the database."""
    with database.writing() as connection:
        connection.execute(statement)


def test_what_was_noted_is_shown_newest_first(log: AuditLog) -> None:
    shown = log.entries(most=2)
    assert [one.seq for one in shown] == [9, 8]
    assert (shown[0].actor, shown[0].action, shown[0].subject) == ("Dr Grey", "signed", "plan-2")
    assert shown[0].at == "2026-03-05T12:00:00.000000+00:00"
    assert shown[0].detail["codes"] == ["J45", "2*/*3"] and shown[0].detail["none"] is None
    assert [one.seq for one in log.entries(most=50, before=3)] == [2, 1]
    assert [one.seq for one in log.entries(most=50, subject="plan-1")] == [8, 5, 2]


def test_a_log_as_it_was_written_is_whole(log: AuditLog, database: Database) -> None:
    assert log.verify() == []
    assert log.sealed_days() == 2
    assert log.head() == (9, log.entries(1)[0].hash)
    assert AuditLog(database, OURS).verify(OURS.public_key(), log.head()) == []


def test_a_log_without_entries_is_whole(database: Database) -> None:
    log = AuditLog(database, OURS)
    assert (log.verify(), log.head(), log.entries(5), log.sealed_days()) == ([], (0, FIRST), [], 0)


def test_the_hashes_can_be_computed_by_others(log: AuditLog, database: Database) -> None:
    """As the documentation says it, with nothing of ours."""
    with database.reading() as connection:
        first, second = connection.execute(select(entries).order_by(entries.c.seq).limit(2)).all()
    written = json.dumps([*second[:6], first.hash], separators=(",", ":"))
    assert second.hash == hashlib.sha256(written.encode()).hexdigest()


# What is done from outside


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuditLog]:
    """A log that the examples alter and put right again."""
    database = open_database(Settings(data_dir=tmp_path_factory.mktemp("log")))
    log = AuditLog(database, OURS)
    with pytest.MonkeyPatch.context() as monkeypatch:
        fill(log, lambda day: monkeypatch.setattr(module, "_now", lambda: f"{day}T12:00:00.000000+00:00"))
    yield log
    database.engine.dispose()


COLUMNS = [(table, column.name) for table in (entries, seals) for column in table.c]
CAST = {str: "TEXT", bytes: "BLOB", int: "INTEGER"}


@settings(max_examples=200)
@given(st.sampled_from(COLUMNS), st.integers(0, 8), st.integers(0, 200), st.integers(0, 255))
@example((entries, "actor"), 8, 0, 0xFF)  # no UTF-8
@example((entries, "hash"), 8, 63, 0x00)
@example((seals, "day"), 0, 9, 0x00)
def test_one_changed_byte_in_any_column_is_found(
    filled: AuditLog, place: tuple[Table, str], row: int, at: int, byte: int
) -> None:
    table, column = place
    with filled._database.reading() as connection:
        kept = connection.execute(select(table).order_by(*table.primary_key)).mappings().all()
    old = kept[row % len(kept)][column]
    new = changed(old, at, byte)
    assume(new not in [encoded(one[column]) for one in kept] if column in ("seq", "day") else new != encoded(old))
    where = f"rowid = (SELECT rowid FROM {table.name} ORDER BY 1 LIMIT 1 OFFSET {row % len(kept)})"
    done(
        filled._database,
        text(f"UPDATE {table.name} SET {column} = CAST(:new AS {CAST[type(old)]}) WHERE {where}").bindparams(new=new),
    )
    try:
        assert filled.verify()
    finally:
        done(filled._database, delete(table))
        done(filled._database, insert(table).values([dict(one) for one in kept]))
    assert filled.verify() == []


def encoded(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def changed(old: Any, at: int, byte: int) -> Any:
    if isinstance(old, int):
        return old ^ byte
    content = bytearray(encoded(old))
    content[at % len(content)] = byte
    return bytes(content)


@pytest.mark.parametrize("column", [column.name for column in entries.c])
@pytest.mark.parametrize("seq", [3, 9])
def test_an_altered_entry_is_named(log: AuditLog, database: Database, seq: int, column: str) -> None:
    new = {"seq": 77, "at": "2026-03-01T12:00:00.000001+00:00", "hash": "0" * 64}.get(column, "altered")
    done(database, update(entries).where(entries.c.seq == seq).values({column: new}))
    told = {"seq": {3: "Entry 3 is missing.", 9: "Entries 9 to 76 are missing."}[seq]}
    assert any(fault.startswith(told.get(column, f"Entry {seq} was altered")) for fault in log.verify())


@pytest.mark.parametrize(
    ("column", "new"), [("day", "2026-03-03"), ("seq", 2), ("hash", "0" * 64), ("signature", b"\0" * 64)]
)
def test_an_altered_seal_is_named(log: AuditLog, database: Database, column: str, new: object) -> None:
    done(database, update(seals).where(seals.c.day == "2026-03-02").values({column: new}))
    told = " ".join(log.verify())
    assert "2026-03-03 was altered" in told if column == "day" else "The seal of 2026-03-02 was altered" in told


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ([1], "Entry 1 is missing."),
        ([5], "Entry 5 is missing."),
        ([4, 5], "Entries 4 to 5 are missing."),
        ([3], "The seal of 2026-03-01 tells of entry 3, which is not there."),
        ([6, 7, 8, 9], "The seal of 2026-03-02 tells of entry 6, which is not there."),
        (list(range(1, 10)), "The seal of 2026-03-01 tells of entry 3, which is not there."),
    ],
)
def test_entries_taken_out_are_told(log: AuditLog, database: Database, gone: list[int], told: str) -> None:
    done(database, delete(entries).where(entries.c.seq.in_(gone)))
    assert told in log.verify()


@pytest.mark.parametrize(
    ("seq", "told"),
    [
        (0, "Entry 0 has no place in the log."),
        (4, "Entry 4 was altered, or put in"),
        (10, "Entry 10 was altered, or put in"),
        (12, "Entries 10 to 11 are missing."),
    ],
)
def test_an_entry_put_in_is_told(log: AuditLog, database: Database, seq: int, told: str) -> None:
    with database.writing() as connection:
        for one in range(9, seq - 1, -1) if seq else ():
            connection.execute(update(entries).where(entries.c.seq == one).values(seq=one + 1))
    row = {"seq": seq, "at": "2026-03-02T12:00:00", "actor": "x", "action": "x", "subject": "", "detail": "{}"}
    done(database, insert(entries).values(**row, hash=hash_of(row, "0" * 64)))
    assert any(fault.startswith(told) for fault in log.verify())


def test_a_day_without_its_seal_is_told(log: AuditLog, database: Database) -> None:
    done(database, delete(seals).where(seals.c.day == "2026-03-02"))
    assert log.verify() == ["2026-03-02 ended with entry 6, and is not sealed."]


def test_sealed_days_cannot_be_written_anew_without_the_key(log: AuditLog, database: Database) -> None:
    """Every hash is put right again, and the seals are made with a key that is not ours."""
    done(database, update(entries).where(entries.c.seq == 2).values(subject="plan-9"))
    chain_anew(database)
    told = log.verify()
    assert told == [
        "Entry 3 is not the one that the seal of 2026-03-01 tells of.",
        "Entry 6 is not the one that the seal of 2026-03-02 tells of.",
    ]
    seal_anew(database, OTHER)
    assert [fault for fault in log.verify() if "signed with another key" in fault] == [
        "The seal of 2026-03-01 was altered, or signed with another key.",
        "The seal of 2026-03-02 was altered, or signed with another key.",
    ]


def test_a_head_kept_elsewhere_finds_what_the_log_cannot(log: AuditLog, database: Database) -> None:
    head = log.head()
    done(database, delete(entries).where(entries.c.seq == 9))
    assert log.verify() == []  # what was cut off since the last seal leaves no trace
    assert log.verify(kept=head) == ["The log ends with entry 8; entry 9, whose hash was kept, is not there."]
    log.note("patient", "agreed")
    assert log.verify(kept=head) == ["Entry 9 is not the one whose hash was kept."]


def test_a_public_key_kept_elsewhere_finds_what_was_signed_anew(log: AuditLog, database: Database) -> None:
    done(database, update(entries).where(entries.c.seq == 2).values(subject="plan-9"))
    chain_anew(database)
    seal_anew(database, OTHER)
    forged = AuditLog(database, OTHER)
    assert forged.verify() == []
    assert len(forged.verify(OURS.public_key())) == 2


def chain_anew(database: Database) -> None:
    previous = FIRST
    with database.writing() as connection:
        for row in connection.execute(select(entries).order_by(entries.c.seq)).mappings().all():
            previous = hash_of(row, previous)
            connection.execute(update(entries).where(entries.c.seq == row["seq"]).values(hash=previous))


def seal_anew(database: Database, key: Ed25519PrivateKey) -> None:
    with database.writing() as connection:
        for day, seq in connection.execute(select(seals.c.day, seals.c.seq)).all():
            last = connection.execute(select(entries.c.hash).where(entries.c.seq == seq)).scalar_one()
            values = {"hash": last, "signature": key.sign(seal_of(day, seq, last))}
            connection.execute(update(seals).where(seals.c.day == day).values(**values))


def test_an_altered_log_is_still_shown(log: AuditLog, database: Database) -> None:
    done(database, update(entries).where(entries.c.seq == 9).values(detail="{"))
    done(database, update(entries).where(entries.c.seq == 8).values(detail="[]"))
    assert [one.detail for one in log.entries(2)] == [{"altered": True}] * 2


def test_a_log_that_cannot_be_read_is_one_sentence(tmp_path: Path, tick: Tick) -> None:
    database = open_database(Settings(data_dir=tmp_path))
    log = AuditLog(database, OURS)
    fill(log, tick)
    done(database, text("UPDATE audit_entries SET hash = CAST(x'ff' AS TEXT) WHERE seq = 9"))
    for use in (log.head, lambda: log.entries(1), lambda: log.note("airmed", "answered")):
        with pytest.raises(RecordsError, match="airmed audit verify"):
            use()
    assert log.verify() == ["The log cannot be read beyond entry 8: it was altered, or the disk is damaged."]
    database.engine.dispose()


# Writing


def test_writers_at_once_keep_one_chain(replica: Callable[[], Database]) -> None:
    logs = [AuditLog(replica(), OURS) for _ in range(8)]

    def write(log: AuditLog) -> None:
        for number in range(20):
            log.note("airmed", "answered", detail={"number": number})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, logs))
    assert logs[0].verify() == []
    assert logs[0].head()[0] == 160


def test_writers_at_midnight_seal_the_day_once(replica: Callable[[], Database], tick: Tick) -> None:
    logs = [AuditLog(replica(), OURS) for _ in range(4)]
    tick("2026-03-01")
    logs[0].note("airmed", "answered")
    tick("2026-03-02")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda log: log.note("airmed", "answered"), logs))
    assert (logs[0].verify(), logs[0].sealed_days(), logs[0].head()[0]) == ([], 1, 5)


def test_the_log_can_be_checked_while_it_is_written(replica: Callable[[], Database], tick: Tick) -> None:
    writer, reader = AuditLog(replica(), OURS), AuditLog(replica(), OURS)

    def write() -> None:
        for number in range(60):
            tick(f"2026-{1 + number // 28:02}-{1 + number % 28:02}")
            writer.note("airmed", "answered")

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not writing.done():
            assert reader.verify() == []
        writing.result()
    assert reader.sealed_days() == 59


def test_a_clock_put_back_turns_no_day_back(database: Database, tick: Tick) -> None:
    log = AuditLog(database, OURS)
    for day in ("2026-03-02", "2026-03-01", "2026-03-02", "2026-03-03"):
        tick(day)
        log.note("airmed", "answered")
    assert log.verify() == []
    assert [one.at[:10] for one in log.entries(9)] == ["2026-03-03", *["2026-03-02"] * 3]


@pytest.mark.parametrize(
    "detail",
    [
        {"said": "my chest hurts"},
        {"said": "胸痛"},
        {"said": "jane@example.org"},
        {"said": "x" * 121},
        {"said": "a\n"},
        {"said": ["J45", "my chest"]},
        {"said": [["J45"]]},
        {"said": {"J45": 1}},
        {"said": float("nan")},
        {"said": b"J45"},
        {"my chest hurts": 1},
    ],
)
def test_a_detail_that_could_be_a_patients_words_is_refused(database: Database, detail: dict[str, Any]) -> None:
    log = AuditLog(database, OURS)
    with pytest.raises(ValueError, match="no code, id, number or hash") as refused:
        log.note("airmed", "answered", "case", detail)
    assert "chest" not in str(refused.value)
    assert log.head()[0] == 0


@pytest.mark.parametrize(
    ("actor", "action", "subject"),
    [
        ("", "signed", ""),
        ("x" * 121, "signed", ""),
        ("Dr\x1b[2J", "signed", ""),
        ("Dr Grey", "", ""),
        ("Dr Grey", "my chest hurts", ""),
        ("Dr Grey", "signed", "my chest hurts"),
        ("Dr Grey", "signed", "x" * 121),
    ],
)
def test_what_names_no_actor_action_or_subject_is_refused(
    database: Database, actor: str, action: str, subject: str
) -> None:
    with pytest.raises(ValueError, match="audit entry"):
        AuditLog(database, OURS).note(actor, action, subject)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=130) | st.floats() | st.integers(), max_size=3))
@settings(max_examples=100)
def test_whatever_is_noted_or_refused_leaves_a_whole_log(filled: AuditLog, detail: dict[str, Any]) -> None:
    before = filled.head()[0]
    try:
        filled.note("airmed", "answered", detail=detail)
    except ValueError:
        assert filled.head()[0] == before
    else:
        assert filled.entries(1)[0].detail == detail
    assert filled.verify() == []


# The key


def test_a_key_is_made_on_first_run_for_airmed_alone(database: Database, records: Settings, tick: Tick) -> None:
    fill(open_audit(database, records), tick)
    assert stat.S_IMODE(records.audit_file.stat().st_mode) == 0o600
    assert open_audit(database, records).verify() == []
    assert open_audit(database, records).verify(read_public(records.audit_public)) == []


def test_processes_that_start_at_once_take_one_key(replica: Callable[[], Database], records: Settings) -> None:
    databases = [replica() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        logs = list(pool.map(lambda database: open_audit(database, records), databases))
    assert len({log._key.private_bytes_raw() for log in logs}) == 1


def test_the_key_of_the_setting_goes_before_the_file(database: Database, records: Settings, tick: Tick) -> None:
    seed = base64.b64encode(bytes(range(32))).decode()
    chosen = records.model_copy(update={"audit_key": SecretStr(seed)})
    fill(open_audit(database, chosen), tick)
    assert not records.audit_file.exists()
    assert AuditLog(database, OURS).verify() == []
    assert read_public(records.audit_public).public_bytes_raw() == OURS.public_key().public_bytes_raw()


@pytest.mark.parametrize("given_key", ["secret", "AAAA", "!" * 44])
def test_a_key_that_is_none_is_told_and_not_shown(database: Database, records: Settings, given_key: str) -> None:
    chosen = records.model_copy(update={"audit_key": SecretStr(given_key)})
    with pytest.raises(SettingsError, match="AIRMED_AUDIT_KEY") as told:
        open_audit(database, chosen)
    assert given_key not in str(told.value)


def test_a_lost_or_replaced_key_is_told(log: AuditLog, database: Database, records: Settings) -> None:
    told = open_audit(database, records).verify()  # makes a key of its own
    assert len(told) == 2 and all("signed with another key" in fault for fault in told)


@pytest.mark.parametrize("content", [b"", b"x", b"-----BEGIN PUBLIC KEY-----\n", bytes(40), OF_ANOTHER_KIND])
def test_what_is_no_public_key_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "audit.pub").write_bytes(content)
    with pytest.raises(InputError, match=r"audit\.pub"):
        read_public(tmp_path / "audit.pub")
    with pytest.raises(InputError, match=r"audit\.pub"):
        read_public(tmp_path / "none")
