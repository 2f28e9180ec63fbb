"""Which tool a message asks for: a linear classifier over its meaning, its words and its letters.

A 135M model cannot choose a tool freely, so the choice is made here and measured (`make bench`). The training
utterances are `assistant/tools/examples/TOOL.txt`, one file a tool and `none.txt`: a new tool is one more file and
`make router`, which trains the weights again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save_file
from scipy import sparse

from assistant.errors import ModelError
from knowledge.embedding import Embedder
from knowledge.text import is_chinese

NONE = "none"
EXAMPLES = Path(__file__).parent.parent / "tools" / "examples"
WEIGHTS = Path(__file__).parent / "router.safetensors"
HASHED = 2**13
REGULARISATION = 10.0
SEED = 0
LONGEST = 600


@dataclass(frozen=True, slots=True)
class Choice:
    """A tool, or `none`, and the probability that the classifier gives it among those offered."""

    tool: str
    probability: float


class Router:
    """The trained classifier."""

    def __init__(
        self, embedder: Embedder, labels: list[str], weights: npt.NDArray[Any], bias: npt.NDArray[Any]
    ) -> None:
        """Take weights of shape [labels, features] and a bias of shape [labels]."""
        self._embedder = embedder
        self._labels = labels
        self._weights = weights
        self._bias = bias

    def choose(self, text: str, offered: Sequence[str]) -> Choice:
        """The most probable of the offered tools and `none`."""
        logits = np.asarray(features([text], self._embedder) @ self._weights.T)[0] + self._bias
        allowed = [i for i, label in enumerate(self._labels) if label in offered or label == NONE]
        odds = np.exp(logits[allowed] - logits[allowed].max())
        best = int(odds.argmax())
        return Choice(self._labels[allowed[best]], float(odds[best] / odds.sum()))

    @classmethod
    def load(cls, embedder: Embedder, path: Path = WEIGHTS) -> Router:
        """Read the shipped weights.

        Raises:
            ModelError: They are missing, broken, or older than the examples.
        """
        try:
            with safe_open(str(path), framework="numpy") as file:
                told = file.metadata() or {}
                labels = told["labels"].split(",")
                weights, bias = file.get_tensor("weights"), file.get_tensor("bias")
        except Exception as error:  # safetensors raises its own type, which is no public name
            raise ModelError("The router's weights are missing or broken; make them again with: make router") from error
        if told.get("examples") != digest_of_examples():
            raise ModelError("The router's weights are older than its examples; make them again with: make router")
        return cls(embedder, labels, weights.astype(np.float32), bias.astype(np.float32))


def features(texts: list[str], embedder: Embedder) -> sparse.csr_matrix:
    """Embedding, hashed words and word pairs, hashed letters, each of unit length: [texts, features].

    The embedding model has no Chinese: a Chinese text is known by its letters alone.
    """
    short = [text[:LONGEST] for text in texts]
    chinese = [is_chinese(text) for text in short]
    meaning = embedder.encode(short) * ~np.array(chinese)[:, None]
    letters = [text if known else "" for text, known in zip(short, chinese, strict=True)]
    return sparse.hstack(
        [
            sparse.csr_matrix(meaning),
            _hashed(short, analyzer="word", token_pattern=r"(?u)\w+", ngram_range=(1, 2)),
            _hashed(short, analyzer="char_wb", ngram_range=(1, 4)),
            _hashed(letters, analyzer="char", ngram_range=(1, 3)),
        ]
    ).tocsr()


def _hashed(texts: list[str], **how: Any) -> sparse.csr_matrix:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(n_features=HASHED, **how).transform(texts)


def examples() -> tuple[list[str], list[str]]:
    """The training utterances and their labels."""
    pairs = [
        (line.strip(), path.stem)
        for path in sorted(EXAMPLES.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    return [text for text, _ in pairs], [label for _, label in pairs]


def digest_of_examples() -> str:
    """Changes when any training utterance changes."""
    texts, labels = examples()
    return hashlib.sha256("\n".join((*texts, *labels)).encode()).hexdigest()


def train(embedder: Embedder, path: Path = WEIGHTS) -> Router:
    """Fit the classifier on the examples and write its weights as half-precision safetensors."""
    from sklearn.linear_model import LogisticRegression

    texts, labels = examples()
    model = LogisticRegression(C=REGULARISATION, max_iter=3000, random_state=SEED, class_weight="balanced")
    model.fit(features(texts, embedder), labels)
    weights, bias = model.coef_.astype(np.float16), model.intercept_.astype(np.float16)
    names = [str(label) for label in model.classes_]
    told = {"labels": ",".join(names), "examples": digest_of_examples()}
    save_file({"weights": np.ascontiguousarray(weights), "bias": bias}, str(path), metadata=told)
    return Router(embedder, names, weights.astype(np.float32), bias.astype(np.float32))


if __name__ == "__main__":
    from knowledge.embedding import SentenceEmbedder

    train(SentenceEmbedder())
