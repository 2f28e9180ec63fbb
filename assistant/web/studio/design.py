"""The studio's molecules: what a visitor turns becomes a goal for a search; and the way between two drugs."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr

from assistant.errors import InputError
from assistant.locales import Locale, locale
from assistant.web.desk import Desk
from assistant.web.patient import circumstances
from assistant.web.telling import telling
from assistant.web.view import molecules_table

if TYPE_CHECKING:
    from generators.molecules.goals import Goal, Target
    from generators.molecules.proposals import Brief

KEEP = gr.skip()
FRAMES = 9
TRACE = ("calls", "score", "of")


class Wanted(NamedTuple):
    """What a visitor chose, in the order of the page's controls; an end of a range that is left alone is open."""

    near: str
    scaffold: str
    qed: float
    logp_least: float
    logp_most: float
    logs: float
    tpsa: float
    weight: float
    sa: float
    model: str
    number: int
    seed: int | None
    calls: int

    def brief(self, words: dict[str, str]) -> Brief:
        """The design that it stands for.

        Raises:
            InputError: There is no seed.
            GeneratorError: A structure cannot be read, a number is out of range, or something harmful is asked for.
        """
        from generators.molecules.proposals import Brief

        if self.seed is None:
            raise InputError(words["seed_missing"])
        return Brief(self._goal(), int(self.number), int(self.seed), self.model, int(self.calls))

    def _goal(self) -> Goal:
        from generators.molecules.drugs import structure
        from generators.molecules.goals import Goal

        near, scaffold = (structure(text) if text.strip() else None for text in (self.near, self.scaffold))
        return Goal(tuple(self._targets()), near, scaffold)

    def _targets(self) -> Iterator[Target]:
        """A target for each range that is not open at both ends."""
        from generators.molecules.goals import Target
        from generators.molecules.properties import PROPERTIES

        ranges = {
            "qed": (self.qed, None),
            "logp": (self.logp_least, self.logp_most),
            "logs": (self.logs, None),
            "tpsa": (None, self.tpsa),
            "weight": (None, self.weight),
            "sa": (None, self.sa),
        }
        for name, (least, most) in ranges.items():
            of = PROPERTIES[name]
            ends = (of.least if least is None else least, of.most if most is None else most)
            if ends != (of.least, of.most):
                yield Target.of_range(name, *ends)


class Design(NamedTuple):
    """What a handler changes; what it does not name stays as it is."""

    told: Any = KEEP
    trace: Any = KEEP
    table: Any = KEEP


class DesignPage:
    """What happens in the tab."""

    def __init__(self, desk: Desk) -> None:
        """Take the desk that the page stands at."""
        self.desk = desk

    def locale(self, request: gr.Request) -> Locale:
        """The words for a visitor."""
        return locale(circumstances(request, self.desk)[0])

    def search(self, request: gr.Request, *wanted: Any) -> Iterator[Design]:
        """Search, with the trace as it grows, and then show the best."""
        words = self.locale(request)
        with telling(words.studio.words["broken"]):
            brief, begun = Wanted(*wanted).brief(words.studio.words), time.monotonic()
            yield Design(_line(words.studio.words["designing"]), _trace([]), "")
            yield from self._searched(brief, begun, words)
            return
        yield Design("")  # something went wrong

    def _searched(self, brief: Brief, begun: float, words: Locale) -> Iterator[Design]:
        from generators.molecules.proposals import proposals, search

        points: list[tuple[int, float, str]] = []
        for progress in search(brief):
            scores = [one.score for one in progress.best] or [0.0]
            best, mean = words.studio.words["trace_best"], words.studio.words["trace_mean"]
            points += [(progress.calls, scores[0], best), (progress.calls, sum(scores) / len(scores), mean)]
            yield Design(trace=_trace(points))
        made = proposals(brief, progress)
        if not made:
            raise InputError(words.doctor.molecules.missed.format(calls=brief.calls))
        seconds = f"{time.monotonic() - begun:.1f}"
        line = words.studio.words["designed"].format(count=len(made), calls=progress.calls, seconds=seconds)
        yield Design(_line(f"{line} {words.doctor.molecules.caution}"), table=molecules_table(made, words.page))

    def way(self, begin: str, end: str, request: gr.Request) -> str:
        """The molecules between two drugs, drawn in a row."""
        words = self.locale(request)
        with telling(words.studio.words["broken"]):
            return way_html(begin, end, words)
        return ""


def way_html(begin: str, end: str, words: Locale) -> str:
    """Molecules on the way between two drugs, each with its likeness to both.

    Raises:
        GeneratorError: One cannot be read, or something harmful is asked for.
    """
    from generators.molecules.design import way
    from generators.molecules.drugs import structure
    from generators.molecules.goals import Goal
    from generators.molecules.hazards import refuse_request
    from generators.molecules.structures import canonical, parse

    ends = [structure(text) for text in (begin, end)]
    refuse_request(f"{begin} {end}", *map(canonical, ends))
    goals = [Goal(near=one) for one in ends]
    figures = []
    for smiles in way(ends[0], ends[1], FRAMES):
        alike = " / ".join(f"{goal.likeness(parse(smiles)):.2f}" for goal in goals)
        figures.append(
            f"<figure>{_drawing(smiles)}<figcaption><code>{escape(smiles)}</code>{alike}</figcaption></figure>"
        )
    hint = escape(words.studio.words["between_hint"].format(begin=begin.strip(), end=end.strip()))
    return f'<p role="status">{hint}</p><div class="between">{"".join(figures)}</div>'


def _drawing(smiles: str) -> str:
    from generators.molecules.proposals import to_svg

    svg = b64encode(to_svg(smiles).encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{svg}" alt="{escape(smiles)}">'


def _trace(points: list[tuple[int, float, str]]) -> Any:
    """The rows of the plot."""
    import pandas

    return pandas.DataFrame(points, columns=list(TRACE))


def _line(text: str) -> str:
    return f'<p role="status">{escape(text)}</p>'
