"""Text set in fonts that every PDF reader brings, so that a file needs none: Helvetica, and a Song face for Chinese."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from assistant.records.exports.plain import clean

REGULAR, BOLD, CHINESE = "Helvetica", "Helvetica-Bold", "STSong-Light"
BOX = "□"
pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))


def markup(text: str) -> str:
    """Text for a paragraph in Helvetica: characters that mean something are escaped, Chinese runs get their font."""
    runs = groupby(map(_printed, _seen(text)), key=_is_latin)
    return "".join(_run("".join(letters), latin) for latin, letters in runs)


def is_wide(text: str) -> bool:
    """Whether a text has to be broken between any two letters, as Chinese is."""
    return not all(map(_is_latin, map(_printed, _seen(text))))


def lacks(text: str) -> bool:
    """Whether a character of the text has no form in these fonts."""
    return any(_printed(letter) != letter for letter in _seen(text))


def _run(letters: str, latin: bool) -> str:
    written = escape(letters).replace("\n", "<br/>")
    return written if latin else f'<font name="{CHINESE}">{written}</font>'


def _seen(text: str) -> Iterator[str]:
    """The characters that leave ink or space; joiners and the like are for fonts that know them."""
    return (letter for letter in clean(text) if letter in "\n\t" or unicodedata.category(letter) != "Cf")


@lru_cache(maxsize=20_000)
def _printed(letter: str) -> str:
    """A character as the fonts have it: as it is, without its accents, or as a box."""
    plain = unicodedata.normalize("NFKD", letter)[0]
    return next((one for one in (letter, plain) if _is_latin(one) or _is_encoded(one, "gbk")), BOX)


@lru_cache(maxsize=20_000)
def _is_latin(letter: str) -> bool:
    return _is_encoded(letter, "cp1252")


def _is_encoded(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
