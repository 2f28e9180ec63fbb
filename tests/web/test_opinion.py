from __future__ import annotations

from html.parser import HTMLParser

from assistant.locales import locale
from assistant.opinion import Likely, Mover, Opinion, Told
from assistant.web.opinion import opinion_panel

MIGRAINE = Likely(
    id="migraine",
    name="Migraine <b>",
    probability=0.7,
    urgency="routine",
    prior=1.5,
    wording=0.5,
    movers=(Mover(name="throbbing", there=True, weight=2.0), Mover(name="fever", there=False, weight=-0.5)),
    url="https://www.nhs.uk/conditions/migraine/",
)
OPINION = Opinion(
    level="routine",
    because="An appointment is soon enough.",
    told=(Told(id="headache", name="headache", there=True),),
    likely=(MIGRAINE,),
    change=("stiff neck: emergency",),
)


class Bars(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.bars: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        values = dict(attrs)
        if tag == "i" and "margin-left" in (values.get("style") or ""):
            self.bars.append(values["class"] or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_waterfall_has_a_bar_for_every_reason_and_the_sum() -> None:
    page = Bars()
    page.feed(opinion_panel(OPINION, locale("en")))
    assert page.bars == ["up", "up", "up", "down", "sum"]
    assert page.open == []


def test_the_panel_says_the_level_the_reason_and_what_would_change_it() -> None:
    panel = opinion_panel(OPINION, locale("en"))
    for said in ("make an appointment", OPINION.because, "70%", "+2.0", "-0.5", "✗ fever", "stiff neck: emergency"):
        assert said in panel
    assert "Migraine &lt;b&gt;" in panel


def test_without_an_opinion_the_panel_says_what_will_stand_there() -> None:
    assert locale("zh").page["opinion_none"] in opinion_panel(None, locale("zh"))
