"""Who is talking to the doctor, as far as the doctor needs to know: a language and a country."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.locales import Doctor, Region, locale, region
from knowledge.text import is_chinese


@dataclass(frozen=True)
class Visit:
    """The circumstances of one message.

    Attributes:
        language: The language to answer in.
        country: Two letters, or empty where it is not known.
        background: What is known of the patient beforehand, in a sentence; read by the rules with every message.
        kept: Whether the patient agreed that the conversation is kept, without which no clinician can see it.
    """

    language: str = "en"
    country: str = ""
    background: str = ""
    kept: bool = False

    @property
    def words(self) -> Doctor:
        """The doctor's own sentences in the language of the visit."""
        return locale(self.language).doctor

    @property
    def region(self) -> Region:
        """Where this visitor calls for help."""
        return region(self.country)

    @property
    def line(self) -> str:
        """The crisis line, worded in the language of the visit."""
        return self.region.line.get(self.language, self.region.line["en"])

    def say(self, sentence: str, **values: object) -> str:
        """Fill the number and the line, and other values, into a sentence of the doctor's."""
        return sentence.format(number=self.region.number, line=self.line, **values)


def answer_language(message: str, page: str) -> str:
    """The language of the message itself; the page's where the message has no letters of either."""
    if is_chinese(message):
        return "zh"
    return "en" if re.search(r"[A-Za-z]", message) else page
