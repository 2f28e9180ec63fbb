"""The commands that tend the records: what is out of date is erased, and what is sealed gets a new key."""

from __future__ import annotations

import typer


def purge() -> None:
    """Erase the conversations to which nobody came back for the days of AIRMED_RETENTION_DAYS."""
    from assistant.records.keeping import open_records
    from assistant.settings import settings

    days, records = settings().retention_days, open_records(settings())
    count = records.archive.purge(days, records.memory.delete_thread)
    what = "conversation was" if count == 1 else "conversations were"
    typer.echo(f"{count} {what} erased to which nobody came back for {days} days.")


def rotate_key() -> None:
    """Seal all records with a new key and drop the old one; Airmed has to be stopped meanwhile."""
    from assistant.records.rotation import rotate
    from assistant.settings import settings

    typer.echo(rotate(settings()))
