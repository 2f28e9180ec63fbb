"""The studio in a real browser, with networks that have learned nothing in the place of the shipped ones."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pydicom
import pytest
from gradio_client import Client
from PIL import Image

from generators.images.pictures import read_picture
from generators.images.synthetic import is_synthetic_dicom
from tests.web.conftest import OpenPage
from tests.web.server import PATIENCE, Server, serving
from tests.web.studio_server import write_models

PICTURES = "#gallery .grid-container img"
LINE = "#measured [role=status]"
UPLOAD = "#upload input[type=file]"
PHONE = {"viewport": {"width": 375, "height": 812}, "is_mobile": True, "has_touch": True}
OpenStudio = Callable[..., Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Server]:
    """The page with small models and without the doctor; nothing may break in it while the tests run."""
    folder = tmp_path_factory.mktemp("studio")
    write_models(folder)
    command = ("-m", "tests.web.studio_server", str(folder))
    with serving(pytestconfig.rootpath, folder / "data", folder / "server.log", command) as running:
        yield running
    assert "Traceback" not in running.log.read_text(encoding="utf-8")


@pytest.fixture
def open_studio(open_page: OpenPage, server: Server) -> OpenStudio:
    """Open the studio in a browser of its own."""

    def open_(locale: str = "en-GB", **options: Any) -> Any:
        page = open_page(locale, **options)
        page.goto(f"{server.url}/studio")
        page.locator(LINE).wait_for()
        return page

    return open_


def make(page: Any, button: str = "Make pictures") -> str:
    """Make pictures, wait for all of them, and say what the page says of them."""
    page.get_by_role("button", name=button, exact=True).click()
    page.locator(LINE).filter(has_text=re.compile(r" \d+\.\d s|\d+\.\d 秒")).wait_for()
    page.wait_for_function("!document.body.classList.contains('answering')")
    return str(page.locator(LINE).inner_text())


def choose(page: Any, examination: str) -> None:
    """Choose an examination by its title."""
    page.get_by_role("combobox", name="Examination").click()
    page.get_by_role("option", name=examination).click()


def downloaded(page: Any, button: str) -> ZipFile:
    """The archive that a button gives."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return ZipFile(BytesIO(Path(waiting.value.path()).read_bytes()))


def stored(server: Server) -> list[bytes]:
    """Every file that Gradio keeps."""
    return [path.read_bytes() for path in (server.data_dir.parent / "gradio").rglob("*") if path.is_file()]


def shown(page: Any) -> list[bytes]:
    """The files of the gallery's pictures."""
    return [page.request.get(image.get_attribute("src")).body() for image in page.locator(PICTURES).all()]


def test_the_way_to_the_studio_and_back(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("link", name="Studio").click()
    page.get_by_role("heading", name="Airmed studio").wait_for()
    assert page.url.endswith("/studio")
    assert page.locator("#header .always").inner_text() == "In an emergency call 999"
    page.get_by_role("link", name="Doctor").click()
    page.locator("#message").wait_for()


def test_pictures_are_captioned_measured_and_marked(open_studio: OpenStudio) -> None:
    page = open_studio()
    assert re.fullmatch(r"8 pictures in \d+\.\d s, Diffusion, seed 1", make(page))
    captions = page.locator("#gallery .caption-label").all_inner_texts()
    assert captions == (["normal", "bacterial pneumonia", "viral pneumonia"] * 3)[:8]
    files = shown(page)
    assert all(read_picture(content).synthetic for content in files)
    assert len(set(files)) == 8
    make(page)
    assert shown(page) == files


def test_findings_follow_the_examination(open_studio: OpenStudio) -> None:
    page = open_studio()
    choose(page, "brain MRI")
    page.get_by_label("meningioma").wait_for()
    page.get_by_label("meningioma").uncheck()
    page.get_by_label("glioma").uncheck()
    make(page)
    assert set(page.locator("#gallery .caption-label").all_inner_texts()) == {"pituitary tumour"}


@pytest.mark.parametrize(
    ("family", "controls"), [("GAN", {"Variety"}), ("Diffusion", {"Guidance", "Steps"}), ("Diffusion, fast", set())]
)
def test_a_family_shows_its_own_controls(open_studio: OpenStudio, family: str, controls: set[str]) -> None:
    page = open_studio()
    page.get_by_label("VAE").check()
    page.locator("#bench").get_by_text("Variety").wait_for()
    page.get_by_label(family, exact=True).check()
    for name in ("Variety", "Guidance", "Steps"):
        state = "visible" if name in controls else "hidden"
        page.locator("#bench").get_by_text(name, exact=True).wait_for(state=state)


def test_a_new_seed_gives_new_pictures(open_studio: OpenStudio) -> None:
    page = open_studio()
    make(page)
    before = shown(page)
    page.get_by_role("button", name="New seed").click()
    page.wait_for_function("document.querySelector('#seeding input').value !== '1'")
    seed = page.locator("#seeding input").input_value()
    assert make(page).endswith(f"seed {seed}")
    assert not set(before) & set(shown(page))


def test_downloads(open_studio: OpenStudio) -> None:
    page = open_studio()
    make(page)
    png, dicom = downloaded(page, "Download as PNG"), downloaded(page, "Download as DICOM")
    assert [png.read(name) for name in png.namelist()] == shown(page)
    files = [pydicom.dcmread(BytesIO(dicom.read(name))) for name in dicom.namelist()]
    assert len(files) == 8 and all(is_synthetic_dicom(file) for file in files)


def test_a_visitor_sees_and_gets_only_what_is_his(open_studio: OpenStudio) -> None:
    mine, other = open_studio(), open_studio()
    make(mine)
    assert other.locator(PICTURES).count() == 0
    other.get_by_role("button", name="Download as PNG").click()
    other.get_by_text("Make pictures first, then download them.").wait_for()


def test_making_can_be_stopped(open_studio: OpenStudio) -> None:
    page = open_studio()
    assert not page.locator("#stop").is_visible()
    page.get_by_label("Diffusion", exact=True).check()
    for name, value in (("Number of pictures", "16"), ("Guidance", "5"), ("Steps", "50")):
        page.get_by_label(f"number input for {name}").fill(value)
    page.get_by_role("button", name="Make pictures", exact=True).click()
    page.locator(PICTURES).wait_for()
    page.locator("#stop").click()
    page.locator("#stop").wait_for(state="hidden")
    assert page.locator(LINE).inner_text().startswith("1 picture in ")
    page.get_by_label("Diffusion, fast", exact=True).check()
    assert make(page).startswith("16 pictures in ")


def test_the_way_between_two(open_studio: OpenStudio) -> None:
    page = open_studio()
    page.get_by_role("button", name="Interpolate").click()
    page.get_by_alt_text("The same frames as a film, there and back").wait_for()
    assert page.locator("#way img").count() == 9
    assert page.get_by_alt_text("Synthetic picture, frame 8 of 8").is_visible()
    content = b64decode(page.locator("#way .film").get_attribute("src").partition(",")[2])
    assert Image.open(BytesIO(content)).n_frames == 14  # type: ignore[attr-defined]
    assert read_picture(content).synthetic


def test_a_picture_is_analysed_and_not_kept(open_studio: OpenStudio, server: Server) -> None:
    page = open_studio()
    make(page)
    content = shown(page)[0] + b"quokkaline"  # so that it differs from the gallery's own file
    page.get_by_role("tab", name="Analyse a picture").click()
    assert "meant for clinicians" in page.locator("#clinicians").inner_text()
    page.locator(UPLOAD).set_input_files({"name": "scan.png", "mimeType": "image/png", "buffer": content})
    page.locator("#seen .odds").wait_for()
    told = page.locator("#seen").inner_text()
    assert len(re.findall(r"\d+%", told)) == 3
    assert "The file is marked as synthetic." in told and "not a diagnosis" in told
    assert page.locator("#seen img").count() == 2
    assert content not in stored(server)
    page.locator(UPLOAD).wait_for(state="attached")


def test_a_file_that_is_no_picture(open_studio: OpenStudio, server: Server) -> None:
    page = open_studio()
    page.get_by_role("tab", name="Analyse a picture").click()
    page.locator(UPLOAD).set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"quokkaline"})
    page.get_by_text("a.png is not a PNG").wait_for()
    assert page.locator("#seen img").count() == 0
    assert b"quokkaline" not in stored(server)
    assert "quokkaline" not in server.log.read_text(encoding="utf-8")


def test_a_seed_that_cannot_be(open_studio: OpenStudio) -> None:
    page = open_studio()
    page.locator("#seeding input").fill("-5")
    page.get_by_role("button", name="Make pictures", exact=True).click()
    page.get_by_text("seed is -5; give a whole number").wait_for()
    page.locator("#stop").wait_for(state="hidden")


def test_chinese_on_a_phone(open_studio: OpenStudio) -> None:
    page = open_studio("zh-CN", **PHONE)
    page.get_by_role("link", name="影像工坊").wait_for()
    assert "合成" in page.locator("#notice").inner_text()
    assert "秒生成 8 张影像，扩散模型，种子 1" in make(page, "生成影像")
    assert page.locator("#gallery .caption-label").first.inner_text() == "正常"
    page.get_by_role("button", name="插值过渡").click()
    page.locator("#way img").nth(8).wait_for()
    for tab in ("生成影像", "分析影像"):
        page.get_by_role("tab", name=tab).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert "临床医生" in page.locator("#clinicians").inner_text()


def test_nothing_of_the_studio_is_open_to_programs(server: Server) -> None:
    client = Client(server.url, verbose=False, httpx_kwargs={"timeout": PATIENCE})
    listed = client.view_api(return_format="dict", print_info=False)
    assert set(listed["named_endpoints"]) == {"/chat", "/stream", "/urgency", "/keep", "/data", "/erase"}
    assert listed["unnamed_endpoints"] == {}
    with pytest.raises(ValueError, match="Cannot find a function"):
        client.predict("chest_xray", api_name="/make")
