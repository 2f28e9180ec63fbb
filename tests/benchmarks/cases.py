"""How long the worklist and a query in words take with 10,000 cases, on SQLite and, where it is installed, PostgreSQL.

    python -m tests.benchmarks.cases [CASES]

The cases are made up: a condition as common as it is at that age, findings as frequent as they are in it, and lines
like those of a real summary. Some summaries are embedded, and their vectors stand for the others with a little noise.
"""

from __future__ import annotations

import inspect
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import pytest

from assistant.opinion import Likely, Opinion
from assistant.records.cases import CaseBook
from assistant.records.database import Database, open_database
from assistant.records.dossier import Dossier, Entry, Finding, Flag, Line, Section
from assistant.records.filters import Filters
from assistant.records.query import Finder, read_query
from assistant.settings import Settings
from knowledge.condition import Condition
from knowledge.corpus import conditions
from knowledge.embedding import Embedder, SentenceEmbedder, Vectors
from knowledge.findings import lexicon
from knowledge.medicines import formulary
from knowledge.red_flags import rules
from tests.assistant.records.conftest import postgres
from tests.benchmarks.report import Rows, report

CASES = 10_000
EMBEDDED = 300
NOISE = 0.02  # in each of 384 dimensions of a unit vector
TIMES = 200
BOUND = 300.0  # milliseconds
NOW = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
BANDS = ((0, 1), (1, 6), (6, 18), (18, 40), (40, 65), (65, 95))
CHRONIC = (
    "high-blood-pressure",
    "type-2-diabetes",
    "asthma",
    "copd",
    "depression",
    "gout",
    "migraine",
    "heart-failure",
)
LEVELS = {"self_care": 0.25, "routine": 0.35, "urgent": 0.25, "emergency": 0.13, "crisis": 0.02}
QUERIES = (
    "over 60 with chest pain on warfarin, this week",
    "emergencies since Monday, women",
    "children under 5 with fever but no rash",
    "pregnant with headache today",
    "closed cases of pneumonia last month",
    "red flags for stroke",
    "took metformin, 40-65",
    "men in their 50s",
    "最近三天 60岁以上 胸痛",
    "fever or cough, last 2 weeks",
    "urgent and above",
    "all cases",
    "asthma, under 30",
    "tired all the time and no appetite at all",
    "women with trouble sleeping before exams",
    "pain that wanders from joint to joint",
    "itching worse at night in the whole family",
    "on ibuprofen or aspirin with black stools",
    "headache behind one eye since 3 November",
    "not on warfarin, atrial fibrillation",
)


# Cases ----------------------------------------------------------------------------------------------


def made_cases(count: int, seed: int = 7) -> Iterator[Dossier]:
    """Cases of the last ninety days."""
    chance = random.Random(seed)
    return (_dossier(chance) for _ in range(count))


def _dossier(chance: random.Random) -> Dossier:
    band = chance.choices(range(len(BANDS)), (1, 2, 3, 6, 7, 6))[0]
    condition = chance.choices(conditions(), _common(band))[0]
    age = round(chance.uniform(*BANDS[band]), 1) if band < 2 else float(chance.randrange(*BANDS[band]))
    sex = "female" if chance.random() < condition.prevalence.female else "male"
    findings = tuple(_findings(condition, chance))
    opened = NOW - timedelta(seconds=chance.randrange(90 * 86_400))
    level = chance.choices(tuple(LEVELS), tuple(LEVELS.values()))[0]
    present = ", ".join(one.name for one in findings if one.state == "present")
    absent = ", ".join(one.name for one in findings if one.state == "absent")
    has = tuple(chance.sample(CHRONIC, chance.choices((0, 1, 2), (6, 3, 1))[0])) if band > 2 else ()
    takes = tuple(_medicines(has, chance))
    quote = f"For {chance.randrange(2, 9)} days I have had {present}." + (
        f" I take {', '.join(takes)}." if takes else ""
    )
    told = (Line(text=f"“{quote}”", turns=(1,)), Line(text=f"Found: {present}"), Line(text=f"Not found: {absent}"))
    return Dossier(
        language="en",
        country="GB",
        opened_at=opened,
        updated_at=opened + timedelta(minutes=chance.randrange(30)),
        urgency=level,
        age=age,
        sex=sex,
        title=f"{', '.join(present.split(', ')[:4])} · {age:.0f} years, {sex}",
        entries=tuple(
            Entry(by=by, turn=1, at=opened, text=quote * 3) for by in ("patient", "doctor") for _ in range(5)
        ),
        soap=(Section(name="subjective", title="Subjective", lines=told),),
        sbar=(Section(name="situation", title="Situation", lines=told),),
        findings=findings,
        flags=tuple(_flags(level, chance)),
        opinion=_opinion(condition, band, chance),
        medicines=takes,
        conditions=has,
    )


@cache
def _common(band: int) -> tuple[float, ...]:
    """How common each condition is at an age; by its root, so that the rare ones are seen too."""
    held = ((one.prevalence.per_100k, one.prevalence.ages) for one in conditions())
    return tuple((number * ages[band] / max(sum(ages), 1e-9)) ** 0.5 for number, ages in held)


def _findings(condition: Condition, chance: random.Random) -> Iterator[Finding]:
    known = [one for one in condition.findings if one.id in lexicon() and lexicon()[one.id].kind == "symptom"]
    for place, one in enumerate(known[:12]):
        there = not place or chance.random() < one.p
        if there or chance.random() < 0.3:
            yield Finding(id=one.id, name=lexicon()[one.id].name, state="present" if there else "absent", turn=1)


def _medicines(has: Sequence[str], chance: random.Random) -> Iterator[str]:
    for name in has:
        fitting = [one.id for one in formulary().values() if any(use.condition == name for use in one.indications)]
        yield from chance.sample(fitting, min(1, len(fitting)))
    if chance.random() < 0.35:
        yield chance.choice(("paracetamol", "ibuprofen", "aspirin", "warfarin", "omeprazole", "atorvastatin"))


def _flags(level: str, chance: random.Random) -> Iterator[Flag]:
    fitting = [rule for rule in rules() if rule.level == level]
    for rule in chance.sample(fitting, 1) if fitting else ():
        source = f"{rule.source.publisher}, {rule.source.title}"
        yield Flag(rule=rule.id, level=level, why=rule.why.en, source=source, url=str(rule.source.url))


def _opinion(condition: Condition, band: int, chance: random.Random) -> Opinion:
    others = chance.choices(conditions(), _common(band), k=2)
    likely = (
        Likely(id=one.id, name=one.name, probability=p, urgency=one.urgency, prior=0, wording=0, movers=(), url="")
        for one, p in zip((condition, *others), (0.5, 0.2, 0.1), strict=True)
    )
    return Opinion(level=condition.urgency, because="", told=(), likely=tuple(likely))


def vectors_of(cases: Sequence[Dossier], embedder: Embedder) -> Iterator[Vectors]:
    """A vector for each case: of its own summary for the first, and a noisy one of these for the others."""
    own = embedder.encode([case.summary for case in cases[:EMBEDDED]])
    chance = np.random.default_rng(7)
    for number in range(len(cases)):
        noise = chance.normal(0, NOISE, own.shape[1]) if number >= EMBEDDED else 0
        vector = own[number % len(own)] + noise
        yield np.asarray(vector / np.linalg.norm(vector), np.float32)


# Times ----------------------------------------------------------------------------------------------


@contextmanager
def databases() -> Iterator[dict[str, Database]]:
    """Empty records in each database that is here."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        found = {"SQLite": open_database(Settings(data_dir=Path(folder)))}
        with suppress(pytest.skip.Exception):  # none is installed
            server = stack.enter_context(contextmanager(inspect.unwrap(postgres))())
            found["PostgreSQL"] = open_database(Settings(data_dir=Path(folder), database_url=f"{server}/postgres"))
        yield found
        for database in found.values():
            database.engine.dispose()


def measure(name: str, database: Database, cases: Sequence[Dossier], vectors: Sequence[Vectors], by: Embedder) -> Rows:
    """Fill a database, close a tenth of its cases, and time the worklist, queries in words and a first query."""
    book, row = CaseBook(database), {"database": name, "cases": len(cases)}
    started = time.perf_counter()
    ids = [book.keep(secrets.token_hex(), case, vector) for case, vector in zip(cases, vectors, strict=True)]
    kept = (time.perf_counter() - started) / len(ids) * 1000
    for identifier in ids[::10]:
        book.close(identifier, "Dr Grey")
    finder = Finder(book, by)
    first = _timed([lambda: finder.find(Filters(words="itching"))])
    worklist = _timed([lambda: finder.find(Filters())] * TIMES)
    query = _timed([_query(finder, text) for text in islice(cycle(QUERIES), TIMES)])
    return [
        {**row, "what": "keep a case", "p50 ms": kept, "p95 ms": "-", "bound": "-"},
        {**row, "what": "first query by meaning", **first, "bound": "-"},
        {**row, "what": "worklist", **worklist, "bound": BOUND},
        {**row, "what": "query", **query, "bound": BOUND},
    ]


def _query(finder: Finder, text: str) -> Callable[[], object]:
    return lambda: finder.find(read_query(text, NOW).filters)


def _timed(calls: Sequence[Callable[[], object]]) -> dict[str, float]:
    times = []
    for call in calls:
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    late = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    return {"p50 ms": statistics.median(times), "p95 ms": late}


if __name__ == "__main__":
    cases = list(made_cases(int(sys.argv[1]) if len(sys.argv) > 1 else CASES))
    embedder = SentenceEmbedder()
    vectors = list(vectors_of(cases, embedder))
    for text in QUERIES:
        read_query(text, NOW)  # the words of the knowledge base are read once
    with databases() as found:
        rows = [row for name, it in found.items() for row in measure(name, it, cases, vectors, embedder)]
    notes = (f"{TIMES} calls each; a query is one of {len(QUERIES)} texts, read, found, and its titles unsealed.",)
    report("cases", {"Cases": rows}, notes)
