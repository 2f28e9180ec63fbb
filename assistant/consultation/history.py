"""What a doctor asks of every complaint: age, since when, how bad, what else. The first that is not known is next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.consultation.numbers import read_age
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
OTHER = re.compile(
    r"\b(?:nothing else|no other|otherwise (?:well|healthy|fine)|also|as well as|medication|medicines?"
    r"|takes?|taking)\b|其他|另外|没有别的"
    r"|^(?:no|nope|none|nothing|not really)\W*$|^(?:没有?|无)了?\W*$",  # the whole message
    re.MULTILINE,
)
YES_OR_NO = re.compile(r"\W*(?:no|nope|not really|yes|yeah|yep|没有?|不?是|有|对)[了的]?\W*", re.IGNORECASE)


def next_question(told: Sequence[str], visit: Visit) -> tuple[str, dict[str, str]]:
    """The next question and its answers to click; empty when the basic history is known."""
    known = topics("\n".join(told))
    for topic, question in visit.words.history.items():
        if topic not in known:
            return question.ask, question.options
    return "", {}


def topics(text: str) -> set[str]:
    """What a text tells of the basic history: `age`, `duration`, `severity`, `other`."""
    plain = normalise(text)
    told = {"duration": DURATION, "severity": SEVERITY, "other": OTHER}
    age = {"age"} if read_age(plain) is not None else set()
    return age | {topic for topic, pattern in told.items() if pattern.search(plain)}
