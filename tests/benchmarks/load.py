"""Twenty-five patients at once for two minutes, and two hundred visitors who wait, at a real server.

    python -m tests.benchmarks.load [SECONDS]

Each patient sends a message, reads the answer as it grows, thinks for a while and goes on. Afterwards every
conversation has to hold its patient's own messages in their order, and nobody else's.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from gradio_client import Client

from tests.benchmarks.report import Rows, report
from tests.web import server as web

PATIENTS, SECONDS = 25, 120.0
THINKING = (4.0, 10.0)  # seconds that a patient reads and types
WAITING = 200
ROOT = Path(__file__).parents[2]
SAID = (
    "I have had a sore throat for two days",
    "no fever, and no cough",
    "I am {age} years old",
    "How is a sore throat treated?",
    "What are the signs of migraine?",
    "I have a headache as well, since {age} hours",
    "Can I take ibuprofen with aspirin?",
    "thank you",
    "What is a normal blood pressure?",
    "my knee hurts when I climb stairs",
)


@dataclass
class Talk:
    """What became of one patient's conversation."""

    number: int
    thread: str = ""
    sent: list[str] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def connected(url: str) -> Client:
    return Client(url, verbose=False, httpx_kwargs={"timeout": 120})


def talk(url: str, number: int, until: float) -> Talk:
    client, words, own = connected(url), random.Random(number), Talk(number)
    while time.monotonic() < until:
        text = words.choice(SAID).format(age=20 + number) + f" (patient {number})"
        begun, told = time.monotonic(), {}
        for told in client.submit(text, own.thread, "en", "gb", api_name="/stream"):
            if len(own.first) == len(own.sent) and told.get("text"):
                own.first.append(time.monotonic() - begun)
        own.whole.append(time.monotonic() - begun)
        if told.get("error"):
            own.errors.append(told["error"])
            continue
        own.thread = own.thread or told["thread"]
        own.sent.append(text)
        time.sleep(words.uniform(*THINKING))
    return own


def mixed(client: Client, one: Talk) -> bool:
    """Whether a conversation holds anything but what its patient said, in its order."""
    held = client.predict(one.thread, api_name="/data")["conversation"]
    return [said["text"] for said in held if said["by"] == "user"] != one.sent


def patients(url: str, seconds: float) -> Rows:
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(PATIENTS) as pool:
        talks = list(pool.map(lambda number: talk(url, number, until), range(PATIENTS)))
    client = connected(url)
    first = [value for one in talks for value in one.first]
    whole = [value for one in talks for value in one.whole]
    return [
        {
            "patients": PATIENTS,
            "seconds": seconds,
            "messages": sum(len(one.sent) for one in talks),
            "errors": sum(len(one.errors) for one in talks),
            "mixed threads": sum(mixed(client, one) for one in talks),
            "first words, median s": float(np.percentile(first, 50)),
            "first words, p95 s": float(np.percentile(first, 95)),
            "whole answer, p95 s": float(np.percentile(whole, 95)),
        }
    ]


def queue(url: str) -> Rows:
    """Visitors who all ask at once: the places that they are told, in the order in which they came."""
    config = httpx.get(f"{url}/config", timeout=60).json()
    event = next(one["id"] for one in config["dependencies"] if one["api_name"] == "stream")
    told: list[list[int]] = [[] for _ in range(WAITING)]
    refused, done = [0], threading.Event()

    def wait(number: int) -> None:
        session = f"waiting-{number}"
        data = {"data": ["How is shingles treated?", "", "en", "gb"], "fn_index": event, "session_hash": session}
        joined = httpx.post(f"{url}/gradio_api/queue/join", json=data, timeout=60)
        refused[0] += joined.status_code != 200
        with httpx.stream(
            "GET", f"{url}/gradio_api/queue/data", params={"session_hash": session}, timeout=600
        ) as lines:
            for line in lines.iter_lines():
                if '"estimation"' in line and (place := _place(line)) is not None:
                    told[number].append(place)
                if "process_starts" in line or "close_stream" in line or done.is_set():
                    return

    threads = []
    for number in range(WAITING):  # one after the other, so that it is known who came first
        threads.append(threading.Thread(target=wait, args=(number,), daemon=True))
        threads[-1].start()
        time.sleep(0.02)
    for thread in threads:
        thread.join(300)
    done.set()
    waited = [places for places in told if places]
    firsts = [places[0] for places in waited]
    return [
        {
            "visitors": WAITING,
            "refused": refused[0],
            "told a place": len(waited),
            "farthest place": max(firsts) + 1,
            "places that rose": sum(any(b > a for a, b in pairwise(p)) for p in waited),
            "places told twice at the start": len(firsts) - len(set(firsts)),
        }
    ]


def _place(line: str) -> int | None:
    message: dict[str, Any] = json.loads(line.removeprefix("data: "))
    return message.get("rank")


if __name__ == "__main__":
    length = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    web.UNHURRIED["AIRMED_ANSWERS_PER_ADDRESS"] = "300"
    with tempfile.TemporaryDirectory() as name, web.serving(ROOT, Path(name) / "data", Path(name) / "log") as served:
        Client(served.url, verbose=False, httpx_kwargs={"timeout": 120}).predict(
            "hello", "", "en", "", api_name="/chat"
        )
        tables = {"Patients at once": patients(served.url, length), "Visitors who wait": queue(served.url)}
    report("load", tables, ("One address, limits per address raised; eight answers at once, as by default.",))
