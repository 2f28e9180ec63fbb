"""What a doctor asks of every complaint: age, sex, since when, how bad. The first that is not known is next."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from assistant.consultation.numbers import read_age, read_sex
from assistant.consultation.words import normalise
from assistant.visit import Visit

DURATION = re.compile(
    r"\b(?:since|for (?:the )?(?:last|past)|ago|today|tonight|yesterday|this (?:morning|afternoon|evening|week)|started"
    r"|just now|all (?:day|night|week)|(?:for|about|over) (?:a|an|\d+|one|two|three|four|five|six|several|a few|many)"
    r" ?(?:min|hour|day|week|month|year)|(?:two|three|four|five|six|several|a few|a couple of)"
    r" (?:min|hour|day|week|month|year)s?\b(?! old| of age)"
    r"|\d+ ?(?:min|h|hour|day|d|week|wk|month|year)s?\b(?! old| of age))"
    r"|\d+\s*(?:天|周|个月|小时|分钟|年)前?|今天|昨天|昨晚|刚才|开始|一直"
)
SEVERITY = re.compile(
    r"\b(?:mild|moderate|severe|slight|a (?:bit|little)|terrible|worst|awful|unbearable|agony|excruciating|really bad"
    r"|very bad|crushing|\d+ ?(?:/|out of) ?10)\b|轻微|有点|严重|剧烈|很痛|非常|难以忍受"
)


def next_topic(told: Sequence[str], asked: Collection[str], visit: Visit) -> str:
    """The next topic of the basic history that is neither known nor asked for; empty when there is none."""
    known = topics("\n".join(told))
    return next((topic for topic in visit.words.history if topic not in known and topic not in asked), "")


def topics(text: str) -> set[str]:
    """What a text tells of the basic history: `age`, `sex`, `duration`, `severity`."""
    plain = normalise(text)
    told = {"duration": DURATION, "severity": SEVERITY}
    person = {"age"} if read_age(plain) is not None else set()
    person |= {"sex"} if read_sex(plain) else set()
    return person | {topic for topic, pattern in told.items() if pattern.search(plain)}
