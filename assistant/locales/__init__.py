"""What the doctor and the page say, one YAML file a language, and the emergency numbers of each country.

A new language is a new file beside `en.yaml` with the same keys.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

HERE = Path(__file__).parent
DEFAULT = "en"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Courtesy(_Value):
    """A reply to a message that asks for no tool: the examples it is recognised by, and what is said."""

    examples: tuple[str, ...] = Field(min_length=3)
    reply: str


class Question(_Value):
    """A question of the history, with answers to click; each answer is sent as the patient's message."""

    ask: str
    options: dict[str, str] = {}


class Pictures(_Value):
    """What is said about generated pictures. Braces are filled in.

    Attributes:
        made, made_one: What was made, by which model, and that it shows nobody.
        kind, finding: That no model makes that kind of picture, or has learned that finding.
        offers: Wishes to click, label to message.
        kinds: Names of datasets.
        findings: Names of their labels.
        families: Names of models.
    """

    made: str
    made_one: str
    learned: str
    too_many: str
    one_kind: str
    which: str
    kind: str
    finding: str
    caption: str
    listed: str
    comma: str
    offers: dict[str, str]
    kinds: dict[str, str]
    findings: dict[str, str]
    families: dict[str, str]


class Plans(_Value):
    """What a patient hears of plans. Braces: `{clinician}`, `{day}`, `{number}`.

    Attributes:
        wanting: That nothing was told that a plan could be for.
        unkept: That the patient has to agree first that the conversation is kept.
        kinds: Names of the kinds of lines, and of a medicine that is to be reviewed.
        offers: Wishes to click, label to message.
    """

    wanting: str
    unkept: str
    waiting: str
    signed: str
    rejected: str
    closing: str
    kinds: dict[str, str]
    offers: dict[str, str]


class Medicines(_Value):
    """What is said of whether a medicine suits somebody. Braces: `{medicine}`, `{names}`, `{facts}`, `{number}`.

    Attributes:
        offers: Questions to click where no medicine was named, label to message.
    """

    avoid: str
    caution: str
    ok: str
    unknown: str
    mended: str
    looked_at: str
    allergy: str
    if_pregnant: str
    closing: str
    comma: str
    offers: dict[str, str]


class Molecules(_Value):
    """What is said about proposed molecules. Braces are filled in.

    Attributes:
        made, made_one: What was found, by which model, and from how many.
        caution: That nobody has made or tested them.
        refused: That such structures are never proposed, and why.
        missed: That nothing came near the goal.
        unreadable: That the goal contradicts itself or names no molecule, with `{why}`.
        like, keeping, between, above, below: The parts of a goal.
        offers: Wishes to click, label to message.
        families: Names of models.
    """

    made: str
    made_one: str
    caution: str
    refused: str
    missed: str
    unreadable: str
    too_many: str
    like: str
    keeping: str
    between: str
    above: str
    below: str
    comma: str
    offers: dict[str, str]
    families: dict[str, str]


class Doctor(_Value):
    """The doctor's own sentences. Braces are filled in: `{number}`, `{line}`, `{why}`, `{seconds}`.

    Attributes:
        answers: Answers to a question for a finding, label to message; the last asks for the result.
    """

    emergency: str
    emergency_reminder: str
    crisis_reminder: str
    urgent: str
    crisis: tuple[str, ...]
    crisis_goes_on: str
    routine: str
    self_care: str
    waiting: str
    when_to_get_help: str
    nothing_found: str
    nothing_found_instead: str
    summary_title: str
    summary_empty: str
    summary: dict[str, str]
    sbar: dict[str, str]
    levels: dict[str, str]
    history: dict[str, Question]
    answers: dict[str, str]
    because: dict[str, str]
    conclusion: dict[str, str]
    pictures: Pictures
    molecules: Molecules
    medicines: Medicines
    plans: Plans
    courtesies: dict[str, Courtesy]


def asks_for_result(message: str) -> bool:
    """Whether a message is the answer that ends the questions, in any language."""
    return any(message == list(locale(language).doctor.answers.values())[-1] for language in languages())


class Studio(_Value):
    """The studio's words by key. Braces are filled in.

    Attributes:
        families: Names of the model families.
        columns: Heads of the table of figures, in its order.
        examinations: Titles of datasets; the catalogue's own where there is none.
        findings: Names of labels; the label itself where there is none.
    """

    words: dict[str, str]
    families: dict[str, str]
    columns: dict[str, str]
    examinations: dict[str, str] = {}
    findings: dict[str, str] = {}


class Locale(_Value):
    """One language: the words of the patient's page by key, the doctor's, the studio's, and the clinician's page's."""

    name: str
    page: dict[str, str]
    doctor: Doctor
    studio: Studio
    clinic: dict[str, str]


class Region(_Value):
    """Where a person calls for help.

    Attributes:
        number: The emergency number.
        line: The crisis line, with its number.
        checked: A public page that says so.
    """

    number: str
    line: dict[str, str]
    checked: str


@cache
def languages() -> tuple[str, ...]:
    """Every language that has a file, the default first."""
    found = sorted(path.stem for path in HERE.glob("*.yaml") if path.stem != "regions")
    return (DEFAULT, *(language for language in found if language != DEFAULT))


@cache
def locale(language: str) -> Locale:
    """The words of a language; of the default where there is no file for it."""
    path = HERE / f"{language if language in languages() else DEFAULT}.yaml"
    return Locale.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@cache
def region(code: str) -> Region:
    """The numbers of a country (two letters); of the international default where it is not listed."""
    listed = yaml.safe_load((HERE / "regions.yaml").read_text(encoding="utf-8"))
    return Region.model_validate(listed.get(code.lower(), listed["default"]))


def region_of(accept_language: str) -> str:
    """The country that a browser's Accept-Language header names first, or an empty string."""
    for part in accept_language.split(","):
        tag = part.partition(";")[0].strip().replace("_", "-")
        pieces = tag.split("-")
        if len(pieces) > 1 and len(pieces[-1]) == 2 and pieces[-1].isalpha():
            return pieces[-1].lower()
    return ""
