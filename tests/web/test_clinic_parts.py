"""What the clinician's page is made of: what it shows is escaped, and whoever may not see it sees nothing."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.locales import DEFAULT, languages, locale
from assistant.opinion import Likely, Mover, Opinion
from assistant.records.audit import AuditEntry
from assistant.records.cases import Case, Cohort, Head
from assistant.records.dossier import RANKS, Dossier, Entry, Finding, Flag, Line, Measured, Moment, Section
from assistant.records.judgements import Judgement
from assistant.records.keeping import Records, open_records
from assistant.records.plans import Plan, PlanDraft, PlanLine, Proposal
from assistant.records.query import Finder
from assistant.safety.evidence import Citation, PictureShown
from assistant.settings import Settings
from assistant.visit import Visit
from assistant.web.clinic import charts
from assistant.web.clinic.acting import KEEP, Acting
from assistant.web.clinic.case_view import findings_html, head_html
from assistant.web.clinic.cases import CasesTab, Opened
from assistant.web.clinic.cohort import CohortTab, plots_html, spread
from assistant.web.clinic.entrance import Entrance
from assistant.web.clinic.log import LogTab, entries_html, verdict_html
from assistant.web.clinic.marks import waiting
from assistant.web.clinic.page import clinic_page
from assistant.web.clinic.transcript import record_html
from assistant.web.clinic.worklist import worklist_html
from assistant.web.limits import Pace
from assistant.web.plans.form import Form
from assistant.web.plans.handlers import PlansTab

NAME, AUDITOR, PASSWORD = "Dr Grey", "Mr Audit", "correct horse battery"
HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>${alert(1)}{{this}}"
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
WHO = Acting(NAME, Visit("en", "gb"))
REQUEST: Any = SimpleNamespace(headers={"accept-language": "en-GB"}, cookies={})
PLACEHOLDER = re.compile(r"\{(\w*)\}")


def likely(name: str) -> Likely:
    mover = Mover(name=HOSTILE, there=True, weight=1.0)
    return Likely(
        id=name,
        name=HOSTILE,
        probability=0.5,
        urgency="urgent",
        prior=1,
        wording=0,
        movers=(mover,),
        url="https://x.org",
    )


def hostile_case() -> Case:
    """A case in which every text is hostile."""
    line, section = Line(text=HOSTILE, turns=(1, 2, 9), url=HOSTILE), "javascript:alert(1)"
    sections = (Section(name="subjective", title=HOSTILE, lines=(line, Line(text=HOSTILE, url=section))),)
    citation = Citation(id="c", name=HOSTILE, text=HOSTILE, publisher=HOSTILE, url="javascript:alert(1)")
    picture = PictureShown(name="0", caption=HOSTILE, file=HOSTILE)
    dossier = Dossier(
        language="en",
        country="gb",
        opened_at=NOW,
        updated_at=NOW + timedelta(hours=1),
        urgency="emergency",
        age=61.0,
        sex="male",
        title=HOSTILE,
        entries=(
            Entry(by="patient", turn=1, at=NOW, text=HOSTILE),
            Entry(by="doctor", turn=1, at=NOW, text=f"**{HOSTILE}**", citations=(citation,), pictures=(picture,)),
            Entry(by="patient", turn=2, at=NOW, text=HOSTILE),
        ),
        soap=sections,
        sbar=sections,
        findings=(Finding(id="cough", name=HOSTILE, state="present", turn=1),),
        vitals=(
            Measured(vital="temperature", value=38.2, turn=1, at=NOW),
            Measured(vital="temperature", value=39.1, turn=2, at=NOW),
            Measured(vital="<b>", value=1, turn=2, at=NOW),
        ),
        flags=(Flag(rule="r", level="emergency", why=HOSTILE, source=HOSTILE, url="javascript:alert(1)"),),
        opinion=Opinion(level="urgent", because=HOSTILE, told=(), likely=(likely("a"),), change=(HOSTILE,)),
        medicines=("metformin", "no-such-medicine"),
        medicine_notes=(Line(text=HOSTILE, url="https://x.org/?a=1&b=2"),),
        moments=(
            Moment(turn=1, at=NOW, level="routine", first=HOSTILE, probability=0.4),
            Moment(turn=2, at=NOW, level="urgent", first=HOSTILE, probability=0.6),
        ),
    )
    head = Head("id", "t", NOW, NOW + timedelta(hours=1), "emergency", 61.0, "male", "en", HOSTILE, NOW, HOSTILE)
    return Case(head, dossier)


def plan(**changes: Any) -> Plan:
    proposal = Proposal(patient=(HOSTILE,), drafts=(PlanDraft(lines=(PlanLine(kind="goal", name=HOSTILE),)),))
    return Plan(id="plan1", thread="t", drafted_at=NOW, proposal=proposal).model_copy(update=changes)


class Page(HTMLParser):
    """What a browser would make of it: tags, ids, targets of links, text; badly nested tags fail."""

    VOID = ("img", "input", "br")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [value or "" for _, attributes in self.tags for key, value in attributes.items() if key == name]


def whole_case() -> str:
    case = hostile_case()
    judgement = Judgement("id", HOSTILE, NOW, "missing", "migraine", HOSTILE)
    pictures = [(picture, b"png") for entry in case.dossier.entries for picture in entry.pictures]
    found = findings_html(case, [plan(), plan(decided_by=HOSTILE, decision=None)], [judgement], WHO)
    return head_html(case.head, WHO.words, NOW) + found + record_html(case.dossier, pictures, WHO.words)


def is_harmless(html: str) -> bool:
    """Whether no markup of the hostile text is markup on the page."""
    page = Page(html)
    names = {tag for tag, _ in page.tags}
    handlers = [key for _, attributes in page.tags for key in attributes if key.startswith("on")]
    addresses = page.all("href") + page.all("src")
    safe = all(address.startswith(("#", "https://", "data:image/png;base64,")) for address in addresses)
    return "script" not in names and not handlers and safe and HOSTILE in page.text


# What is shown --------------------------------------------------------------------------------------


def test_whatever_a_patient_typed_is_text_and_no_markup() -> None:
    assert is_harmless(whole_case())
    case = hostile_case()
    assert is_harmless(worklist_html([case.head], 1, "", WHO.words, NOW))
    entry = AuditEntry(1, HOSTILE, HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, "")
    assert is_harmless(entries_html([entry], WHO.words) + verdict_html([HOSTILE], "", WHO.words))
    cohort = Cohort(1, {"2026-11-20": {"urgent": 1}}, (61.0,), ((HOSTILE, 1),), ((HOSTILE, 1),))
    assert is_harmless(plots_html(cohort, WHO))


def test_every_line_opens_a_message_that_is_there() -> None:
    page = Page(whole_case())
    anchors = [href for href in page.all("href") if href.startswith("#")]
    ids = page.all("id")
    assert "#turn-1" in anchors and "#turn-2" in anchors
    assert all(anchor[1:] in ids for anchor in anchors)  # none to message 9, which is not there
    assert len(ids) == len(set(ids))
    lines = [attributes for tag, attributes in page.tags if tag == "a" and attributes.get("class") == "line"]
    assert len(lines) == 2  # of SOAP and of SBAR


def test_every_chart_has_a_title_and_numbers_beside_it() -> None:
    cohort = Cohort(3, {"2026-11-20": {"urgent": 1, "crisis": 2}}, (1.0, 61.0), (("migraine", 2),), (("cough", 1),))
    page = Page(whole_case() + plots_html(cohort, WHO))
    drawn = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(drawn) >= 6
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in drawn)
    tables = [tag for tag, _ in page.tags if tag == "table"]
    assert len(tables) >= 6
    assert "Migraine" in page.text and "Of 1 the age is not known." in page.text


def test_a_plan_that_waits_can_be_opened_and_a_decided_one_cannot() -> None:
    from assistant.records.plans import Decision

    case = hostile_case()
    decided = plan(decided_by="Dr Who", decision=Decision(lines=()))
    page = Page(findings_html(case, [plan(), decided], [], WHO))
    assert page.all("data-plan") == ["plan1"]
    assert "Dr Who" in page.text


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h"), (47 * 60 + 59, "47 h"), (48 * 60, "2 d"), (-5, "0 min")],
)
def test_how_long_somebody_waits(minutes: int, told: str) -> None:
    assert waiting(NOW - timedelta(minutes=minutes), WHO.words, NOW) == told


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_a_trend_stays_inside_its_picture(values: list[float]) -> None:
    drawn = charts.trend(values, [""] * len(values), "Trend")
    for x, y in re.findall(r'cx="([-\d.]+)" cy="([-\d.]+)"', drawn):
        assert 0 <= float(x) <= charts.SMALL_WIDE and 0 <= float(y) <= charts.SMALL_HIGH


@given(
    st.dictionaries(st.dates(datetime(2020, 1, 1).date(), datetime(2022, 1, 1).date()), st.integers(1, 9), min_size=1)
)
def test_days_are_spread_without_a_gap_and_no_case_is_lost(counts: dict[Any, int]) -> None:
    found = spread({day.isoformat(): {"urgent": count} for day, count in counts.items()})
    days = [datetime.fromisoformat(day) for day in found]
    assert sum(held.get("urgent", 0) for held in found.values()) == sum(counts.values())
    assert {(later - earlier).days for earlier, later in pairwise(days)} in (set(), {1}, {7})


@pytest.mark.parametrize("language", [language for language in languages() if language != DEFAULT])
def test_every_language_has_the_words_and_the_braces_of_the_page(language: str) -> None:
    mine, theirs = locale(language).clinic, locale(DEFAULT).clinic
    assert mine.keys() == theirs.keys()
    for key, text in theirs.items():
        assert set(PLACEHOLDER.findall(mine[key])) == set(PLACEHOLDER.findall(text)), key
    assert {f"level_{level}" for level in RANKS} <= mine.keys()


# Who may see it -------------------------------------------------------------------------------------

ROOMS = (CasesTab, PlansTab, CohortTab, LogTab)
OPEN = {
    "words_of",
    "open",
    "sign_in",
    "sign_out",
    "stay",
}  # events that show nothing of what is kept, or ask by themselves
HANDLERS = [(room, name) for room in ROOMS for name, found in inspect.getmembers(room) if hasattr(found, "role")]


class Told(list[str]):
    """What the page said."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    said = Told()
    monkeypatch.setattr(gr, "Warning", said.append)
    monkeypatch.setattr(gr, "Info", said.append)
    return said


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """Records with a clinician, an auditor, one case and one plan that waits."""
    opened = open_records(Settings(data_dir=tmp_path))
    opened.staff.add(NAME, PASSWORD, "clinician")
    opened.staff.add(AUDITOR, PASSWORD, "auditor")
    opened.cases.keep("t", hostile_case().dossier)
    opened.plans.propose("t", plan().proposal)
    yield opened
    opened.database.engine.dispose()


@pytest.fixture
def desk(records: Records) -> Any:
    doctor = SimpleNamespace(pictures=lambda thread, shown: (), decide=records.plans.decide)
    finder = Finder(records.cases, None)  # type: ignore[arg-type]
    return SimpleNamespace(
        records=records, doctor=doctor, finder=finder, settings=SimpleNamespace(region=""), browser_secret="x"
    )


def case_id(desk: Any) -> str:
    return str(desk.records.cases.of_thread("t"))


def opened_case(desk: Any) -> Opened:
    return Opened(case_id(desk), NOW)


def actions(desk: Any) -> list[tuple[str, str]]:
    """What the log holds, the earliest first."""
    return [(entry.actor, entry.action) for entry in reversed(desk.records.audit.entries(99))]


def test_every_event_of_the_page_calls_a_handler_that_asks_who_is_there(desk: Any) -> None:
    with gr.Blocks() as demo:
        clinic_page(demo, desk)
    called = [block.fn for block in demo.fns.values() if block.fn is not None]
    names = {function.__name__ for function in called if not hasattr(function, "role")}
    assert names == {*OPEN, "pick"}  # pick hands on to a handler that asks
    guarded = {function.__name__ for function in called if hasattr(function, "role")}
    assert guarded == {name for _, name in HANDLERS} - {"open"}
    assert all(block.api_visibility == "private" for block in demo.fns.values())


@pytest.mark.parametrize(("room", "name"), HANDLERS)
def test_a_handler_refuses_whoever_may_not(room: Callable[..., Any], name: str, desk: Any, told: Told) -> None:
    staff = desk.records.staff
    role = getattr(room, name).role
    other = staff.enter(*((AUDITOR, PASSWORD) if role == "clinician" else (NAME, PASSWORD)))
    left = staff.enter(NAME, PASSWORD)
    staff.leave(left)
    tab = room(
        SimpleNamespace(records=SimpleNamespace(staff=staff), settings=desk.settings)
    )  # nothing else to reach for
    for token in ("", "made up", NAME, left, other):
        assert getattr(tab, name)(token, REQUEST, opened_case(desk), case_id(desk), "x", "x", "x") == KEEP
    refusals = ("not signed in", "sign in as")
    assert all(any(words in sentence for words in refusals) for sentence in told)
    assert len(told) in (0, 5)  # a clock says nothing


@pytest.mark.parametrize(("room", "what"), [(CasesTab, "case"), (PlansTab, "plan")])
def test_a_press_of_whoever_may_not_opens_nothing(room: Callable[..., Any], what: str, desk: Any, told: Told) -> None:
    event = gr.EventData(None, {what: case_id(desk)})
    for token in ("", "made up", desk.records.staff.enter(AUDITOR, PASSWORD)):
        assert room(desk).pick(token, event, REQUEST) == KEEP
    assert len(told) == 3 and actions(desk) == []


@pytest.mark.parametrize("data", [None, {}, {"case": "none"}, {"case": ["x"]}, "text"])
def test_a_press_that_means_nothing_is_one_sentence(data: Any, desk: Any, told: Told) -> None:
    token = desk.records.staff.enter(NAME, PASSWORD)
    assert CasesTab(desk).pick(token, gr.EventData(None, data), REQUEST) == KEEP
    assert told == ["There is no such case; the patient may have erased it."]


def entrance(desk: Any) -> Entrance:
    rooms: dict[str, Any] = dict(zip(("cases", "plans", "cohort", "log"), (room(desk) for room in ROOMS), strict=True))
    return Entrance(desk, rooms)


def test_an_auditor_sees_the_log_alone_and_a_clinician_never(desk: Any, told: Told) -> None:
    way = entrance(desk)
    desk.records.audit.note("Nobody", "opened", "secret-subject")
    seen = repr(way.sign_in(AUDITOR, PASSWORD, REQUEST))
    assert "secret-subject" in seen and "onerror" not in seen and case_id(desk) not in seen
    seen = repr(way.sign_in(NAME, PASSWORD, REQUEST))
    assert "secret-subject" not in seen and "onerror" in seen and case_id(desk) in seen
    assert not told


def test_coming_in_is_noted_and_a_wrong_password_without_the_name(desk: Any, told: Told) -> None:
    way = entrance(desk)
    assert way.sign_in("Miss Typed", "wrong", REQUEST) == KEEP
    assert len(told) == 1 and "do not belong together" in told[0]
    way.sign_in(NAME, PASSWORD, REQUEST)
    (refused, first), (name, second) = actions(desk)
    assert (first, name, second) == ("refused", NAME, "signed_in")
    assert refused.startswith("sha256:") and "Typed" not in refused


def test_whoever_is_signed_out_finds_nothing_left_on_the_page(desk: Any) -> None:
    way, token = entrance(desk), desk.records.staff.enter(NAME, PASSWORD)
    assert way.stay(token) == KEEP and way.stay("") == KEEP
    desk.records.staff.leave(token)
    for left in (repr(way.stay(token)), repr(way.sign_out(token))):
        assert "onerror" not in left and case_id(desk) not in left and "Opened(id=''" in left
    assert way.open(token, REQUEST) == KEEP


# What a clinician does ------------------------------------------------------------------------------


@pytest.fixture
def token(desk: Any) -> str:
    return str(desk.records.staff.enter(NAME, PASSWORD))


def test_opening_judging_exporting_closing_and_reopening_a_case_are_done_and_noted(
    desk: Any, token: str, told: Told
) -> None:
    tab, opened = CasesTab(desk), opened_case(desk)
    seen = tab.open(token, REQUEST, opened.id)
    assert seen.opened.id == opened.id and 'id="turn-1"' in seen.record and 'aria-current="true"' in seen.cases
    seen = tab.judge(token, REQUEST, opened, "missing", "migraine", "Look again.")
    assert "Look again." in seen.findings
    for form in (tab.markdown, tab.fhir):
        assert Path(form(token, REQUEST, opened)).stat().st_size > 100
    seen = tab.close(token, REQUEST, opened)
    assert f"closed by {NAME}" in seen.head and opened.id not in seen.cases
    assert (seen.close.visible, seen.reopen.visible) == (False, True)
    seen = tab.reopen(token, REQUEST, opened)
    assert "closed by" not in seen.head and opened.id in seen.cases
    assert (seen.close.visible, seen.reopen.visible) == (True, False)
    done = ["opened", "judged", "exported", "exported", "closed", "reopened"]
    assert actions(desk) == [(NAME, action) for action in done]
    assert len(told) == 3


def test_a_clinician_may_upload_so_many_files_an_hour(desk: Any, token: str, told: Told, tmp_path: Path) -> None:
    desk.pace = Pace(Settings(uploads_per_hour=1))
    path = tmp_path / "record.json"
    path.write_text('{"age": 61}', encoding="utf-8")
    tab = PlansTab(desk)
    assert tab.read(token, REQUEST, str(path), *Form()) != KEEP and told == []
    assert tab.read(token, REQUEST, str(path), *Form()) == KEEP
    assert len(told) == 1 and "minutes" in told[0]


@pytest.mark.parametrize("name", ["close", "reopen", "pdf", "markdown", "fhir"])
def test_without_an_open_case_there_is_one_sentence(name: str, desk: Any, token: str, told: Told) -> None:
    assert getattr(CasesTab(desk), name)(token, REQUEST, Opened()) == KEEP
    assert told == [WHO.words["choose_case"]]


def test_the_clock_shows_what_is_new_and_takes_away_what_was_erased(desk: Any, token: str) -> None:
    tab, opened = CasesTab(desk), opened_case(desk)
    seen = Opened(opened.id, NOW + timedelta(hours=1))
    assert tab.refresh(token, REQUEST, seen).news == ""
    assert "wrote again" in tab.refresh(token, REQUEST, Opened(opened.id, NOW)).news
    desk.records.cases.erase("t")
    gone = tab.refresh(token, REQUEST, seen)
    assert gone.opened == Opened() and gone.record == "" and opened.id not in gone.cases


def test_a_query_is_read_and_a_part_of_it_can_be_taken_away(desk: Any, token: str, told: Told) -> None:
    tab = CasesTab(desk)
    seen = tab.search(token, REQUEST, "emergency women", [], "open", Opened())
    assert case_id(desk) not in seen.cases and [part.field for part in seen.reading.parts] == ["levels", "sex"]
    again = tab.narrow(token, REQUEST, Opened(), seen.reading, [0], [], "open")
    assert case_id(desk) in again.cases and case_id(desk) in again.answer
    assert case_id(desk) in tab.search(token, REQUEST, " ", [], "open", Opened()).cases
    assert case_id(desk) not in tab.search(token, REQUEST, "", ["routine"], "open", Opened()).cases
    assert not told


@pytest.mark.parametrize(
    ("since", "until", "sentence"),
    [("2026-11-31", "", "no_date"), ("yesterday", "", "no_date"), ("2026-11-02", "2026-11-01", "dates_turned"),
     ("", "9999-12-31", "no_date")],
)  # fmt: skip
def test_days_that_cannot_be_are_one_sentence(
    since: str, until: str, sentence: str, desk: Any, token: str, told: Told
) -> None:
    assert CohortTab(desk).show(token, REQUEST, since, until) == KEEP
    assert told == [WHO.words[sentence]]


def test_all_cases_are_drawn_and_given_as_csv(desk: Any, token: str) -> None:
    tab = CohortTab(desk)
    assert "Cases: 1." in tab.show(token, REQUEST, "2026-11-20", "2026-11-20")
    assert WHO.words["no_cases"] in tab.show(token, REQUEST, None, "2026-11-19")
    assert case_id(desk) in Path(tab.csv(token, REQUEST, "", "")).read_text(encoding="utf-8")
    assert actions(desk) == [(NAME, "exported")]


def test_the_log_is_shown_page_by_page_and_checked(desk: Any, told: Told) -> None:
    token, tab = desk.records.staff.enter(AUDITOR, PASSWORD), LogTab(desk)
    for number in range(60):
        desk.records.audit.note("airmed", "answered", f"case-{number}")
    first = tab.newest(token, REQUEST)
    assert "case-59" in first.entries and "case-9<" not in first.entries
    older = tab.older(token, REQUEST, first.before)
    assert "case-9<" in older.entries and "case-59" not in older.entries
    assert tab.older(token, REQUEST, older.before).before == older.before and told == [WHO.words["log_no_older"]]
    assert "The log is whole: 60 entries" in tab.verify(token, REQUEST)
    with desk.records.database.writing() as connection:
        connection.exec_driver_sql("UPDATE audit_entries SET action = 'erased' WHERE seq = 30")
    assert 'role="alert"' in tab.verify(token, REQUEST)
