from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from assistant.consultation.library import Library
from assistant.errors import ModelError
from assistant.models.routing import NONE, WEIGHTS, Router, digest_of_examples, examples, features
from assistant.tools import load_tools
from knowledge.embedding import SentenceEmbedder
from tests.benchmarks.routing import utterances

TOOLS = [tool.name for tool in load_tools(Library([]))]
NO_WEIGHTS = {"weights": np.zeros((1, 1)), "bias": np.zeros(1)}


def test_every_tool_and_none_have_examples_and_none_is_given_twice() -> None:
    texts, labels = examples()
    assert set(labels) == {*TOOLS, NONE}
    assert all(labels.count(label) >= 100 for label in set(labels))
    assert len({text.casefold() for text in texts}) == len(texts)


def test_no_utterance_of_the_benchmark_is_trained_on() -> None:
    trained = {text.casefold() for text in examples()[0]}
    assert not trained & {row["text"].strip().casefold() for row in utterances()}


def test_the_shipped_weights_were_trained_on_the_examples(router: Router) -> None:
    texts, labels = examples()
    some = list(zip(texts, labels, strict=True))[::20]
    right = sum(router.choose(text, TOOLS).tool == label for text, label in some)
    assert right >= 0.97 * len(some)


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("my chest hurts when I climb stairs", "assess_symptoms"),
        ("what are the side effects of ibuprofen", "search_guidance"),
        ("write a note about this chat for my GP", "summarise_case"),
        ("good morning", NONE),
        ("宝宝昨晚开始发烧咳嗽", "assess_symptoms"),
        ("痛风不能吃什么", "search_guidance"),
        ("谢谢医生", NONE),
    ],
)
def test_plain_messages_find_their_tool(router: Router, text: str, tool: str) -> None:
    assert router.choose(text, TOOLS).tool == tool


@hypothesis_settings(max_examples=30)
@given(st.sampled_from(examples()[0]), st.sets(st.sampled_from(TOOLS)))
def test_a_tool_that_is_not_offered_is_never_chosen(router: Router, text: str, offered: set[str]) -> None:
    choice = router.choose(text, sorted(offered))
    assert choice.tool in {*offered, NONE}
    assert 0 < choice.probability <= 1


@hypothesis_settings(max_examples=30)
@given(st.text(max_size=100))
def test_any_text_is_routed(router: Router, text: str) -> None:
    assert router.choose(text, TOOLS).tool in {*TOOLS, NONE}


def test_a_very_long_text_is_routed_by_its_beginning(router: Router) -> None:
    beginning = "I have had a headache since Monday. " * 20
    assert router.choose(beginning + "hello " * 10_000, TOOLS) == router.choose(beginning, TOOLS)


def test_features_of_a_text_do_not_depend_on_its_neighbours(embedder: SentenceEmbedder) -> None:
    alone, together = features(["a rash"], embedder), features(["a rash", "hello there"], embedder)
    assert np.allclose(alone.toarray()[0], together.toarray()[0], atol=1e-5)


def test_a_missing_file_is_a_model_error(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="make router"):
        Router.load(embedder, tmp_path / "none.safetensors")


@pytest.mark.parametrize("damage", ["cut", "noise", "empty"])
def test_a_broken_file_is_a_model_error(embedder: SentenceEmbedder, tmp_path: Path, damage: str) -> None:
    path = Path(shutil.copy(WEIGHTS, tmp_path))
    path.write_bytes({"cut": path.read_bytes()[:1000], "noise": b"\xff" * 2000, "empty": b""}[damage])
    with pytest.raises(ModelError, match="broken"):
        Router.load(embedder, path)


def test_weights_of_other_examples_are_a_model_error(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    path = tmp_path / "old.safetensors"
    save_file(
        {"weights": np.zeros((1, 1)), "bias": np.zeros(1)}, str(path), metadata={"labels": NONE, "examples": "old"}
    )
    with pytest.raises(ModelError, match="older than its examples"):
        Router.load(embedder, path)


def test_weights_without_labels_are_a_model_error(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    path = tmp_path / "bare.safetensors"
    save_file(
        {"weights": np.zeros((1, 1)), "bias": np.zeros(1)}, str(path), metadata={"examples": digest_of_examples()}
    )
    with pytest.raises(ModelError):
        Router.load(embedder, path)
