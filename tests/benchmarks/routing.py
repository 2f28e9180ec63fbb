"""Which tool is chosen first: the router beside the baselines, on utterances for tuning and as many for testing.

python -m tests.benchmarks.routing
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from assistant.consultation.library import Library
from assistant.models.embedded import bundled_weights, plain
from assistant.models.routing import NONE, Router
from assistant.tools import load_tools
from knowledge.embedding import Embedder, SentenceEmbedder
from knowledge.text import is_chinese
from tests.benchmarks.report import Rows, report

UTTERANCES = Path(__file__).parent / "data" / "utterances.jsonl"
NONE_DESCRIPTION = "A greeting, thanks, small talk, or anything that is not about health."
Chooser = Callable[[str], str]


def utterances() -> list[dict[str, str]]:
    """The benchmark's own utterances, written apart from the training examples."""
    return [json.loads(line) for line in UTTERANCES.read_text(encoding="utf-8").splitlines()]


def descriptions() -> dict[str, str]:
    """Each tool's own description, and one for no tool."""
    return {**{tool.name: tool.description for tool in load_tools(Library([]))}, NONE: NONE_DESCRIPTION}


def nearest_description(embedder: Embedder) -> Chooser:
    """Baseline: the tool whose description is nearest in meaning."""
    names = list(descriptions())
    vectors = embedder.encode(list(descriptions().values()))
    return lambda text: names[int((vectors @ embedder.encode([text])[0]).argmax())]


def constrained_model() -> Chooser:
    """Baseline: the 135M model itself, its output constrained by a grammar to the names of the tools."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(bundled_weights())
    parameters.n_ctx = 2048
    server = xllamacpp.Server(parameters)
    listed = "\n".join(f"- {name}: {' '.join(said.split())}" for name, said in descriptions().items())
    grammar = "root ::= " + " | ".join(f'"{name}"' for name in descriptions())

    def choose(text: str) -> str:
        ask = f"Tools:\n{listed}\n\nMessage: {plain(text)}\n\nWhich tool fits the message? Answer with its name."
        request: dict[str, Any] = {"messages": [{"role": "user", "content": ask}], "temperature": 0, "max_tokens": 12}
        answer = server.handle_chat_completions({**request, "grammar": grammar})
        return str(answer["choices"][0]["message"]["content"]).strip()

    return choose


def measure() -> Rows:
    """Accuracy of each way of choosing, on both halves and on the Chinese part."""
    embedder = SentenceEmbedder()
    router = Router.load(embedder)
    names = [name for name in descriptions() if name != NONE]
    ways: dict[str, Chooser] = {
        "nearest tool description (MiniLM)": nearest_description(embedder),
        "SmolLM2-135M constrained to the names": constrained_model(),
        "ours: router": lambda text: router.choose(text, names).tool,
    }
    rows = []
    for way, choose in ways.items():
        right = [(row, choose(row["text"]) == row["tool"]) for row in tqdm(utterances(), desc=way)]
        rows.append(
            {
                "way": way,
                "tune": _share([ok for row, ok in right if row["split"] == "tune"]),
                "test": _share([ok for row, ok in right if row["split"] == "test"]),
                "pictures": _share([ok for row, ok in right if row["tool"] == "generate_image"]),
                "Chinese": _share([ok for row, ok in right if is_chinese(row["text"])]),
            }
        )
    return rows


def _share(right: list[bool]) -> float:
    return sum(right) / len(right)


if __name__ == "__main__":
    report("routing", {"First tool chosen, accuracy": measure()})
