"""A chat model on any OpenAI-compatible server: vLLM, `transformers serve`, llama.cpp, Ollama."""

from __future__ import annotations

import httpx
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from assistant.errors import ModelError

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 120.0


def load_server(url: str, model: str, key: str) -> BaseChatModel:
    """Connect to a server and take the named model, or the first one that it offers.

    Raises:
        ModelError: The server does not answer, or offers no model.
    """
    from langchain_openai import ChatOpenAI

    base = url.rstrip("/")
    return ChatOpenAI(
        base_url=base,
        model=model or first_model(base, key),
        api_key=SecretStr(key),
        temperature=0,
        timeout=ANSWER_SECONDS,
        max_retries=2,
        stream_usage=False,
    )


def first_model(base: str, key: str) -> str:
    """The first model that the server lists.

    Raises:
        ModelError: The server does not answer as an OpenAI-compatible one.
    """
    try:
        answer = httpx.get(f"{base}/models", headers={"Authorization": f"Bearer {key}"}, timeout=CONNECT_SECONDS)
        answer.raise_for_status()
        return str(answer.json()["data"][0]["id"])
    except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ModelError(
            f"The model server at {base} does not answer {base}/models; check AIRMED_LLM and that the server runs."
        ) from error
