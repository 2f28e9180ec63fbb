"""What the studio is made of, without a browser and without models."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from concurrent.futures import Future
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile

import numpy as np
import pydicom
import pytest
from PIL import Image

from assistant.errors import AirmedError, InputError
from assistant.locales import DEFAULT, languages, locale
from assistant.web.desk import _warm
from assistant.web.studio import handlers
from assistant.web.studio.analysis import analysis_html, look
from assistant.web.studio.design import Wanted
from assistant.web.studio.figures import figures, figures_table
from assistant.web.studio.handlers import BUTTONS, Chosen, StudioPage, controls_of, way_html
from assistant.web.studio.names import examinations, families, finding_name, findings
from assistant.web.studio.pictures import FRAMES, Made, archive, film
from assistant.web.telling import telling
from generators.errors import ModelFilesError, PictureError, RequestError
from generators.images import synthesis
from generators.images.analyst import Analysis
from generators.images.atlas import Label
from generators.images.catalogue import known
from generators.images.controls import Controls
from generators.images.pictures import read_picture
from generators.images.synthetic import Provenance, is_synthetic_dicom, to_png

ENGLISH = locale(DEFAULT).studio
GAN = ("chest_xray", ["normal", "viral_pneumonia"], "gan", 3, 7, 0.8, 4.0, 30)
PLACEHOLDER = re.compile(r"\{(\w*)\}")
SECRET = "quokkaline"


def pixels(seed: int) -> Any:
    return np.random.default_rng(seed).integers(40, 200, (128, 128), dtype=np.uint8)


def made(number: int = 0) -> Made:
    return Made(pixels(number), Provenance("chest_xray", "viral_pneumonia", "gan", 7, number, "0123abcd"))


def visitor(language: str = "en-GB") -> Any:
    return SimpleNamespace(headers={"accept-language": language})


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudioPage:
    """What happens on the page; Gradio's cache is a folder of the test."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return StudioPage(SimpleNamespace(settings=SimpleNamespace(region="")))  # type: ignore[arg-type]


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a visitor is warned of."""
    told: list[str] = []
    monkeypatch.setattr("assistant.web.telling.gr.Warning", told.append)
    return told


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Pictures of noise in the place of a model's; the requests that ask for them."""
    asked: list[Any] = []

    def generate(request: Any) -> Iterator[Any]:
        asked.append(request)
        yield np.stack([pixels(0)])
        yield np.stack([pixels(number) for number in range(1, request.count)])

    def interpolate(request: Any, frames: int) -> Iterator[Any]:
        asked.append(request)
        yield from (np.stack([pixels(number)]) for number in range(frames))

    def provenance(request: Any, number: int) -> Provenance:
        label = request.labels[number % len(request.labels)]
        return Provenance(request.dataset, label, request.model, request.seed, number, "0123abcd")

    monkeypatch.setattr("generators.images.synthesis.generate", generate)
    monkeypatch.setattr("generators.images.synthesis.interpolate", interpolate)
    monkeypatch.setattr("generators.images.writing.provenance", provenance)
    return asked


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let every generation fail."""

    def generate(request: Any) -> Iterator[Any]:
        raise error

    monkeypatch.setattr("generators.images.synthesis.generate", generate)


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_words_of_the_studio(language: str) -> None:
    mine = locale(language).studio
    for of in ("words", "families", "columns"):
        here, there = getattr(mine, of), getattr(ENGLISH, of)
        assert list(here) == list(there)
        assert all(text.strip() for text in here.values())
        assert all(set(PLACEHOLDER.findall(here[key])) == set(PLACEHOLDER.findall(there[key])) for key in there)
    assert {*Chosen._fields, *BUTTONS} <= mine.words.keys()


def test_chinese_names_everything_in_the_catalogue() -> None:
    studio = locale("zh").studio
    assert studio.examinations.keys() == known().keys()
    assert studio.findings.keys() == {label for described in known().values() for label in described.labels}


def test_names_are_the_catalogues_where_a_language_has_none() -> None:
    assert examinations(ENGLISH)[0] == (known()["chest_xray"].title, "chest_xray")
    assert findings("chest_xray", ENGLISH)[1] == ("bacterial pneumonia", "bacterial_pneumonia")
    assert ("Diffusion, fast", "fast") in families(ENGLISH)
    assert finding_name("viral_pneumonia", locale("zh").studio) == "病毒性肺炎"


def test_families_are_those_that_can_be_asked_for() -> None:
    from generators.images.synthesis import FAMILIES

    assert list(ENGLISH.families) == list(FAMILIES)
    assert {name: controls_of(name) for name in FAMILIES} == {
        "vae": ("truncation",),
        "gan": ("truncation",),
        "diffusion": ("guidance", "steps"),
        "fast": (),
    }


def test_a_control_of_another_family_counts_for_nothing() -> None:
    chosen = [Chosen(*GAN)._replace(family=family) for family in ENGLISH.families]
    by_family = {each.family: each.request(ENGLISH.words).controls for each in chosen}
    assert by_family["gan"] == by_family["vae"] == Controls(truncation=0.8)
    assert by_family["diffusion"] == Controls(guidance=4, steps=30)
    assert by_family["fast"] == Controls()


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"seed": None}, InputError, "Give a seed"),
        ({"seed": -1}, RequestError, "seed is -1"),
        ({"seed": 2**31}, RequestError, "seed is"),
        ({"number": 0}, RequestError, "count is 0"),
        ({"number": 10**6}, RequestError, "count is 1000000"),
        ({"truncation": 9}, RequestError, "truncation is 9"),
    ],
)
def test_numbers_that_cannot_be(change: dict[str, Any], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        Chosen(*GAN)._replace(**change).request(ENGLISH.words)


def test_pictures_come_one_first_with_their_labels(page: StudioPage, fake: list[Any]) -> None:
    begun, first, last = page.make(visitor(), *GAN)
    assert "Making pictures" in begun.told and begun.gallery == [] and begun.made == []
    assert re.search("1 picture in [0-9.]+ s, GAN, seed 7<", first.told)
    assert re.search("3 pictures in [0-9.]+ s, GAN, seed 7<", last.told)
    assert [label for _, label in first.gallery] == ["normal"]
    assert [label for _, label in last.gallery] == ["normal", "viral pneumonia", "normal"]
    assert all(read_picture(Path(path)).synthetic for path, _ in last.gallery)
    assert [one.provenance.number for one in last.made] == [0, 1, 2]
    assert fake[0].labels == ("normal", "viral_pneumonia")


def test_the_way_ends_as_a_film(page: StudioPage, fake: list[Any]) -> None:
    begun, *shown = page.go(visitor("zh-CN"), *GAN)
    assert "插值" in begun.way
    assert len(shown) == FRAMES
    assert [one.way.count("<img") for one in shown] == [number + 2 for number in range(FRAMES)]
    assert re.search("8/8 帧，GAN，种子 7", shown[-1].way) and "正常" in shown[-1].way
    assert ENGLISH.words["film_alt"] in way_html([made(number) for number in range(FRAMES)], "", ENGLISH)


def test_the_film_moves_there_and_back_and_is_marked() -> None:
    content = film([made(number).png for number in range(4)])
    image = Image.open(BytesIO(content))
    assert (image.format, image.n_frames, image.info["loop"]) == ("PNG", 6, 0)  # type: ignore[attr-defined]
    assert read_picture(content).synthetic


def test_archives_hold_marked_files() -> None:
    several = [made(0), made(1)]
    for dicom, ending in ((False, "png"), (True, "dcm")):
        with ZipFile(BytesIO(archive(several, dicom))) as file:
            assert file.namelist() == [f"chest_xray_viral_pneumonia_gan_7_0000{n}.{ending}" for n in range(2)]
            contents = [file.read(name) for name in file.namelist()]
        assert all(read_picture(content).synthetic for content in contents)
    assert is_synthetic_dicom(pydicom.dcmread(BytesIO(contents[0])))


def test_a_download_is_made_of_what_is_there(page: StudioPage, warnings: list[str]) -> None:
    path = page.dicom([made()], visitor())
    assert path is not None and Path(path).name == "chest_xray_gan_7_dicom.zip"
    assert page.png([], visitor()) is None
    assert warnings == [ENGLISH.words["nothing_made"]]


@pytest.mark.parametrize(
    ("error", "told"), [(ModelFilesError("Train <it>."), "Train &lt;it&gt;."), (ValueError(SECRET), "went wrong")]
)
def test_what_goes_wrong_is_one_sentence(
    page: StudioPage,
    warnings: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    told: str,
) -> None:
    failing(monkeypatch, error)
    with caplog.at_level(logging.ERROR):
        *_, last = page.make(visitor(), *GAN)
    assert last.told == ""
    assert len(warnings) == 1 and told in warnings[0]
    assert SECRET not in caplog.text


def test_a_request_that_is_refused_leaves_the_pictures(page: StudioPage, warnings: list[str], fake: list[Any]) -> None:
    (only,) = page.make(visitor(), *Chosen(*GAN)._replace(number=10**6))
    assert only.gallery is handlers.KEEP
    assert len(warnings) == 1 and "count is 1000000" in warnings[0]
    assert fake == []


def test_a_visitor_who_leaves_stops_the_work(page: StudioPage, fake: list[Any]) -> None:
    working = page.make(visitor(), *GAN)
    next(working)
    working.close()  # type: ignore[attr-defined]
    assert fake == []


def test_warming_up_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ModelFilesError("There is none."))
    synthesis.warm.cache_clear()
    opened: Future[Any] = Future()
    opened.set_result(None)
    _warm(opened)


def test_the_page_opens_in_the_language_of_the_browser(page: StudioPage) -> None:
    opened = page.open("brain_mri", visitor("zh-CN"))
    assert "影像工坊" in opened[0] and 'href="tel:120"' in opened[0]
    update = opened[11]
    assert update["label"] == "所见"
    assert [name for name, _ in update["choices"]] == ["脑膜瘤", "胶质瘤", "垂体瘤"]


ROW = {"fid": 41.25, "fid_ratio": 0.5, "kid": 0.01, "precision": 0.8, "coverage": 0.7, "ms_ssim": 0.3}
FOUND: dict[str, Any] = {
    "fidelity": [
        {"dataset": "chest_ct", "model": "real", "label": "all", **ROW},
        {"dataset": "chest_ct", "model": "gan", "label": "all", **ROW, "copies": 0.0, "membership_auc": 0.5},
        {"dataset": "chest_ct", "model": "gan", "label": "benign", **ROW, "fid": 99.5},
        {"dataset": "brain_mri", "model": "vae", "label": "all", **ROW},
    ],
    "utility": [
        {"dataset": "chest_ct", "model": "gan", "trained_on": "synthetic", "accuracy": 0.75, "auc": 0.9},
        {"dataset": "chest_ct", "model": "gan", "trained_on": "both", "accuracy": 0.95, "auc": 0.9},
    ],
}


def test_figures_have_a_row_for_each_family_and_the_real_last() -> None:
    table = figures_table(FOUND, "chest_ct", ENGLISH)
    assert re.findall('scope="row">([^<]+)', table) == ["GAN", "real pictures"]
    assert "<td>41.2</td>" in table and "<td>0.750</td>" in table
    assert "99.5" not in table and "0.950" not in table
    assert "lower is better" in table


@pytest.mark.parametrize("found", [{}, {"fidelity": []}])
def test_there_is_no_table_without_figures(found: dict[str, Any], tmp_path: Path) -> None:
    assert figures_table(found, "chest_ct", ENGLISH) == ""
    assert figures(tmp_path / "figures.json") == {}


def analysis(**changed: Any) -> Analysis:
    found = ((Label("chest_xray", "viral_pneumonia"), 0.81), (Label("chest_xray", "normal"), 0.19))
    values = {"familiar": True, "strangeness": 0.4, "dataset": "chest_xray", "findings": found, "synthetic": False}
    values |= {"saliency": np.zeros((128, 128), np.float32), "pixels": pixels(0)}
    return Analysis(**{**values, **changed})


def test_an_analysis_shows_findings_and_where_it_looked() -> None:
    shown = analysis_html(analysis(), ENGLISH)
    assert shown.count("<img") == 2
    assert "Where it looked for: viral pneumonia" in shown
    assert "81%" in shown and "19%" in shown
    assert "not marked as synthetic" in shown and "not a diagnosis" in shown


def test_a_strange_picture_gets_no_finding() -> None:
    shown = analysis_html(analysis(familiar=False, findings=(), synthetic=True), ENGLISH)
    assert shown.count("<img") == 1 and "%" not in re.sub('data:[^"]*', "", shown)
    assert "unlike the pictures that the classifier knows" in shown
    assert "marked as synthetic." in shown and "not a diagnosis" in shown


@pytest.mark.parametrize("content", [to_png(pixels(0), made().provenance), b"no picture"])
def test_an_upload_is_deleted_whatever_comes_of_it(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generators.images.analyst.analyse_picture", lambda picture: analysis())
    path = tmp_path / "scan.png"
    path.write_bytes(content)
    try:
        assert "81%" in look(str(path), ENGLISH)
    except PictureError as error:
        assert "scan.png is not a" in str(error)
    assert not path.exists()


def test_a_file_name_brings_no_markup(warnings: list[str]) -> None:
    with telling(ENGLISH.words["broken"]):
        raise PictureError("<img src=x onerror=alert(1)>.png is empty")
    assert warnings == ["&lt;img src=x onerror=alert(1)&gt;.png is empty"]


# Molecules ----------------------------------------------------------------------------------------


def wanted(**changed: Any) -> Wanted:
    usual = Wanted("", "", 0, -5, 8, -10, 200, 800, 10, "vae", 5, 1, 300)
    return usual._replace(**changed)


def test_ranges_that_are_left_alone_are_open() -> None:
    goal = wanted(qed=0.8, logp_most=3, near="aspirin").brief({}).goal
    assert [(one.of.name, one.least, one.most) for one in goal.targets] == [("qed", 0.8, 1), ("logp", -5, 3)]
    assert goal.near is not None and goal.scaffold is None and not wanted().brief({}).goal.targets


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"logp_least": 5, "logp_most": 2}, "logp from 5 to 2 cannot be met"),
        ({"near": "ibuprofin"}, "did you mean ibuprofen"),
        ({"near": "fentanyl"}, "does not propose fentanyls"),
        ({"scaffold": "C1CC"}, "is no SMILES"),
        ({"seed": None}, "Give a seed"),
    ],
)
def test_what_cannot_be_designed_is_one_sentence(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(AirmedError, match=told):
        wanted(**changed).brief({"seed_missing": "Give a seed."})
