"""A conversation that is kept, from its first word to its last, where several processes share one database."""

from __future__ import annotations

from typing import Any

from assistant.consultation.library import Library
from assistant.doctor import Doctor
from assistant.models.routing import Router
from assistant.records.consents import thread_of
from assistant.records.filters import Filters
from assistant.records.keeping import open_records
from assistant.settings import Settings
from tests.assistant.hearing import BRITISH, hear

KEY = "k" * 32
TOLD = "I have had crushing chest pain since noon, and I am a 61 year old man"


def test_a_conversation_goes_on_at_another_replica_and_is_erased_at_both(
    records: Settings, library: Library, router: Router, chat_model: Any
) -> None:
    one, other = (Doctor(chat_model, router, library, open_records(records), {}) for _ in range(2))
    one.agree(KEY, BRITISH)
    first = hear(one, TOLD, KEY)
    second = hear(other, "I take warfarin", KEY)
    turns = [turn.text for turn in one.conversation(KEY).turns]
    assert turns == [TOLD, first.text, "I take warfarin", second.text]
    (head,) = other.records.cases.worklist(Filters(levels=("emergency",), medicines=("warfarin",)))
    assert head.id == one.records.cases.of_thread(thread_of(KEY)) and head.title.startswith(
        "crushing or heavy chest pain ·"
    )
    other.erase(KEY)
    assert one.conversation(KEY).turns == () and one.records.cases.count(Filters()) == 0
    assert one.records.audit.verify() == []
    for doctor in (one, other):
        doctor.records.database.engine.dispose()
