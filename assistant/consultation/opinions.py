"""Forms the opinion of a case: what was understood, what it could be and why, and what would change it."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.consultation.case import Heard
from assistant.consultation.differential import Candidate, Case, Differential, engine
from assistant.consultation.news2 import news2
from assistant.consultation.questions import answered, candidates
from assistant.consultation.triage import LEVELS, Triage, triage
from assistant.opinion import Likely, Mover, Opinion, Told
from assistant.visit import Visit
from knowledge.condition import Condition
from knowledge.findings import lexicon
from knowledge.red_flags import Rule

SHOWN = 5
LEAST_SHOWN = 0.03
LEAST_GRAVE = 0.01
MOST_GRAVE = 3
LEAST_WEIGHT = 0.15
MOST_MOVERS = 8
MOST_CHANGES = 4
GRAVE = ("emergency", "urgent")


def form_opinion(
    heard: Heard, decision: Triage, flags: Sequence[Rule], differential: Differential, visit: Visit, settled: bool
) -> Opinion:
    """The opinion in the language of the visit."""
    ranked = differential.candidates
    shown = [c for place, c in enumerate(ranked[:SHOWN]) if place == 0 or c.probability >= LEAST_SHOWN]
    rest = [c for c in ranked if c not in shown and _is_grave(c.condition) and c.probability >= LEAST_GRAVE]
    return Opinion(
        level=decision.level,
        because=_because(heard.case, decision, flags, ranked, visit),
        told=tuple(_told(heard.case, visit)),
        likely=tuple(_likely(c, visit) for c in shown) if heard.case.there else (),
        grave=tuple(_likely(c, visit) for c in rest[:MOST_GRAVE]) if heard.case.there else (),
        together=tuple(condition_name(c, visit) for c in differential.together),
        change=tuple(_changes(heard.case, decision, ranked, visit)),
        settled=settled,
    )


def condition_name(condition: Condition, visit: Visit) -> str:
    """What a condition is called on the page."""
    return condition.synonyms.zh[0] if visit.language == "zh" else condition.name


def finding_name(finding: str, visit: Visit) -> str:
    """What a finding is called on the page."""
    lexeme = lexicon()[finding]
    return lexeme.name_zh if visit.language == "zh" else lexeme.name


def named(mover: Mover, visit: Visit) -> str:
    """A finding as a reason: "no fever" where it is absent."""
    return mover.name if mover.there else visit.words.conclusion["no"].format(finding=mover.name)


def _is_grave(condition: Condition) -> bool:
    return condition.dangerous or condition.urgency in GRAVE


def _told(case: Case, visit: Visit) -> list[Told]:
    place = engine().place
    known = [(name, True) for name in sorted(case.there)] + [(name, False) for name in sorted(case.absent)]
    return [Told(id=name, name=finding_name(name, visit), there=there) for name, there in known if name in place]


def _likely(candidate: Candidate, visit: Visit) -> Likely:
    movers = [r for r in candidate.reasons if abs(r.weight) >= LEAST_WEIGHT][:MOST_MOVERS]
    condition = candidate.condition
    return Likely(
        id=condition.id,
        name=condition_name(condition, visit),
        probability=candidate.probability,
        urgency=condition.urgency,
        prior=candidate.prior,
        wording=candidate.wording,
        movers=tuple(Mover(name=finding_name(r.finding, visit), there=r.present, weight=r.weight) for r in movers),
        url=str(condition.sources[0].url),
    )


def _because(case: Case, decision: Triage, flags: Sequence[Rule], ranked: Sequence[Candidate], visit: Visit) -> str:
    words = visit.words.because
    if decision.because == "rule" and flags:
        why = flags[0].why
        return getattr(why, visit.language, why.en)
    if decision.because == "rule":
        return words["earlier"]
    score = news2(case.vitals, case.age)
    if decision.because == "vitals" and score:
        return words["vitals"].format(score=score.total)
    if decision.because == "differential":
        rank = LEVELS.index(decision.level)
        reason = next((c for c in ranked if LEVELS.index(c.condition.urgency) >= rank), ranked[0])
        return words[decision.level].format(name=condition_name(reason.condition, visit))
    return words["nothing"]


def _changes(case: Case, decision: Triage, ranked: Sequence[Candidate], visit: Visit) -> list[str]:
    """What would make the case more urgent: answers still open, then the warning signs of the first condition."""
    words = visit.words
    rank = LEVELS.index(decision.level)
    found: list[str] = []
    for question in candidates(engine(), case) if case.there else ():
        level = triage(engine(), answered(case, question.finding, there=True)).level
        if LEVELS.index(level) > rank:
            found.append(f"{finding_name(question.finding, visit)}: {words.levels[level]}")
    if visit.language == "en" and case.there:
        signs = [flag for flag in ranked[0].condition.red_flags if LEVELS.index(flag.level) > rank]
        found += [f"{flag.finding}: {words.levels[flag.level]}" for flag in signs]
    return found[:MOST_CHANGES]
