"""How many identifiers of patients' messages are found, and how much of what is found is one.

    python -m tests.benchmarks.privacy [--show]

500 messages: whole ones written by hand, and frames filled by Faker in ten locales. An identifier is found when all
its letters and digits lie in found places; a found place is right when all of its own lie in an identifier. A hash puts
every written message, and every frame with all that is filled into it, into one of two halves; only failures of the
tuning half are ever shown.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import yaml
from faker import Faker

from assistant.safety.privacy import KINDS, find_identifiers
from tests.benchmarks.report import Rows, report
from tests.conftest import SHARED_DATA

DATA = Path(__file__).parent / "data" / "privacy.yaml"
SEED, MESSAGES, CHINESE = 7, 500, 92
ENGLISH_LOCALES = ("en_US", "en_GB", "en_IN", "en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL")
CHINESE_LOCALES = ("zh_CN", "zh_CN", "zh_CN", "zh_TW")
HOMES = {"en_GB": "en_GB", "zh_CN": "zh_CN", "zh_TW": "zh_CN"}  # whose streets are meant; others live in the US
MARK = re.compile(r"<(?P<kind>[a-z]+)>(?P<text>.*?)</(?P=kind)>", re.DOTALL)
SLOT = re.compile(r"\{(\w+)\}")
SLOT_KINDS = {
    "name": "name", "first": "name", "first2": "name", "last": "name", "phone": "phone", "email": "email",
    "birthdate": "birthdate", "address": "address", "postcode": "address", "mrn": "id", "ssn": "id", "nhs": "id",
    "policy": "id", "passport": "id", "cn_id": "id", "wechat": "id", "card": "card", "link": "link", "ip": "ip",
}  # fmt: skip
DATE_FORMS = {
    "en_US": ("%m/%d/%Y", "%B %d, %Y", "%m-%d-%Y"),
    "en": ("%d/%m/%Y", "%d %B %Y", "%Y-%m-%d", "%d.%m.%Y"),
    "zh": ("%Y年%m月%d日", "%Y-%m-%d"),
}


@dataclass(frozen=True)
class Message:
    """A message with its identifiers, as kind, start and end."""

    text: str
    gold: tuple[tuple[str, int, int], ...]
    half: str


@dataclass
class Score:
    """Identifiers that there are and that were found; places that were found and that are right."""

    there: int = 0
    found: int = 0
    marked: int = 0
    right: int = 0

    def add(self, other: Score) -> None:
        """Count another score into this one."""
        for field in ("there", "found", "marked", "right"):
            setattr(self, field, getattr(self, field) + getattr(other, field))

    @property
    def recall(self) -> float:
        """The share of the identifiers that was found."""
        return self.found / self.there if self.there else 1.0

    @property
    def precision(self) -> float:
        """The share of the found places that is right."""
        return self.right / self.marked if self.marked else 1.0


@cache
def messages() -> tuple[Message, ...]:
    """The 500 messages, the same in every run."""
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    written = [marked(text, half(text)) for text in data["written"]]
    rest = MESSAGES - len(written)
    english = _filled(data["english"], ENGLISH_LOCALES, rest - CHINESE)
    return (*written, *english, *_filled(data["chinese"], CHINESE_LOCALES, CHINESE))


def half(frame: str) -> str:
    """The half that a frame belongs to."""
    return "test" if hashlib.sha256(frame.encode()).digest()[-1] % 2 else "tune"


def marked(text: str, part: str) -> Message:
    """A message from its text with marks around the identifiers."""
    plain, gold, at = "", [], 0
    for mark in MARK.finditer(text):
        plain += text[at : mark.start()]
        gold.append((mark["kind"], len(plain), len(plain) + len(mark["text"])))
        plain += mark["text"]
        at = mark.end()
    return Message(plain + text[at:], tuple(gold), part)


def _filled(frames: list[str], locales: tuple[str, ...], count: int) -> list[Message]:
    chance = random.Random(SEED)
    fakers = {name: Faker(name) for name in {*locales, *HOMES.values(), "en_US"}}
    for faker in fakers.values():
        faker.seed_instance(SEED)
    drawn = []
    for frame in islice(cycle(frames), count):
        locale = chance.choice(locales)
        makers = _makers(fakers[locale], fakers[HOMES.get(locale, "en_US")], locale, chance)
        drawn.append(marked(SLOT.sub(lambda slot, makers=makers: _slot(slot[1], makers), frame), half(frame)))
    return drawn


def _slot(slot: str, makers: dict[str, Callable[[], str]]) -> str:
    value = makers[slot.rstrip("2")]()
    return f"<{SLOT_KINDS[slot]}>{value}</{SLOT_KINDS[slot]}>" if slot in SLOT_KINDS else value


def _makers(fake: Any, home: Any, locale: str, chance: random.Random) -> dict[str, Callable[[], str]]:
    chinese = locale.startswith("zh")
    forms = DATE_FORMS.get(locale) or DATE_FORMS["zh" if chinese else "en"]

    def name() -> str:
        return f"{fake.last_name()}{fake.first_name()}" if chinese else f"{fake.first_name()} {fake.last_name()}"

    return {
        "name": name,
        "first": lambda: str(fake.first_name()),
        "last": lambda: str(fake.last_name()),
        "phone": lambda: str(fake.phone_number()),
        "email": lambda: str(home.ascii_email()),
        "birthdate": lambda: fake.date_of_birth(minimum_age=1, maximum_age=95).strftime(chance.choice(forms)),
        "date": lambda: fake.date_between("-2y", "today").strftime(chance.choice(forms)),
        "address": lambda: home.address().replace("\n", ", "),
        "postcode": lambda: str(home.postcode()),
        "mrn": lambda: home.bothify(chance.choice(("########", "??######", "#######")), "ABCHKMP"),
        "ssn": lambda: security_number(chance),
        "nhs": lambda: nhs_number(chance),
        "policy": lambda: home.bothify(chance.choice(("???#########", "??-####-#####", "##########")), "ABCDHKMPXZ"),
        "passport": lambda: home.bothify(chance.choice(("#########", "?########", "??#######")), "CEGKLMP"),
        "cn_id": lambda: str(home.ssn()),
        "wechat": lambda: f"{home.user_name()}{chance.randrange(100)}",
        "card": lambda: spaced(str(home.credit_card_number()), chance),
        "link": lambda: f"https://{home.domain_name()}/{chance.choice(LINKS)}{chance.randrange(10**6, 10**7)}",
        "ip": lambda: str(home.ipv4_public()),
    }


LINKS = ("patients/", "results?id=", "user/u", "records/view?token=a")


def security_number(chance: random.Random) -> str:
    """A social security number of a valid form."""
    return f"{chance.randrange(1, 666):03}-{chance.randrange(1, 100):02}-{chance.randrange(1, 10_000):04}"


def nhs_number(chance: random.Random) -> str:
    """An NHS number whose last digit checks the others, in groups or not."""
    while True:
        digits = str(chance.randrange(400_000_000, 500_000_000))
        check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            whole = digits + str(check % 11)
            return chance.choice((whole, f"{whole[:3]} {whole[3:6]} {whole[6:]}"))


def spaced(digits: str, chance: random.Random) -> str:
    """A card's number, in fours or not."""
    return chance.choice((digits, " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))))


def score(message: Message) -> dict[str, Score]:
    """What was found of a message, by kind."""
    scores = {kind: Score() for kind in KINDS}
    identifiers = find_identifiers(message.text)
    hidden = _places((each.start, each.end) for each in identifiers)
    gold = _places((start, end) for _, start, end in message.gold)
    for kind, start, end in message.gold:
        scores[kind].add(Score(there=1, found=_letters(message.text, start, end) <= hidden))
    for each in identifiers:
        scores[each.kind].add(Score(marked=1, right=_letters(message.text, each.start, each.end) <= gold))
    return scores


def _places(spans: Iterable[tuple[int, int]]) -> set[int]:
    return {place for start, end in spans for place in range(start, end)}


def _letters(text: str, start: int, end: int) -> set[int]:
    return {place for place in range(start, end) if text[place].isalnum()}


def overall(part: str) -> Score:
    """Everything about one half."""
    total = Score()
    for message in messages():
        if message.half == part:
            for each in score(message).values():
                total.add(each)
    return total


def by_kind(part: str) -> Rows:
    """Figures for each kind and for all of one half."""
    chosen = [message for message in messages() if message.half == part]
    totals = {kind: Score() for kind in (*KINDS, "all")}
    for message in chosen:
        for kind, each in score(message).items():
            totals[kind].add(each)
            totals["all"].add(each)
    return [
        {"kind": kind, "n": each.there, "recall": each.recall, "precision": each.precision, "messages": len(chosen)}
        for kind, each in totals.items()
    ]


def show_failures() -> None:
    """Print what goes wrong in the tuning half, and never anything of the other."""
    for message in messages():
        failed = any(each.found < each.there or each.right < each.marked for each in score(message).values())
        if message.half == "tune" and failed:
            print(repr(message.text))  # noqa: T201
            print("   gold ", [(kind, message.text[start:end]) for kind, start, end in message.gold])  # noqa: T201
            print("   found", [(each.kind, each.text) for each in find_identifiers(message.text)])  # noqa: T201


def speed() -> Rows:
    """Messages a second, of 500."""
    texts = [message.text for message in messages()]
    began = time.perf_counter()
    for text in texts:
        find_identifiers(text)
    seconds = time.perf_counter() - began
    letters = sum(map(len, texts))
    return [{"messages": len(texts), "letters": letters, "messages per second": round(len(texts) / seconds)}]


def clinical() -> Rows:
    """How often something is found in texts about nobody by name: tests' own complaints and shared vignettes."""
    rows = []
    for name, texts in clinical_texts().items():
        found = sum(bool(find_identifiers(text)) for text in texts)
        rows.append({"texts": name, "n": len(texts), "found in 1,000": 1000 * found / len(texts)})
    return rows


def clinical_texts() -> dict[str, list[str]]:
    """Texts without a patient's identifiers, by where they are from; the shared ones where they are there."""
    own = DATA.parents[2] / "data"
    texts = {
        "tests: complaints": [
            row["text"]
            for path in sorted(own.glob("*.jsonl"))
            for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
            if "text" in row
        ]
    }
    for name, field in (("craft_md_dev", "case_vignette"), ("red_flags_224", "")):
        path = SHARED_DATA / "vignettes" / f"{name}.jsonl.gz"
        if path.exists():
            with gzip.open(path, "rt", encoding="utf-8") as file:
                rows = [json.loads(line) for line in file]
            texts[f"shared: {name}"] = [row[field] if field else row["input"]["chief_complaint"] for row in rows]
    return texts


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--show", action="store_true", help="print every failure of the tuning half")
    if options.parse_args().show:
        show_failures()
    tables = {
        "Identifiers found, tuning half": by_kind("tune"),
        "Identifiers found, test half": by_kind("test"),
        "Found where nobody is named": clinical(),
        "Speed": speed(),
    }
    report("privacy", tables)
