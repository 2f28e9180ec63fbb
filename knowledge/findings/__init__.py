"""The lexicon of findings: what a symptom, sign or circumstance is called in plain, clinical and Chinese words.

Each `*.yaml` file beside this module maps a finding id to its names and phrases; `context.yaml` holds the words
that make a finding absent, past, a relative's or hypothetical. Phrases have a small grammar:

- `chest pain|pressure` is a sequence: the words in this order, `|` between alternatives of one place;
- `chest + hurt|ache|tight` is a group: all parts in one clause, in any order. Here `|` stands between whole choices:
  `two|three weeks` is "two" or "three weeks".

`#` stands for any number. English words are compared by stem, so `hurt` also finds "hurts" and "hurting". Chinese
phrases are compared letter by letter, with `+` and `|` as above.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

HERE = Path(__file__).parent
CONTEXT_FILE = "context.yaml"
Kind = Literal["symptom", "sign", "history", "risk", "exposure", "test", "talk"]


class Lexeme(BaseModel):
    """One finding and the phrases that say it.

    Attributes:
        name: What it is called on the page, in English and in Chinese.
        kind: What it is to a doctor; `talk` is no finding of a patient's, and only the rules use it.
        parent: The more general finding that this one implies, as a throbbing headache implies a headache.
        base: How often it is there, between 0 and 1, in someone who sees a doctor about something else: a clinical
            estimate.
        ask: The question that asks for it in plain words, answered by yes or no.
        relatives: Whether it is about the family itself, so that a relative's is the patient's.
        first_person: Whether it is never merely hypothetical in the first person, as a thought of suicide is not.
        past_counts: Whether it still matters once it has just gone, as a faint or a thought of suicide does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    name_zh: str
    en: tuple[str, ...] = Field(min_length=1)
    zh: tuple[str, ...] = ()
    kind: Kind = "talk"
    parent: str = ""
    base: float = Field(0.02, gt=0.0, lt=1.0)
    ask: str = ""
    ask_zh: str = ""
    relatives: bool = False
    past_counts: bool = False
    first_person: bool = False


class ContextCues(BaseModel):
    """Words that change what a finding near them means, after the ConText algorithm (Harkema et al. 2009).

    Attributes:
        idioms: Figures of speech that only sound like a finding; removed before anything is looked for.
        not_negation: Phrases that hold a negating word but negate nothing ("not only", "no better").
        absent_before: Words before an absent finding ("denies"); `absent_after` likewise behind it.
        past, resolved, relative: Words that place the finding long ago, behind the patient, or in a relative;
            those of `past_before` only from before it.
        not_past: Phrases that hold a word of the past but tell of the present ("2-hour history of").
        hypothetical: Words that only speak of it; overruled by `actual` and by `own`.
        conditional: Words that suppose it ("if"); overruled by `actual` alone.
        actual: Words that show that it is happening ("since lunch").
        fiction: Words that tell that the whole text is about a game, a film or homework; overruled like `hypothetical`.
        own: Words that tie it to the patient or to someone near ("my chest").
        stops: Words that end the reach of a cue ("but").
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    idioms: tuple[str, ...]
    not_negation: tuple[str, ...]
    absent_before: tuple[str, ...]
    absent_after: tuple[str, ...]
    not_past: tuple[str, ...]
    resolved: tuple[str, ...]
    past_before: tuple[str, ...]
    past: tuple[str, ...]
    relative: tuple[str, ...]
    conditional: tuple[str, ...]
    fiction: tuple[str, ...]
    hypothetical: tuple[str, ...]
    actual: tuple[str, ...]
    own: tuple[str, ...]
    stops: tuple[str, ...]


@cache
def lexicon() -> dict[str, Lexeme]:
    """Every finding by its id.

    Raises:
        ValueError: A file breaks the form, or two files name one finding.
    """
    found: dict[str, Lexeme] = {}
    for path in sorted(HERE.glob("*.yaml")):
        if path.name == CONTEXT_FILE:
            continue
        for name, entry in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader).items():
            if name in found:
                raise ValueError(f"{path.name}: the finding {name!r} is already in another file")
            found[name] = Lexeme.model_validate(entry)
    return found


@cache
def context_cues() -> dict[str, ContextCues]:
    """The context words of each language (`en`, `zh`)."""
    data = yaml.safe_load((HERE / CONTEXT_FILE).read_text(encoding="utf-8"))
    return {language: ContextCues.model_validate(cues) for language, cues in data.items()}
