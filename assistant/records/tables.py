"""The tables of the records. What a person wrote, and what names a person, is in sealed columns only.

A conversation is known by the hash of its key (`thread`), so that who reads the database can open none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[datetime]):
    """A moment; always with its time zone on our side, always UTC in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        return value.replace(tzinfo=UTC) if value else None


metadata = MetaData()

consents = Table(
    "consents",
    metadata,
    Column("thread", String(64), primary_key=True),
    Column("given_at", Utc, nullable=False),
    Column("used_at", Utc, nullable=False),
    Column("answering", Boolean, nullable=False, default=False),  # a turn was begun and not ended
    Column("language", String(8), nullable=False),
    Column("country", String(2), nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("thread", String(64), unique=True, nullable=False),
    Column("opened_at", Utc, nullable=False, index=True),
    Column("updated_at", Utc, nullable=False, index=True),
    Column("urgency", Integer, nullable=False),  # rank, 0 self-care to 4 crisis
    Column("age", Float),
    Column("sex", String(8), nullable=False),
    Column("language", String(8), nullable=False),
    Column("closed_at", Utc),
    Column("closed_by", String(80), nullable=False, default=""),
    Column("title", LargeBinary, nullable=False),  # sealed
    Column("dossier", LargeBinary, nullable=False),  # sealed
    Column("vector", LargeBinary),  # sealed; of the summary, for the search by meaning
    Index("cases_by_urgency", "closed_at", "urgency", "opened_at"),
)

facts = Table(
    "case_facts",
    metadata,
    Column("case_id", String(16), ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(16), primary_key=True),  # finding, absent, medicine, condition, rule
    Column("code", String(120), primary_key=True),
    Index("facts_by_code", "kind", "code", "case_id"),
)

plans = Table(
    "care_plans",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("thread", String(64), nullable=False, index=True),
    Column("drafted_at", Utc, nullable=False),
    Column("proposal", LargeBinary, nullable=False),  # sealed
    Column("decided_at", Utc, index=True),
    Column("decided_by", String(80), nullable=False, default=""),
    Column("decision", LargeBinary),  # sealed
    Column("digest", String(64), nullable=False, default=""),
)

feedback = Table(
    "answer_feedback",
    metadata,
    Column("thread", String(64), primary_key=True),
    Column("answer", Integer, primary_key=True),
    Column("liked", Boolean, nullable=False),
    Column("given_at", Utc, nullable=False),
)

judgements = Table(
    "judgements",
    metadata,
    Column("case_id", String(16), ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    Column("clinician", String(80), primary_key=True),
    Column("given_at", Utc, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("condition", String(120), nullable=False, default=""),
    Column("note", LargeBinary),  # sealed
)

staff = Table(
    "staff",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("hash", Text, nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("closed_until", Utc),
)

sessions = Table(
    "staff_sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("name", String(80), ForeignKey("staff.name", ondelete="CASCADE"), nullable=False),
    Column("until", Utc, nullable=False),
)

entries = Table(
    "audit_entries",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),  # ISO 8601, as it was hashed
    Column("actor", String(120), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(120), nullable=False, index=True),
    Column("detail", Text, nullable=False),  # JSON without text of patients
    Column("hash", String(64), nullable=False),
)

seals = Table(
    "audit_seals",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("seq", Integer, nullable=False),  # the last entry of the day
    Column("hash", String(64), nullable=False),
    Column("signature", LargeBinary, nullable=False),
)


@dataclass(frozen=True)
class Sealed:
    """A sealed column: the place of a row's content is `TABLE.COLUMN:KEY`."""

    table: Table
    column: str

    def place(self, key: str) -> str:
        """What a row's content is bound to; a key of several columns has colons between them."""
        return f"{self.table.name}.{self.column}:{key}"

    def place_of(self, row: Mapping[str, Any]) -> str:
        """The same, for a row as it was read."""
        return self.place(":".join(str(row[column.name]) for column in self.table.primary_key))


CASE_TITLE = Sealed(cases, "title")
CASE_DOSSIER = Sealed(cases, "dossier")
CASE_VECTOR = Sealed(cases, "vector")
PLAN_PROPOSAL = Sealed(plans, "proposal")
PLAN_DECISION = Sealed(plans, "decision")
JUDGEMENT_NOTE = Sealed(judgements, "note")
SEALED = (CASE_TITLE, CASE_DOSSIER, CASE_VECTOR, PLAN_PROPOSAL, PLAN_DECISION, JUDGEMENT_NOTE)


def put(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Write a row, in place of the one that has its key."""
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    written = dialect.insert(table).values(**row)
    keys = [column.name for column in table.primary_key]
    changed = {name: written.excluded[name] for name in row if name not in keys}
    connection.execute(written.on_conflict_do_update(index_elements=keys, set_=changed))
