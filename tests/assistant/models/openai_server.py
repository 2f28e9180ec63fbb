"""A tiny OpenAI-compatible server, which streams what a test tells it to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Delta = dict[str, Any]


@dataclass
class Script:
    """What the server does, and what it was asked.

    Attributes:
        call: Name and arguments (JSON) of the tool that is called when tools are offered; None calls none.
        preamble: Text that stands before the call.
        says: The answer when no tool is offered or called.
        breaks_after: Chunks after which the connection is cut.
    """

    call: tuple[str, str] | None = ("search_guidance", '{"question": "What is a normal blood pressure?"}')
    preamble: str = ""
    says: str = "A normal blood pressure lies between 90/60 and 120/80 mmHg. "
    status: int = 200
    models: Any = field(default_factory=lambda: {"data": [{"id": "tiny"}, {"id": "large"}]})
    breaks_after: int = 1_000
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def deltas(self, request: dict[str, Any]) -> Iterator[Delta]:
        """The chunks of an answer as vLLM streams them: the role alone, then text, then a call in two pieces."""
        yield {"role": "assistant", "content": ""}
        if request.get("tools") and self.call:
            name, arguments = self.call
            yield from ({"content": f"{word} "} for word in self.preamble.split())
            named = {"index": 0, "id": "c1", "type": "function", "function": {"name": name, "arguments": ""}}
            yield {"tool_calls": [named]}
            yield {"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]}
        else:
            yield from ({"content": f"{word} "} for word in self.says.split())


class Handler(BaseHTTPRequestHandler):
    """Answers `/models` and `/chat/completions`."""

    script: Script

    def do_GET(self) -> None:
        """List the models."""
        self.script.keys.append(self.headers.get("Authorization", ""))
        self._send(json.dumps(self.script.models).encode(), "application/json")

    def do_POST(self) -> None:
        """Stream an answer."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.script.asked.append(request)
        chunks = [self._chunk({"delta": delta, "finish_reason": None}) for delta in self.script.deltas(request)]
        reason = "tool_calls" if b"tool_calls" in chunks[-1] else "stop"
        chunks += [self._chunk({"delta": {}, "finish_reason": reason}), b"data: [DONE]\n\n"]
        sent = b"".join(chunks[: self.script.breaks_after])
        self._send(sent, "text/event-stream", length=len(b"".join(chunks)))

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def _chunk(self, choice: dict[str, Any]) -> bytes:
        head = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "tiny"}
        return f"data: {json.dumps({**head, 'choices': [{'index': 0, **choice}]})}\n\n".encode()

    def _send(self, content: bytes, kind: str, length: int = 0) -> None:
        self.send_response(self.script.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(content)))
        self.end_headers()
        self.wfile.write(content)


def start(script: Script) -> ThreadingHTTPServer:
    """A server on a free port of 127.0.0.1, to be served by the caller's thread."""
    return ThreadingHTTPServer(("127.0.0.1", 0), type("Scripted", (Handler,), {"script": script}))
