"""How a case went: urgency and first condition message by message, and each vital sign as it was told."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.records.dossier import RANKS, Dossier, Measured, Moment
from assistant.records.exports.outline import UNITS
from assistant.web.clinic.acting import Acting
from assistant.web.clinic.charts import steps, trend
from assistant.web.clinic.marks import Words, level_mark, message_link, moment, part


def moments_html(dossier: Dossier, words: Words) -> str:
    """Urgency and first condition after each message, drawn and as a table."""
    moments = dossier.moments
    if not moments:
        return ""
    told = [f"{words['to_message'].format(turn=one.turn)}: {_told(one, words)}" for one in moments]
    levels = [(level, words[f"level_{level}"]) for level in RANKS]
    drawn = steps([RANKS.index(one.level) for one in moments], told, levels, words["course"])
    rows = "".join(_row(one, words) for one in moments)
    heads = "".join(f'<th scope="col">{escape(words[name])}</th>' for name in ("message", "urgency", "first"))
    table = f'<table class="course"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return part(words["course"], f"{drawn if len(moments) > 1 else ''}{table}")


def _told(one: Moment, words: Words) -> str:
    first = f", {one.first} {one.probability:.0%}" if one.first else ""
    return f"{words[f'level_{one.level}']}{first}"


def _row(one: Moment, words: Words) -> str:
    first = f"{escape(one.first)} <b>{one.probability:.0%}</b>" if one.first else ""
    when = f"{message_link(one.turn, words)} {moment(one.at)}"
    return f"<tr><td>{when}</td><td>{level_mark(one.level, words)}</td><td>{first}</td></tr>"


def vitals_html(dossier: Dossier, who: Acting) -> str:
    """Each vital sign with all its values, and a line through them where there are several."""
    names = dict.fromkeys(one.vital for one in dossier.vitals)
    rows = "".join(_vital(name, [one for one in dossier.vitals if one.vital == name], who) for name in names)
    return part(who.words["vitals"], f'<table class="vitals"><tbody>{rows}</tbody></table>') if rows else ""


def _vital(name: str, measured: Sequence[Measured], who: Acting) -> str:
    label = f"{who.wording.vital(name)}, {UNITS.get(name, '')}"
    values = " → ".join(f"{one.value:g} {message_link(one.turn, who.words)}" for one in measured)
    told = [f"{moment(one.at)}: {one.value:g}" for one in measured]
    drawn = trend([one.value for one in measured], told, label) if len(measured) > 1 else ""
    return f'<tr><th scope="row">{escape(label)}</th><td>{values}</td><td>{drawn}</td></tr>'
