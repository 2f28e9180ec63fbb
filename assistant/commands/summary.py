"""`airmed summary`: a case of the local records as Markdown, PDF or FHIR, or as the JSON that the records keep."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assistant.commands.options import Json, write_file
from assistant.errors import InputError

WHO = "command line"  # in the audit log; whoever has the key file may read the records


class Format(StrEnum):
    """What a case is written as."""

    markdown = "markdown"
    pdf = "pdf"
    fhir = "fhir"


def summary(
    case: Annotated[str, typer.Argument(help="The id of the case, as it stands in the worklist.")],
    written_as: Annotated[Format, typer.Option("--format", help="What the case is written as.")] = Format.markdown,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write; a PDF needs one.")] = None,
    as_json: Json = False,
) -> None:
    """Write a case: summary, opinion, plans and the whole conversation; the audit log notes it."""
    if written_as == Format.pdf and out is None and not as_json:
        raise InputError("A PDF needs a file; name it with -o CASE.pdf.")
    content = _content(case, "json" if as_json else written_as.value)
    if out:
        write_file(out, content)
    else:
        typer.echo(content.decode())


def _content(identifier: str, written_as: str) -> bytes:
    """The file, once the audit log has noted who takes it.

    Raises:
        RecordsError: There is no such case.
    """
    from assistant.records.audit import open_audit
    from assistant.records.database import open_database
    from assistant.records.exports import to_fhir, to_markdown, to_pdf
    from assistant.records.exports.gathering import gather
    from assistant.settings import settings

    database = open_database(settings())
    audit = open_audit(database, settings())
    export = gather(database, audit, identifier)
    audit.note(WHO, "exported", export.id, {"format": written_as})
    match written_as:
        case "json":
            return export.dossier.model_dump_json(indent=2).encode()
        case "fhir":
            return json.dumps(to_fhir(export), ensure_ascii=False, indent=2).encode()
        case "pdf":
            return to_pdf(export)
        case _:
            return to_markdown(export).encode()
