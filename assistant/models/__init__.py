"""Chat models behind one face, LangChain's `BaseChatModel`: embedded, of the hub, or on a server."""

from __future__ import annotations

from langchain_core.language_models import BaseChatModel

from assistant.models.routing import Router
from assistant.settings import EMBEDDED, HUB, Settings


def load_chat_model(settings: Settings, router: Router) -> BaseChatModel:
    """The chat model that `AIRMED_LLM` names; the libraries of the others are not imported.

    Raises:
        ModelError: The model cannot be loaded or reached.
    """
    if settings.llm == EMBEDDED:
        from assistant.models.embedded import load_embedded

        return load_embedded(router, settings.threads, settings.visitors)
    if settings.llm.startswith(HUB):
        from assistant.models.hub import load_hub

        return load_hub(settings.llm.removeprefix(HUB))
    from assistant.models.server import load_server

    return load_server(settings.llm, settings.llm_model, settings.llm_key, settings.llm_scrub)
