"""An export as a PDF of A4 pages that needs nothing from outside: no font, no picture, no script.

What a person wrote is escaped before it comes into a paragraph, whose text is a small markup of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple
from datetime import UTC
from io import BytesIO
from typing import Any
from xml.sax.saxutils import quoteattr

from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Spacer, Table

from assistant.records.exports.blocks import Bars, Block, Heading, Line, Message, Note, Title
from assistant.records.exports.export import Export
from assistant.records.exports.glyphs import BOLD, REGULAR, is_wide, lacks, markup
from assistant.records.exports.outline import outline
from assistant.records.exports.plain import clean, one_line
from assistant.records.exports.wording import Wording

INK, MUTED, TEAL, RULE = (HexColor(tone) for tone in ("#1b2a2f", "#5b6b70", "#0f6f68", "#cfdcd9"))
PATIENT = HexColor("#eef5f4")
MARGIN, WIDTH, HEIGHT = 20 * mm, A4[0], A4[1]
PIECE = 1_500  # characters of a paragraph; a longer one takes time with the square of its length
LONGEST_NAME = 60  # characters in the chart; the lines under it have all of them

BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=9.5, leading=13.5, textColor=INK, spaceAfter=2)
SMALL = ParagraphStyle("small", BODY, fontSize=8, leading=11, textColor=MUTED)
RIGHT = ParagraphStyle("right", SMALL, alignment=TA_RIGHT)
ITEM = ParagraphStyle("item", BODY, leftIndent=11, bulletIndent=1)
UNDER = ParagraphStyle("under", BODY, fontSize=8.5, leading=12, leftIndent=23, bulletIndent=13, textColor=MUTED)
TITLE = ParagraphStyle("title", BODY, fontName=BOLD, fontSize=19, leading=25, textColor=TEAL)
ABOUT = ParagraphStyle("about", BODY, fontSize=12, leading=17, spaceAfter=8)
PART = ParagraphStyle("part", TITLE, fontSize=13, leading=18, spaceBefore=13, keepWithNext=1)
SUBPART = ParagraphStyle("subpart", PART, fontSize=10, leading=14, textColor=INK, spaceBefore=7)
HEADINGS = {1: PART, 2: SUBPART, 3: ParagraphStyle("subsubpart", SUBPART, fontSize=9, textColor=MUTED)}
HINT = ParagraphStyle("hint", BODY, textColor=MUTED, spaceAfter=4)
BOXED = {
    "borderWidth": 0.6,
    "borderPadding": (5, 7, 5, 7),
    "leftIndent": 7,
    "rightIndent": 7,
    "spaceBefore": 9,
    "spaceAfter": 10,
}
TONES = {
    "hint": HINT,
    "warning": ParagraphStyle("warning", BODY, backColor=HexColor("#fff3d6"), borderColor=HexColor("#e0a100"), **BOXED),
    "assurance": ParagraphStyle("assurance", BODY, backColor=PATIENT, borderColor=TEAL, **BOXED),
}
SPEAKER = ParagraphStyle("speaker", SMALL, spaceBefore=9, keepWithNext=1)
SPEECH = {
    "patient": ParagraphStyle(
        "patient", BODY, leftIndent=8, rightIndent=4, backColor=PATIENT, borderPadding=(2, 4, 2, 4)
    )
}
ANSWER = ParagraphStyle("answer", BODY, leftIndent=8)


def to_pdf(export: Export) -> bytes:
    """The case as a PDF: summary, opinion with a chart, plans and the whole conversation."""
    words = Wording.of(export.dossier.language)
    blocks = list(outline(export))
    if any(map(lacks, _texts(map(astuple, blocks)))):
        blocks.insert(2, Note(words["unprintable"]))
    pages = _Pages(export, words)
    pages.write(blocks)  # to count the pages
    return pages.write(blocks)


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from _texts(value)


class _Pages:
    """The pages of an export, with a head and a foot."""

    def __init__(self, export: Export, words: Wording) -> None:
        self._export, self._words, self._count = export, words, 0

    def write(self, blocks: Sequence[Block]) -> bytes:
        """The file; its pages know how many the last one had."""
        file = BytesIO()
        title = f"Airmed: {self._words.say('title', case=self._export.id)}"
        told = {"title": title, "author": "Airmed", "creator": "Airmed", "subject": "", "lang": self._words.language}
        document = BaseDocTemplate(file, pagesize=A4, invariant=1, pageCompression=1, **told)
        frame = Frame(MARGIN, MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN - 4 * mm, 0, 0, 0, 0)
        document.addPageTemplates(PageTemplate(frames=[frame], onPage=self._frame_page))
        document.build([one for block in blocks for one in flowables(block, self._words)])
        self._count = document.page
        return file.getvalue()

    def _frame_page(self, canvas: Any, document: Any) -> None:
        """Head and foot; the file says when the export was made, and not when it was written."""
        made = f"D:{self._export.made_at.astimezone(UTC):%Y%m%d%H%M%S}+00'00'"
        canvas.setDateFormatter(lambda *_: made)
        words, page = self._words, document.page
        case, number = words.say("title", case=self._export.id), words.say("page", page=page, pages=self._count)
        when = words.say("made", time=f"{self._export.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
        for text, style, height in (("Airmed", SMALL, HEIGHT - 14 * mm), (case, RIGHT, HEIGHT - 14 * mm),
                                    (when, SMALL, 10 * mm), (number, RIGHT, 10 * mm)):  # fmt: skip
            paragraph = Paragraph(markup(text), style)
            paragraph.wrapOn(canvas, WIDTH - 2 * MARGIN, MARGIN)
            paragraph.drawOn(canvas, MARGIN, height)
        canvas.setStrokeColor(RULE)
        canvas.line(MARGIN, HEIGHT - 15.5 * mm, WIDTH - MARGIN, HEIGHT - 15.5 * mm)


def flowables(block: Block, words: Wording) -> Iterator[Flowable]:
    """What a block looks like on the page."""
    match block:
        case Title():
            yield from (*_set(block.text, TITLE), *_set(one_line(block.about), ABOUT))
        case Heading():
            yield from _set(block.text, HEADINGS[block.level])
        case Note():
            yield from _set(block.text, TONES[block.tone])
        case Line():
            yield from _line(block, words)
        case Bars():
            yield from (_chart(block), Spacer(0, 6))
        case Message():
            yield from _message(block, words)


def _set(
    text: str, style: ParagraphStyle, before: str = "", behind: str = "", bullet: str | None = None
) -> Iterator[Flowable]:
    """Text in paragraphs, between pieces of markup; one that is too long is set in several."""
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)] or [""]
    for place, piece in enumerate(pieces):
        first, last = place == 0, place == len(pieces) - 1
        said = f"{before if first else ''}{markup(piece)}{behind if last else ''}"
        broken = ParagraphStyle(style.name, style, wordWrap="CJK") if is_wide(f"{piece}{before}{behind}") else style
        yield Paragraph(said, broken, bulletText=bullet if first else None)


def _line(line: Line, words: Wording) -> Iterator[Flowable]:
    label = f'<font name="{BOLD}">{markup(one_line(line.label))}{markup(words["colon"])}</font>' if line.label else ""
    turns = f' <font color="{_tone(TEAL)}">{markup(f"({words.turns(line.turns)})")}</font>' if line.turns else ""
    bullet, style = ("–", UNDER) if line.depth else ("•", ITEM)
    yield from _set(one_line(line.text), style, label, f"{_link(line)}{turns}", bullet)


def _link(line: Line) -> str:
    if line.link is None:
        return ""
    name, url = line.link
    gap = " " if line.text else ""
    return f'{gap}<a href={quoteattr(url)} color="{_tone(TEAL)}">{markup(one_line(name))}</a>'


def _tone(color: Any) -> str:
    return f"#{color.hexval()[2:]}"


def _chart(bars: Bars) -> Flowable:
    """A bar for every name, as long as its share."""
    name_width, share_width = 62 * mm, 24 * mm
    room = WIDTH - 2 * MARGIN - name_width - share_width
    rows = [[*map(_cell, bars.head), ""]]
    for name, share in bars.rows:
        bar = Drawing(room, 9)
        bar.add(Rect(0, 1, max(0.8, (room - 8) * min(share, 1.0)), 8, fillColor=TEAL, strokeColor=None))
        rows.append([_cell(name), _cell(f"{share:.0%}"), bar])
    style = [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, RULE),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
    ]
    return Table(rows, (name_width, share_width, room), style=style, repeatRows=1)


def _cell(text: str) -> Flowable:
    short = one_line(text)
    shown = short if len(short) <= LONGEST_NAME else f"{short[:LONGEST_NAME]}…"
    return next(_set(shown, BODY))


def _message(message: Message, words: Wording) -> Iterator[Flowable]:
    """Who spoke, and every line of it in a paragraph of its own."""
    yield from _set(message.head, SPEAKER)
    style = SPEECH.get(message.by, ANSWER)
    for said in clean(message.text).split("\n"):
        yield from _set(said, style) if said.strip() else (Spacer(0, 5),)
    for source in message.sources:
        yield from _set(source.text, UNDER, behind=_link(source))
