"""Batch forms of talking to the doctor: one turn, the choice of a tool, the assessment of a text."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from tqdm import tqdm

from assistant.consultation.differential import Candidate
from assistant.consultation.numbers import Sex
from assistant.doctor import SYSTEM_PROMPT, open_doctor
from assistant.errors import InputError
from assistant.events import Answered, Pictured, Said, ToolFinished, UrgencyFound
from assistant.safety.red_flags import assess
from assistant.settings import settings
from assistant.visit import Visit, answer_language

Row = dict[str, Any]
OLDEST = 130


def answer_once(text: str, record: Path | None, country: str, as_json: bool) -> None:
    """Answer one message in a conversation of its own, which is forgotten afterwards; its pictures become files."""
    doctor = open_doctor(settings())
    thread = secrets.token_hex(16)
    visit = Visit(answer_language(text, "en"), country or settings().region, background(record) if record else "")
    told: Row = {"urgency": None, "tool": "none"}
    pictures: list[Row] = []
    try:
        for event in doctor.stream(text, thread, visit):
            match event:
                case UrgencyFound():
                    told["urgency"] = event.level
                case ToolFinished():
                    told["tool"] = event.tool
                case Said() if not as_json:
                    typer.echo(event.text, nl=False)
                case Pictured():
                    pictures.append({**event.picture.model_dump(), "file": str(_file(event, thread))})
                case Answered():
                    told |= event.model_dump(mode="json", exclude={"kind"})
    finally:
        doctor.erase(thread)
    told |= {"pictures": pictures}
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _list_sources(told)


def _list_sources(told: Row) -> None:
    typer.echo("\n")
    for number, citation in enumerate(told.get("citations", []), start=1):
        typer.echo(f"[{number}] {citation['name']}, {citation['publisher']}: {citation['url']}")
    for molecule in told.get("molecules", []):
        typer.echo(f"{molecule['score']:.2f}  {molecule['smiles']}")
    for picture in told["pictures"]:
        typer.echo(picture["file"])


def _file(event: Pictured, thread: str) -> Path:
    """A picture as a file in a temporary folder, as its conversation is forgotten at once."""
    folder = Path(tempfile.gettempdir()) / f"airmed-{thread}"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / event.picture.file
    path.write_bytes(event.png)
    return path


def route_rows(rows: list[Row]) -> Iterator[Row]:
    """The first tool that the agent would call for each text, and its arguments; "none" where it would call none."""
    from langchain_core.messages import HumanMessage, SystemMessage
    from langchain_core.utils.function_calling import convert_to_openai_tool

    from assistant.consultation.library import Library
    from assistant.models import load_chat_model
    from assistant.models.calling import routed_call
    from assistant.models.routing import Router
    from assistant.tools import load_tools
    from knowledge.embedding import SentenceEmbedder

    chosen = settings()
    router = Router.load(SentenceEmbedder(chosen.embedding))
    tools = load_tools(Library([]))
    model = load_chat_model(chosen, router).bind_tools(tools)
    schemas = [convert_to_openai_tool(tool) for tool in tools]
    for row in tqdm(rows, desc="routing", disable=None):
        if not row["text"].strip():
            yield {"id": row["id"], "tool": "none", "arguments": {}}
            continue
        message = HumanMessage(row["text"])
        said = model.invoke([SystemMessage(SYSTEM_PROMPT), message])
        call = next(iter(said.tool_calls), None) or routed_call([message], schemas, router)
        yield {"id": row["id"], "tool": call["name"] if call else "none", "arguments": call["args"] if call else {}}


def assess_rows(rows: list[Row]) -> Iterator[Row]:
    """Urgency, red flags, findings and differential of each text."""
    from assistant.consultation.case import case_of
    from assistant.consultation.differential import engine
    from assistant.consultation.triage import triage

    for row in tqdm(rows, desc="assessing", disable=None):
        age, sex = _age(row), _sex(row)
        found = assess(row["text"], age, sex)
        case = case_of(found, row["text"])
        candidates = engine().differential(case).candidates if case.there else ()
        yield {
            "id": row["id"],
            "triage": triage(engine(), case).level,
            "crisis": found.crisis,
            "red_flags": [{"rule": rule.id, "source": str(rule.source.url)} for rule in found.flags],
            "present": sorted(case.there),
            "absent": sorted(case.absent),
            "differential": [_ranked(candidate) for candidate in candidates],
        }


def _ranked(candidate: Candidate) -> Row:
    condition = candidate.condition
    chance = round(candidate.probability, 6)
    return {"condition": condition.name, "icd10": condition.icd10cm[0], "probability": chance}


def background(path: Path) -> str:
    """A record as a sentence that the rules can read.

    Raises:
        InputError: The file is not a record; the message names the field.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a JSON record that can be read.") from error
    if not isinstance(record, dict):
        raise InputError(f"{path} is not a record: give one JSON object.")
    row = {**record, "id": path.name}
    age, sex = _age(row), _sex(row)
    person = f"{age:g}-year-old {sex or 'patient'}" if age is not None else (sex or "patient")
    listed = {"with": "conditions", "takes": "medications", "is allergic to": "allergies"}
    parts = [f"{words} {', '.join(_names(row, field))}" for words, field in listed.items() if _names(row, field)]
    pregnant = ["is pregnant"] if row.get("pregnant") else []
    return f"The patient is a {'; '.join([person, *pregnant, *parts])}."


def _names(row: Row, field: str) -> list[str]:
    names = row.get(field) or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(f'{row["id"]}: "{field}" has to be a list of names.')
    return names


def _age(row: Row) -> float | None:
    age = row.get("age")
    if age is None:
        return None
    if isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age <= OLDEST:
        raise InputError(f'row {row["id"]!r}: "age" is {age!r}; give years from 0 to {OLDEST}.')
    return float(age)


def _sex(row: Row) -> Sex | None:
    sex = str(row.get("sex") or "").lower()
    names: dict[str, Sex] = {
        "f": "female",
        "female": "female",
        "woman": "female",
        "m": "male",
        "male": "male",
        "man": "male",
    }
    return names.get(sex)
