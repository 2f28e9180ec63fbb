"""What a patient decides about their own data: keep it or not, see it, take it along, erase it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import gradio as gr

from assistant.locales import locale
from assistant.records.consents import thread_of
from assistant.visit import Visit
from assistant.web.desk import Desk, is_key, new_key
from assistant.web.download import cached

MOST_BEFORE = 20  # conversations that a browser holds the keys of


class Keeping(NamedTuple):
    """What stands on the page of it."""

    consent: Any
    before: Any  # the earlier conversations to choose from
    keys: Any  # their keys, in the browser


def keys_of(kept: object) -> list[str]:
    """The keys of earlier conversations that a browser holds."""
    return [key for key in kept if is_key(key)][:MOST_BEFORE] if isinstance(kept, list) else []


def set_aside(thread: str, keys: Sequence[str], desk: Desk) -> list[str]:
    """The keys to hold once a new conversation begins: one that is not kept is forgotten."""
    others = [key for key in keys if key != thread]
    if not is_key(thread):
        return others
    if desk.doctor.agreed(thread):
        return [thread, *others][:MOST_BEFORE]
    desk.erase(thread)
    return others


def shown(thread: str, keys: Sequence[str], visit: Visit, desk: Desk) -> Keeping:
    """The box and the list as they stand for a visitor."""
    page = locale(visit.language).page
    consent = gr.Checkbox(
        value=is_key(thread) and desk.doctor.agreed(thread),
        label=page["consent"],
        info=page["consent_info"].format(days=desk.settings.retention_days),
    )
    titles = [(_title(key, desk, page["kept_untitled"]), key) for key in keys if key != thread]
    known = [(title, key) for title, key in titles if title]
    before = gr.Dropdown(choices=known, value=None, label=page["kept_before"], visible=bool(known))
    return Keeping(consent, before, list(keys))


def _title(key: str, desk: Desk, untitled: str) -> str:
    """What a conversation is called in the list; empty for one that is no longer kept."""
    if not desk.doctor.agreed(key):
        return ""
    case = desk.records.cases.of_thread(thread_of(key))
    head = desk.records.cases.case(case).head if case else None
    return f"{head.updated_at:%d %b} · {head.title}" if head else untitled


def decide(agrees: bool, thread: str, visit: Visit, desk: Desk) -> str:
    """Keep a conversation, or no longer: its key, which a new conversation gets now."""
    page = locale(visit.language).page
    key = thread if is_key(thread) else new_key()
    if agrees:
        desk.doctor.agree(key, visit)
        gr.Info(page["consent_given"])
    elif desk.doctor.agreed(key):
        desk.doctor.withdraw(key, visit)
        gr.Info(page["consent_withdrawn"])
    return key


def data_file(thread: str, keys: Sequence[str], desk: Desk) -> str:
    """A file with all that is known of a visitor's conversations."""
    held = [key for key in dict.fromkeys([thread, *keys]) if is_key(key)]
    content = {"conversations": [desk.doctor.data(key) for key in held]}
    return cached(json.dumps(content, ensure_ascii=False, indent=1).encode(), "airmed-my-data.json")


def forget_all(thread: str, keys: Sequence[str], desk: Desk) -> None:
    """Erase every conversation that a browser holds the key of."""
    for key in dict.fromkeys([thread, *keys]):
        if is_key(key):
            desk.erase(key)
