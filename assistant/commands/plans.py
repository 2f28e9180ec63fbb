"""`airmed check`: the rules that speak against a medicine, for rows of records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tqdm import tqdm

from assistant.errors import InputError
from generators.errors import RecordError
from generators.plans.reading import read
from generators.plans.record import Record
from generators.plans.rules import Finding, Verdict, check, verdict
from knowledge.medicines.names import find, name_of, near


def check_rows(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """{"id","record","candidate"} to {"id","verdict","findings","notes"}.

    Raises:
        InputError: A record has a field that cannot be so; the message names the row and the field.
    """
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
    try:
        return read(row["record"])
    except RecordError as error:
        raise InputError(f"The row {row['id']!r}: {error}") from error


def checked(record: Record, candidate: str) -> dict[str, Any]:
    """The verdict on a medicine, and every rule that fires; what is unknown is said and not called safe."""
    named = find(candidate)
    if not named:
        like = f" Did you mean {' or '.join(near(candidate))}?" if near(candidate) else ""
        reason = f"{candidate!r} is not known, and nothing was checked.{like}"
        unknown = {"rule": "unknown", "kind": "unknown", "reason": reason, "source": ""}
        return {"verdict": "caution", "read_as": [], "findings": [unknown]}
    findings = [finding for one in named for finding in check(record, one)]
    told: Verdict = verdict(findings)
    return {"verdict": told, "read_as": [one.name for one in named], "findings": [_row(one) for one in findings]}


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "kind": finding.kind,
        "severity": finding.severity,
        "reason": finding.reason,
        "todo": finding.todo,
        "instead": [name_of(one) for one in finding.instead],
        "source": str(finding.source.url),
    }
