"""The tool that says how urgent the patient's symptoms are, with cited advice."""

from __future__ import annotations

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool, tool

from assistant.consultation.library import Library
from assistant.consultation.urgency import assess_complaint
from assistant.visit import Visit


def make_tool(library: Library) -> BaseTool:
    """The tool `assess_symptoms` over a library."""

    @tool(response_format="content_and_artifact")
    def assess_symptoms(complaint: str, runtime: ToolRuntime[Visit]) -> tuple[str, dict[str, Any]]:
        """Assess symptoms that the patient, or someone in their care, has now: how urgent they are and what to do.

        Args:
            complaint: The symptoms in the patient's words.
        """
        said = [message.text for message in runtime.state["messages"] if isinstance(message, HumanMessage)]
        told = [runtime.context.background, *said]
        evidence = assess_complaint(library, complaint, told, runtime.context, runtime.state.get("urgency"))
        return evidence.notes() or "Nothing was found.", evidence.model_dump()

    return assess_symptoms
