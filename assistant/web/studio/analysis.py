"""The panel for clinicians: what the classifier sees in a picture that is uploaded, which is not kept."""

from __future__ import annotations

from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import gradio as gr
from PIL import Image

from assistant.locales import Studio
from assistant.web.studio.names import examination_name, finding_name
from assistant.web.studio.pictures import inline

if TYPE_CHECKING:
    from generators.images.analyst import Analysis


class AnalysisPanel(NamedTuple):
    """The panel's parts, in the order in which they stand."""

    notice: gr.HTML
    file: gr.File
    seen: gr.HTML


def analysis_panel() -> AnalysisPanel:
    """Build the panel where it is called."""
    notice = gr.HTML(elem_id="clinicians")
    with gr.Row(elem_id="looking"):
        file = gr.File(elem_id="upload", height=180, scale=2, min_width=260)
        seen = gr.HTML(elem_id="seen")
    return AnalysisPanel(notice, file, seen)


def look(path: str, studio: Studio) -> str:
    """What is seen in an uploaded file, which is deleted once it is read.

    Raises:
        GeneratorError: It cannot be read, or the classifier's files cannot be used.
    """
    from generators.images.analyst import analyse_picture
    from generators.images.pictures import read_picture

    try:
        picture = read_picture(Path(path))
    finally:
        Path(path).unlink(missing_ok=True)
    return analysis_html(analyse_picture(picture), studio)


def analysis_html(analysis: Analysis, studio: Studio) -> str:
    """What was seen: the picture, the findings where there are some, and always that it is no diagnosis."""
    from generators.images.analyst import heated

    words = studio.words
    figures = _figure(Image.fromarray(analysis.pixels), words["seen"])
    told = f'<p class="unlike">{escape(words["unlike"])}</p>'
    if analysis.familiar:
        first = finding_name(analysis.findings[0][0].finding, studio)
        figures += _figure(heated(analysis.pixels, analysis.saliency), words["looked"].format(finding=first))
        told = _findings(analysis, studio)
    marked = words["marked" if analysis.synthetic else "unmarked"]
    return (
        f'<div class="figures">{figures}</div>{told}<p class="mark">{escape(marked)}</p>'
        f'<p class="never"><b>{escape(words["not_a_diagnosis"])}</b></p>'
    )


def _figure(image: Image.Image, caption: str) -> str:
    stream = BytesIO()
    image.save(stream, "PNG")
    text = escape(caption)
    return f'<figure><img src="{inline(stream.getvalue())}" alt="{text}"><figcaption>{text}</figcaption></figure>'


def _findings(analysis: Analysis, studio: Studio) -> str:
    title = studio.words["found"].format(examination=examination_name(analysis.dataset, studio))
    rows = "".join(_bar(finding_name(label.finding, studio), share) for label, share in analysis.findings)
    return f'<h3>{escape(title)}</h3><div class="odds">{rows}</div>'


def _bar(name: str, share: float) -> str:
    return f'<p><span>{escape(name)}</span> <b>{share:.0%}</b><i style="width:{100 * share:.1f}%"></i></p>'
