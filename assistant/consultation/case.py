"""From what a patient told, message by message, to a case: findings with their state, age, sex and measures.

A later message overrules an earlier one ("no fever", then "the fever started today"); within one message present
overrules absent. Vital signs and laboratory values become findings by the limits of `knowledge.measures`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cache

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from assistant.consultation.differential import Case
from assistant.consultation.numbers import Sex, read_age, read_sex, read_vitals
from assistant.consultation.reading import Mention, present, read_findings
from assistant.consultation.turns import of_the_patient
from assistant.consultation.words import normalise
from assistant.locales import asks_for_result
from assistant.safety.red_flags import Assessment, assess
from knowledge.findings import lexicon
from knowledge.measures import Measure, measures
from knowledge.red_flags import Vital
from knowledge.text import terms

ADULT = 12.0
LASTING = frozenset(("history", "risk"))  # what was there once still counts
CORRECTIONS = "corrections"  # where a message keeps the findings that its sender put right
ENDS = r"(?:[\s,.;!，。；！]*$|\s*[,.;!，。；！]\s*|\s+(?=but\b|i\b|it\b|he\b|she\b))"  # "no fever" is no answer
YES = re.compile(rf"\s*(?:yes|yeah|yep|yup|y|correct|sure|right|i do|it does|是的?|有的?|对的?|嗯){ENDS}", re.I)
NO = re.compile(
    rf"\s*(?:no|nope|nah|n|not really|not at all|none|never|i don't|it doesn't|没有|没|不是|不|无){ENDS}", re.I
)
UNSURE = re.compile(
    rf"\s*(?:(?:i )?(?:do not|don'?t) know|(?:i'm |i am )?(?:not sure|unsure)|no idea|maybe|skip|i'd rather not say"
    rf"|不知道|不清楚|不确定|跳过){ENDS}",
    re.I,
)
BETWEEN = (
    r"(?:\s*\([^)\d]{0,20}\))?(?:\s+(?:level|count|concentration|of|is|was|at|are|were|value|serum|total))*[\s:=,]{1,3}"
)
VALUE = r"(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?!\s*(?:years?|days?|weeks?|months?|hours?|minutes?)\b)"


@dataclass(frozen=True)
class Heard:
    """What a conversation told so far.

    Attributes:
        asked: What the doctor asked for, in order: ids of findings, and `history:` with a topic.
        told: The patient's own words, message by message, without corrections.
        enough: The patient wants the result instead of another question.
    """

    case: Case
    asked: tuple[str, ...]
    told: tuple[str, ...]
    enough: bool


def read_case(text: str, age: float | None = None, sex: Sex | None = None) -> Case:
    """The case in one text; a given age (years) or sex overrules what it says."""
    return case_of(assess(text, age, sex), text)


def case_of(found: Assessment, text: str) -> Case:
    """The case in a text that was already held against the rules."""
    told = Case(age=found.age, sex=found.sex, vitals=found.vitals, words=frozenset(terms(text)))
    return _with_text(told, found.mentions, text)


def _with_text(case: Case, mentions: Iterable[Mention], text: str) -> Case:
    """The case after a text, by its findings and its measures, which are those of now."""
    measured = read_measures(text, case.age)
    now = present(mentions) | {name for name, there in measured.items() if there}
    return with_states(case, states_of(mentions) | measured, now)


def hear(messages: Sequence[AnyMessage], background: str = "") -> Heard:
    """Everything that a conversation told, with each answer taken for the question that it answers.

    What was asked for in pictures tells nothing of the patient, and is left out.

    Args:
        background: What is known of the patient beforehand, in a sentence.
    """
    messages = of_the_patient(messages)
    told = [m.text for m in messages if isinstance(m, HumanMessage) and not corrections_of(m)]
    case = read_case(background) if background else Case()
    text = "\n".join([background, *told])
    own = [message for message in told if not replies(message)]
    words = case.words.union(*map(terms, own))
    case = replace(case, age=read_age(text), sex=read_sex(text), vitals=read_vitals(text), words=words)
    asked: list[str] = []
    pending = ""
    for message in messages:
        if isinstance(message, HumanMessage):
            case = _with_message(case, message, pending)
            pending = ""
        elif isinstance(message, AIMessage) and (kept := message.additional_kwargs.get("airmed")):
            pending = kept.get("asked", "")
            asked += [pending] if pending else []
    enough = bool(told) and asks_for_result(told[-1])
    return Heard(case, tuple(asked), tuple(told), enough)


def _with_message(case: Case, message: HumanMessage, pending: str) -> Case:
    corrected = corrections_of(message)
    if corrected:
        return with_states(case, corrected, now={name for name, there in corrected.items() if there})
    reply, rest = read_reply(message.text)
    if reply is not None and pending in lexicon():
        case = with_states(case, {pending: reply}, now={pending} if reply else set())
    return _with_text(case, read_findings(rest), rest)


def corrections_of(message: AnyMessage) -> dict[str, bool]:
    """The findings that a patient put right with this message; empty for one of words."""
    return dict(message.additional_kwargs.get(CORRECTIONS, {}))


def read_reply(text: str) -> tuple[bool | None, str]:
    """Whether a message begins with yes or no (None for neither), and what it says besides."""
    for pattern, reply in ((UNSURE, None), (YES, True), (NO, False)):
        match = pattern.match(text)
        if match:
            return reply, text[match.end() :]
    return None, text


def replies(text: str) -> bool:
    """Whether a message is nothing but a yes, a no or a "not sure"."""
    return any(pattern.fullmatch(text) for pattern in (YES, NO, UNSURE))


def with_states(case: Case, states: Mapping[str, bool], now: AbstractSet[str]) -> Case:
    """The case after a message: what it tells overrules what was told before.

    Args:
        now: Those of the findings that are there now.
    """
    there = {name for name, yes in states.items() if yes}
    absent = states.keys() - there
    return replace(
        case,
        present=case.present - absent | now,
        also=case.also - absent | there - now,
        absent=case.absent - there | absent,
    )


def states_of(mentions: Iterable[Mention]) -> dict[str, bool]:
    """Each finding that is there or absent; a relative's, or one only spoken of, is neither."""
    states: dict[str, bool] = {}
    for mention in mentions:
        lasting = mention.state == "past" and lexicon()[mention.finding].kind in LASTING
        if mention.state in ("present", "resolved") or lasting:
            states[mention.finding] = True
        elif mention.state == "absent":
            states.setdefault(mention.finding, False)
    return states


def read_measures(message: str, age: float | None) -> dict[str, bool]:
    """The findings of the vital signs and laboratory values of one message; anything abnormal overrules."""
    plain = normalise(message)
    found: dict[str, bool] = {}
    for finding, there in _of_vitals(read_vitals(message), age):
        found[finding] = found.get(finding, False) or there
    for measure in measures():
        for value in _values(measure, plain):
            for finding, there in measure.findings(value).items():
                found[finding] = found.get(finding, False) or there
    return found


def _of_vitals(vitals: Mapping[Vital, float], age: float | None) -> Iterable[tuple[str, bool]]:
    grown = age is None or age >= ADULT
    for measure in measures():
        if measure.vital and measure.vital in vitals and (grown or not measure.adults):
            yield from measure.findings(vitals[measure.vital]).items()


def _values(measure: Measure, plain: str) -> Iterable[float]:
    if measure.words:
        for hit in _pattern(measure.words).finditer(plain):
            yield float(hit.group(1).replace(",", ""))


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{names}){BETWEEN}{VALUE}")
