"""The tool that writes the conversation up for the patient's own doctor."""

from __future__ import annotations

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, tool

from assistant.consultation.library import Library
from assistant.consultation.summary import summarise
from assistant.visit import Visit


def make_tool(library: Library) -> BaseTool:
    """The tool `summarise_case`; a summary needs no library."""

    @tool(response_format="content_and_artifact")
    def summarise_case(runtime: ToolRuntime[Visit]) -> tuple[str, dict[str, Any]]:
        """Summarise this conversation as a SOAP note for the patient's doctor, each line linked to its message."""
        evidence = summarise(runtime.state["messages"], runtime.context, runtime.state.get("flags", ()))
        return evidence.notes(), evidence.model_dump()

    return summarise_case
