"""The tab of the audit log: its newest entries, older ones on request, and whether anybody tampered with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any, NamedTuple

import gradio as gr

from assistant.records.audit import AuditEntry
from assistant.web.clinic.acting import Acting, acting
from assistant.web.clinic.marks import Words
from assistant.web.desk import Desk

MOST = 50  # entries at a time
COLUMNS = ("log_number", "log_at", "log_actor", "log_action", "log_subject", "log_detail")


class Logged(NamedTuple):
    """What is in the tab."""

    entries: Any
    before: Any  # the number of the oldest entry that is shown
    verdict: Any


class LogTab:
    """What happens in the tab."""

    role = "auditor"

    def __init__(self, desk: Desk) -> None:
        """Take the desk that the page stands at."""
        self.desk = desk

    def full(self, who: Acting) -> Logged:
        """The newest entries."""
        return self._page(who, None)

    def bare(self) -> Logged:
        """The tab with nothing in it."""
        return Logged("", None, "")

    @acting("auditor")
    def newest(self, who: Acting) -> Logged:
        """The newest entries, as they are now."""
        return self._page(who, None)

    @acting("auditor")
    def older(self, who: Acting, before: int | None) -> Logged:
        """The entries before those that are shown."""
        return self._page(who, before)

    @acting("auditor")
    def verify(self, who: Acting) -> str:
        """Whether the log is whole, told to screen readers when it is known."""
        log = self.desk.records.audit
        faults = log.verify()
        number, digest = log.head()
        whole = who.words["log_whole"].format(count=number, days=log.sealed_days(), digest=digest)
        return verdict_html(faults, whole, who.words)

    def _page(self, who: Acting, before: int | None) -> Logged:
        found = self.desk.records.audit.entries(MOST, before)
        if not found and before is not None:
            gr.Info(who.words["log_no_older"])
            return Logged(gr.skip(), before, gr.skip())
        return Logged(entries_html(found, who.words), found[-1].seq if found else None, "")


def entries_html(found: Sequence[AuditEntry], words: Words) -> str:
    """The entries as a table, the newest first."""
    heads = "".join(f'<th scope="col">{escape(words[name])}</th>' for name in COLUMNS)
    rows = "".join(_row(entry) for entry in found)
    return f'<div class="wide"><table class="log"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(entry: AuditEntry) -> str:
    detail = "".join(
        f"<span><b>{escape(name)}</b> {escape(str(value))}</span> " for name, value in entry.detail.items()
    )
    cells = [str(entry.seq), _time(entry.at), entry.actor, entry.action, entry.subject]
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}<td>{detail}</td></tr>"


def _time(at: str) -> str:
    """The time of an entry to the second; as it stands where it was altered into none."""
    try:
        return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M:%S}"
    except (TypeError, ValueError):
        return str(at)


def verdict_html(faults: Sequence[str], whole: str, words: Words) -> str:
    """What is wrong with the log, or that nothing is."""
    if not faults:
        return f'<p role="status" class="whole">{escape(whole)}</p>'
    listed = "".join(f"<li>{escape(fault)}</li>" for fault in faults)
    return f'<div role="alert" class="faults"><p>{escape(words["log_faults"])}</p><ul>{listed}</ul></div>'
