"""The database of the records: SQLite in the data folder, or PostgreSQL by `AIRMED_DATABASE_URL`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from assistant.errors import RecordsError, SettingsError
from assistant.records.tables import Sealed
from assistant.records.vault import Vault, open_vault

if TYPE_CHECKING:
    from assistant.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
POSTGRES = "postgresql+psycopg"
UNKNOWN = "AIRMED_DATABASE_URL has to begin with postgresql:// (or be empty, for SQLite in the data folder)."
MIGRATING = 0x41495231  # any number that nobody else locks
PATIENCE = 30_000  # milliseconds that a writer waits for another


@dataclass(frozen=True)
class Database:
    """The records, and what unseals them."""

    engine: Engine
    vault: Vault

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that changes nothing, and keeps nobody from writing."""
        return self.engine.execution_options(reads=True).connect()

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that is kept whole or not at all."""
        return self.engine.begin()

    def flush(self) -> None:
        """Write SQLite's log into its file and empty it: what was erased is still in it."""
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()

    def seal(self, column: Sealed, key: str, content: bytes) -> bytes:
        """Content as it is kept in a sealed column of a row."""
        return self.vault.seal(content, column.place(key))

    def unseal(self, column: Sealed, key: str, sealed: bytes) -> bytes:
        """The content of a sealed column.

        Raises:
            RecordsError: It was altered, or is another row's.
        """
        return self.vault.unseal(sealed, column.place(key))


def open_database(settings: Settings) -> Database:
    """The database with every migration run, and its vault.

    Raises:
        SettingsError: The URL or a key is none that can be used.
        RecordsError: The database does not answer, or cannot be brought up to date.
    """
    settings.prepare_data_dir()
    engine = _engine(settings)
    try:
        with engine.begin() as connection:
            migrate(connection)
            vault = open_vault(settings.vault_key.get_secret_value(), settings.vault_file)  # one key, whoever is first
    except SQLAlchemyError as error:
        shown = engine.url.render_as_string(hide_password=True)
        raise RecordsError(
            f"The database {shown} cannot be used; check that it runs and AIRMED_DATABASE_URL."
        ) from error
    if engine.dialect.name == "sqlite":
        settings.database.chmod(0o600)
    return Database(engine, vault)


def migrate(connection: Connection) -> None:
    """Bring the tables up to date; of processes that start at once, one does it and the others wait."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING})")
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_postgres(settings: Settings) -> bool:
    """Whether the records are in PostgreSQL."""
    return bool(settings.database_url.get_secret_value())


def postgres_url(settings: Settings) -> str:
    """The URL in the form that psycopg itself takes."""
    return str(_url(settings).set(drivername="postgresql").render_as_string(hide_password=False))


def _engine(settings: Settings) -> Engine:
    if is_postgres(settings):
        try:
            return create_engine(_url(settings), pool_pre_ping=True)
        except ImportError as error:
            raise SettingsError("PostgreSQL needs a driver: pip install 'airmed[postgres]'.") from error
    engine = create_engine(f"sqlite:///{settings.database}", connect_args={"timeout": PATIENCE / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _url(settings: Settings) -> Any:
    try:
        url = make_url(settings.database_url.get_secret_value())
    except ArgumentError as error:
        raise SettingsError(UNKNOWN) from error
    if url.drivername not in ("postgres", "postgresql", POSTGRES):
        raise SettingsError(UNKNOWN)
    return url.set(drivername=POSTGRES)


def _prepare_sqlite(connection: Any, record: Any) -> None:
    """Readers and a writer at once; what is erased is overwritten; rows go with what they belong to."""
    connection.isolation_level = None  # SQLAlchemy's own BEGIN stands for all of a transaction
    for pragma in ("journal_mode = WAL", "secure_delete = ON", "foreign_keys = ON", f"busy_timeout = {PATIENCE}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Who means to write waits for its turn at once, and not in the middle, where SQLite would refuse it."""
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reads") else "BEGIN IMMEDIATE")
