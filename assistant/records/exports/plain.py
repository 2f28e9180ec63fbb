"""Text of others made harmless for every format: characters that a file may not hold, and addresses that may be opened.

What has a meaning in one format only, such as `<` or `*`, is escaped where that format is written.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

# What XML, FHIR and PDF refuse; marks that change the direction of what stands behind them, and so can forge a line.
UNFIT = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")
BREAK = re.compile(r"\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
SPACE = re.compile(r"\s")
KEPT_IN_URL = "/:?#[]@!$&*+,;=%~-._"  # round brackets and quotes would end an address in Markdown or HTML
MARKS = re.compile(r"\*\*|(?m:^#{1,6} )")  # of the doctor's own answers


def clean(text: str) -> str:
    """Text with nothing in it that a file may not hold; every line break is a line feed."""
    return UNFIT.sub("", BREAK.sub("\n", text))


def one_line(text: str) -> str:
    """The same without line breaks and runs of spaces."""
    return " ".join(clean(text).split())


def unmarked(text: str) -> str:
    """A doctor's answer without the marks of its bold words and headings."""
    return MARKS.sub("", text)


def web(url: str) -> str:
    """An address that may be opened, written so that it cannot end early; empty for what is none of the web."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    is_whole = clean(url) == url and not SPACE.search(url)
    return quote(url, safe=KEPT_IN_URL) if parts.scheme in ("http", "https") and host and is_whole else ""


def source_of(written: str) -> tuple[str, str]:
    """The name and the address of a source that a plan cites as `Publisher: Title, https://…`."""
    named, _, url = written.rpartition(", ")
    return (named, web(url)) if web(url) else (written, "")


def moment(at: datetime) -> str:
    """A time as people of every language read it, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def instant(at: datetime) -> str:
    """A time as FHIR writes it."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat()
