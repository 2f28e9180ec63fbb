"""`airmed clinician`, and `airmed audit verify|show`: who may sign in, and what the records say was done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.commands.options import Json
from assistant.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from assistant.records.audit import AuditEntry, AuditLog

COMMAND = "command-line"

audit = typer.Typer(help="The audit log: who did what, when and to which record.", no_args_is_help=True)


def clinician(
    name: Annotated[str, typer.Argument(help="As plans are signed with it.")],
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for, if not given.")
    ],
    role: Annotated[
        str, typer.Option(help="clinician, for cases and plans, or auditor, for the audit log.")
    ] = "clinician",
) -> None:
    """Let somebody sign in on the page /clinician, or give somebody another password or role."""
    from assistant.records.audit import open_audit
    from assistant.records.database import open_database
    from assistant.records.staff import Staff
    from assistant.settings import settings

    database = open_database(settings())
    member = Staff(database).add(name, password, role)
    open_audit(database, settings()).note(member.name, "account_set", detail={"role": role, "by": COMMAND})
    typer.echo(f"{member.name} can sign in on the page /clinician as {role}.")


@audit.command()
def verify(
    public: Annotated[
        Path | None, typer.Option("--public", help="Your own copy of audit.pub.", metavar="AUDIT.pub")
    ] = None,
    head: Annotated[str, typer.Option(help="An entry that must be there, as this printed it.", metavar="N:HASH")] = "",
    as_json: Json = False,
) -> None:
    """Hold the audit log against its hashes and its seals: what was altered, taken out or put in."""
    from assistant.records.audit import read_public

    kept = _kept(head) if head else None
    log = _log()
    faults = log.verify(read_public(public) if public else None, kept)
    (count, last), days = log.head(), log.sealed_days()
    for fault in faults:
        typer.echo(fault, err=True)
    told = {"faults": faults, "entries": count, "sealed_days": days, "head": f"{count}:{last}"}
    if as_json:
        typer.echo(json.dumps(told))
    elif not faults:
        typer.echo(f"Whole: {count} entries, {days} days sealed; keep the head elsewhere: {count}:{last}")
    if faults:
        raise typer.Exit(2)


@audit.command()
def show(
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Entries to show, the newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """Show the newest entries of the audit log."""
    from dataclasses import asdict

    entries = _log().entries(most)
    if as_json:
        typer.echo(json.dumps({"entries": [asdict(entry) for entry in entries]}, default=repr))
        return
    from rich.console import Console

    Console().print(_table(entries))


def _log() -> AuditLog:
    from assistant.records.audit import open_audit
    from assistant.records.database import open_database
    from assistant.settings import settings

    return open_audit(open_database(settings()), settings())


def _kept(head: str) -> tuple[int, str]:
    seq, _, last = head.partition(":")
    if not (seq.isascii() and seq.isdigit() and last):
        raise InputError("Give the head as `airmed audit verify` printed it: a number, a colon and a hash.")
    return int(seq), last


def _table(entries: list[AuditEntry]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("Entry", "When (UTC)", "Who", "Did", "To", "Detail")
    for entry in entries:
        detail = ", ".join(f"{name} {_written(value)}" for name, value in entry.detail.items())
        row = (entry.seq, str(entry.at)[:19].replace("T", " "), entry.actor, entry.action, entry.subject, detail)
        table.add_row(*(Text(_printable(str(cell))) for cell in row))
    return table


def _written(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _printable(altered: str) -> str:
    """An altered entry may hold what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in altered)
