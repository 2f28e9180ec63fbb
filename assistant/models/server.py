"""A chat model on any OpenAI-compatible server: vLLM, `transformers serve`, llama.cpp, Ollama."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from openai import OpenAIError
from pydantic import SecretStr

from assistant.errors import ModelError
from assistant.models.hiding import hidden_messages, restore_message, restored
from assistant.safety.privacy import Placeholders

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


class PrivateChatModel(ServerChatModel):
    """Keeps who the patient is from the server: identifiers go as placeholders and come back restored.

    They are hidden where the request is made, so that no way to the server goes around it.
    The placeholders are made from the messages anew for each request; as these are the whole conversation, they stay
    the same from turn to turn, and nothing has to be kept.
    """

    def _get_request_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        payload = super()._get_request_payload(*args, **kwargs)
        return {**payload, "messages": hidden_messages(payload["messages"], Placeholders())}

    def _placeholders(self, messages: list[BaseMessage]) -> Placeholders:
        """Those that `_get_request_payload` gives the same messages."""
        placeholders = Placeholders()
        hidden_messages(super()._get_request_payload(messages)["messages"], placeholders)
        return placeholders

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        result = super()._generate(messages, *args, **kwargs)
        placeholders = self._placeholders(messages)
        for generation in result.generations:
            if isinstance(generation.message, AIMessage):
                restore_message(generation.message, placeholders)
        return result

    _agenerate = BaseChatModel._agenerate  # in a thread of its own, by way of the above
    _astream = BaseChatModel._astream

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        placeholders = self._placeholders(messages)
        for chunk in restored(super()._stream(messages, stop, None, **kwargs), placeholders):
            if run_manager:  # told here, for inside nothing is restored yet
                run_manager.on_llm_new_token(chunk.message.text, chunk=chunk)
            yield chunk


def load_server(url: str, model: str, key: str, scrub: bool = True) -> BaseChatModel:
    """Connect to a server and take the named model, or the first one that it offers.

    Args:
        scrub: Whether placeholders go to the server in the place of names, numbers and addresses of people.

    Raises:
        ModelError: The server does not answer, or offers no model.
    """
    base = url.rstrip("/")
    kind = PrivateChatModel if scrub else ServerChatModel
    return kind(
        base_url=base,
        model=model or first_model(base, key),
        api_key=SecretStr(key),
        temperature=0,
        timeout=ANSWER_SECONDS,
        max_retries=2,
        stream_usage=False,
        use_responses_api=False,
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
