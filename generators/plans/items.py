"""The items of a plan, each with what it is for, its evidence, and how sure the model is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from generators.plans.activities import activities
from generators.plans.dosing import Dosage
from generators.plans.record import Record
from generators.plans.rules import Finding
from knowledge.condition import Condition
from knowledge.condition import Source as ArticleSource
from knowledge.corpus import conditions
from knowledge.goals import courses
from knowledge.medicines import formulary
from knowledge.medicines.sources import Source

Kind = Literal["medication", "test", "measure", "goal", "monitoring", "follow_up", "safety_net"]
Action = Literal["start", "continue", "review"]
MOST_TESTS, MOST_SIGNS = 2, 3  # of a condition
AGAIN = {"emergency": (0, 1), "urgent": (1, 3), "routine": (7, 28), "self_care": (7, 14)}  # days, without a course


@dataclass(frozen=True)
class Item:
    """One line of a plan.

    Attributes:
        id: Of a medicine or an activity; empty for what is only words.
        condition: Id of the condition that it is for; empty for what the patient takes already.
        detail: The dose, the target, or what is looked at.
        due: Of a goal or a visit: the day by which.
        reason: Why it is in the plan.
        source: Title and address of the evidence.
        confidence: The model's chance of it, 0 to 1; 1 for what guidance says outright.
        cautions: Rules to be minded.
        why_not: Alternatives, each with why it was not chosen.
        drivers: Facts of the record that raised the model's score of it most, each with by how much in nats.
    """

    kind: Kind
    name: str
    id: str = ""
    condition: str = ""
    action: Action = "start"
    detail: str = ""
    due: date | None = None
    reason: str = ""
    source: str = ""
    confidence: float = 1.0
    dose: Dosage | None = None
    cautions: tuple[Finding, ...] = ()
    why_not: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A medicine that a rule forbade, and what took its place."""

    medicine: str
    condition: str
    finding: Finding
    instead: str


def medication(
    name: str,
    condition: str,
    action: Action,
    dose: Dosage | None,
    findings: list[Finding],
    confidence: float,
    why_not: tuple[str, ...] = (),
) -> Item:
    """A medicine that is begun, goes on, or is to be reviewed."""
    medicine = formulary()[name]
    of = _named(condition)
    reasons = {
        "start": f"For {of.name.lower()}." if of else "",
        "continue": "It is taken already, and no rule forbids it.",
        "review": "It is taken already, and a rule speaks against it.",
    }
    detail = " ".join([f"{dose.text}.", *dose.notes]) if dose else ""
    return Item(
        "medication",
        medicine.name,
        name,
        condition,
        action,
        detail,
        reason=reasons[action],
        source=cited(medicine.sources[0]),
        confidence=confidence,
        dose=dose,
        cautions=tuple(findings),
        why_not=why_not,
    )


def around(
    record: Record, condition: str, care: list[str], chances: Mapping[str, float], begun: Mapping[str, str]
) -> Iterator[Item]:
    """What goes with the medicines of a condition: care, tests, monitoring, goals, the next visit, warning signs."""
    about = _named(condition)
    if about is None:
        return
    told = cited(about.sources[0])
    for one in care:
        activity = activities()[one]
        source = cited(activity.source) if activity.source else told
        reason = f"For {about.name.lower()}."
        yield Item(activity.kind, activity.name, one, condition, reason=reason, source=source, confidence=chances[one])
    for test in about.tests[:MOST_TESTS]:
        yield Item("test", test.name, condition=condition, reason=test.why, source=told)
    for name, of in begun.items():
        if of == condition:
            yield from _monitoring(name, condition)
    yield from _course(record, about, told)
    for sign in [flag for flag in about.red_flags if flag.level == "emergency"][:MOST_SIGNS]:
        detail = "Call the emergency number." if sign.level == "emergency" else "See a doctor today."
        yield Item("safety_net", sign.finding, condition=condition, detail=detail, reason=sign.why, source=told)


def _monitoring(name: str, condition: str) -> Iterator[Item]:
    medicine = formulary()[name]
    source = cited(medicine.sources[0])
    for one in medicine.monitoring:
        reason = f"{medicine.name} needs it."
        yield Item("monitoring", one.what, condition=condition, detail=one.when, reason=reason, source=source)


def _course(record: Record, about: Condition, told: str) -> Iterator[Item]:
    course, today = courses().get(about.id), date.today()
    source = cited(course.source) if course else told
    for goal in course.goals if course else ():
        if record.age is None or goal.least_age <= record.age < goal.below_age:
            due = today + timedelta(weeks=goal.weeks)
            yield Item("goal", goal.name, condition=about.id, detail=goal.target, due=due, source=source)
    low, high = course.again_in if course else AGAIN[about.urgency]
    visit = course.visit if course else "How it goes, and whether the treatment helps and is borne."
    detail, due = f"{visit} In {low} to {high} days.", today + timedelta(days=high)
    yield Item("follow_up", f"Visit for {about.name.lower()}", "", about.id, detail=detail, due=due, source=source)


def cited(source: Source | ArticleSource) -> str:
    """Publisher, title and address of a source."""
    return f"{source.publisher}: {source.title}, {source.url}"


def _named(condition: str) -> Condition | None:
    return next((one for one in conditions() if one.id == condition), None) if condition else None
