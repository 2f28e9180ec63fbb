"""Exports of three cases: in English, in Chinese, and of a patient who tries to break every format."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.records.dossier import Finding, Line, Section
from assistant.records.exports import Export
from assistant.records.plans import Decision
from tests.assistant.records.exports.made import (
    AUDIT,
    DRAFT,
    HOSTILE,
    JUDGEMENTS,
    LINES,
    NHS,
    OPINION,
    REJECTED,
    SIGNED,
    dossier,
    exported,
    mover,
)  # fmt: skip


@pytest.fixture
def english() -> Export:
    """Everything that a case can hold."""
    texts = (
        "I have had the worst headache of my life since yesterday, temperature 37.2",
        "I feel sick, BP 118/76. No stiff neck.",
    )
    return exported(dossier(texts), plans=(DRAFT, SIGNED, REJECTED), judgements=JUDGEMENTS, entries=AUDIT)


@pytest.fixture
def chinese() -> Export:
    """The same in Chinese, with English words in between."""
    sections = (
        Section(
            name="subjective",
            title="S 主诉和病史",
            lines=(Line(text="“我头痛三天了，体温37.2，BP 118/76”", turns=(1,)),),
        ),
        Section(name="objective", title="O 测量结果", lines=(Line(text="体温：37.2", turns=(1,)),)),
        Section(name="assessment", title="A 危险信号和紧急程度", lines=(Line(text="今天就医：一生中最剧烈的头痛"),)),
        Section(name="plan", title="P 已给出的建议", lines=(Line(text="偏头痛：治疗", url=NHS),)),
    )
    likely = OPINION.likely[0].model_copy(update={"name": "偏头痛", "movers": (mover("头痛", True, 1.9),)})
    told = dossier(
        ("我头痛三天了，体温37.2，BP 118/76。" * 20, "没有脖子僵硬"),
        language="zh", country="cn", title="头痛 · 34 岁，女", soap=sections, findings=(),
        opinion=OPINION.model_copy(update={"likely": (likely,), "because": "从您说的情况看，应当今天就看。"}),
    )  # fmt: skip
    return exported(told, plans=(DRAFT,))


@pytest.fixture
def hostile() -> Export:
    """Every text that a person can write is an attack, in each place where it can stand."""
    bad = "</para><script>x</script>[x](javascript:y) | **b** https://evil.example \n# h"
    findings = (Finding(id="x", name=bad, state="present", turn=1),)
    line = LINES[0].model_copy(
        update={"name": bad, "detail": bad, "reason": bad, "source": f"{bad}, javascript:alert(1)"}
    )
    plan = SIGNED.model_copy(update={"decided_by": bad, "decision": Decision(lines=(line,), note=bad)})
    likely = OPINION.likely[0].model_copy(
        update={"name": bad, "url": "javascript:alert(1)", "movers": (mover(bad, True, 2.0),)}
    )
    told = dossier(
        HOSTILE, title=bad, findings=findings, medicine_notes=(Line(text=bad, url="data:text/html,x"),),
        opinion=OPINION.model_copy(
            update={"because": bad, "likely": (likely,), "change": (bad,), "together": (bad, bad)}
        ),
    )  # fmt: skip
    judgement = replace(JUDGEMENTS[0], clinician=bad, note=bad)
    return exported(told, plans=(plan, DRAFT), judgements=(judgement,), entries=AUDIT)
