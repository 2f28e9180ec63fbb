"""The tool that makes synthetic X-ray, CT and MRI pictures."""

from __future__ import annotations

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, tool

from assistant.consultation.illustration import illustrate
from assistant.consultation.library import Library
from assistant.visit import Visit


def make_tool(library: Library) -> BaseTool:
    """The tool `generate_image`; pictures need no library."""

    @tool(response_format="content_and_artifact")
    def generate_image(wish: str, runtime: ToolRuntime[Visit]) -> tuple[str, dict[str, Any]]:
        """Make synthetic chest X-rays, chest CTs or brain MRIs that show what a finding looks like.

        Use it only when someone wants pictures made, never for a picture of their own or for their symptoms.

        Args:
            wish: What the pictures shall show, how many, and by which model, in the words of the person.
        """
        evidence = illustrate(wish, runtime.context, runtime.stream_writer)
        return evidence.opening[0].text, evidence.model_dump()

    return generate_image
