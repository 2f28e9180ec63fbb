"""The words of an export in the language of its case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from assistant.locales import DEFAULT, Doctor, locale
from assistant.records.dossier import RANKS
from knowledge.corpus import conditions
from knowledge.medicines import formulary
from knowledge.medicines.names import chinese_name, name_of

FILE = Path(__file__).with_name("words.yaml")
VERDICTS = {"missing": "missing_condition"}  # `missing` stands for what a plan lacks


@cache
def languages() -> dict[str, dict[str, str]]:
    """The words of every language that exports are written in."""
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Wording:
    """How things are called in one language; that of the default where there are no words in it."""

    language: str

    @classmethod
    def of(cls, language: str) -> Wording:
        """The words of a language."""
        return cls(language if language in languages() else DEFAULT)

    def __getitem__(self, key: str) -> str:
        """A word or a sentence as it stands."""
        return languages()[self.language][key]

    def say(self, key: str, **values: object) -> str:
        """A sentence with its braces filled in; what is filled in is taken as it stands."""
        return self[key].format(**values)

    @property
    def doctor(self) -> Doctor:
        """What the doctor says in this language."""
        return locale(self.language).doctor

    @property
    def page(self) -> dict[str, str]:
        """What the page of the doctor says in this language."""
        return locale(self.language).page

    def level(self, level: str) -> str:
        """An urgency."""
        return self.doctor.levels[level] if level in RANKS else level

    def vital(self, vital: str) -> str:
        """A vital sign."""
        return languages()[self.language].get(vital, vital.replace("_", " "))

    def verdict(self, verdict: str) -> str:
        """What a clinician thought."""
        return languages()[self.language].get(VERDICTS.get(verdict, verdict), verdict)

    def medicine(self, name: str) -> str:
        """What has this id in the formulary; the id where nothing has it."""
        called = chinese_name if self.language == "zh" else name_of
        return called(name) if name in formulary() else name

    def condition(self, name: str) -> str:
        """What has this id among the conditions; the id where nothing has it."""
        about = next((one for one in conditions() if one.id == name), None)
        if about is None:
            return name
        return about.synonyms.zh[0] if self.language == "zh" else about.name

    def person(self, age: float | None, sex: str) -> str:
        """Age and sex, as far as they are known."""
        words = self.doctor.summary
        years = [] if age is None else [words["years"].format(age=f"{age:.2g}" if age < 2 else f"{age:.0f}")]
        return self["comma"].join([*years, *([words[sex]] if sex in ("female", "male") else [])]) or self["unknown"]

    def turns(self, turns: Sequence[int]) -> str:
        """Which of the patient's messages something came from; nothing where it came from none."""
        numbers = self["comma"].join(map(str, sorted(set(turns))))
        return self.say("message" if len(turns) == 1 else "messages", turns=numbers) if turns else ""
