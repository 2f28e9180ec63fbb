"""Which patients agreed that their conversation is kept, and whether a turn of theirs is being answered.

Without an entry here nothing of a conversation outlives the process.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update

from assistant.records.database import Database
from assistant.records.tables import consents, put
from assistant.visit import Visit


def thread_of(key: str) -> str:
    """What the records know a conversation by: the hash of the key that its patient's browser holds."""
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True)
class Consent:
    """A consent as it was given."""

    thread: str
    given_at: datetime
    used_at: datetime
    answering: bool
    visit: Visit


class Consents:
    """The consents that stand."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def give(self, thread: str, visit: Visit) -> None:
        """Note that a patient agreed; a second time changes nothing."""
        if self.holds(thread):
            return
        now = datetime.now(UTC)
        row = {"thread": thread, "given_at": now, "used_at": now, "answering": False}
        with self._database.writing() as connection:
            put(connection, consents, row | {"language": visit.language, "country": visit.country})

    def holds(self, thread: str) -> bool:
        """Whether the patient of a conversation agreed."""
        with self._database.reading() as connection:
            found = connection.execute(select(consents.c.thread).where(consents.c.thread == thread)).first()
        return found is not None

    def begin(self, thread: str) -> None:
        """Note that a turn is being answered."""
        self._note(thread, answering=True)

    def end(self, thread: str) -> None:
        """Note that the turn is answered, and its case kept."""
        self._note(thread, answering=False)

    def _note(self, thread: str, answering: bool) -> None:
        values = {"answering": answering, "used_at": datetime.now(UTC)}
        with self._database.writing() as connection:
            connection.execute(update(consents).where(consents.c.thread == thread).values(**values))

    def broken_off(self) -> list[Consent]:
        """The conversations in which a turn was begun and not ended."""
        with self._database.reading() as connection:
            rows = connection.execute(select(consents).where(consents.c.answering)).mappings().all()
        return [_consent(row) for row in rows]

    def unused(self, days: int) -> list[str]:
        """The conversations to which nobody came back for so many days."""
        before = datetime.now(UTC) - timedelta(days=days)
        with self._database.reading() as connection:
            return list(connection.execute(select(consents.c.thread).where(consents.c.used_at < before)).scalars())

    def withdraw(self, thread: str) -> None:
        """Forget that a patient agreed."""
        with self._database.writing() as connection:
            connection.execute(delete(consents).where(consents.c.thread == thread))


def _consent(row: object) -> Consent:
    told = dict(row)  # type: ignore[call-overload]
    visit = Visit(told.pop("language"), told.pop("country"))
    return Consent(**told, visit=visit)
