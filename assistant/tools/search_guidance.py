"""The tool that answers a health question from cited passages."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import BaseTool, tool

from assistant.consultation.guidance import find_guidance
from assistant.consultation.library import Library


def make_tool(library: Library) -> BaseTool:
    """The tool `search_guidance` over a library."""

    @tool(response_format="content_and_artifact")
    def search_guidance(question: str) -> tuple[str, dict[str, Any]]:
        """Find cited passages of medical guidance that answer a general health question.

        Use it for what a condition is, its causes, signs, tests, treatment and prevention, for medicines, vaccines,
        normal values and first aid.

        Args:
            question: The patient's question in the patient's words.
        """
        evidence = find_guidance(library, question)
        return evidence.notes() or "Nothing was found.", evidence.model_dump()

    return search_guidance
