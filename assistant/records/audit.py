"""The audit log: who did what, when and to which record; it is only ever added to.

Every entry holds the hash of the one before it, and when a day (UTC) has ended, its last entry is signed with Ed25519
(a seal). `assistant.records.chain` holds the log against both, and says what that cannot find.

No text of a patient's is here: details are codes, ids, numbers and hashes, and anything else is refused.
"""

from __future__ import annotations

import base64
import json
import math
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from sqlalchemy import Connection, func, insert, select, text

from assistant.errors import InputError, RecordsError, SettingsError
from assistant.records.chain import FIRST, UNREADABLE, day_of, faults, hash_of, seal_of
from assistant.records.database import Database
from assistant.records.tables import entries, seals
from assistant.records.vault import KEY_BYTES, read_keys, write_keys

if TYPE_CHECKING:
    from assistant.settings import Settings

TURN = 0x61697264  # PostgreSQL's advisory lock of the log; any number that nothing else of Airmed takes
LONGEST_NAME, LONGEST_ACTION, LONGEST_CODE = 120, 40, 120
ACTION = re.compile(r"[a-z][a-z0-9_.-]*")
CODE = re.compile(r"[A-Za-z0-9_.:/+=#*-]*")  # no spaces, so no sentences; no @, so no addresses
NO_KEY = f"AIRMED_AUDIT_KEY has to be {KEY_BYTES} bytes in base64; `openssl rand -base64 32` makes one."
UNUSABLE = "The audit log cannot be used: see that the database runs, and what `airmed audit verify` says."

Scalar = str | int | float | bool | None
Detail = Mapping[str, Scalar | list[Scalar]]


@dataclass(frozen=True)
class AuditEntry:
    """An entry of the log.

    Attributes:
        seq: Its number; the first is 1.
        at: When, in UTC, ISO 8601.
        actor: The name of a member of the staff, or what acted for itself ("patient", "airmed").
        subject: The id of what was acted on.
        hash: Over all of this and the hash of the entry before.
    """

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


class AuditLog:
    """The log, for all processes on one database."""

    def __init__(self, database: Database, key: Ed25519PrivateKey) -> None:
        """Take the database, and the key that seals the days."""
        self._database = database
        self._key = key

    def note(self, actor: str, action: str, subject: str = "", detail: Detail | None = None) -> None:
        """Add an entry, in a transaction of its own, and seal the day before when it is the first of a day.

        Args:
            actor: Who acted, of at most 120 characters.
            action: What was done, such as `signed`.
            subject: The id of the record.
            detail: Codes, ids, numbers and hashes, by name.

        Raises:
            ValueError: Something could be a patient's words: a fault of the program's.
            RecordsError: The log cannot be read or written.
        """
        told = _told(actor, action, subject, detail or {})
        with _usable(), self._database.writing() as connection:
            _take_turn(connection)
            last = connection.execute(select(entries).order_by(entries.c.seq.desc()).limit(1)).first()
            seq, before, previous = (last.seq, str(last.at), last.hash) if last else (0, "", FIRST)
            at = max(_now(), before)  # a clock put back turns no day back
            if last and day_of(before) != day_of(at):
                self._seal(connection, day_of(before), seq, previous)
            row = {"seq": seq + 1, "at": at, **told}
            connection.execute(insert(entries).values(**row, hash=hash_of(row, previous)))

    def _seal(self, connection: Connection, day: str, seq: int, last: str) -> None:
        signature = self._key.sign(seal_of(day, seq, last))
        if not connection.execute(select(seals.c.day).where(seals.c.day == day)).first():
            connection.execute(insert(seals).values(day=day, seq=seq, hash=last, signature=signature))

    def entries(self, most: int, before: int | None = None, subject: str = "") -> list[AuditEntry]:
        """The newest entries first; those before a number only, or of one subject.

        Raises:
            RecordsError: The log cannot be read.
        """
        wanted = select(entries).order_by(entries.c.seq.desc()).limit(most)
        if before is not None:
            wanted = wanted.where(entries.c.seq < before)
        if subject:
            wanted = wanted.where(entries.c.subject == subject)
        with _usable(), self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(wanted).mappings()]

    def head(self) -> tuple[int, str]:
        """Number and hash of the newest entry; kept elsewhere, they tell whether the end of the log was cut off.

        Raises:
            RecordsError: The log cannot be read.
        """
        newest = select(entries.c.seq, entries.c.hash).order_by(entries.c.seq.desc()).limit(1)
        with _usable(), self._database.reading() as connection:
            found = connection.execute(newest).first()
        return (found.seq, found.hash) if found else (0, FIRST)

    def sealed_days(self) -> int:
        """How many days are sealed."""
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(seals)).scalar_one())

    def verify(self, public: Ed25519PublicKey | None = None, kept: tuple[int, str] | None = None) -> list[str]:
        """What is wrong with the log, in sentences; nothing where it is whole.

        Args:
            public: The auditor's own copy of the public key; else the one that belongs to the key here.
            kept: Number and hash of an entry, as `head` once gave them.
        """
        return faults(self._database, public or self._key.public_key(), kept)


def open_audit(database: Database, settings: Settings) -> AuditLog:
    """The log, and its key from the setting or from a file made on first run; the public key lies beside it.

    Raises:
        SettingsError: The key is none, or cannot be read.
    """
    settings.prepare_data_dir()
    given, path = settings.audit_key.get_secret_value(), settings.audit_file
    if not given and not path.exists():
        with database.writing() as connection:  # of processes that start at once, one makes the key
            _take_turn(connection)
            if not path.exists():
                write_keys(path, [secrets.token_bytes(KEY_BYTES)])
    key = Ed25519PrivateKey.from_private_bytes(_given(given) if given else read_keys(path)[0])
    _publish(key, settings.audit_public)
    return AuditLog(database, key)


def read_public(path: Path) -> Ed25519PublicKey:
    """A public key as Airmed writes it to `audit.pub`.

    Raises:
        InputError: The file holds none.
    """
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no public key; give a copy of audit.pub.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"{path} is no key of the audit log; give a copy of audit.pub.")
    return key


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise RecordsError(UNUSABLE) from error


def _take_turn(connection: Connection) -> None:
    """One writer at a time; on SQLite every transaction that writes has taken its turn already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})


def _told(actor: str, action: str, subject: str, detail: Detail) -> dict[str, str]:
    """The fields of an entry that a caller gives; their values are in no message, as they may be a patient's words."""
    if not (0 < len(actor) <= LONGEST_NAME and actor.isprintable()):
        raise ValueError("the actor of an audit entry is a name of at most 120 characters")
    if not (len(action) <= LONGEST_ACTION and ACTION.fullmatch(action)):
        raise ValueError("the action of an audit entry is a word of at most 40 small letters")
    if not _is_code(subject):
        raise ValueError(f"the subject of the audit entry {action!r} is no id")
    for name, value in detail.items():
        if not _is_code(name) or not all(map(_is_safe, value if isinstance(value, list) else [value])):
            raise ValueError(f"a detail of the audit entry {action!r} is no code, id, number or hash")
    kept = json.dumps(dict(detail), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return {"actor": actor, "action": action, "subject": subject, "detail": kept}


def _is_safe(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, int) or _is_code(value)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_CODE and CODE.fullmatch(value) is not None


def _entry(row: Mapping[Any, Any]) -> AuditEntry:
    """An entry to be shown, even where its detail was altered so that it cannot be read."""
    try:
        detail = json.loads(row["detail"])
    except ValueError:
        detail = {"altered": True}
    return AuditEntry(**{**row, "detail": detail if isinstance(detail, dict) else {"altered": True}})


def _given(text: str) -> bytes:
    try:
        seed = base64.b64decode(text.strip(), validate=True)
    except ValueError as error:
        raise SettingsError(NO_KEY) from error
    if len(seed) != KEY_BYTES:
        raise SettingsError(NO_KEY)
    return seed


def _publish(key: Ed25519PrivateKey, path: Path) -> None:
    """Write the public key where it is not written yet."""
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if path.exists() and path.read_bytes() == pem:
        return
    new = path.with_suffix(f".{secrets.token_hex(4)}.new")
    new.write_bytes(pem)
    new.replace(path)
