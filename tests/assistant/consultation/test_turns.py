"""What is asked for in pictures tells nothing of the patient."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from assistant.consultation.case import hear
from assistant.consultation.summary import summarise
from assistant.consultation.turns import made_for, of_the_patient, turns
from assistant.models.calling import in_context
from assistant.safety.evidence import Citation, Evidence, PictureShown
from assistant.visit import Visit

DATASET = Citation(id="dataset:chest_ct", name="Chest CT slices", text="x", publisher="y", url="https://doi.org/10.1/x")
MADE = Evidence(citations=(DATASET,), pictures=(PictureShown(name="0", caption="Malignant nodule", file="0.png"),))
WISHES = (
    "three CTs with a malignant nodule",
    "show me pneumonia on a chest x-ray",
    "an MRI with a pituitary adenoma, I am 80",
    "knee MRI with a torn ligament",
    "生成三张肺炎胸片",
)


def drawn(wish: str, tool: str = "generate_image") -> list[AnyMessage]:
    kept = {"text": "Here", "asked": "", **MADE.model_dump(mode="json", include={"citations", "pictures"})}
    return [
        HumanMessage(wish),
        AIMessage("", tool_calls=[{"name": tool, "args": {"wish": wish}, "id": "1"}]),
        ToolMessage("Here", tool_call_id="1", artifact=MADE.model_dump()),
        AIMessage("Here are pictures of a malignant nodule.", additional_kwargs={"airmed": kept}),
    ]


@pytest.mark.parametrize("wish", WISHES)
def test_a_wish_for_pictures_never_enters_the_case(wish: str) -> None:
    told = [HumanMessage("I am 30 and I have a sore throat"), AIMessage("Since when?")]
    assert hear([*told, *drawn(wish)]) == hear(told)
    assert hear(drawn(wish)) == hear([])


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (
            "Show me pneumonia on a chest x-ray. I have had a cough for three weeks.",
            "I have had a cough for three weeks.",
        ),
        ("我咳嗽三周了。生成三张肺炎胸片。", "我咳嗽三周了"),
        ("Two chest CTs with a malignant nodule. For a man of 60, with a cough.", ""),
    ],
)
def test_what_is_told_beside_a_wish_is_heard(wish: str, told: str) -> None:
    assert hear(drawn(wish)).case.present == hear([HumanMessage(told)] if told else []).case.present


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("ten molecules like ibuprofen, for my headache", ""),
        ("Design a more soluble analogue of warfarin. I have had a cough since May.", "I have had a cough since May."),
    ],
)
def test_a_wish_for_molecules_never_enters_the_case(wish: str, told: str) -> None:
    assert hear(drawn(wish, "propose_molecules")).case == hear([HumanMessage(told)] if told else []).case


@pytest.mark.parametrize("wish", WISHES)
def test_a_wish_for_pictures_is_no_part_of_the_summary(wish: str) -> None:
    told: list[AnyMessage] = [HumanMessage("I have a sore throat"), AIMessage("")]
    note = summarise([*drawn(wish), *told], Visit())
    text = "\n".join(statement.text for statement in note.opening)
    assert [citation.text for citation in note.citations] == ["I have a sore throat"]
    assert note.citations[0].name == Visit().words.summary["turn"].format(turn=2)
    assert wish not in text and DATASET.name not in text
    assert summarise(drawn(wish), Visit()).opening[0].text == Visit().words.summary_empty


def test_the_same_words_in_an_assessment_are_the_patients() -> None:
    said = drawn("my CT shows a malignant nodule, I have lung cancer", tool="assess_symptoms")
    assert "cancer" in hear(said).case.there


def test_a_model_that_draws_instead_of_listening_takes_nothing_out_of_the_case() -> None:
    told = "I have been coughing up blood"
    assert hear(drawn(told)).case == hear([HumanMessage(told)]).case != hear([]).case


def test_a_yes_after_pictures_answers_no_earlier_question() -> None:
    kept = {"airmed": {"text": "Do you have a fever?", "asked": "fever"}}
    asked = [HumanMessage("I cough"), AIMessage("Do you have a fever?", additional_kwargs=kept)]
    assert "fever" in hear([*asked, HumanMessage("yes")]).case.there
    assert "fever" not in hear([*asked, *drawn(WISHES[0]), HumanMessage("yes")]).case.there


def test_pictures_are_not_what_a_short_question_leans_on() -> None:
    kept = {"airmed": {"citations": [{"id": "gout#1", "name": "Gout: Signs", "url": "https://a.example"}]}}
    gout = [HumanMessage("What is gout?"), AIMessage("Gout is...", additional_kwargs=kept)]
    assert in_context([*gout, *drawn(WISHES[0]), HumanMessage("how is it treated?")]) == "how is it treated? (Gout)"


def test_turns_keep_every_message_in_its_order() -> None:
    messages = [AIMessage("Hello"), *drawn(WISHES[0]), HumanMessage("thanks"), AIMessage("You are welcome")]
    assert [message for turn in turns(messages) for message in turn] == messages
    assert [made_for(turn) is not None for turn in turns(messages)] == [False, True, False]
    assert [m.text for m in of_the_patient(messages) if isinstance(m, HumanMessage)] == ["thanks"]
