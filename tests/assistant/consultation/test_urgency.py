from __future__ import annotations

import pytest

from assistant.consultation.library import Library
from assistant.consultation.urgency import MOST_REASONS, assess_complaint, triage
from assistant.locales import locale
from assistant.safety.evidence import Evidence
from assistant.safety.red_flags import assess
from assistant.visit import Visit
from knowledge.condition import Condition, load_article
from knowledge.corpus import HERE, Passage
from knowledge.red_flags import Level

BRITISH = Visit("en", "gb")
HEART_ATTACK = "I am sweating and have crushing chest pain that spreads to my left arm"
URGENT = "I am 72, and my leg is swollen, red and painful since yesterday"
COLD = "I have had a sore throat and a runny nose for two days"
SUICIDAL = "I want to kill myself"


def passage_of(document: str) -> Passage:
    return Passage(f"{document}#1", document, document, "What it is", "Text.", "NHS", "https://www.nhs.uk")


def about(library: Library, text: str, visit: Visit = BRITISH) -> Evidence:
    return assess_complaint(library, text, [text], visit)


def test_an_emergency_is_complete_calls_the_number_and_says_why(library: Library) -> None:
    found = about(library, HEART_ATTACK)
    assert found.complete
    assert "999" in found.opening[0].text
    assert 1 <= len(found.citations) <= MOST_REASONS
    assert all(citation.id.startswith("rule:") and citation.url.startswith("https") for citation in found.citations)
    assert [s.citation for s in found.opening[1:]] == list(range(len(found.citations)))


def test_history_taking_goes_on_in_an_emergency(library: Library) -> None:
    found = about(library, HEART_ATTACK)
    assert found.question == locale("en").doctor.history["age"].ask
    assert found.options


def test_the_number_is_that_of_the_country(library: Library) -> None:
    assert "911" in about(library, HEART_ATTACK, Visit("en", "us")).opening[0].text
    assert "120" in about(library, "我胸口压榨样疼痛，出大汗", Visit("zh", "cn")).opening[0].text


def test_a_crisis_supports_names_the_line_and_does_not_refuse(library: Library) -> None:
    found = about(library, SUICIDAL)
    said = " ".join(statement.text for statement in found.opening)
    assert found.complete
    assert "glad that you told me" in said and "116 123" in said and "999" in said
    assert found.question == locale("en").doctor.crisis_goes_on
    assert "can't help" not in said and "cannot help" not in said


def test_a_crisis_with_an_overdose_also_says_why_it_is_an_emergency(library: Library) -> None:
    found = about(library, f"{SUICIDAL}, I have just taken 30 paracetamol tablets")
    assert "glad that you told me" in found.opening[0].text
    assert found.statements and found.citations


def test_an_urgent_complaint_says_today_and_why(library: Library) -> None:
    found = about(library, URGENT)
    assert assess(URGENT).level == "urgent"
    assert "today" in found.opening[0].text
    reason = found.opening[1]
    assert reason.citation is not None and found.citations[reason.citation].id.startswith("rule:")


def test_a_mild_complaint_is_answered_from_articles_and_asks_on(library: Library) -> None:
    found = about(library, COLD)
    assert found.opening[0].text in (locale("en").doctor.self_care, locale("en").doctor.routine)
    assert found.statements and not found.complete
    assert found.question


def test_what_was_told_before_counts(library: Library) -> None:
    told = ["I have pain in my chest", "it goes down my left arm and I am sweating"]
    assert assess_complaint(library, told[1], told, BRITISH).complete


@pytest.mark.parametrize("earlier", ["urgent", "emergency", "crisis"])
def test_no_complaint_is_called_mild_after_a_red_flag(library: Library, earlier: Level) -> None:
    words = locale("en").doctor
    calls = {"urgent": words.urgent, "emergency": words.emergency_reminder, "crisis": words.crisis_reminder}
    found = assess_complaint(library, COLD, [COLD], BRITISH, earlier)
    assert found.opening[0].text == BRITISH.say(calls[earlier])
    assert found.alarms == (earlier != "urgent")
    assert found.statements and found.question


def test_no_article_lowers_what_the_rules_found() -> None:
    flagged = assess(HEART_ATTACK)
    assert triage(flagged, passage_of("common-cold")) == "emergency"
    assert triage(assess(SUICIDAL), None) == "emergency"
    assert triage(assess(URGENT), passage_of("common-cold")) == "urgent"


def test_without_a_flag_the_nearest_article_decides_between_home_and_appointment() -> None:
    calm = assess(COLD)
    articles = [load_article(path).about for path in sorted((HERE / "conditions").glob("c*[a-y].md"))]
    conditions = [about for about in articles if isinstance(about, Condition)]
    home = next(about.id for about in conditions if about.urgency == "self_care")
    other = next(about.id for about in conditions if about.urgency != "self_care")
    assert triage(calm, passage_of(home)) == "self_care"
    assert triage(calm, passage_of(f"{home}.zh")) == "self_care"
    assert triage(calm, passage_of(other)) == "routine"
    assert triage(calm, passage_of("a-topic-or-my-own-document")) == "routine"
    assert triage(calm, None) == "routine"


@pytest.mark.parametrize("text", ["", "?", "hello"])
def test_nothing_told_is_routine(library: Library, text: str) -> None:
    assert about(library, text).opening[0].text == locale("en").doctor.routine
