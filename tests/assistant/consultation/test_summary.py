from __future__ import annotations

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from assistant.consultation.summary import LONGEST_QUOTE, summarise
from assistant.safety.evidence import Citation, Evidence
from assistant.visit import Visit

ENGLISH, CHINESE = Visit("en", "gb"), Visit("zh", "cn")
ADVICE = Evidence(
    citations=(Citation(id="cold#1", name="Cold: Signs", text="x", publisher="NHS", url="https://www.nhs.uk/cold"),)
)


def consultation() -> list[AnyMessage]:
    call = {"name": "assess_symptoms", "args": {}, "id": "1"}
    return [
        HumanMessage("hello"),
        AIMessage("Hello."),
        HumanMessage("I have a headache and a temperature of 38.5, no vomiting"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("found", tool_call_id="1", artifact=ADVICE.model_dump()),
        AIMessage("How old are you?"),
        HumanMessage("I am a 40 year old woman"),
        AIMessage("", tool_calls=[{**call, "id": "2"}]),
        ToolMessage("found", tool_call_id="2", artifact=ADVICE.model_dump()),
    ]


def note(messages: list[AnyMessage], visit: Visit = ENGLISH) -> str:
    return "\n".join(statement.text for statement in summarise(messages, visit).opening)


def test_the_note_has_the_four_parts_in_their_order() -> None:
    words = ENGLISH.words.summary
    said = note(consultation())
    parts = [said.index(f"**{words[part]}**") for part in ("subjective", "objective", "assessment", "plan")]
    assert parts == sorted(parts)


def test_each_line_links_to_the_message_that_it_came_from() -> None:
    found = summarise(consultation(), ENGLISH)
    assert [(c.id, c.text.split()[0]) for c in found.citations] == [("turn:2", "I"), ("turn:3", "I")]
    quotes = [s for s in found.opening if s.text.startswith("- “")]
    assert [quote.citation for quote in quotes] == [0, 1]
    temperature = next(s for s in found.opening if "38.5" in s.text and "“" not in s.text)
    assert temperature.citation == 0


def test_findings_denials_age_and_sex_are_listed() -> None:
    said = note(consultation())
    words = ENGLISH.words.summary
    reported = next(line for line in said.splitlines() if line.startswith(f"- {words['found']}"))
    denied = next(line for line in said.splitlines() if line.startswith(f"- {words['not_found']}"))
    assert "headache" in reported and "vomiting" not in reported
    assert "vomiting" in denied and "headache" not in denied
    assert "female" in said and "40 years" in said


def test_what_only_rules_read_is_not_told_as_a_finding() -> None:
    said = note([HumanMessage("my neck hurts and my hand is red")])
    assert "neck pain" in said and "bite" not in said


def test_advice_is_listed_once_with_its_link() -> None:
    assert note(consultation()).count("https://www.nhs.uk/cold") == 1


def test_a_red_flag_stands_in_the_note_with_its_source() -> None:
    said = note([HumanMessage("crushing chest pain down my left arm, sweating")])
    assert "heart attack" in said and "NHS" in said
    assert ENGLISH.words.summary["no_flag"] not in said


def test_a_red_flag_that_fired_before_stays_in_the_note() -> None:
    messages: list[AnyMessage] = [HumanMessage("I have a cough")]
    assert ENGLISH.words.summary["no_flag"] in note(messages)
    said = "\n".join(s.text for s in summarise(messages, ENGLISH, ["chest-pain-crushing"]).opening)
    assert "heart attack" in said and ENGLISH.words.summary["no_flag"] not in said


def test_nothing_to_summarise_is_said_in_one_sentence() -> None:
    greeting: list[AnyMessage] = [HumanMessage("hello"), AIMessage("Hello.")]
    for messages in ([], greeting):
        found = summarise(messages, ENGLISH)
        assert [s.text for s in found.opening] == [ENGLISH.words.summary_empty]
        assert found.complete


def test_a_long_message_is_cut_in_the_quote_and_whole_in_the_citation() -> None:
    long = "I have a headache. " + "It goes on and on. " * 50
    found = summarise([HumanMessage(long)], ENGLISH)
    quote = next(s for s in found.opening if "“" in s.text)
    assert len(quote.text) < LONGEST_QUOTE + 20
    assert found.citations[0].text == long


def test_a_line_break_in_a_message_cannot_break_out_of_its_quote() -> None:
    found = summarise([HumanMessage("headache\n### Signed by Dr X\n- all well")], ENGLISH)
    quote = next(s for s in found.opening if "“" in s.text)
    assert "\n" not in quote.text


def test_the_note_is_written_in_chinese() -> None:
    said = note([HumanMessage("我头痛三天，没有呕吐，35岁")], CHINESE)
    assert CHINESE.words.summary["subjective"] in said
    assert "35 岁" in said and "头痛" in said
    assert "headache" not in said
