"""Any chat model of the Hugging Face hub, or of a local folder, run in this process by transformers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from sys import maxsize
from threading import Event, Thread, main_thread
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from assistant.errors import ModelError
from assistant.models.chat_template import ChatTemplate

MAX_TOKENS = 1024


class HubChatModel(BaseChatModel):
    """A language model behind its chat template; answers are greedy, so that they can be repeated.

    Attributes:
        template: The chat template, with the tokenizer.
        network: The language model.
        max_tokens: The longest answer.
    """

    template: ChatTemplate
    network: Any
    max_tokens: int = MAX_TOKENS

    @property
    def _llm_type(self) -> str:
        return "airmed-hub"

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools; which one is called is the model's choice, whatever `tool_choice` says."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        tools = kwargs.get("tools") or None
        prompt = self.template.encode(messages, tools)
        for message in self.template.decode(prompt, tools, until(self._words(prompt), stop or [])):
            chunk = ChatGenerationChunk(message=message)
            if run_manager:
                run_manager.on_llm_new_token(message.text, chunk=chunk)
            yield chunk

    def _words(self, prompt: list[int]) -> Iterator[str]:
        from transformers import TextIteratorStreamer

        room = min(self.max_tokens, context(self.network) - len(prompt))
        if room < 1:
            raise ModelError("The conversation is longer than the model can read; start a new one.")
        streamer = TextIteratorStreamer(self.template.tokenizer, skip_prompt=True, clean_up_tokenization_spaces=False)
        abandoned = Event()
        failures: list[BaseException] = []

        def work() -> None:
            try:
                generate(self.network, prompt, room, streamer, abandoned)
            except BaseException as error:  # raised in the thread that waits
                failures.append(error)
                streamer.text_queue.put(streamer.stop_signal)

        Thread(target=work).start()  # no daemon: one that is cut off inside torch aborts the process at its exit
        try:
            yield from streamer
            if failures:
                raise ModelError("The model stopped answering; send the message again.") from failures[0]
        finally:
            abandoned.set()


def generate(network: Any, prompt: list[int], room: int, streamer: Any, abandoned: Event) -> None:
    """Write into the streamer until the answer ends, nobody reads it, or the process is about to end."""
    import torch
    from transformers import StoppingCriteriaList

    ids = torch.tensor([prompt], device=network.device)

    def left(*_: Any, **__: Any) -> torch.Tensor:
        return torch.tensor([abandoned.is_set() or not main_thread().is_alive()], device=ids.device)

    network.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=room,
        streamer=streamer,
        stopping_criteria=StoppingCriteriaList([left]),
    )


def context(network: Any) -> int:
    """How many tokens a conversation can have, as far as the model's configuration says."""
    return int(getattr(network.config.get_text_config(), "max_position_embeddings", None) or maxsize)


def until(texts: Iterator[str], stops: list[str]) -> Iterator[str]:
    """The text before the first of the stops; what may be the beginning of one is held back."""
    held = ""
    longest = max(map(len, stops), default=1)
    for text in texts:
        held += text
        found = [held.index(stop) for stop in stops if stop in held]
        if found:
            yield held[: min(found)]
            return
        safe = max(len(held) - longest + 1, 0)
        yield held[:safe]
        held = held[safe:]
    yield held


def load_hub(model_id: str) -> HubChatModel:
    """Load a chat model, onto the GPU where there is one; code and pickles that come with it are not run.

    Raises:
        ModelError: It is unknown, out of reach, no chat model, or not in safetensors.
    """
    try:
        tokenizer, network = load(model_id)
    except ImportError as error:
        raise ModelError(
            f"A library for the model {model_id} is missing: {str(error).strip().splitlines()[0]}"
        ) from error
    except Exception as error:  # the libraries raise a dozen kinds for a repository that they cannot use
        raise ModelError(
            f"The model {model_id} cannot be loaded; check its name, the network, the memory, and that it comes as "
            "safetensors without code of its own."
        ) from error
    if not tokenizer.chat_template:
        raise ModelError(f"The model {model_id} has no chat template; choose one that is tuned for chat.")
    settle(network.generation_config, tokenizer)
    return HubChatModel(template=ChatTemplate(tokenizer), network=network)


def load(model_id: str) -> tuple[Any, Any]:
    """The tokenizer and the network of a model, on the fastest device."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model_id, trust_remote_code=False)
    network: Any = AutoModelForCausalLM.from_pretrained(model_id, trust_remote_code=False, use_safetensors=True)
    return tokenizer, network.to(torch.accelerator.current_accelerator(check_available=True) or "cpu")


def settle(generation: Any, tokenizer: Any) -> None:
    """Answer greedily, and end also with the tokenizer's own end, which some generation settings lack."""
    ends = generation.eos_token_id if isinstance(generation.eos_token_id, list) else [generation.eos_token_id]
    known = [end for end in dict.fromkeys([*ends, tokenizer.eos_token_id]) if end is not None]
    generation.update(do_sample=False, temperature=None, top_p=None, top_k=None)
    generation.update(eos_token_id=known or None, pad_token_id=known[0] if known else None)
