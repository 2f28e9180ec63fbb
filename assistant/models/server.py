"""A chat model on any OpenAI-compatible server: vLLM, `transformers serve`, llama.cpp, Ollama."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from openai import OpenAIError
from pydantic import SecretStr

from assistant.errors import ModelError

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 120.0


class ServerChatModel(ChatOpenAI):
    """LangChain's client of such servers, whose failures are ours."""

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        try:
            return super()._generate(*args, **kwargs)
        except OpenAIError as error:
            raise self._fault() from error

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        try:
            yield from super()._stream(*args, **kwargs)
        except OpenAIError as error:
            raise self._fault() from error

    def _fault(self) -> ModelError:
        base, model = self.openai_api_base, self.model_name
        return ModelError(f"The model {model} at {base} does not answer; check AIRMED_LLM and that the server runs.")


def load_server(url: str, model: str, key: str) -> BaseChatModel:
    """Connect to a server and take the named model, or the first one that it offers.

    Raises:
        ModelError: The server does not answer, or offers no model.
    """
    base = url.rstrip("/")
    return ServerChatModel(
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
