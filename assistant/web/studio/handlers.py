"""What happens on the studio's page: pictures, the way between two of them, archives to take away, a look at one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr

from assistant.errors import InputError
from assistant.locales import Studio, locale
from assistant.visit import Visit
from assistant.web.desk import Desk
from assistant.web.download import cached
from assistant.web.limits import address_of
from assistant.web.patient import circumstances
from assistant.web.studio import pictures
from assistant.web.studio.analysis import look
from assistant.web.studio.design_page import design_words
from assistant.web.studio.figures import figures, figures_table
from assistant.web.studio.names import examinations, families, finding_name, findings
from assistant.web.studio.pictures import FRAMES, Made, archive, film, inline
from assistant.web.telling import telling
from assistant.web.view import head
from generators.images.controls import Controls

if TYPE_CHECKING:
    from generators.images.synthesis import Request

BUTTONS = ("new_seed", "make", "way", "stop", "download_png", "download_dicom")
KEEP = gr.skip()


class Chosen(NamedTuple):
    """What a visitor chose, in the order of the page's controls."""

    examination: str
    findings: Sequence[str]
    family: str
    number: int
    seed: int | None
    truncation: float
    guidance: float
    steps: int

    def request(self, words: dict[str, str]) -> Request:
        """The request that it stands for; a control that the family does not have counts for nothing.

        Raises:
            InputError: There is no seed.
            RequestError: A number is out of range.
        """
        from generators.images.synthesis import Request

        if self.seed is None:
            raise InputError(words["seed_missing"])
        own = {name: getattr(self, name) for name in controls_of(self.family)}
        return Request(self.examination, tuple(self.findings), self.family, self.number, self.seed, Controls(**own))


class Shown(NamedTuple):
    """What a handler changes beside the controls; what it does not name stays as it is."""

    told: Any = KEEP
    gallery: Any = KEEP
    way: Any = KEEP
    made: Any = KEEP


class StudioPage:
    """What happens on the page."""

    def __init__(self, desk: Desk) -> None:
        """Take the desk that the page stands at."""
        self.desk = desk

    def studio(self, request: gr.Request) -> Studio:
        """The words for a visitor."""
        return locale(circumstances(request, self.desk)[0]).studio

    def open(self, examination: str, request: gr.Request) -> tuple[Any, ...]:
        """The page in a visitor's language: head, notices, tabs, results, figures, controls, buttons, molecules."""
        visit = Visit(*circumstances(request, self.desk))
        studio = locale(visit.language).studio
        words = studio.words
        notice, clinicians = escape(words["notice"]), escape(words["analyse_notice"])
        tabs = [gr.Tab(label=words[name]) for name in ("tab_make", "tab_design", "tab_analyse")]
        gallery, file = gr.Gallery(label=words["gallery"]), gr.File(label=words["upload"])
        table = figures_table(figures(), examination, studio)
        buttons = [gr.Button(words[name]) for name in BUTTONS]
        told = (head(words, visit), notice, *tabs, _line(words["none"]), gallery, clinicians, file, table)
        return *told, *_labels(studio, examination), *buttons, *design_words(studio)

    def examine(self, examination: str, request: gr.Request) -> tuple[Any, str]:
        """The findings of another examination, and how good its pictures are."""
        studio = self.studio(request)
        known = findings(examination, studio)
        ticked = gr.CheckboxGroup(choices=known, value=[key for _, key in known])
        return ticked, figures_table(figures(), examination, studio)

    def adapt(self, family: str) -> list[Any]:
        """The controls that a family has are there, the others are not."""
        own = controls_of(family)
        return [gr.Slider(visible=name in own) for name in ("truncation", "guidance", "steps")]

    def make(self, request: gr.Request, *chosen: Any) -> Iterator[Shown]:
        """Make pictures, and show them as they come."""
        studio, wanted = self.studio(request), Chosen(*chosen)
        with telling(studio.words["broken"]):
            asked, begun = wanted.request(studio.words), time.monotonic()
            yield Shown(_line(studio.words["making"]), [], made=[])
            for made in pictures.pictures(asked):
                key = "made" if len(made) > 1 else "made_one"
                line = _measured(key, len(made), begun, wanted, studio)
                yield Shown(line, [_shown(one, studio) for one in made], made=made)
            return
        yield Shown("")  # something went wrong

    def go(self, request: gr.Request, *chosen: Any) -> Iterator[Shown]:
        """Go from the first picture of a seed to the second, frame by frame, and then show it as a film."""
        studio, wanted = self.studio(request), Chosen(*chosen)
        with telling(studio.words["broken"]):
            asked, begun = wanted.request(studio.words), time.monotonic()
            yield Shown(way=_line(studio.words["making_way"]))
            for made in pictures.way(asked):
                line = _measured("made_way", len(made), begun, wanted, studio)
                yield Shown(way=way_html(made, line, studio))
            return
        yield Shown(way="")  # something went wrong

    def png(self, made: list[Made], request: gr.Request) -> str | None:
        """An archive of PNG files."""
        return self._download(made, request, "png")

    def dicom(self, made: list[Made], request: gr.Request) -> str | None:
        """An archive of DICOM files."""
        return self._download(made, request, "dicom")

    def look(self, path: str, request: gr.Request) -> Iterator[tuple[Any, str]]:
        """Say what is seen in an uploaded file, which leaves the page as it leaves the server."""
        studio, seen = self.studio(request), ""
        yield KEEP, _line(studio.words["analysing"])
        with telling(studio.words["broken"]):
            page = locale(circumstances(request, self.desk)[0]).page
            self.desk.pace.upload("", address_of(request, self.desk.settings.trust_proxy), page)
            seen = look(path, studio)
        yield None, seen

    def _download(self, made: list[Made], request: gr.Request, kind: str) -> str | None:
        """A file in Gradio's cache, which forgets it within the hour; none where nothing was made."""
        studio = self.studio(request)
        with telling(studio.words["broken"]):
            if not made:
                raise InputError(studio.words["nothing_made"])
            of = made[0].provenance
            name = f"{of.dataset}_{of.model}_{of.seed}_{kind}.zip"
            return cached(archive(made, kind == "dicom"), name)
        return None


def controls_of(family: str) -> tuple[str, ...]:
    """The controls that a family has beside the common ones; the fast one learned without any."""
    return {"vae": ("truncation",), "gan": ("truncation",), "diffusion": ("guidance", "steps")}.get(family, ())


def way_html(made: Sequence[Made], line: str, studio: Studio) -> str:
    """Marked frames, the last one large until they are complete, and then a film of them; under a line of HTML."""
    words, frames = studio.words, [one.png for one in made]
    alts = [words["way_alt"].format(place=place, count=FRAMES) for place in range(1, len(frames) + 1)]
    small = "".join(_image(frame, alt) for frame, alt in zip(frames, alts, strict=True))
    complete = len(frames) == FRAMES
    large = _image(film(frames), words["film_alt"], "film") if complete else _image(frames[-1], alts[-1], "film")
    title = words["way_title"].format(label=finding_name(made[0].provenance.label, studio))
    return f'<h2>{escape(title)}</h2>{line}<div class="way">{large}{small}</div>'


def _labels(studio: Studio, examination: str) -> Iterator[Any]:
    """The words of each control, in the order of `Chosen`."""
    choices = {
        "examination": examinations(studio),
        "findings": findings(examination, studio),
        "family": families(studio),
    }
    for name in Chosen._fields:
        changed = {"label": studio.words[name], "info": studio.words.get(f"{name}_hint"), "choices": choices.get(name)}
        yield gr.update(**{key: value for key, value in changed.items() if value is not None})


def _line(text: str) -> str:
    return f'<p role="status">{escape(text)}</p>'


def _measured(key: str, count: int, begun: float, wanted: Chosen, studio: Studio) -> str:
    seconds, family = f"{time.monotonic() - begun:.1f}", studio.families[wanted.family]
    return _line(studio.words[key].format(count=count, all=FRAMES, seconds=seconds, family=family, seed=wanted.seed))


def _shown(made: Made, studio: Studio) -> tuple[str, str]:
    """A picture as the gallery takes it: its file in Gradio's cache, and its label."""
    return cached(made.png, f"{made.name}.png"), finding_name(made.provenance.label, studio)


def _image(png: bytes, alt: str, kind: str = "frame") -> str:
    return f'<img class="{kind}" src="{inline(png)}" alt="{escape(alt)}">'
