"""What the agent may call: one file a tool, found by itself.

A tool module offers `make_tool(library)`, which gives a LangChain tool that answers with text for the model and an
`Evidence` as its artifact. Its training utterances for the router are `examples/TOOL.txt`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from langchain_core.tools import BaseTool

from assistant.consultation.library import Library


def load_tools(library: Library) -> list[BaseTool]:
    """Every tool of this package, by name."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    return sorted((module.make_tool(library) for module in modules), key=lambda tool: tool.name)
