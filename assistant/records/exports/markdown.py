"""An export as Markdown: nothing that a person wrote becomes markup, and no address but a source can be opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape as escape_html
from itertools import pairwise

from assistant.records.exports.blocks import Bars, Block, Heading, Line, Message, Note, Title
from assistant.records.exports.export import Export
from assistant.records.exports.outline import outline
from assistant.records.exports.plain import clean, one_line
from assistant.records.exports.wording import Wording

# Markup; what begins a list or underlines a heading; and what readers turn into links without being asked.
MARKS = re.compile(r"[\\`*_{}\[\]#|~$^@]|^[-+=:]|(?<=\w)\.(?=[^\W\d_])|:(?=[^\s\d])|/(?=/)")
NUMBERED = re.compile(r"^(\d{1,9})([.)])")
BLOCKS = 20  # a full bar of the chart


def to_markdown(export: Export) -> str:
    """The case as Markdown: summary, opinion, plans and the whole conversation."""
    words = Wording.of(export.dossier.language)
    blocks = list(outline(export))
    parts = [_block(blocks[0], words)]
    for before, block in pairwise(blocks):
        tight = isinstance(before, Line) and isinstance(block, Line)  # the points of one list
        parts += ["\n" if tight else "\n\n", _block(block, words)]
    return "".join(parts) + "\n"


def escaped(text: str) -> str:
    """One line of text in which no character has a meaning but its own."""
    marked = MARKS.sub(r"\\\g<0>", one_line(text))
    return escape_html(NUMBERED.sub(r"\1\\\2", marked), quote=False)


def _block(block: Block, words: Wording) -> str:
    match block:
        case Title():
            about = f"\n\n**{escaped(block.about)}**" if one_line(block.about) else ""
            return f"# {escaped(block.text)}{about}"
        case Heading():
            return f"{'#' * (block.level + 1)} {escaped(block.text)}"
        case Note():
            return f"*{escaped(block.text)}*" if block.tone == "hint" else f"> **{escaped(block.text)}**"
        case Line():
            return _line(block, words)
        case Bars():
            return _chart(block)
        case Message():
            return "\n".join(_message(block, words))


def _line(line: Line, words: Wording) -> str:
    label = f"**{escaped(line.label)}{words['colon'].rstrip()}**" if line.label else ""
    turns = f"({words.turns(line.turns)})" if line.turns else ""
    said = " ".join(part for part in (label, escaped(line.text), _link(line), turns) if part)
    return f"{'  ' * line.depth}- {said}"


def _link(line: Line) -> str:
    if line.link is None:
        return ""
    name, url = line.link
    return f"[{escaped(name)}]({escape_html(url)})"


def _chart(bars: Bars) -> str:
    name, share = map(escaped, bars.head)
    rows = [f"| {name} | {share} | |", "| --- | ---: | :--- |"]
    for condition, chance in bars.rows:
        rows.append(f"| {escaped(condition)} | {chance:.0%} | {'█' * max(1, round(BLOCKS * chance))} |")
    return "\n".join(rows)


def _message(message: Message, words: Wording) -> Iterator[str]:
    """A quotation, each line of it a line of the message."""
    yield f"**{escaped(message.head)}**\n"
    said = [escaped(line) for line in clean(message.text).split("\n")]
    yield "  \n".join(f"> {line}" if line else ">" for line in said)
    if message.sources:
        yield ""
        yield from (_line(source, words) for source in message.sources)
