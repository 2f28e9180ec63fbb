"""The chain of the audit log: what is hashed and signed of it, and what was done to it from outside.

Found are: a changed byte in any field of an entry or a seal, an entry taken out or put in, a day that ended without a
seal, and an end cut off behind a seal that still stands.

Not found, and why `AuditLog.head` is worth keeping elsewhere:

- entries since the last seal cut off, or more of the end together with the seals that tell of it: what is left is a
  whole log, only shorter;
- entries since the last seal written anew, with their hashes, by who can write to the database;
- the log written anew by who has the key that signs as well.

A head that was kept elsewhere finds each of these, up to the entry that it names; a copy of the public key kept
elsewhere finds a log that was signed anew with another key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, RowMapping, Table, select, text
from sqlalchemy.exc import SQLAlchemyError

from assistant.records.database import Database
from assistant.records.tables import entries, seals

FIRST = "0" * 64  # stands for the hash before the first entry
PAGES = {"sqlite": 1, "postgresql": 1000}  # rows fetched at a time: one by one tells which of them cannot be read
UNREADABLE = (SQLAlchemyError, UnicodeDecodeError, TypeError)  # what altered bytes make the drivers raise


def hash_of(row: Mapping[Any, Any], previous: str) -> str:
    """The hash of an entry: sha256 over the JSON list of its fields, as they are kept, and the hash before."""
    fields = [row[name] for name in ("seq", "at", "actor", "action", "subject", "detail")]
    return hashlib.sha256(_canonical([*fields, previous])).hexdigest()


def seal_of(day: str, seq: int, last: str) -> bytes:
    """What is signed of a day (ISO date): the day, and number and hash of its last entry."""
    return _canonical([day, seq, last])


def day_of(at: str) -> str:
    """The day of an entry's time."""
    return at[:10]


def _canonical(fields: list[Any]) -> bytes:
    """The one way to write fields down; an altered one may come as bytes, which are set apart from every text."""
    return json.dumps(fields, separators=(",", ":"), default=lambda altered: [repr(altered)]).encode("ascii")


def faults(database: Database, public: Ed25519PublicKey, kept: tuple[int, str] | None = None) -> list[str]:
    """What is wrong with the log, in sentences.

    Args:
        public: The key that the seals have to be signed for.
        kept: Number and hash of an entry that the log has to hold.
    """
    with database.reading() as connection:
        _stand_still(connection)
        try:
            sealed = list(_rows(connection, seals, "day"))
        except UNREADABLE:
            return ["The seals of the log cannot be read: they were altered, or the disk is damaged."]
        walk = _Walk(sealed, kept)
        return [*_altered(sealed, public), *walk.through(connection)]


def _stand_still(connection: Connection) -> None:
    """See the log as it is now in all that follows, though others go on writing; SQLite always does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def _rows(connection: Connection, table: Table, key: str) -> Iterator[RowMapping]:
    in_order = select(table).order_by(table.c[key])
    pages = {"yield_per": PAGES[connection.dialect.name]}
    yield from connection.execute(in_order, execution_options=pages).mappings()


def _altered(sealed: list[RowMapping], public: Ed25519PublicKey) -> Iterator[str]:
    """Seals that the key did not sign as they stand."""
    for seal in sealed:
        try:
            public.verify(seal["signature"], seal_of(seal["day"], seal["seq"], seal["hash"]))
        except InvalidSignature:
            yield f"The seal of {_shown(seal['day'])} was altered, or signed with another key."


@dataclass(frozen=True)
class _Step:
    """An entry that the walk has passed."""

    seq: int
    day: str
    hash: str


class _Walk:
    """The way along the chain, from the first entry to the last."""

    def __init__(self, sealed: list[RowMapping], kept: tuple[int, str] | None) -> None:
        self._by_day = {seal["day"]: seal for seal in sealed}
        self._wanted = {seal["seq"]: seal for seal in sealed}  # seals whose entry was not met yet
        self._kept = kept
        self._last = _Step(0, "", FIRST)

    def through(self, connection: Connection) -> Iterator[str]:
        """Every fault of the entries, and of the seals in what they tell of entries."""
        try:
            for row in _rows(connection, entries, "seq"):
                yield from self._pass(row)
        except UNREADABLE:
            yield f"The log cannot be read beyond entry {self._last.seq}: it was altered, or the disk is damaged."
            return
        yield from self._end()

    def _pass(self, row: RowMapping) -> Iterator[str]:
        seq, day, last = row["seq"], day_of(str(row["at"])), self._last
        if seq != last.seq + 1:
            yield _gap(last.seq + 1, seq - 1)  # and what the hash went on from is not known
        elif hash_of(row, last.hash) != row["hash"]:
            yield f"Entry {seq} was altered, or put in, or what stands before it is not what it was noted after."
        if last.day not in ("", day):
            yield from self._ended(last)
        yield from self._held(seq, day, row["hash"])
        self._last = _Step(seq, day, row["hash"])

    def _ended(self, last: _Step) -> Iterator[str]:
        """A day that an entry of another day follows has to be sealed, up to its last entry."""
        seal = self._by_day.get(last.day)
        if seal is None:
            yield f"{_shown(last.day)} ended with entry {last.seq}, and is not sealed."
        elif seal["seq"] != last.seq:
            yield f"{_shown(last.day)} ended with entry {last.seq}, but its seal is of entry {_shown(seal['seq'])}."

    def _held(self, seq: int, day: str, found: str) -> Iterator[str]:
        """What a seal, or a head that was kept, tells of an entry."""
        seal = self._wanted.pop(seq, None)
        if seal is not None and (seal["day"], seal["hash"]) != (day, found):
            yield f"Entry {seq} is not the one that the seal of {_shown(seal['day'])} tells of."
        if self._kept and self._kept[0] == seq and self._kept[1] != found:
            yield f"Entry {seq} is not the one whose hash was kept."

    def _end(self) -> Iterator[str]:
        for seal in self._wanted.values():
            yield f"The seal of {_shown(seal['day'])} tells of entry {_shown(seal['seq'])}, which is not there."
        if self._kept and self._kept[0] > self._last.seq:
            yield f"The log ends with entry {self._last.seq}; entry {self._kept[0]}, whose hash was kept, is not there."


def _gap(first: int, last: int) -> str:
    if first > last:
        return f"Entry {last + 1} has no place in the log."  # numbered below the first
    return f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."


def _shown(altered: object) -> str:
    """What may have been altered, as it can be printed."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(altered))
