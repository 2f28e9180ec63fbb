"""The case store: what a clinician finds of the conversations whose patients agreed to be kept."""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, select, true, type_coerce, update
from sqlalchemy.types import NullType

from assistant.errors import RecordsError
from assistant.records.database import Database
from assistant.records.dossier import RANKS, Dossier
from assistant.records.filters import ANY, Filters
from assistant.records.implied import implied_by
from assistant.records.tables import CASE_DOSSIER, CASE_TITLE, CASE_VECTOR, cases, facts
from knowledge.embedding import Vectors

MISSING = "There is no such case; the patient may have erased it."
MOST_LIKELY = 3  # conditions of a differential that a case is found by
MOST_FREQUENT = 12  # conditions, and findings, that cases have in common
AT_ONCE = 500  # ids in one question to the database
HEAD = [column for column in cases.c if column.name not in ("dossier", "vector")]


@dataclass(frozen=True)
class Head:
    """A case in the worklist.

    Attributes:
        urgency: One of `RANKS`.
        age: In years.
        title: The complaint and the person in one line.
    """

    id: str
    thread: str
    opened_at: datetime
    updated_at: datetime
    urgency: str
    age: float | None
    sex: str
    language: str
    title: str
    closed_at: datetime | None
    closed_by: str


@dataclass(frozen=True)
class Case:
    """A case, whole."""

    head: Head
    dossier: Dossier


class CaseBook:
    """The cases, sealed; their urgency, age, sex, time and codes in clear, so that they can be asked for."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database

    def keep(self, thread: str, dossier: Dossier, vector: Vectors | None = None) -> str:
        """Keep a conversation's case as it now stands, and open it again where it was closed: its id."""
        with self._database.writing() as connection:
            kept = connection.execute(select(cases.c.id).where(cases.c.thread == thread)).scalar()
            identifier = str(kept or secrets.token_hex(6))
            row = self._row(identifier, dossier, vector)
            if kept:
                connection.execute(update(cases).where(cases.c.id == identifier).values(**row))
                connection.execute(delete(facts).where(facts.c.case_id == identifier))
            else:
                connection.execute(insert(cases).values(id=identifier, thread=thread, **row))
            codes = [{"case_id": identifier, "kind": kind, "code": code} for kind, code in sorted(set(_codes(dossier)))]
            if codes:
                connection.execute(insert(facts), codes)
        return identifier

    def _row(self, identifier: str, dossier: Dossier, vector: Vectors | None) -> dict[str, Any]:
        seal = self._database.seal
        return {
            "opened_at": dossier.opened_at,
            "updated_at": dossier.updated_at,
            "urgency": dossier.rank,
            "age": dossier.age,
            "sex": dossier.sex,
            "language": dossier.language,
            "closed_at": None,
            "closed_by": "",
            "title": seal(CASE_TITLE, identifier, dossier.title.encode()),
            "dossier": seal(CASE_DOSSIER, identifier, dossier.model_dump_json().encode()),
            "vector": None
            if vector is None
            else seal(CASE_VECTOR, identifier, np.asarray(vector, np.float32).reshape(-1).tobytes()),
        }

    def worklist(self, filters: Filters, most: int = 50, among: Sequence[str] | None = None) -> list[Head]:
        """The cases that are meant, the most urgent first and of these the one that waits longest.

        Args:
            among: Ids to choose from; the order is theirs then.
        """
        wanted = and_(*_conditions(filters))
        if among is not None:
            return self._among(among, wanted, most)
        order = (cases.c.urgency.desc(), cases.c.opened_at)
        with self._database.reading() as connection:
            rows = connection.execute(select(*HEAD).where(wanted).order_by(*order).limit(most)).mappings().all()
        return [self._head(row) for row in rows]

    def _among(self, among: Sequence[str], wanted: ColumnElement[bool], most: int) -> list[Head]:
        """The first of these cases that are meant; no more are asked for and unsealed than are needed."""
        heads: list[Head] = []
        for some in _in_turn(dict.fromkeys(among)):
            with self._database.reading() as connection:
                rows = connection.execute(select(*HEAD).where(wanted, cases.c.id.in_(some))).mappings().all()
            found = {row["id"]: row for row in rows}
            meant = [one for one in some if one in found]
            heads += [self._head(found[one]) for one in meant[: most - len(heads)]]
            if len(heads) == most:
                break
        return heads

    def count(self, filters: Filters) -> int:
        """How many cases are meant."""
        with self._database.reading() as connection:
            counted = select(func.count()).select_from(cases).where(and_(*_conditions(filters)))
            return connection.execute(counted).scalar_one()

    def ids(self, filters: Filters) -> list[str]:
        """The ids of all cases that are meant."""
        with self._database.reading() as connection:
            return list(connection.execute(select(cases.c.id).where(and_(*_conditions(filters)))).scalars().all())

    def case(self, identifier: str) -> Case:
        """One case.

        Raises:
            RecordsError: There is none of that id.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(cases).where(cases.c.id == str(identifier))).mappings().first()
        if row is None:
            raise RecordsError(MISSING)
        content = self._database.unseal(CASE_DOSSIER, row["id"], row["dossier"])
        return Case(self._head(row), Dossier.model_validate_json(content))

    def of_thread(self, thread: str) -> str:
        """The id of a conversation's case; empty where it has none."""
        with self._database.reading() as connection:
            return str(connection.execute(select(cases.c.id).where(cases.c.thread == thread)).scalar() or "")

    def close(self, identifier: str, clinician: str) -> None:
        """Take a case off the worklist; a new message of the patient's brings it back.

        Raises:
            RecordsError: There is none of that id.
        """
        self._mark(identifier, closed_at=datetime.now(UTC), closed_by=clinician)

    def reopen(self, identifier: str) -> None:
        """Put a closed case back on the worklist.

        Raises:
            RecordsError: There is none of that id.
        """
        self._mark(identifier, closed_at=None, closed_by="")

    def _mark(self, identifier: str, **values: Any) -> None:
        with self._database.writing() as connection:
            done = connection.execute(update(cases).where(cases.c.id == str(identifier)).values(**values))
        if not done.rowcount:
            raise RecordsError(MISSING)

    def erase(self, thread: str) -> str:
        """Delete a conversation's case, and what hangs on it: the id that it had, or nothing."""
        identifier = self.of_thread(thread)
        with self._database.writing() as connection:
            connection.execute(delete(cases).where(cases.c.thread == thread))
        return identifier

    def vectors(
        self, since: datetime | None = None, among: Iterable[str] | None = None
    ) -> Iterator[tuple[str, datetime, Vectors]]:
        """Every summary as a vector, with its case's id and last change.

        Args:
            since: Those changed after this moment only.
            among: Those of these ids only.
        """
        wanted = [cases.c.vector.is_not(None)] + ([cases.c.updated_at > since] if since else [])
        for some in [None] if among is None else _in_turn(among):
            chosen = wanted if some is None else [*wanted, cases.c.id.in_(some)]
            with self._database.reading() as connection:
                rows = connection.execute(select(cases.c.id, cases.c.updated_at, cases.c.vector).where(*chosen)).all()
            for identifier, changed, sealed in rows:
                vector = self._database.unseal(CASE_VECTOR, identifier, sealed)
                yield identifier, changed, np.frombuffer(vector, np.float32)

    def changes(self) -> dict[str, Hashable]:
        """What tells by its id whether a case with a vector has changed: its last change, as the database has it."""
        changed = type_coerce(cases.c.updated_at, NullType)  # ten thousand moments take long to read
        with self._database.reading() as connection:
            rows = connection.execute(select(cases.c.id, changed).where(cases.c.vector.is_not(None))).all()
        return {row[0]: row[1] for row in rows}

    def tally(self, filters: Filters) -> Cohort:
        """What the cases that are meant have in common, for plots."""
        with self._database.reading() as connection:
            return _cohort(connection, and_(*_conditions(filters)))

    def _head(self, row: Any) -> Head:
        told = {name: row[name] for name in Head.__dataclass_fields__ if name not in ("urgency", "title")}
        title = self._database.unseal(CASE_TITLE, row["id"], row["title"]).decode()
        return Head(**told, urgency=RANKS[row["urgency"]], title=title)


@dataclass(frozen=True)
class Cohort:
    """What cases have in common.

    Attributes:
        by_day: Cases of each urgency by the day on which they were opened (ISO date, UTC).
        ages: Known ages in years.
        conditions, findings: Ids with how many cases hold them, the most frequent first.
    """

    count: int
    by_day: dict[str, dict[str, int]]
    ages: tuple[float, ...]
    conditions: tuple[tuple[str, int], ...]
    findings: tuple[tuple[str, int], ...]


def _cohort(connection: Connection, wanted: ColumnElement[bool]) -> Cohort:
    columns = select(cases.c.opened_at, cases.c.urgency, cases.c.age)
    rows = connection.execute(columns.where(wanted).order_by(cases.c.opened_at)).all()
    by_day: dict[str, dict[str, int]] = {}
    for opened, rank, _ in rows:
        levels = by_day.setdefault(opened.date().isoformat(), {})
        levels[RANKS[rank]] = levels.get(RANKS[rank], 0) + 1
    ages = tuple(age for _, _, age in rows if age is not None)
    frequent = [_frequent(connection, wanted, kind) for kind in ("condition", "finding")]
    return Cohort(len(rows), by_day, ages, *frequent)


def _frequent(connection: Connection, wanted: ColumnElement[bool], kind: str) -> tuple[tuple[str, int], ...]:
    """The codes of a kind that most cases hold."""
    often = func.count().label("often")
    held = select(facts.c.code, often).join(cases, cases.c.id == facts.c.case_id).where(wanted, facts.c.kind == kind)
    ranked = held.group_by(facts.c.code).order_by(often.desc(), facts.c.code).limit(MOST_FREQUENT)
    return tuple((row.code, row.often) for row in connection.execute(ranked))


def _in_turn(identifiers: Iterable[str]) -> Iterator[list[str]]:
    """Ids by as many as one question holds."""
    left = list(identifiers)
    for start in range(0, len(left), AT_ONCE):
        yield left[start : start + AT_ONCE]


def _codes(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """What a case is found by; a finding that is there brings what it implies."""
    kinds = {"present": "finding", "absent": "absent"}
    yield from ((kinds[one.state], one.id) for one in dossier.findings if one.state in kinds)
    yield from (("finding", more) for one in dossier.findings if one.state == "present" for more in implied_by(one.id))
    yield from (("medicine", name) for name in dossier.medicines)
    yield from (("condition", name) for name in dossier.conditions)
    yield from (("condition", one.id) for one in (dossier.opinion.likely[:MOST_LIKELY] if dossier.opinion else ()))
    yield from (("rule", flag.rule) for flag in dossier.flags)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """The filters in SQL; always at least one."""
    wanted: list[ColumnElement[bool]] = [true()]
    if filters.levels:
        wanted.append(cases.c.urgency.in_([RANKS.index(level) for level in filters.levels]))
    if filters.youngest is not None:
        wanted.append(cases.c.age >= filters.youngest)
    if filters.oldest is not None:
        whole = filters.oldest == int(filters.oldest)
        wanted.append(cases.c.age < filters.oldest + 1 if whole else cases.c.age <= filters.oldest)
    if filters.sex:
        wanted.append(cases.c.sex == filters.sex)
    if filters.since:
        wanted.append(cases.c.opened_at >= filters.since)
    if filters.until:
        wanted.append(cases.c.opened_at < filters.until)
    if filters.closed is not None:
        wanted.append(cases.c.closed_at.is_not(None) if filters.closed else cases.c.closed_at.is_(None))
    kinds = ("finding", "absent", "medicine", "condition", "rule")
    for kind, names in zip(kinds, (filters.findings, filters.absent, *_others(filters)), strict=True):
        wanted += [_holds(kind, name) for name in names]
    return wanted


def _others(filters: Filters) -> tuple[tuple[str, ...], ...]:
    return filters.medicines, filters.conditions, filters.rules


def _holds(kind: str, codes: str) -> ColumnElement[bool]:
    held = facts.c.code.in_(codes.split(ANY))
    return exists().where(facts.c.case_id == cases.c.id, facts.c.kind == kind, held)
