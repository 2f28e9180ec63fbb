"""The worklist as HTML: a button for every case, which a keyboard reaches and a screen reader says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from assistant.records.cases import Head
from assistant.web.clinic.marks import Words, level_mark, waiting

# A press tells the server which case is meant; the focus stays on its case when the list changes.
PRESSES = """
let held = "";
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-case], button[data-plan]");
  if (button) trigger("select", { ...button.dataset });
});
element.addEventListener("focusin", (event) => { held = event.target.dataset.case ?? ""; });
element.addEventListener("focusout", (event) => { if (event.relatedTarget) held = ""; });
watch("value", () => {
  const now = document.activeElement;
  if (!held || now?.dataset.case === held || (now !== document.body && !element.contains(now))) return;
  element.querySelector(`button[data-case="${held}"]`)?.focus({ preventScroll: true });
});
"""


def worklist_html(heads: Sequence[Head], total: int, opened: str, words: Words, now: datetime | None = None) -> str:
    """The cases in the order in which they are to be seen, and how many there are."""
    told = words["cases_counted"].format(count=total)
    more = f" {words['cases_shown'].format(count=len(heads))}" if len(heads) < total else ""
    rows = "".join(_row(head, opened, words, now) for head in heads)
    return f'<p class="hint">{escape(told + more)}</p><ol class="worklist">{rows}</ol>'


def case_button(head: Head, words: Words) -> str:
    """A case inside a sentence, to be opened."""
    mark = level_mark(head.urgency, words)
    return f'<button type="button" class="named" data-case="{escape(head.id)}">{mark} {escape(head.title)}</button>'


def _row(head: Head, opened: str, words: Words, now: datetime | None) -> str:
    current = ' aria-current="true"' if head.id == opened else ""
    state = words["closed"] if head.closed_at else waiting(head.opened_at, words, now)
    return (
        f'<li><button type="button" class="{escape(head.urgency)}" data-case="{escape(head.id)}"{current}>'
        f'{level_mark(head.urgency, words)}<span class="waits">{escape(state)}</span>'
        f'<span class="title">{escape(head.title)}</span></button></li>'
    )
