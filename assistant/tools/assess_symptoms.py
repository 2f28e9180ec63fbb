"""The tool that says how urgent the patient's symptoms are, with cited advice."""

from __future__ import annotations

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, tool

from assistant.consultation.consult import consult
from assistant.consultation.library import Library
from assistant.visit import Visit


def make_tool(library: Library) -> BaseTool:
    """The tool `assess_symptoms` over a library."""

    @tool(response_format="content_and_artifact")
    def assess_symptoms(complaint: str, runtime: ToolRuntime[Visit]) -> tuple[str, dict[str, Any]]:
        """Assess symptoms that the patient, or someone in their care, has now: how urgent they are and what to do.

        Args:
            complaint: The symptoms in the patient's words.
        """
        evidence = consult(library, complaint, runtime.state["messages"], runtime.context, runtime.state.get("urgency"))
        return evidence.notes() or "Nothing was found.", evidence.model_dump()

    return assess_symptoms
