"""The red-flag gate: rules that say, before any model runs, how urgent a message makes the case.

No model output can lower what is found here. The rules are data (`knowledge.red_flags`); this module only holds
them against the findings, the age and the vital signs of the text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from assistant.consultation.numbers import Sex, read_age, read_sex, read_vitals
from assistant.consultation.reading import Mention, present, read_findings
from knowledge.red_flags import Level, Pattern, Rule, Vital, rules

RANK: dict[Level, int] = {"urgent": 1, "emergency": 2, "crisis": 3}


@dataclass(frozen=True)
class Assessment:
    """What the rules make of a text.

    Attributes:
        flags: The rules that fired, the most urgent first.
        mentions: Every finding in the text, with its state.
        age: In years.
    """

    flags: tuple[Rule, ...]
    mentions: tuple[Mention, ...]
    vitals: dict[Vital, float]
    age: float | None
    sex: Sex | None

    @property
    def level(self) -> Level | None:
        """The level of the most urgent rule that fired."""
        return self.flags[0].level if self.flags else None

    @property
    def crisis(self) -> bool:
        """Whether the crisis path (suicide, self-harm) is due, whatever else is found."""
        return any(rule.level == "crisis" for rule in self.flags)

    def findings(self, state: str) -> list[str]:
        """Finding ids in this state, each once, in the order of the text."""
        return list(dict.fromkeys(mention.finding for mention in self.mentions if mention.state == state))


def assess(text: str, age: float | None = None, sex: Sex | None = None) -> Assessment:
    """Hold the rules against a text; a given age (years) or sex overrules what the text says."""
    mentions = read_findings(text)
    years = age if age is not None else read_age(text)
    vitals = read_vitals(text)
    flags = fired(present(mentions), years, vitals)
    return Assessment(flags, tuple(mentions), vitals, years, sex or read_sex(text))


def fired(found: Collection[str], age: float | None, vitals: Mapping[Vital, float]) -> tuple[Rule, ...]:
    """The rules that hold for findings, an age in years and vital signs, the most urgent first."""
    there = set(found)
    holding = [rule for rule in rules() if any(_holds(pattern, there, age, vitals) for pattern in rule.when)]
    return tuple(sorted(holding, key=lambda rule: -RANK[rule.level]))


def most_urgent(levels: Iterable[Level | None]) -> Level | None:
    """The highest of several levels, so that a conversation never falls below what was found before."""
    given: list[Level] = [level for level in levels if level]
    return sorted(given, key=RANK.__getitem__)[-1] if given else None


def _holds(pattern: Pattern, found: set[str], age: float | None, vitals: Mapping[Vital, float]) -> bool:
    return (
        found.issuperset(pattern.all_of)
        and (not pattern.any_of or not found.isdisjoint(pattern.any_of))
        and (not pattern.two_of or len(found.intersection(pattern.two_of)) >= 2)
        and found.isdisjoint(pattern.unless)
        and (pattern.age is None or (age is not None and age in pattern.age))
        and all(vital in vitals and vitals[vital] in bounds for vital, bounds in pattern.vitals.items())
    )
