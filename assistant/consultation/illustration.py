"""Makes the pictures that someone asked for and tells each as it comes; what cannot be made is answered in words."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from assistant.consultation.pictures import MOST, PictureRequest, Question, read_request
from assistant.events import Pictured
from assistant.safety.evidence import Citation, Evidence, PictureShown, Statement
from assistant.visit import Visit
from generators.images.catalogue import known

SEEDS = 10_000  # short enough to be typed again
DOI = re.compile(r"doi:(\S+)")
Tell = Callable[[dict[str, Any]], None]


def illustrate(wish: str, visit: Visit, tell: Tell) -> Evidence:
    """The answer to a wish for pictures, told one by one while they are made.

    Raises:
        GeneratorError: The model's files cannot be used.
    """
    read = read_request(wish)
    if isinstance(read, Question):
        return _instead(read, visit)
    seed = secrets.randbelow(SEEDS) if read.seed is None else read.seed
    shown: list[PictureShown] = []
    for number, (label, png) in enumerate(_made(read, seed)):
        picture = PictureShown(
            name=secrets.token_hex(16),
            caption=_caption(read.dataset, label, visit),
            file=f"airmed-{read.dataset}-{label}-{read.model}-{seed}-{number}.png",
        )
        tell(Pictured(picture=picture, number=number, count=read.count, png=png).model_dump())
        shown.append(picture)
    return Evidence(
        opening=tuple(_opening(read, seed, visit)), citations=(_source(read),), complete=True, pictures=tuple(shown)
    )


def _made(request: PictureRequest, seed: int) -> Iterator[tuple[str, bytes]]:
    """The label of each picture, and its marked PNG."""
    from generators.images.synthesis import Request, generate  # takes seconds to import
    from generators.images.synthetic import to_png
    from generators.images.writing import provenance

    wanted = Request(request.dataset, request.findings, request.model, request.count, seed)
    made = (pixels for portion in generate(wanted) for pixels in portion)
    for number, pixels in enumerate(made):
        yield wanted.label_of(number).finding, to_png(pixels, provenance(wanted, number))


# What is said ---------------------------------------------------------------------------------------


def _opening(request: PictureRequest, seed: int, visit: Visit) -> Iterator[Statement]:
    words = visit.words.pictures
    labels = request.findings or known()[request.dataset].labels
    what = _listed(request.dataset, labels[: request.count], visit)
    made = words.made_one if request.count == 1 else words.made
    family = words.families[request.model]
    yield Statement(text=made.format(count=request.count, family=family, seed=seed, what=what))
    if request.asked > MOST:
        yield Statement(text=words.too_many.format(asked=request.asked, most=MOST))
    if request.other_kinds:
        yield Statement(text=words.one_kind)
    yield Statement(text=words.learned.format(title=known()[request.dataset].title), citation=0)


def _instead(question: Question, visit: Visit) -> Evidence:
    """What there is, in a sentence, with wishes to click."""
    words = visit.words.pictures
    kinds = (_listed(name, described.labels, visit) for name, described in known().items())
    told = {"all": words.comma.join(kinds)}
    if question.dataset:
        labels = known()[question.dataset].labels
        told |= {"kind": words.kinds[question.dataset], "findings": _findings(labels, visit)}
    sentence = {"which": words.which, "kind": words.kind, "finding": words.finding}[question.about]
    return Evidence(opening=(Statement(text=sentence.format(**told)),), options=words.offers, complete=True)


def _source(request: PictureRequest) -> Citation:
    described = known()[request.dataset]
    found = DOI.search(described.source)
    return Citation(
        id=f"dataset:{request.dataset}",
        name=described.title,
        text=f"{described.source}\n{described.licence}",
        publisher=described.source.partition(":")[0],
        url=f"https://doi.org/{found.group(1)}" if found else "",
    )


def _caption(dataset: str, label: str, visit: Visit) -> str:
    words = visit.words.pictures
    caption = words.caption.format(kind=words.kinds[dataset], finding=words.findings[label])
    return caption[0].upper() + caption[1:]


def _listed(dataset: str, labels: Iterable[str], visit: Visit) -> str:
    """A kind of picture with its findings."""
    words = visit.words.pictures
    return words.listed.format(kind=words.kinds[dataset], findings=_findings(labels, visit))


def _findings(labels: Iterable[str], visit: Visit) -> str:
    words = visit.words.pictures
    return words.comma.join(words.findings[label] for label in labels)
