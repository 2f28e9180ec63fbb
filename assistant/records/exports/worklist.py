"""The worklist as CSV, which no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from typing import Any

from assistant.records.cases import Head
from assistant.records.exports.plain import instant

COLUMNS = (
    "id", "opened_at", "updated_at", "urgency", "age", "sex", "language", "title", "closed_at", "closed_by",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def heads_to_csv(heads: Iterable[Head]) -> str:
    """The cases of a worklist, a line each under the names of the columns; the keys of conversations stay out of it."""
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(getattr(head, name)) for name in COLUMNS] for head in heads)
    return table.getvalue()


def _cell(value: Any) -> str:
    """A value that begins like a formula gets an apostrophe, which a spreadsheet reads as "this is text"."""
    if isinstance(value, datetime):
        return instant(value)
    text = f"{value:g}" if isinstance(value, float) else str("" if value is None else value)
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text
