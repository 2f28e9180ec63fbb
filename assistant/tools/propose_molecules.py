"""The tool that designs new molecules for a goal."""

from __future__ import annotations

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, tool

from assistant.consultation.library import Library
from assistant.visit import Visit


def make_tool(library: Library) -> BaseTool:
    """The tool `propose_molecules`; molecules need no library."""

    @tool(response_format="content_and_artifact")
    def propose_molecules(wish: str, runtime: ToolRuntime[Visit]) -> tuple[str, dict[str, Any]]:
        """Design new drug-like molecules by properties, near a known drug, or around a part that stays.

        Use it only when someone wants new molecules designed, never for questions about existing medicines.

        Args:
            wish: What the molecules are wanted to be and how many, in the words of the person.
        """
        from assistant.consultation.proposing import propose  # chemistry takes a second to import

        evidence = propose(wish, runtime.context, runtime.stream_writer)
        return evidence.opening[0].text, evidence.model_dump()

    return propose_molecules
