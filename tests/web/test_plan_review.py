"""What the clinician's page is made of, without a browser."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assistant.errors import InputError
from assistant.locales import locale
from assistant.records.plans import Decision, Plan, PlanDraft, PlanLine, Proposal
from assistant.web.plans.review import changes, decided_html, decision_of, reasons_html, summary_html, table_of

WORDS = locale("en").clinic
START = PlanLine(
    kind="medication", name="Metformin", detail="500 mg", reason="For diabetes.", cautions=("<b>Mind.</b>",)
)
REVIEW = PlanLine(kind="medication", name="Ibuprofen", action="review")
GOAL = PlanLine(kind="goal", name="HbA1c", detail="below 48", confidence=0.5)
DRAFT = PlanDraft(lines=(START, REVIEW, GOAL), why=("Because.",), refused=("Glibenclamide: too old.",))


def test_a_table_proposes_all_but_what_is_to_be_reviewed() -> None:
    rows = table_of(DRAFT)
    assert [row[:4] for row in rows] == [
        [True, "medication", "Metformin", "500 mg"],
        [False, "medication, review", "Ibuprofen", ""],
        [True, "goal", "HbA1c", "below 48"],
    ]


def test_what_is_kept_is_signed_as_it_was_edited() -> None:
    rows = table_of(DRAFT)
    rows[0][3], rows[2][0] = " 850 mg ", False
    decision = decision_of(DRAFT, rows, " slowly ")
    assert [(line.name, line.detail) for line in decision.lines] == [("Metformin", "850 mg")]
    assert decision.note == "slowly"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda rows: [row.__setitem__(0, False) for row in rows], "No line is kept"),
        (lambda rows: rows[0].__setitem__(2, "Warfarin"), "Lines can be dropped"),
        (lambda rows: rows.pop(), "Lines can be dropped"),
        (lambda rows: rows[0].__setitem__(3, "x" * 601), "too long"),
    ],
)
def test_a_table_that_cannot_be_signed_is_one_sentence(change: object, sentence: str) -> None:
    rows = table_of(DRAFT)
    change(rows)  # type: ignore[operator]
    with pytest.raises(InputError, match=sentence):
        decision_of(DRAFT, rows, "")


def test_changes_tell_what_came_and_went_and_why() -> None:
    other = PlanDraft(
        lines=(START.model_copy(update={"name": "Empagliflozin"}),), refused=("Metformin: The eGFR is 20.",)
    )
    told = changes(Proposal(patient=(), drafts=(DRAFT,)), Proposal(patient=(), drafts=(other,)), WORDS)
    assert told == ("Metformin is no longer begun. The eGFR is 20.", "Empagliflozin is begun. For diabetes.")
    same = Proposal(patient=(), drafts=(DRAFT,))
    assert changes(same, same, WORDS) == (WORDS["same"],)


def test_what_is_shown_is_escaped() -> None:
    proposal = Proposal(patient=("<script>x</script>",), drafts=(DRAFT,), missing=("<i>eGFR</i>",))
    plan = Plan(id="x", thread="t", drafted_at=datetime(2026, 1, 2, tzinfo=UTC), proposal=proposal)
    decided = plan.model_copy(update={"decided_by": "<u>Grey</u>", "decision": Decision(lines=())})
    shown = summary_html(proposal, "<hr>", WORDS) + reasons_html(DRAFT, WORDS) + decided_html([(decided, False)], WORDS)
    assert not any(tag in shown for tag in ("<script>", "<b>", "<i>", "<u>", "<hr>"))
    assert "Glibenclamide: too old." in shown and "&lt;b&gt;Mind.&lt;/b&gt;" in shown
    assert WORDS["altered"] in shown and WORDS["rejected"] in shown
