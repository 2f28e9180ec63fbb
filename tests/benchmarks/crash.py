"""What is left after `kill -9` in the middle of turns: every acknowledged turn, no half case, a whole audit chain.

    python -m tests.benchmarks.crash [KILLS]

Four patients talk at once to a doctor in a process of its own, with the records, the rules, the differential and the
agent as they are served; only the chat model and the library are left out, and the router stands in for them. The
process is killed at a random moment, started again on the same records, and asked what is there. It is forked from one
that has read the knowledge base, so that a start takes no half minute.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from assistant.consultation.differential import engine
from assistant.consultation.library import Library
from assistant.doctor import Doctor
from assistant.events import Answered
from assistant.models.routing import Choice
from assistant.records.consents import thread_of
from assistant.records.keeping import open_records
from assistant.safety.red_flags import assess
from assistant.settings import Settings
from assistant.visit import Visit
from tests.benchmarks.report import Rows, report
from tests.conftest import HashEmbedder

KILLS = 50
PATIENTS = 4
LONGEST = 3.0  # seconds of talk within which the process is killed
COMPLAINTS = (
    "I have had a sore throat for two days",
    "now I have a fever of 38.5 as well",
    "no cough, and no rash",
    "I am a 34 year old woman",
    "I take warfarin",
    "my neck is stiff since this morning",
)
Conversations = dict[str, list[str]]


# The process that is killed -------------------------------------------------------------------------


class SilentModel(GenericFakeChatModel):
    """A chat model that never says anything."""

    messages: Iterator[AIMessage | str] = iter(())

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        yield ChatGenerationChunk(message=AIMessageChunk(content=""))

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self


def bare_doctor(settings: Settings) -> Doctor:
    router: Any = SimpleNamespace(choose=lambda *_: Choice("assess_symptoms", 1.0))
    library = Library([SimpleNamespace(embedder=HashEmbedder(), search=lambda *_: [])])  # type: ignore[list-item]
    doctor = Doctor(SilentModel(), router, library, open_records(settings), {})
    doctor.mend()
    return doctor


def live(folder: Path, keys: list[str], seed: int, told: Connection) -> None:
    """Tell what is there, then talk until killed; what a client is told goes through the pipe at once."""
    doctor = bare_doctor(Settings(data_dir=folder))
    told.send({"faults": doctor.records.audit.verify(), "there": {key: there(doctor, key) for key in keys}})
    turn = threading.Lock()
    for number in range(PATIENTS):
        threading.Thread(target=talk, args=(doctor, f"{seed}-{number}", told, turn), daemon=True).start()
    time.sleep(600)


def talk(doctor: Doctor, key: str, told: Connection, turn: threading.Lock) -> None:
    words = random.Random(key)
    doctor.agree(key, Visit())
    while True:
        for event in doctor.stream(words.choice(COMPLAINTS), key, Visit()):
            if isinstance(event, Answered):
                with turn:
                    told.send((key, event.text))


def there(doctor: Doctor, key: str) -> tuple[list[str], list[str]]:
    """The answers that a conversation remembers, and the answers in its case."""
    answers = [turn.text for turn in doctor.conversation(key).turns if turn.role == "assistant"]
    case = doctor.records.cases.of_thread(thread_of(key))
    entries = doctor.records.cases.case(case).dossier.entries if case else ()
    return answers, [entry.text for entry in entries if entry.by == "doctor"]


# The client -----------------------------------------------------------------------------------------


def run(kills: int) -> Rows:
    """Kill and look, again and again, on the same records."""
    counted = {"kills": 0, "acknowledged turns": 0, "lost": 0, "half cases": 0, "faults of the audit chain": 0}
    said: Conversations = {}
    with tempfile.TemporaryDirectory() as folder:
        for kill in range(kills + 1):  # the last life is only to look
            found = life(Path(folder), said, kill, random.Random(kill).uniform(0.0, LONGEST) if kill < kills else 0.0)
            counted["faults of the audit chain"] += len(found["faults"])
            for key, (answers, filed) in found["there"].items():
                counted["lost"] += answers[: len(said[key])] != said[key]
                counted["half cases"] += filed != answers
            counted["kills"] = kill
            counted["acknowledged turns"] = sum(map(len, said.values()))
            print(counted, file=sys.stderr, flush=True)  # noqa: T201
    return [dict(counted)]


def life(folder: Path, said: Conversations, seed: int, seconds: float) -> dict[str, Any]:
    """Start the process, note what it acknowledges, kill it: what it found when it started."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=live, args=(folder, list(said), seed, theirs))
    process.start()
    theirs.close()
    found: dict[str, Any] = ours.recv()
    for number in range(PATIENTS):
        said[f"{seed}-{number}"] = []
    until = time.monotonic() + seconds
    killed = False
    while True:
        if not killed and (time.monotonic() >= until or not ours.poll(until - time.monotonic())):
            os.kill(process.pid or 0, signal.SIGKILL)
            killed = True
        try:
            key, text = ours.recv()
        except EOFError:
            break
        said[key].append(text)
    process.join()
    return found


if __name__ == "__main__":
    assess("")
    engine()
    rows = run(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS)
    report("crash", {"Killed in the middle of turns": rows})
