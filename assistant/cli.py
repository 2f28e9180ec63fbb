"""The `airmed` command: everything the page does, in batch, with JSON in and out.

Bad input gets one line on standard error and exit code 2; long work shows its progress there. Heavy libraries are
imported by the commands that need them, so that `airmed --help` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.commands import archive, images, molecules, plans, records
from assistant.commands.options import Json
from assistant.commands.rows import STDIO, Out, Rows, read_rows, write_rows
from assistant.commands.summary import summary
from assistant.errors import AirmedError

app = typer.Typer(
    name="airmed",
    help="An open-source virtual doctor that shows its evidence. Not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
IndexDir = Annotated[Path | None, typer.Option("--index", help="Index folder; by default the one of the chat.")]
STEPS = {
    "prepare": "Make data ready for a generator.",
    "train": "Train a generator.",
    "tune": "Search for a better recipe of a generator.",
    "generate": "Generate what is marked as synthetic.",
    "evaluate": "Measure what a generator makes.",
}

app.command("analyse")(images.analyse)
for command in (records.clinician, summary, archive.purge, archive.rotate_key):
    app.command()(command)
app.add_typer(records.audit, name="audit")
for step, what in images.STEPS.items():
    group = typer.Typer(help=STEPS[step], no_args_is_help=True)
    group.command("image")(what)
    group.command("molecules")(molecules.STEPS[step])
    if step in plans.STEPS:
        group.command("plan")(plans.STEPS[step])
    app.add_typer(group, name=step)


@app.command()
def serve(
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Offer tools to other people's agents too, on the next port.")
    ] = False,
) -> None:
    """Serve the page, as `python app.py` does."""
    from assistant.settings import settings
    from assistant.web.serve import serve as serve_page

    serve_page(settings(), mcp)


@app.command()
def ask(
    text: str,
    record: Annotated[Path | None, typer.Option(help="The patient's record, JSON.", metavar="RECORD.json")] = None,
    country: Annotated[str, typer.Option(help="Two letters, for the emergency number.")] = "",
    as_json: Json = False,
) -> None:
    """Answer one message, streamed, with its sources."""
    from assistant.commands.talk import answer_once

    answer_once(text, record, country, as_json)


@app.command()
def route(rows: Rows, out: Out = STDIO) -> None:
    """Choose the first tool for each {"id","text"}: {"id","tool","arguments"}."""
    from assistant.commands.talk import route_rows

    write_rows(out, route_rows(list(read_rows(rows, "text"))))


@app.command()
def assess(rows: Rows, out: Out = STDIO) -> None:
    """Find the urgency and red flags of each {"id","text","age"?,"sex"?}."""
    from assistant.commands.talk import assess_rows

    write_rows(out, assess_rows(list(read_rows(rows, "text"))))


@app.command()
def check(rows: Rows, out: Out = STDIO) -> None:
    """Check the medicine of each {"id","record","candidate"} against the record, which may be a FHIR Bundle."""
    write_rows(out, plans.check_rows(list(read_rows(rows, "candidate"))))


@app.command()
def interview(
    rows: Rows,
    questions: Annotated[int, typer.Option("--max-questions", min=0, max=222, help="Questions to ask at most.")] = 15,
    out: Out = STDIO,
) -> None:
    """Interview simulated patients: {"id","age","sex","evidences","initial"}, as in DDXPlus."""
    from assistant.commands.interview import interview_rows

    write_rows(out, interview_rows(list(read_rows(rows, "initial")), questions))


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders: .md .txt .pdf .jsonl .xml, also with .gz.")],
    index: IndexDir = None,
    as_json: Json = False,
) -> None:
    """Make documents searchable; run again, only what changed is read anew."""
    from assistant.commands.retrieval import ingest_paths

    report = ingest_paths(paths, index)
    for fault in report.faults:
        typer.echo(f"left out: {fault}", err=True)
    summary = report.model_dump()
    typer.echo(json.dumps(summary, ensure_ascii=False) if as_json else report.sentence())
    if not report.files:
        raise typer.Exit(2)


@app.command()
def search(
    rows: Rows,
    index: IndexDir = None,
    k: Annotated[int, typer.Option("--k", min=1, max=1000, help="Documents to find.")] = 10,
    out: Out = STDIO,
) -> None:
    """Find passages for each {"id","text"}: {"id","passages":[{"doc","score","text"}]}."""
    from assistant.commands.retrieval import search_rows

    write_rows(out, search_rows(list(read_rows(rows, "text")), index, k))


@app.command()
def validate(as_json: Json = False) -> None:
    """Check every article, finding and rule of the knowledge base."""
    from knowledge.corpus import HERE
    from knowledge.findings import lexicon
    from knowledge.medicines import formulary
    from knowledge.medicines.check import check_medicines
    from knowledge.red_flags import rules
    from knowledge.validate import check_articles

    faults = [*check_articles(HERE), *check_medicines()]
    counts = {"faults": faults, "findings": len(lexicon()), "rules": len(rules()), "medicines": len(formulary())}
    for fault in faults:
        typer.echo(fault, err=True)
    said = "{} faults; {findings} findings, {rules} red-flag rules, {medicines} medicines".format(len(faults), **counts)
    typer.echo(json.dumps(counts) if as_json else said)
    if faults:
        raise typer.Exit(2)


def main() -> None:
    """Run the command; what a person can put right is one line and exit code 2."""
    sys.exit(run(app))


def run(command: Callable[..., Any]) -> int:
    """The exit code of a typer app, with errors told in one line."""
    try:
        code = command(standalone_mode=False)  # the code of `typer.Exit`, or what the command returns
    except AirmedError as error:
        typer.echo(f"airmed: {error}", err=True)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as error:
        message = getattr(error, "format_message", None)  # click's own errors of usage
        if message is None:
            raise
        if message():  # empty where the help was shown instead
            typer.echo(f"airmed: {message()}", err=True)
        return 2
    return code if isinstance(code, int) else 0
