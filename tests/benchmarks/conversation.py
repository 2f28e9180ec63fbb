"""How quickly the doctor answers, alone and with eight visitors at once, and what becomes of the model's sentences.

python -m tests.benchmarks.conversation
"""

from __future__ import annotations

import json
import re
import secrets
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from langchain_core.messages import HumanMessage

from assistant.doctor import Doctor, open_doctor
from assistant.events import Answered, Said
from assistant.models import load_chat_model
from assistant.models.embedded import EmbeddedChatModel, prompt
from assistant.models.routing import Router
from assistant.settings import Settings
from assistant.visit import Visit
from knowledge.embedding import SentenceEmbedder
from tests.benchmarks.report import Rows, report

QUESTIONS = Path(__file__).parent / "data" / "questions.jsonl"
VISITORS = 8
SPEED_PROMPT = "Tell me about the human heart."
SPEED_ROUNDS = 5
CITED = re.compile(r"([^\[\]\n]+?)\s*\[(\d+)\]")
NOTES = (
    "First words: from the message to the first piece of the answer that a visitor can read, after both gates. In "
    "process, without the browser. The machine is shared: compare within one run.",
)


def questions() -> list[str]:
    """Twenty varied messages."""
    return [json.loads(line)["text"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


Measured = tuple[float, float, Answered]


def one(doctor: Doctor, text: str) -> Measured:
    """Seconds to the first words, seconds to the whole answer, and the answer, in a thread of its own."""
    started = time.perf_counter()
    first = 0.0
    answer = Answered(text="")
    for event in doctor.stream(text, secrets.token_hex(16), Visit("en", "gb")):
        if isinstance(event, Said) and not first:
            first = time.perf_counter() - started
        elif isinstance(event, Answered):
            answer = event
    return first, time.perf_counter() - started, answer


def latency(doctor: Doctor) -> dict[str, Rows]:
    """Alone: one visitor asks all questions; together: eight visitors ask at the same time; and who wrote what."""
    one(doctor, "hello")
    alone = [one(doctor, text) for text in questions()]
    with ThreadPoolExecutor(VISITORS) as pool:
        together = list(pool.map(lambda text: one(doctor, text), questions()[:VISITORS]))
    reply = [_row("1 visitor, 20 questions", alone), _row(f"{VISITORS} visitors at once", together)]
    return {"Reply": reply, "Sentences": authors([answer for _, _, answer in alone])}


def authors(answers: list[Answered]) -> Rows:
    """How many cited sentences stand word for word in their passages, and how many the chat model worded."""
    cited = [
        (sentence, answer.citations[int(number) - 1].text)
        for answer in answers
        for sentence, number in CITED.findall(answer.text)
    ]
    evidence = sum(sentence.strip("- *\n") in text.replace("\n", " ") for sentence, text in cited)
    return [
        {
            "cited sentences": len(cited),
            "word for word from the evidence": evidence,
            "worded by the model": len(cited) - evidence,
        }
    ]


def speed(model: EmbeddedChatModel) -> Rows:
    """Tokens a second through our chat model beside the bare engine, by turns, on one prompt."""
    messages = [HumanMessage(SPEED_PROMPT)]
    ours, bare = [], []
    for _ in range(SPEED_ROUNDS):
        started = time.perf_counter()
        pieces = sum(1 for _ in model.stream(messages))
        ours.append(pieces / (time.perf_counter() - started))
        counted: list[Any] = []
        request = {"messages": prompt(list(messages)), "stream": True, "temperature": 0, "max_tokens": pieces}
        started = time.perf_counter()
        model.complete(request, lambda chunk, counted=counted: counted.append(chunk) is not None)
        bare.append(len(counted) / (time.perf_counter() - started))
    us, them = statistics.median(ours), statistics.median(bare)
    return [
        {"engine": "llama.cpp, bare", "tokens/s": them, "ratio": 1.0},
        {"engine": "ours, behind BaseChatModel", "tokens/s": us, "ratio": us / them},
    ]


def _row(name: str, measured: list[Measured]) -> dict[str, Any]:
    firsts, totals = [first for first, _, _ in measured], [total for _, total, _ in measured]
    return {
        "load": name,
        "first words, median s": statistics.median(firsts),
        "first words, worst s": max(firsts),
        "whole answer, median s": statistics.median(totals),
        "whole answer, worst s": max(totals),
        "answered": f"{sum(bool(answer.text) for _, _, answer in measured)}/{len(measured)}",
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        chat_model = load_chat_model(settings, Router.load(SentenceEmbedder()))
        assert isinstance(chat_model, EmbeddedChatModel)
        tables = {**latency(open_doctor(settings)), "Chat model": speed(chat_model)}
    report("conversation", tables, NOTES)
