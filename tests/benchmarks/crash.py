"""What is left after `kill -9` in the middle of turns: every acknowledged turn, no half case, a whole audit chain.

    python -m tests.benchmarks.crash [KILLS]

Four patients talk at once to a doctor in a process of its own, with the records, the rules, the differential and the
agent as they are served; only the chat model is left out, which the router stands in for. The process is killed at a
random moment, started again on the same records, and asked what is there.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.report import report

KILLS = 50
PATIENTS = 4
LONGEST = 4.0  # seconds after the first message within which the process is killed
COMPLAINTS = (
    "I have had a sore throat for two days",
    "now I have a fever of 38.5 as well",
    "no cough, and no rash",
    "I am a 34 year old woman",
    "I take warfarin",
    "my neck is stiff since this morning",
)


# The process that is killed ------------------------------------------------------------------------


def serve(folder: Path, seed: int) -> None:
    """Tell what is there, then talk until killed; one JSON line for each thing that a client is told."""
    from assistant.settings import Settings
    from tests.benchmarks.crash_doctor import bare_doctor

    settings = Settings(data_dir=folder)
    doctor = bare_doctor(settings)
    keys = json.loads((folder / "keys.json").read_text())
    _say({"faults": doctor.records.audit.verify(), "conversations": {key: _there(doctor, key) for key in keys}})
    if seed >= 0:
        for number in range(PATIENTS):
            threading.Thread(target=_talk, args=(doctor, f"{seed}-{number}"), daemon=True).start()
        time.sleep(600)


def _talk(doctor: Any, key: str) -> None:
    from assistant.events import Answered
    from assistant.visit import Visit

    words = random.Random(key)
    _say({"key": key})
    doctor.agree(key, Visit())
    while True:
        text = words.choice(COMPLAINTS)
        for event in doctor.stream(text, key, Visit()):
            if isinstance(event, Answered):
                _say({"acknowledged": key, "text": event.text})


def _there(doctor: Any, key: str) -> dict[str, Any]:
    """The answers that a conversation remembers, and the answers in its case."""
    from assistant.records.consents import thread_of

    answers = [turn.text for turn in doctor.conversation(key).turns if turn.role == "assistant"]
    case = doctor.records.cases.of_thread(thread_of(key))
    entries = doctor.records.cases.case(case).dossier.entries if case else ()
    return {"answers": answers, "case": [entry.text for entry in entries if entry.by == "doctor"], "filed": bool(case)}


def _say(told: dict[str, Any]) -> None:
    os.write(1, (json.dumps(told) + "\n").encode())  # at once, whole, whatever becomes of the process


# The client ----------------------------------------------------------------------------------------


def run(kills: int) -> dict[str, Any]:
    """Kill and look, again and again, on the same records."""
    counted = {"kills": 0, "acknowledged turns": 0, "lost": 0, "half cases": 0, "faults of the audit chain": 0}
    with tempfile.TemporaryDirectory() as name:
        folder, said = Path(name), dict[str, list[str]]()
        for kill in range(kills):
            told = _life(folder, said, kill, random.Random(kill).uniform(0.0, LONGEST))
            _count(counted, told, said)
            counted["kills"] += 1
            print(f"{kill + 1}: {counted}", file=sys.stderr, flush=True)  # noqa: T201
        _count(counted, _life(folder, said, -1, 0.0), said)
        counted["acknowledged turns"] = sum(map(len, said.values()))
    return counted


def _life(folder: Path, said: dict[str, list[str]], seed: int, seconds: float) -> dict[str, Any]:
    """Start the process, note what it acknowledges, kill it: what it found when it started."""
    (folder / "keys.json").write_text(json.dumps(list(said)))
    command = [sys.executable, "-m", "tests.benchmarks.crash", "serve", str(folder), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = json.loads(process.stdout.readline())
        if seed >= 0:
            threading.Timer(seconds, process.send_signal, [signal.SIGKILL]).start()
        for line in process.stdout:
            told = json.loads(line) if line.endswith("\n") else {}
            if "key" in told:
                said.setdefault(told["key"], [])
            elif "acknowledged" in told:
                said[told["acknowledged"]].append(told["text"])
    return dict(found)


def _count(counted: dict[str, int], told: dict[str, Any], said: dict[str, list[str]]) -> None:
    counted["faults of the audit chain"] += len(told["faults"])
    for key, there in told["conversations"].items():
        acknowledged = said[key]
        counted["lost"] += there["answers"][: len(acknowledged)] != acknowledged
        counted["half cases"] += there["case"] != there["answers"] and bool(there["answers"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        rows = [run(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS)]
        report("crash", {"Killed in the middle of turns": rows})
