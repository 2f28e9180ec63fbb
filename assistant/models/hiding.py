"""Identifiers on their way to a server and back: placeholders in the messages that go, identifiers in what comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, ToolCallChunk
from langchain_core.outputs import ChatGenerationChunk

from assistant.safety.privacy import Placeholders, Restorer

PLAIN = ("role", "type", "id", "tool_call_id", "name", "image_url")  # parts of a message that are no words


def hidden_messages(messages: list[dict[str, Any]], placeholders: Placeholders) -> list[dict[str, Any]]:
    """Messages as they are sent, with placeholders; a name that is told late is hidden in what was said before, too."""
    for message in messages:
        _hidden(message, placeholders)
    return [_hidden(message, placeholders) for message in messages]


def _hidden(value: Any, placeholders: Placeholders) -> Any:
    if isinstance(value, str):
        return placeholders.hide(value)
    if isinstance(value, list):
        return [_hidden(one, placeholders) for one in value]
    if isinstance(value, dict):
        return {key: part if key in PLAIN else _hidden_part(key, part, placeholders) for key, part in value.items()}
    return value


def _hidden_part(key: str, part: Any, placeholders: Placeholders) -> Any:
    if key != "arguments":
        return _hidden(part, placeholders)
    try:
        return json.dumps(_hidden(json.loads(part), placeholders), ensure_ascii=False)
    except (ValueError, TypeError):  # a call that the model wrote badly
        return placeholders.hide(str(part))


def restore_message(message: AIMessage, placeholders: Placeholders) -> None:
    """Put the identifiers back into an answer and the arguments of its calls."""
    message.content = _restored(message.content, placeholders)
    message.tool_calls = _restored(message.tool_calls, placeholders)
    message.invalid_tool_calls = _restored(message.invalid_tool_calls, placeholders)


def _restored(value: Any, placeholders: Placeholders) -> Any:
    if isinstance(value, str):
        return placeholders.restore(value)
    if isinstance(value, list):
        return [_restored(one, placeholders) for one in value]
    if isinstance(value, dict):
        return {key: _restored(part, placeholders) for key, part in value.items()}
    return value


def restored(chunks: Iterator[ChatGenerationChunk], placeholders: Placeholders) -> Iterator[ChatGenerationChunk]:
    """A stream with the identifiers back, in its text and in the arguments of its calls."""
    words = Restorer(placeholders)
    arguments: dict[int | None, Restorer] = {}
    for chunk in chunks:
        message = chunk.message
        if not isinstance(message, AIMessageChunk) or not isinstance(message.content, str):
            yield chunk
            continue
        calls = [_restored_call(call, arguments, placeholders) for call in message.tool_call_chunks]
        yield ChatGenerationChunk(
            message=_with(message, words.feed(message.content), calls), generation_info=chunk.generation_info
        )
    rest = words.rest()
    calls = [
        ToolCallChunk(name=None, args=tail, id=None, index=index, type="tool_call_chunk")
        for index, tail in ((index, restorer.rest()) for index, restorer in arguments.items())
        if tail
    ]
    if rest or calls:
        yield ChatGenerationChunk(message=AIMessageChunk(content=rest, tool_call_chunks=calls))


def _restored_call(
    call: ToolCallChunk, arguments: dict[int | None, Restorer], placeholders: Placeholders
) -> ToolCallChunk:
    restorer = arguments.setdefault(call["index"], Restorer(placeholders, in_json))
    return {**call, "args": restorer.feed(call["args"])} if call["args"] else call


def in_json(text: str) -> str:
    """A text as it stands inside a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _with(message: AIMessageChunk, content: str, calls: list[ToolCallChunk]) -> AIMessageChunk:
    """The chunk with other words, made anew, because the calls of a chunk are read when it is made."""
    return AIMessageChunk(
        content=content,
        tool_call_chunks=calls,
        additional_kwargs=message.additional_kwargs,
        response_metadata=message.response_metadata,
        usage_metadata=message.usage_metadata,
        id=message.id,
    )
