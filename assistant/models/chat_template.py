"""Conversations in the form of a model's chat template, and its answers back in that of LangChain."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator
from itertools import count, groupby
from operator import itemgetter
from threading import Lock
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, SystemMessage, ToolMessage
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk

from assistant.errors import ModelError

Chat = list[dict[str, Any]]
Tools = list[dict[str, Any]]
TAGS = ("<think>", "</think>", "<tool_call>", "</tool_call>")
PROBE_OPENING: Chat = [{"role": "system", "content": "sysmark"}, {"role": "user", "content": "usermark"}]
PROBE_ARGUMENTS = {"type": "object", "properties": {"text": {"type": "string", "description": "words"}}}
PROBE_TOOL = {"name": "probe", "description": "toolmark", "parameters": PROBE_ARGUMENTS}
PROBE_CALL = {"id": "abcdef123", "type": "function", "function": {"name": "probe", "arguments": {"text": "callmark"}}}
PROBE_TURN: Chat = [
    {"role": "assistant", "content": "", "tool_calls": [PROBE_CALL]},
    {"role": "tool", "name": "probe", "content": "resultmark", "tool_call_id": "abcdef123"},
]


class ChatTemplate:
    """The chat template of a tokenizer, with tools told in words where it knows none."""

    def __init__(self, tokenizer: Any) -> None:
        """Try out what the template knows."""
        self.tokenizer = tokenizer
        self.form = answer_form(tokenizer)
        self.knows_system = self._shows(PROBE_OPENING, None, "sysmark")
        tools: Tools = [{"type": "function", "function": PROBE_TOOL}]
        self.knows_tools = self._shows(
            PROBE_OPENING + PROBE_TURN, tools, "sysmark", "toolmark", "callmark", "resultmark"
        )
        self._encoding = Lock()

    def _shows(self, chat: Chat, tools: Tools | None, *marks: str) -> bool:
        from jinja2 import TemplateError

        try:
            text = self.tokenizer.apply_chat_template(chat, tools=tools, tokenize=False)
        except (TemplateError, TypeError, ValueError):
            return False
        return all(mark in text for mark in marks)

    def encode(self, messages: list[BaseMessage], tools: Tools | None) -> list[int]:
        """The prompt that asks for the next answer; control tokens in the text of a message are ordinary text.

        Raises:
            ModelError: The template refuses the conversation.
        """
        from jinja2 import TemplateError

        chat = [as_chat(message) for message in messages]
        if not self.knows_tools:
            chat, tools = in_words(chat, tools, self.knows_system), None
        options = {"add_generation_prompt": True, "sanitize_control_tokens": True, "return_dict": False}
        try:
            with self._encoding:  # while it encodes, a tokenizer holds "control tokens are text" as its own state
                return list(self.tokenizer.apply_chat_template(chat, tools=tools, tokenize=True, **options))
        except (TemplateError, TypeError, ValueError) as error:
            raise ModelError("The model's chat template refuses this conversation; start a new one.") from error

    def decode(self, prompt: list[int], tools: Tools | None, texts: Iterable[str]) -> Iterator[AIMessageChunk]:
        """What is said, thought and called in an answer, as it arrives; the markup is in none of it.

        Raises:
            ModelError: A tool call cannot be read.
        """
        parser = self.tokenizer.get_response_parser(self.form, prefix=prompt, tools=tools)
        numbers = count()
        try:
            for event in events(parser, texts):
                match event:
                    case {"type": "region_chunk", "field": "content", "text": text}:
                        yield AIMessageChunk(content=text)
                    case {"type": "region_chunk", "field": "reasoning_content" | "thinking", "text": text}:
                        yield AIMessageChunk(content="", additional_kwargs={"reasoning_content": text})
                    case {"type": "region_close", "field": "tool_calls", "value": value}:
                        calls = value if isinstance(value, list) else [value]
                        chunks = [as_call(call["function"], next(numbers)) for call in calls]
                        yield AIMessageChunk(content="", tool_call_chunks=chunks)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelError("The model wrote a tool call that cannot be read; ask again in other words.") from error
        yield AIMessageChunk(content="", chunk_position="last")


def events(parser: Any, texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """What the parser finds in the text as it arrives."""
    for text in texts:
        yield from parser.feed(text)
    yield from parser.finalize()[1]


def answer_form(tokenizer: Any) -> dict[str, Any]:
    """How the model marks reasoning and tool calls: its own response template, or the common tags.

    In the common form a prompt counts only if it ends by opening `<think>`, and special tokens are never text.
    """
    special = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
    end = "|".join(re.escape(token) for token in special if token not in TAGS) or "(?!)"
    call = {"open_pattern": r"\s*<tool_call>", "close_pattern": f"</tool_call>|{end}", "content": "json"}
    fields = {
        "reasoning_content": {"open": "<think>", "close_pattern": rf"</think>\s*|{end}"},
        "tool_calls": {**call, "repeats": True, "transform": {"function": "{content}"}},
        "content": {"close_pattern": rf"\s*(?:{end})"},
    }
    own = tokenizer.response_template
    if own:
        return {**own, "fields": {"tool_calls": fields["tool_calls"], **own["fields"]}}
    return {"start_anchor_pattern": r"\A.*?(?=(?:<think>\s*)?\Z)", "fields": fields}


def as_call(function: dict[str, Any], number: int) -> ToolCallChunk:
    """A tool call in LangChain's form; its id has the nine letters that some templates insist on."""
    arguments = function.get("arguments", function.get("parameters", {}))
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return tool_call_chunk(name=function["name"], args=arguments, id=uuid.uuid4().hex[:9], index=number)


def as_chat(message: BaseMessage) -> dict[str, Any]:
    """A message in the form of chat templates."""
    if isinstance(message, ToolMessage):
        name = message.name or "tool"
        return {"role": "tool", "name": name, "content": message.text, "tool_call_id": message.tool_call_id}
    if not isinstance(message, AIMessage):
        return {"role": "system" if isinstance(message, SystemMessage) else "user", "content": message.text}
    calls = [
        {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["args"]}}
        for call in message.tool_calls
    ]
    return {"role": "assistant", "content": message.text, **({"tool_calls": calls} if calls else {})}


def in_words(chat: Chat, tools: Tools | None, system: bool) -> Chat:
    """The chat for a template without tools: they stand in the system message, their results in the user's.

    Without `system`, the system message opens the first of the user's.
    """
    worded = [{"role": message["role"], "content": in_text(message)} for message in chat]
    if tools:
        worded.append({"role": "system", "content": offer(tools)})
    worded.sort(key=lambda message: message["role"] != "system")
    roles = {"tool": "user"} if system else {"tool": "user", "system": "user"}
    turns = groupby(worded, key=lambda message: roles.get(message["role"], message["role"]))
    return [{"role": role, "content": "\n\n".join(map(itemgetter("content"), turn))} for role, turn in turns]


def in_text(message: dict[str, Any]) -> str:
    """The text of a message, with its tool calls, or with its name where it is the result of a tool."""
    if message["role"] == "tool":
        return f"Result of {message['name']}:\n{message['content']}"
    calls = [json.dumps(call["function"], ensure_ascii=False) for call in message.get("tool_calls", ())]
    return "\n".join([message["content"], *(f"<tool_call>{call}</tool_call>" for call in calls)]).strip()


def offer(tools: Tools) -> str:
    """The tools in the words of a system message."""
    listed = "\n".join(json.dumps(tool["function"], ensure_ascii=False) for tool in tools)
    how = '<tool_call>{"name": "...", "arguments": {...}}</tool_call>'
    return f"You can call these tools:\n{listed}\nTo call one, write nothing but {how}"
