"""What was said in a case, message by message, and the pictures that were made meanwhile."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from html import escape

from assistant.records.dossier import Dossier, Entry
from assistant.safety.evidence import PictureShown
from assistant.web.clinic.marks import Words, moment, outward, part

BOLD = re.compile(r"\*\*(.+?)\*\*")


def record_html(dossier: Dossier, pictures: Sequence[tuple[PictureShown, bytes]], words: Words) -> str:
    """The pictures, which show nobody, and the conversation; what a line of the summary opens is here."""
    items = "".join(_entry(entry, words) for entry in dossier.entries)
    figures = "".join(_figure(picture, png) for picture, png in pictures)
    hint = f'<p class="hint">{escape(words["synthetic"])}</p>'
    shown = part(words["pictures"], f'{hint}<div class="shown">{figures}</div>') if figures else ""
    return shown + part(words["transcript"], f'<ol class="transcript">{items}</ol>')


def _figure(picture: PictureShown, png: bytes) -> str:
    caption = escape(picture.caption)
    image = f'<img src="data:image/png;base64,{base64.b64encode(png).decode()}" alt="{caption}">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _entry(entry: Entry, words: Words) -> str:
    """A message; a patient's can be opened from elsewhere."""
    is_patient = entry.by == "patient"
    anchor = f' id="turn-{entry.turn}" tabindex="-1"' if is_patient else ""
    name = words["by_patient" if is_patient else "by_doctor"].format(turn=entry.turn)
    label = f'<p class="hint">{escape(name)} · {moment(entry.at)}</p>'
    text = escape(entry.text) if is_patient else BOLD.sub(r"<b>\1</b>", escape(entry.text))
    kind = "patient" if is_patient else "doctor"
    return f'<li class="{kind}"{anchor}>{label}<div class="said">{text}</div>{_rests_on(entry, words)}</li>'


def _rests_on(entry: Entry, words: Words) -> str:
    """Sources of an answer, and molecules that were designed in it."""
    sources = [outward(one.name, one.url) for one in entry.citations]
    molecules = [f"<code>{escape(one.smiles)}</code>" for one in entry.molecules]
    return _folded(words["sources"], sources) + _folded(words["molecules"], molecules)


def _folded(summary: str, items: Sequence[str]) -> str:
    listed = "".join(f"<li>{item}</li>" for item in items)
    return f"<details><summary>{escape(summary)}</summary><ol>{listed}</ol></details>" if items else ""
