"""The tool that drafts a treatment plan, and waits until a clinician has decided on it."""

from __future__ import annotations

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool, tool
from langgraph.types import interrupt

from assistant.consultation.library import Library
from assistant.visit import Visit


def make_tool(library: Library) -> BaseTool:
    """The tool `draft_plan`; the formulary needs no library."""

    @tool(response_format="content_and_artifact")
    def draft_plan(wish: str, runtime: ToolRuntime[Visit]) -> tuple[str, dict[str, Any]]:
        """Draft a treatment plan for what this person told, which a clinician has to sign before anybody sees it.

        Use it only when a plan of treatment is asked for, never for a question about a medicine.

        Args:
            wish: What is asked for, in the words of the person.
        """
        from assistant.consultation import planning  # reads the formulary and the model
        from assistant.records.plans import Plan

        visit = runtime.context
        told = [message.text for message in runtime.state["messages"] if isinstance(message, HumanMessage)]
        proposal = planning.propose_plan([*([visit.background] if visit.background else []), *told], visit)
        if proposal is None:
            evidence = planning.wanting(visit)
        elif not visit.kept:
            evidence = planning.unkept(visit)
        else:
            answer = interrupt(proposal.model_dump(mode="json"))  # here a clinician decides
            evidence = planning.decided(Plan.model_validate(answer), visit) if answer else planning.waiting(visit)
        return evidence.opening[0].text, evidence.model_dump()

    return draft_plan
