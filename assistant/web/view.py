"""What the page shows: messages, the banner, and the sources behind the numbers."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import gradio as gr

from assistant.consultation.opinions import finding_name
from assistant.doctor import Conversation, Turn
from assistant.events import Answered, Searched
from assistant.locales import Locale, locale
from assistant.safety.evidence import Citation, PictureShown
from assistant.visit import Visit
from generators.molecules.proposal import Proposal
from knowledge.red_flags import Level

NUMBERED = re.compile(r"\[(\d{1,2})\]")
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
ACTIVE = re.compile(r"`|(?<=\])\(|(?<=\w):(?=//)|(?<=www)\.")  # Markdown that makes code, images and links
MARK = (
    '<svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round">'
    '<path d="M12 4v16M4 12h16"/></svg>'
)
SHORTEST_SHOWN = 0.1  # seconds
Message = dict[str, Any]


def messages(turns: Iterable[Turn], page: Mapping[str, str]) -> list[Message]:
    """A remembered conversation as the chat component takes it."""
    shown: list[Message] = []
    answers = 0
    for turn in turns:
        if turn.role == "user":
            shown.append(user_message(turn.text))
        elif turn.answer:
            if turn.pictures:
                shown.append(pictures_message(turn.pictures, page))
            if turn.answer.molecules:
                shown.append(molecules_message(turn.answer.molecules, page))
            shown.append(answer_message(turn.text, turn.answer, answers))
            answers += 1
    for message in shown[:-1]:
        message.pop("options", None)
    return shown


def user_message(text: str) -> Message:
    """The patient's words as they were typed: nothing in them is markup, and nothing is fetched from elsewhere."""
    lines = (PUNCTUATION.sub(r"\\\1", line.strip()) for line in text.splitlines())
    return {"role": "user", "content": "\n".join(lines)}


def answer_message(text: str, answer: Answered | None, number: int) -> Message:
    """An answer whose numbers open their sources, with quick replies where the doctor asks something."""
    message: Message = {"role": "assistant", "content": linked(text.strip(), number)}
    if answer and answer.options:
        message["options"] = [{"label": label, "value": value} for label, value in answer.options.items()]
    return message


def step_message(title: str, found: Iterable[str] = (), seconds: float | None = None) -> Message:
    """A tool call as a collapsible step; pending while no time is given."""
    metadata: dict[str, Any] = {"title": title, "status": "pending" if seconds is None else "done"}
    if seconds is not None:
        metadata["duration"] = max(SHORTEST_SHOWN, round(seconds, 1))
    return {"role": "assistant", "content": "\n".join(f"- {escape(name)}" for name in found), "metadata": metadata}


def pictures_message(
    pictures: Iterable[tuple[PictureShown, bytes]], page: Mapping[str, str], coming: int = 0
) -> Message:
    """A gallery of generated pictures, with places for those that are still being made.

    The pictures stand in the page itself: no file of theirs is served, and none outlives its conversation in a cache.
    """
    figures = [_figure(picture, png, page["download"]) for picture, png in pictures]
    figures += ['<figure class="coming"></figure>'] * coming
    return {"role": "assistant", "content": gr.HTML(f'<div class="pictures">{"".join(figures)}</div>')}


def _figure(picture: PictureShown, png: bytes, download: str) -> str:
    """A picture with its caption; the page's script lends its data to the link."""
    caption, file = escape(picture.caption), escape(picture.file)
    image = f'<img src="data:image/png;base64,{base64.b64encode(png).decode()}" alt="{caption}">'
    link = f'<a href="#" download="{file}" aria-label="{escape(download)}: {caption}">{escape(download)}</a>'
    return f"<figure>{image}<figcaption>{caption}</figcaption>{link}</figure>"


def search_message(searched: Searched, page: Mapping[str, str]) -> Message:
    """How far a search for molecules has come."""
    told = page["molecule_searched"].format(done=searched.done, calls=searched.calls, best=f"{searched.best:.2f}")
    bar = f'<progress max="{searched.calls}" value="{searched.done}">{escape(told)}</progress>'
    return {"role": "assistant", "content": gr.HTML(f'<div class="searching">{bar}<span>{escape(told)}</span></div>')}


def molecules_message(molecules: Sequence[Proposal], page: Mapping[str, str]) -> Message:
    """Proposed molecules in the chat."""
    return {"role": "assistant", "content": gr.HTML(molecules_table(molecules, page))}


def molecules_table(molecules: Sequence[Proposal], page: Mapping[str, str]) -> str:
    """Molecules, drawn, in a table whose columns sort at a click, with files to download."""
    from generators.molecules.proposals import to_csv, to_sdf

    names = list(molecules[0].properties)
    heads = [page[f"molecule_{key}"] for key in ("structure", "score")] + [page[f"property_{name}"] for name in names]
    heads += [page[f"molecule_{key}"] for key in ("drug", "warnings")]
    head = "".join(f'<th scope="col"><button type="button">{escape(text)}</button></th>' for text in heads)
    rows = "".join(f"<tr>{_molecule_cells(one, page)}</tr>" for one in molecules)
    links = _file_link("csv", to_csv(molecules), page) + _file_link("sdf", to_sdf(molecules), page)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="molecules">{table}<p>{links}</p></div>'


def _molecule_cells(one: Proposal, page: Mapping[str, str]) -> str:
    from generators.molecules.proposals import to_svg

    numbers = [(f"{value:.2f}", value) for value in (one.score, *one.properties.values())]
    smiles = escape(one.smiles)
    known = "" if one.is_new else f"<em>{escape(page['molecule_learned'])}</em>"
    svg = base64.b64encode(to_svg(one.smiles).encode()).decode()
    drawing = f'<img src="data:image/svg+xml;base64,{svg}" alt="{smiles}"><code>{smiles}</code>{known}'
    cells = [f"<td>{drawing}</td>", *(f'<td data-value="{value}">{text}</td>' for text, value in numbers)]
    cells.append(f'<td data-value="{one.likeness}">{escape(one.drug)} ({one.likeness:.2f})</td>')
    cells.append(f'<td data-value="{len(one.warnings)}">{"<br>".join(map(escape, one.warnings))}</td>')
    return "".join(cells)


def _file_link(kind: str, text: str, page: Mapping[str, str]) -> str:
    data = base64.b64encode(text.encode()).decode()
    label = escape(page[f"molecule_{kind}"])
    return f'<a download="airmed-molecules.{kind}" href="data:text/plain;base64,{data}">{label}</a>'


def answer_number(turns: Iterable[Turn], contents: object) -> int | None:
    """Which answer of a conversation the page shows as these contents, counted from 0; steps stand beside it."""
    shown = contents if isinstance(contents, list) else [contents]
    answers = [turn for turn in turns if turn.answer]
    found = [n for n, turn in enumerate(answers) if answer_message(turn.text, turn.answer, n)["content"] in shown]
    return found[-1] if found else None


def linked(text: str, number: int) -> str:
    """Each [n] as a link to the n-th source of an answer; what the answer quotes brings no tag, image, link or code."""
    plain = ACTIVE.sub(r"\\\g<0>", escape(text, quote=False))
    return NUMBERED.sub(rf"[\1](#source-{number}-\1)", plain)


def banner(level: Level | None, visit: Visit, page: dict[str, str]) -> str:
    """The banner that stays while the conversation is urgent; empty otherwise."""
    if level is None:
        return ""
    text = call_for_help(page[f"banner_{level}"], visit)
    return f'<div class="banner {level}" role="alert" aria-live="assertive">{text}</div>'


def head(words: Mapping[str, str], visit: Visit) -> str:
    """The head of a page, with the emergency number."""
    always = call_for_help(locale(visit.language).page["always"], visit)
    name = f"<h1>{escape(words['title'])}</h1><p>{escape(words['tagline'])}</p>"
    return f'<div class="mark">{MARK}</div><div>{name}</div><div class="always">{always}</div>'


def call_for_help(sentence: str, visit: Visit) -> str:
    """A sentence whose emergency number can be tapped on a phone."""
    number = re.sub(r"\d+", r'<a href="tel:\g<0>">\g<0></a>', escape(visit.region.number))
    return escape(sentence).format(number=number, line=escape(visit.line))


def changed(turns: Iterable[Turn], ticked: Iterable[str]) -> dict[str, bool]:
    """The findings whose tick differs from what the last opinion understood."""
    opinions = [turn.answer.opinion for turn in turns if turn.answer and turn.answer.opinion]
    now = set(ticked)
    told = opinions[-1].told if opinions else ()
    return {entry.id: entry.id in now for entry in told if entry.there != (entry.id in now)}


def correction(findings: Mapping[str, bool], visit: Visit) -> str:
    """The message that a change of ticks stands for."""
    page = locale(visit.language).page
    lines = [
        page["correction_there" if there else "correction_absent"].format(finding=finding_name(name, visit))
        for name, there in findings.items()
    ]
    return page["correction"].format(findings=", ".join(lines))


def sources(conversation: Conversation, locale: Locale) -> str:
    """The sources of every answer, those of the last one open to view."""
    answers = [turn.answer for turn in conversation.turns if turn.answer]
    blocks = [_answer_sources(number, answer.citations, locale) for number, answer in enumerate(answers)]
    cited = [block for block in blocks if block]
    title = f"<h2>{escape(locale.page['sources'])}</h2>"
    if not cited:
        return f'{title}<p class="hint">{escape(locale.page["sources_none"])}</p>'
    earlier = "".join(reversed(cited[:-1]))
    rest = f'<details class="earlier"><summary>{escape(locale.page["earlier"])}</summary>{earlier}</details>'
    hint = f'<p class="hint">{escape(locale.page["sources_hint"])}</p>'
    return f"{title}{hint}{cited[-1]}{rest if earlier else ''}"


def _answer_sources(number: int, citations: Iterable[Citation], locale: Locale) -> str:
    items = "".join(_source(f"source-{number}-{place}", place, c, locale) for place, c in enumerate(citations, 1))
    return f'<div class="sources">{items}</div>' if items else ""


def _source(anchor: str, place: int, citation: Citation, locale: Locale) -> str:
    link = ""
    if citation.url.startswith(("http://", "https://")):
        label = escape(f"{locale.page['open_source']}: {citation.publisher or citation.url}")
        link = f'<a href="{escape(citation.url)}" target="_blank" rel="noopener noreferrer">{label}</a>'
    text = "".join(f"<p>{escape(line)}</p>" for line in citation.text.splitlines() if line.strip())
    return (
        f'<details class="source" id="{anchor}"><summary><b>[{place}]</b> {escape(citation.name)}</summary>'
        f"{text}{link}</details>"
    )
