"""Cases made by hand, with everything that one can hold, and what a person may write to break a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from assistant.opinion import Likely, Mover, Opinion, Told
from assistant.records.audit import AuditEntry
from assistant.records.cases import Case, Head
from assistant.records.dossier import Dossier, Entry, Finding, Flag, Line, Measured, Moment, Section
from assistant.records.exports import Export
from assistant.records.judgements import Judgement
from assistant.records.plans import Decision, Plan, PlanDraft, PlanLine, Proposal
from assistant.safety.evidence import Citation, PictureShown
from generators.molecules.proposal import Proposal as Molecule

BEGIN = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
NICE = "https://www.nice.org.uk/guidance/cg150"
NHS = "https://www.nhs.uk/conditions/migraine/"
HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|'/C calc'!A0",
    "[x](javascript:alert(1)) ![p](https://evil.example/p.png) <https://evil.example> https://evil.org www.evil.org",
    "</para></font><b>bold <img src='https://evil.example/x.png'/> &lt; &#60; &amp;",
    "# heading\n---\n===\n- item\n1. one\n> quote\n    code\n```\nfence\n| a | b |\n| - | - |",
    "w" * 10_000,
    "صداع شديد منذ يومين \u202egnp.exe \u2066x\u2069",
    "🤕👩‍⚕️ ż ł ệ 한국어 \x00\x07\x1b[31m\ufffe",
    "a@evil.example :smile: $x^2$ ~~gone~~ **bold** _it_ \\ \\* `code` &copy; {#id} [^1] @who #1 //x",
)  # fmt: skip


def mover(name: str, there: bool, weight: float) -> Mover:
    return Mover(name=name, there=there, weight=weight)


OPINION = Opinion(
    level="urgent",
    because="From what you tell it can be meningitis, which should be seen today.",
    told=(Told(id="headache", name="headache", there=True),),
    likely=(
        Likely(
            id="migraine", name="Migraine", probability=0.62, urgency="routine", prior=0.4, wording=0.3, url=NHS,
            movers=(mover("headache", True, 1.9), mover("nausea", True, 0.8), mover("stiff neck", False, 0.4)),
        ),
        Likely(
            id="meningitis", name="Meningitis", probability=0.07, urgency="emergency", prior=-2.1, wording=0.02,
            url=NICE, movers=(mover("headache", True, 0.9), mover("fever", False, -1.2)),
        ),
    ),
    grave=(
        Likely(
            id="subarachnoid-haemorrhage", name="Subarachnoid haemorrhage", probability=0.01, urgency="emergency",
            prior=-2.5, wording=0.0, url="javascript:alert(1)", movers=(),
        ),
    ),
    together=("Migraine", "Neck strain"),
    change=("Fever or a stiff neck would make it an emergency.",),
)  # fmt: skip


def dossier(texts: Sequence[str], **changed: Any) -> Dossier:
    """A case in which the patient writes these texts, and the doctor answers each."""
    told: dict[str, Any] = {
        "language": "en", "country": "gb", "opened_at": BEGIN, "updated_at": BEGIN + timedelta(minutes=len(texts)),
        "urgency": "urgent", "age": 34.0, "sex": "female", "title": "headache, nausea · 34 years, female",
        "entries": tuple(entry for turn, text in enumerate(texts, start=1) for entry in said(turn, text)),
        "soap": soap(texts), "sbar": (),
        "findings": (
            Finding(id="headache", name="headache", state="present", turn=1),
            Finding(id="nausea", name="nausea", state="present", turn=2),
            Finding(id="stiff_neck", name="stiff neck", state="absent", turn=2),
        ),
        "vitals": (
            Measured(vital="temperature", value=37.2, turn=1, at=BEGIN),
            Measured(vital="systolic", value=118, turn=2, at=BEGIN),
            Measured(vital="diastolic", value=76, turn=2, at=BEGIN),
            Measured(vital="systolic", value=124, turn=1, at=BEGIN),
            Measured(vital="glucose", value=5.4, turn=2, at=BEGIN),
            Measured(vital="spo2", value=98, turn=2, at=BEGIN),
        ),
        "flags": (
            Flag(
                rule="worst_headache", level="urgent", why="A headache that is the worst of a life.",
                source="NICE, Headaches", url=NICE,
            ),
        ),
        "opinion": OPINION, "medicines": ("warfarin", "ibuprofen"), "conditions": ("migraine",),
        "medicine_notes": (Line(text="Warfarin: with ibuprofen the risk of bleeding rises.", url=NICE),),
        "moments": (
            Moment(turn=1, at=BEGIN, level="routine", first="Migraine", probability=0.41),
            Moment(turn=2, at=BEGIN, level="urgent", first="Migraine", probability=0.62),
        ),
    }  # fmt: skip
    return Dossier(**told | changed)


def said(turn: int, text: str) -> tuple[Entry, Entry]:
    at = BEGIN + timedelta(minutes=turn)
    citation = Citation(id="migraine#1", name="Migraine: Signs", text="...", publisher="NHS", url=NHS)
    shown = (
        PictureShown(name="0" * 32, caption="A synthetic chest X-ray", file="synthetic_1.png") if turn == 1 else None
    )
    molecule = Molecule("CCO", 0.83, {"qed": 0.4}, (), (), "Ethanol", 0.9, True, "") if turn == 1 else None
    answer = (
        f"**This should be seen by a doctor today.** Rest in a dark room [1].\n- Drink water ({turn}).\nHow bad is it?"
    )
    return (
        Entry(by="patient", turn=turn, at=at, text=text),
        Entry(
            by="doctor", turn=turn, at=at, text=answer, citations=(citation,),
            pictures=(shown,) if shown else (), molecules=(molecule,) if molecule else (),
        ),
    )  # fmt: skip


def soap(texts: Sequence[str]) -> tuple[Section, ...]:
    quotes = tuple(Line(text=f"“{text[:280]}”", turns=(turn,)) for turn, text in enumerate(texts, start=1))
    denied, worst = Line(text="Denied: stiff neck", turns=(2,)), Line(text="see a doctor today: worst headache")
    return (
        Section(name="subjective", title="S, what the patient said", lines=(*quotes, denied)),
        Section(name="objective", title="O, what was measured", lines=(Line(text="temperature: 37.2", turns=(1,)),)),
        Section(name="assessment", title="A, warning signs and urgency", lines=(worst,)),
        Section(name="plan", title="P, what was advised", lines=(Line(text="Migraine: How it is treated", url=NHS),)),
    )  # fmt: skip


LINES = (
    PlanLine(
        kind="medication", name="Naproxen", detail="500 mg, twice a day.", reason="For migraine.", confidence=0.81,
        source=f"NICE: Headaches in over 12s, {NICE}", cautions=("It raises the risk of bleeding with warfarin.",),
    ),
    PlanLine(kind="medication", name="Warfarin", action="review", reason="A rule speaks against it."),
    PlanLine(kind="test", name="Blood pressure", reason="Before a triptan.", source="Our own word"),
    PlanLine(kind="goal", name="Days with headache", detail="Fewer than 4 a month."),
)  # fmt: skip
PROPOSAL = Proposal(
    patient=("34 years, female", "Has: Migraine"),
    drafts=(
        PlanDraft(lines=LINES, why=("The model found it likeliest.",), refused=("Ibuprofen: taken already.",)),
        PlanDraft(lines=LINES[2:]),
    ),
    missing=("Kidney function is not known.",),
)
DRAFT = Plan(id="plan-draft", thread="t", drafted_at=BEGIN, proposal=PROPOSAL)
SIGNED = DRAFT.model_copy(
    update={
        "id": "plan-signed", "decided_at": BEGIN + timedelta(hours=2), "decided_by": "Dr Grey", "digest": "ab" * 32,
        "decision": Decision(lines=LINES, note="Come back in two weeks."),
    }
)  # fmt: skip
REJECTED = SIGNED.model_copy(update={"id": "plan-rejected", "decision": Decision(lines=(), note="See her first.")})
JUDGEMENTS = (Judgement("case1", "Dr Grey", BEGIN, "missing", "tension-type-headache", "Think of the neck."),)
AUDIT = (
    AuditEntry(7, "2026-11-03T10:00:00.000001+00:00", "Dr Grey", "opened", "case1", {}, "f" * 64),
    AuditEntry(9, "2026-11-03T10:05:00.000001+00:00", "command line", "exported", "case1", {"format": "pdf"}, "e" * 64),
)


def exported(told: Dossier, **parts: Any) -> Export:
    head = Head(
        id="case1", thread="thread-of-nobody", opened_at=told.opened_at, updated_at=told.updated_at,
        urgency=told.urgency, age=told.age, sex=told.sex, language=told.language, title=told.title,
        closed_at=None, closed_by="",
    )  # fmt: skip
    return Export(Case(head, told), made_at=BEGIN + timedelta(days=1), **parts)
