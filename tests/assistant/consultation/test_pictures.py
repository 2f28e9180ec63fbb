from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.consultation.counting import LARGEST_SEED
from assistant.consultation.pictures import MOST, PictureRequest, Question, read_request, words
from assistant.locales import languages, locale
from generators.images.catalogue import known

XRAY, CT, MRI = "chest_xray", "chest_ct", "brain_mri"
PNEUMONIA = ("bacterial_pneumonia", "viral_pneumonia")
TUMOURS = ("meningioma", "glioma", "pituitary")


def wanted(
    dataset: str, *findings: str, asked: int = 4, model: str = "diffusion", seed: int | None = None
) -> PictureRequest:
    return PictureRequest(dataset, findings, model, asked, seed)


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("three CTs with a malignant nodule, diffusion", wanted(CT, "malignant", asked=3, model="diffusion")),
        (
            "show me what viral pneumonia looks like on a chest x-ray, 4 pictures, GAN",
            wanted(XRAY, "viral_pneumonia", model="gan"),
        ),
        ("show me what viral pneumonia looks like on a chest x-ray", wanted(XRAY, "viral_pneumonia")),
        ("five brain MRIs of a glioma", wanted(MRI, "glioma", asked=5)),
        ("a normal chest x ray", wanted(XRAY, "normal", asked=1)),
        ("生成三张肺炎胸片", wanted(XRAY, *PNEUMONIA, asked=3)),
        ("MRI", wanted(MRI)),
        ("an x-ray", wanted(XRAY, asked=1)),
        ("a CAT scan please", wanted(CT, asked=1)),
        ("a head scan", wanted(MRI, asked=1)),
        ("picture of healthy lungs", wanted(XRAY, "normal")),
        ("generate a glioma", wanted(MRI, "glioma")),
        ("lung cancer", wanted(CT, "malignant")),
        ("a nodule on CT", wanted(CT, "malignant")),
        ("a benign nodule on CT, seed 7", wanted(CT, "benign", seed=7)),
        ("a nodule that is benign", wanted(CT, "benign")),
        ("CT without nodules", wanted(CT, "normal")),
        ("benign and malignant CTs, two of each", wanted(CT, "benign", "malignant", asked=2)),
        ("lung tumour ct", wanted(CT, "benign", "malignant")),
        ("brain tumor picture", wanted(MRI, *TUMOURS)),
        ("pituitary adenoma on mri", wanted(MRI, "pituitary")),
        ("GBM on MRI, generate 2", wanted(MRI, "glioma", asked=2)),
        ("pneumonia x-rays", wanted(XRAY, *PNEUMONIA)),
        ("pneumonia, viral", wanted(XRAY, "viral_pneumonia")),
        ("viral and bacterial pneumonia", wanted(XRAY, "viral_pneumonia", "bacterial_pneumonia")),
        ("chest film, no pneumonia", wanted(XRAY, "normal")),
        ("pnuemonia xray", wanted(XRAY, *PNEUMONIA)),
        ("four bengin CT slices", wanted(CT, "benign")),
        ("menigioma mri x3", wanted(MRI, "meningioma", asked=3)),
        ("chest_xray bacterial_pneumonia vae 3", wanted(XRAY, "bacterial_pneumonia", asked=3, model="vae")),
        ("quick diffusion glioma", wanted(MRI, "glioma", model="fast")),
        ("diffusion but fast, glioma", wanted(MRI, "glioma", model="fast")),
        ("a quick GAN glioma", wanted(MRI, "glioma", model="gan")),
        ("use the variational autoencoder for two brain MRIs", wanted(MRI, asked=2, model="vae")),
        ("seed=99 meningioma", wanted(MRI, "meningioma", seed=99)),
        ("glioma, seed 99999999999", wanted(MRI, "glioma", seed=LARGEST_SEED)),
        ("a dozen chest CTs", wanted(CT, asked=12)),
        ("half a dozen gliomas", wanted(MRI, "glioma", asked=6)),
        ("two hundred CTs", wanted(CT, asked=200)),
        ("1,000 chest x-rays", wanted(XRAY, asked=1000)),
        ("0 chest x-rays", wanted(XRAY, asked=0)),
        ("a set of brain mri", wanted(MRI)),
        ("x-ray of a 5 year old with pneumonia", wanted(XRAY, *PNEUMONIA)),
        ("grade 4 glioma, T1 MRI", wanted(MRI, "glioma")),
        ("a chest x-ray of an infected lung in 12 steps", wanted(XRAY, *PNEUMONIA, asked=1)),
        ("画一张正常的胸片", wanted(XRAY, "normal", asked=1)),
        ("胸部CT 良性 5张 随机种子 12", wanted(CT, "benign", asked=5, seed=12)),
        ("用GAN来两张垂体瘤的磁共振", wanted(MRI, "pituitary", asked=2, model="gan")),
        ("用扩散模型生成十二张肺癌CT", wanted(CT, "malignant", asked=12, model="diffusion")),
        ("生成5张胸片", wanted(XRAY, asked=5)),
        ("胶质瘤4级的核磁", wanted(MRI, "glioma")),
        ("gliomas, 5.", wanted(MRI, "glioma", asked=5)),
        ("几张脑瘤核磁", wanted(MRI, *TUMOURS, asked=3)),
        ("病毒性肺炎的胸片长什么样", wanted(XRAY, "viral_pneumonia")),
    ],
)
def test_words_become_a_request(text: str, request_: PictureRequest) -> None:
    assert read_request(text) == request_


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("knee MRI", Question("kind")),
        ("brain CT", Question("kind")),
        ("chest MRI", Question("kind")),
        ("an ultrasound of the liver", Question("kind")),
        ("make an x-ray picture of a broken wrist", Question("kind")),
        ("生成一张膝关节核磁", Question("kind")),
        ("chest x-ray of tuberculosis", Question("finding", XRAY)),
        ("chest x-ray with a malignant nodule", Question("finding", XRAY)),
        ("a normal brain MRI", Question("finding", MRI)),
        ("CT of pneumonia", Question("finding", CT)),
        ("肺结核胸片", Question("finding", XRAY)),
        ("draw something", Question("which")),
        ("I have been coughing blood for three weeks", Question("which")),
        ("", Question("which")),
    ],
)
def test_what_no_model_knows_is_a_question(text: str, question: Question) -> None:
    assert read_request(text) == question


def test_more_than_a_chat_shows_are_cut_and_of_two_kinds_the_first_is_made() -> None:
    request = read_request("40 chest x-rays and a brain MRI")
    assert isinstance(request, PictureRequest)
    assert (request.dataset, request.count, request.asked, request.other_kinds) == (XRAY, MOST, 40, True)


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from(["one", "couple", "half a dozen", "x-ray", "ct", "张", "seed", "7"])).map(" ".join)
)
def test_any_text_gives_a_request_or_a_question(text: str) -> None:
    read = read_request(text)
    if isinstance(read, PictureRequest):
        assert 1 <= read.count <= MOST
        assert set(read.findings) <= set(known()[read.dataset].labels)
        assert read.seed is None or 0 <= read.seed <= LARGEST_SEED


def test_the_word_lists_name_what_the_models_know() -> None:
    assert words().kinds.keys() == words().findings.keys() == known().keys()
    for dataset, rows in words().findings.items():
        assert {label for row in rows for label in row.labels} == set(known()[dataset].labels)


@pytest.mark.parametrize("language", languages())
def test_every_language_names_what_there_is(language: str) -> None:
    told, labels = locale(language).doctor.pictures, {label for one in known().values() for label in one.labels}
    assert told.kinds.keys() == known().keys()
    assert told.findings.keys() == labels
    assert told.families.keys() == words().models.keys()
    assert all(isinstance(read_request(offer), PictureRequest) for offer in told.offers.values())
