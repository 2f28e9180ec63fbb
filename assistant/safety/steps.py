"""Tells the page when a tool starts and what it found, with the time it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import ToolMessage
from langgraph.types import Command

from assistant.events import ToolFinished, ToolStarted
from assistant.safety.evidence import evidence_of
from assistant.visit import Visit


class Steps(AgentMiddleware[AgentState[Any], Visit]):
    """Reports each tool call as it happens."""

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolMessage | Command[Any]]
    ) -> ToolMessage | Command[Any]:
        """Run the tool between two events."""
        tool, call = request.tool_call["name"], str(request.tool_call["id"])
        tell = request.runtime.stream_writer
        tell(ToolStarted(tool=tool, call=call).model_dump())
        started = time.perf_counter()
        result = handler(request)
        evidence = evidence_of(result.artifact) if isinstance(result, ToolMessage) else None
        found = tuple(citation.name for citation in evidence.citations) if evidence else ()
        seconds = time.perf_counter() - started
        tell(ToolFinished(tool=tool, call=call, seconds=seconds, found=found).model_dump())
        return result
