"""The panel of the doctor's opinion: how soon, what it could be, and a waterfall of what moved each condition."""

from __future__ import annotations

from html import escape

from assistant.doctor import Conversation
from assistant.locales import Locale
from assistant.opinion import Likely, Opinion

NARROWEST = 0.5  # % of the width; a bar is never thinner


def last_opinion(conversation: Conversation) -> Opinion | None:
    """The newest opinion of a conversation."""
    opinions = [turn.answer.opinion for turn in conversation.turns if turn.answer and turn.answer.opinion]
    return opinions[-1] if opinions else None


def opinion_panel(opinion: Opinion | None, locale: Locale) -> str:
    """The panel, or a line that says what will stand there."""
    page = locale.page
    title = f"<h2>{escape(page['opinion'])}</h2>"
    if opinion is None:
        return f'{title}<p class="hint">{escape(page["opinion_none"])}</p>'
    badge = (
        f'<p class="soon {opinion.level}"><span>{escape(page["opinion_urgency"])}</span> '
        f"<b>{escape(locale.doctor.levels[opinion.level])}</b></p><p>{escape(opinion.because)}</p>"
    )
    return title + badge + reasoning(opinion, page)


def reasoning(opinion: Opinion, page: dict[str, str]) -> str:
    """What it could be, each condition with its waterfall, and what would change the opinion."""
    return _differential(opinion, page) + _changes(opinion, page)


def _differential(opinion: Opinion, page: dict[str, str]) -> str:
    if not opinion.likely:
        return ""
    parts = [_heading(page["opinion_likely"], page["opinion_likely_hint"])]
    parts += [_condition(likely, page, first=place == 0) for place, likely in enumerate(opinion.likely)]
    if opinion.together:
        names = escape(" + ".join(opinion.together))
        parts.append(f"<p><b>{escape(page['opinion_together'])}:</b> {names}</p>")
    if opinion.grave:
        parts.append(_heading(page["opinion_grave"]))
        parts += [_condition(likely, page) for likely in opinion.grave]
    return "".join(parts)


def _changes(opinion: Opinion, page: dict[str, str]) -> str:
    if not opinion.change:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in opinion.change)
    return f"{_heading(page['opinion_change'])}<ul>{items}</ul>"


def _heading(text: str, hint: str = "") -> str:
    under = f'<p class="hint">{escape(hint)}</p>' if hint else ""
    return f"<h3>{escape(text)}</h3>{under}"


def _condition(likely: Likely, page: dict[str, str], first: bool = False) -> str:
    """One condition: its probability as a bar, and behind it the waterfall from how common it is to the sum."""
    share = f"{likely.probability:.0%}"
    bar = f'<i class="chance" style="width:{max(100 * likely.probability, NARROWEST):.1f}%"></i>'
    link = f'<a href="{escape(likely.url)}" target="_blank" rel="noopener noreferrer">{escape(page["open_source"])}</a>'
    summary = f"<summary>{escape(likely.name)} <b>{share}</b>{bar}</summary>"
    shown = " open" if first else ""
    return f'<details class="condition"{shown}>{summary}{_waterfall(likely, page)}{link}</details>'


def _waterfall(likely: Likely, page: dict[str, str]) -> str:
    start = [(page["opinion_start"], likely.prior), (page["opinion_wording"], likely.wording)]
    steps = [*start, *((_named(m.name, m.there), m.weight) for m in likely.movers)]
    ends = [0.0]
    for _, weight in steps:
        ends.append(ends[-1] + weight)
    low, high = min(ends), max(ends)
    span = max(high - low, 1e-6)
    rows = [
        _bar(name, weight, (min(start, start + weight) - low) / span, abs(weight) / span)
        for (name, weight), start in zip(steps, ends[:-1], strict=True)
    ]
    total = ends[-1]
    rows.append(_bar(page["opinion_sum"], total, (min(0.0, total) - low) / span, abs(total) / span, kind="sum"))
    return f'<table class="waterfall">{"".join(rows)}</table>'


def _bar(name: str, weight: float, left: float, width: float, kind: str = "") -> str:
    side = kind or ("up" if weight >= 0 else "down")
    style = f"margin-left:{100 * left:.1f}%;width:{max(100 * width, NARROWEST):.1f}%"
    bar = f'<i class="{side}" style="{style}"></i>'
    return f'<tr><th scope="row">{escape(name)}</th><td>{bar}</td><td>{weight:+.1f}</td></tr>'


def _named(name: str, there: bool) -> str:
    return name if there else f"✗ {name}"
