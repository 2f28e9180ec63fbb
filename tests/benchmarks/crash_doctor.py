"""A doctor without the parts that take long to load: no chat model, no articles; the tool is always the assessment."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from assistant.consultation.library import Library
from assistant.doctor import Doctor
from assistant.models.routing import Choice
from assistant.records.keeping import open_records
from assistant.settings import Settings
from tests.conftest import HashEmbedder


class SilentModel(GenericFakeChatModel):
    """A chat model that never says anything."""

    messages: Iterator[AIMessage | str] = iter(())

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        yield ChatGenerationChunk(message=AIMessageChunk(content=""))

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self


def bare_doctor(settings: Settings) -> Doctor:
    """The doctor on the records of a data folder."""
    router: Any = SimpleNamespace(choose=lambda *_: Choice("assess_symptoms", 1.0))
    library = Library([SimpleNamespace(embedder=HashEmbedder(), search=lambda *_: [])])  # type: ignore[list-item]
    doctor = Doctor(SilentModel(), router, library, open_records(settings), {})
    doctor.mend()
    return doctor
