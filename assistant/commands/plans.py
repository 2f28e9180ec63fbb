"""`airmed check`, and the steps of the plan models: `airmed train|tune|generate|evaluate plan`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.commands.options import Json
from assistant.commands.rows import STDIO, Out, Rows, read_rows, write_rows
from assistant.errors import InputError

if TYPE_CHECKING:
    from generators.plans.drafting import Draft
    from generators.plans.items import Item
    from generators.plans.record import Record
    from generators.plans.rules import Finding

Cohorts = Annotated[
    list[Path], typer.Option("--cohort", help="A folder of tables as Synthea exports them; again for more.")
]
DOSING = re.compile(
    r"\b(mg|mcg|micrograms?|ml|units?|day|daily|night|morning|evening|hours?|week|weekly|tablets?|capsules?|oral|release"
    r"|needed|meals?|once|twice|times|solution|injection|inhaler|cream|drops|pack|months?|years?)\b|\d",
    re.IGNORECASE,
)
Models = Annotated[Path | None, typer.Option("--models", help="Folder of your own trained models.")]


def train(
    cohort: Cohorts,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of models; the model gets a folder in it.")],
    model: Annotated[str, typer.Option(help="vae or gan.")] = "vae",
    examples: Annotated[int, typer.Option(help="Plans to show in all; 0 takes the recipe's number.")] = 0,
    seed: int = 0,
) -> None:
    """Train a model on recorded and imagined patients, or go on training it where it was cut off."""
    from generators.plans.recipes import Run
    from generators.plans.recipes import train as train_model

    typer.echo(f"{train_model(Run(model, tuple(cohort), out, examples, seed))} written.")


def tune(
    cohort: Cohorts,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the trials and what they found.")],
    model: Annotated[str, typer.Option(help="vae or gan.")] = "vae",
    trials: Annotated[int, typer.Option(min=1, max=1000)] = 8,
    folds: Annotated[int, typer.Option(min=2, max=10)] = 3,
    examples: Annotated[int, typer.Option(min=1, help="Plans to show in one training.")] = 200_000,
    as_json: Json = False,
) -> None:
    """Search for better numbers of a model's recipe by k-fold cross-validation over the patients learned from."""
    from generators.plans.tuning import tune as tune_model

    found = tune_model(model, tuple(cohort), out, trials, folds, examples)
    best = ", ".join(f"{name} {value:.3g}" for name, value in found.choices.items())
    told = {"model": model, "choices": dict(found.choices), "score": found.score, "trials": found.trials}
    typer.echo(json.dumps(told) if as_json else f"Best of {found.trials}: {best}; Jaccard {found.score:.3f}.")


def generate(
    rows: Rows,
    out: Out = STDIO,
    fhir: Annotated[bool, typer.Option("--fhir", help="Write each draft as a FHIR R4 Bundle.")] = False,
    count: Annotated[int, typer.Option(min=1, max=10, help="Drafts for each record.")] = 3,
    model: Annotated[str, typer.Option(help="vae or gan.")] = "vae",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same drafts.")] = 0,
    models: Models = None,
) -> None:
    """Draft plans for each {"id","record"}; a draft is signed by a clinician or it is none."""
    write_rows(out, _drafted(list(read_rows(rows)), fhir, count, model, seed, models))


def evaluate(
    cohort: Cohorts,
    models: Models = None,
    as_json: Json = False,
) -> None:
    """Compare plans for held-out patients with what they were given, beside plain baselines."""
    from generators.plans.cohort import read_cohort
    from generators.plans.evaluation import evaluated

    found = evaluated([moment for folder in cohort for moment in read_cohort(folder)], models)
    for row in [] if as_json else found:
        told = (
            f"Jaccard {row['jaccard']:.3f} ({row['jaccard_low']:.3f} to {row['jaccard_high']:.3f}), F1 {row['f1']:.3f}"
        )
        typer.echo(f"{row['cohort']}, {row['kind']}, {row['model']}, {row['patients']} patients: {told}")
    if as_json:
        typer.echo(json.dumps(found))


STEPS: dict[str, Callable[..., None]] = {"train": train, "tune": tune, "generate": generate, "evaluate": evaluate}


def _drafted(
    rows: Sequence[dict[str, Any]], fhir: bool, count: int, model: str, seed: int, models: Path | None
) -> Iterator[dict[str, Any]]:
    from tqdm import tqdm

    from generators.plans.drafting import draft
    from generators.plans.exchange import bundle

    for row in tqdm(rows, unit="record", disable=len(rows) < 5):
        record = record_of(row)
        found = draft(record, count, model, seed, models)
        drafts = [bundle(record, one, str(row["id"])) if fhir else _told(one) for one in found.drafts]
        yield {"id": row["id"], "status": "draft, not signed", "drafts": drafts, "missing": list(found.missing)}


def _told(one: Draft) -> dict[str, Any]:
    refused = [{"medicine": it.medicine, "rule": _row(it.finding), "instead": it.instead} for it in one.refused]
    return {"items": [_item(item) for item in one.items], "why": list(one.why), "refused": refused, "score": one.score}


def _item(item: Item) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "name": item.name,
        "action": item.action,
        "for": item.condition,
        "detail": item.detail,
        "due": item.due.isoformat() if item.due else None,
        "reason": item.reason,
        "source": item.source,
        "confidence": round(item.confidence, 3),
        "cautions": [_row(one) for one in item.cautions],
        "why_not": list(item.why_not),
        "drivers": list(item.drivers),
    }


def check_rows(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """{"id","record","candidate"} to {"id","verdict","findings","notes"}.

    Raises:
        InputError: A record has a field that cannot be so; the message names the row and the field.
    """
    from tqdm import tqdm

    for row in tqdm(rows, unit="record", disable=len(rows) < 20):
        record = record_of(row)
        yield {"id": row["id"], **checked(record, row["candidate"]), "notes": list(record.notes)}


def record_of(row: dict[str, Any]) -> Record:
    """The record of a row.

    Raises:
        InputError: It is missing, or a field cannot be so.
    """
    if not isinstance(row.get("record"), dict):
        raise InputError(f'The row {row["id"]!r} needs a "record", which is a JSON object or a FHIR R4 Bundle.')
    from generators.errors import RecordError
    from generators.plans.reading import read

    try:
        return read(row["record"])
    except RecordError as error:
        raise InputError(f"The row {row['id']!r}: {error}") from error


def checked(record: Record, candidate: str) -> dict[str, Any]:
    """The verdict on a medicine, and every rule that fires; what is unknown is said and not called safe."""
    from generators.plans.rules import check, verdict
    from knowledge.medicines.names import find

    named = find(candidate)
    findings = [finding for one in named for finding in check(record, one)]
    unknown = [_unknown(text) for text in (*_unread(candidate), *_unread_of(record))]
    told = verdict(findings)
    return {
        "verdict": "caution" if told == "ok" and unknown else told,
        "read_as": [one.name for one in named],
        "findings": [*map(_row, findings), *unknown],
    }


def _unread(candidate: str) -> list[str]:
    """The parts of a candidate that name nothing known."""
    from knowledge.medicines.names import find

    if not find(candidate):
        return [candidate]
    parts = [part.strip() for part in re.split(r"\bwith\b|\band\b|[+/,&]", candidate)]
    short = [part for part in parts if len(part.split()) <= 3 and re.search(r"[a-z]{5}", part.casefold())]
    named = [part for part in short if not DOSING.search(part)]
    return [part for part in named if not find(part)]


def _unread_of(record: Record) -> list[str]:
    """What the record says is taken or reacted to, and is not known."""
    taken = [one.written for one in record.medicines if not one.named]
    return [*taken, *(one.written for one in record.allergies if not one.medicines and not one.groups)]


def _unknown(text: str) -> dict[str, Any]:
    from knowledge.medicines.names import near

    like = f" Did you mean {' or '.join(near(text))}?" if near(text) else ""
    reason = f"{text!r} is not known, and was not checked.{like}"
    return {"rule": "unknown", "kind": "unknown", "severity": "caution", "reason": reason, "source": ""}


def _row(finding: Finding) -> dict[str, Any]:
    from knowledge.medicines.names import name_of

    return {
        "rule": finding.rule,
        "kind": finding.kind,
        "severity": finding.severity,
        "reason": finding.reason,
        "todo": finding.todo,
        "instead": [name_of(one) for one in finding.instead],
        "source": str(finding.source.url),
    }
