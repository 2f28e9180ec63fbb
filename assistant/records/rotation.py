"""Everything that is sealed is sealed again with a new key, and the old keys are dropped."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, MetaData, Table, inspect, select, text, tuple_, update
from tqdm import tqdm

from assistant.errors import RecordsError, SettingsError
from assistant.records.album import Album
from assistant.records.audit import open_audit
from assistant.records.consents import Consents
from assistant.records.database import Database, open_database
from assistant.records.tables import SEALED
from assistant.records.vault import CHECKPOINT, KEY_BYTES, Vault, read_keys, write_keys
from assistant.settings import Settings

BATCH = 200  # rows of a transaction
CHECKPOINTS = {  # LangGraph's sealed columns; its own tables know no vault
    "sqlite": {"checkpoints": "checkpoint", "writes": "value"},
    "postgresql": {"checkpoint_blobs": "blob", "checkpoint_writes": "blob"},
}
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
RUNNING = "The records are in use; stop Airmed, and whatever else has them open, and run this again."
ONE_KEY = (
    "AIRMED_VAULT_KEY holds one key only; put a new one before it, with a comma between "
    "(`openssl rand -base64 32` makes one), restart Airmed with both, and run this again."
)


@dataclass(frozen=True)
class Resealed:
    """What came of sealing everything again.

    Attributes:
        count: How much was sealed with another key than that of today.
        unreadable: Where something does not open with any key, a name for each.
    """

    count: int
    unreadable: tuple[str, ...]


def rotate(settings: Settings) -> str:
    """Seal everything with a new key, and drop the old ones; run again after a break, it goes on where it was.

    Where the keys come from `AIRMED_VAULT_KEY`, the first is the new one. Returns a sentence for the operator.

    Raises:
        SettingsError: The keys cannot be read, or there is one only in `AIRMED_VAULT_KEY`.
        RecordsError: The records cannot be opened, or something else uses them and would go on with the old key.
    """
    database = open_database(settings)
    try:
        return _rotate(settings, database)
    finally:
        database.engine.dispose()


def _rotate(settings: Settings, database: Database) -> str:
    given = settings.vault_key.get_secret_value()
    if given and "," not in given:
        raise SettingsError(ONE_KEY)
    if not given:
        _refuse_company(database)
        database = replace(database, vault=Vault(_with_a_new_key(settings.vault_file)))
    done = reseal(database, Album(settings.pictures_dir, database.vault, Consents(database).holds))
    open_audit(database, settings).note("airmed", "resealed", "vault", {"count": done.count})
    if done.unreadable:
        where = ", ".join(sorted(set(done.unreadable)))
        return f"{done.count} sealed anew; {len(done.unreadable)} do not open ({where}): the old keys have to stay."
    if given:
        return f"{done.count} sealed anew with the first key of AIRMED_VAULT_KEY; the others may be removed from it."
    write_keys(settings.vault_file, read_keys(settings.vault_file)[:1])
    return f"{done.count} sealed anew with a new key in {settings.vault_file}; the old one is deleted."


def reseal(database: Database, album: Album) -> Resealed:
    """Seal everything with the key of today: the records, the doctor's memory and the pictures."""
    count, unreadable = 0, []
    for name, changed in tqdm(_all(database, album), desc="sealing anew", unit="", disable=None):
        count += changed is True
        unreadable += [name] if changed is None else []
    return Resealed(count, tuple(unreadable))


def _all(database: Database, album: Album) -> Iterator[tuple[str, bool | None]]:
    """Everything that is sealed: where it is, and whether it was sealed anew; None for what does not open."""
    for content in _contents(database):
        yield from ((content.table.name, changed) for changed in content.resealed(database))
    for thread, name in album.pictures():
        yield "pictures", _resealed(album, thread, name)


def _resealed(album: Album, thread: str, name: str) -> bool | None:
    try:
        return album.reseal(thread, name)
    except RecordsError:
        return None


@dataclass(frozen=True)
class _Content:
    """A column whose content is sealed, and what each row's is bound to."""

    table: Table
    column: Column[Any]
    wanted: ColumnElement[bool]
    place_of: Callable[[Mapping[str, Any]], str]

    def resealed(self, database: Database) -> Iterator[bool | None]:
        """Seal row by row, a batch in each transaction."""
        last: Sequence[Any] = ()
        while True:
            with database.writing() as connection:
                rows = self._after(connection, last)
                changes = [self._reseal(connection, row, database.vault) for row in rows]
            if not rows:
                return
            yield from changes
            last = tuple(rows[-1][column.name] for column in self.table.primary_key)

    def _after(self, connection: Connection, last: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        keys = list(self.table.primary_key)
        wanted = select(*keys, self.column).where(self.wanted).order_by(*keys).limit(BATCH).with_for_update()
        rows = connection.execute(wanted.where(tuple_(*keys) > tuple(last)) if last else wanted)
        return [dict(row) for row in rows.mappings()]

    def _reseal(self, connection: Connection, row: Mapping[str, Any], vault: Vault) -> bool | None:
        sealed = row[self.column.name]
        if vault.is_current(sealed):
            return False
        try:
            content = vault.reseal(sealed, self.place_of(row))
        except RecordsError:
            return None
        this = [column == row[column.name] for column in self.table.primary_key]
        connection.execute(update(self.table).where(*this).values({self.column: content}))
        return True


def _contents(database: Database) -> Iterator[_Content]:
    for sealed in SEALED:
        column = sealed.table.c[sealed.column]
        yield _Content(sealed.table, column, column.is_not(None), sealed.place_of)
    there = inspect(database.engine).get_table_names()
    for name, held in CHECKPOINTS[database.engine.dialect.name].items():
        if name in there:
            table = Table(name, MetaData(), autoload_with=database.engine)
            yield _Content(table, table.c[held], table.c.type.endswith("+airmed"), lambda _: CHECKPOINT)


def _with_a_new_key(path: Path) -> list[bytes]:
    """The keys of the file, a new one first; it was put there before where a rotation was broken off."""
    keys = read_keys(path)
    if len(keys) == 1:
        keys = [secrets.token_bytes(KEY_BYTES), *keys]
        write_keys(path, keys)
    return keys


def _refuse_company(database: Database) -> None:
    """An Airmed that runs would go on to seal with the key that is about to be dropped."""
    database.engine.dispose()
    if database.engine.dialect.name == "postgresql":
        with database.reading() as connection:
            alone = not connection.execute(text(OTHERS)).scalar()
    else:
        alone = _is_alone(str(database.engine.url.database))
    if not alone:
        raise RecordsError(RUNNING)


def _is_alone(file: str) -> bool:
    """Whether no other connection to a SQLite file is open: in WAL mode each holds a lock as long as it lives."""
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True
