"""The tool that checks whether a medicine suits the person who asks."""

from __future__ import annotations

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool, tool

from assistant.consultation.library import Library
from assistant.visit import Visit


def make_tool(library: Library) -> BaseTool:
    """The tool `check_medicines`; the rules need no library."""

    @tool(response_format="content_and_artifact")
    def check_medicines(question: str, runtime: ToolRuntime[Visit]) -> tuple[str, dict[str, Any]]:
        """Check a medicine against what this person takes and has: interactions, allergies, pregnancy, kidneys, genes.

        Use it when someone asks whether a medicine, food or supplement is safe for them or goes with another.

        Args:
            question: What is asked, in the words of the person.
        """
        from assistant.consultation.medicating import check_medicines as answer  # reads the formulary

        told = [message.text for message in runtime.state["messages"] if isinstance(message, HumanMessage)]
        background = [runtime.context.background] if runtime.context.background else []
        evidence = answer(question, [*background, *told[:-1]], runtime.context)
        return evidence.opening[0].text, evidence.model_dump()

    return check_medicines
