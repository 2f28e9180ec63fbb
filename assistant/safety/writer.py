"""The answer as it is written: a model's sentence where the evidence supports it, the evidence itself where not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

from assistant.consultation.reading import read_findings
from assistant.safety.evidence import Evidence, Statement
from assistant.safety.grounding import clean, repeats, supporting
from assistant.visit import Visit
from knowledge.embedding import Embedder
from knowledge.text import is_chinese, sentences

SENTENCES = 5
REASSURANCE = "reassurance"


def write(words: Iterable[str], evidence: Evidence, visit: Visit, embedder: Embedder, calm: bool) -> Iterator[str]:
    """Pieces of the answer, each checked before it is given.

    Args:
        words: The chat model's stream; closed as soon as the answer is long enough.
        calm: Whether reassurance may be said: not while the conversation is urgent or worse.
    """
    if evidence.complete:
        body: Iterator[str] = (_cited(statement) for statement in evidence.statements)
    else:
        body = _body(words, evidence, embedder, calm)
    blocks = [_lines(evidence.opening), _prose(body), _help(evidence, visit), iter([evidence.question])]
    started = False
    for block in blocks:
        first = next(block, "")
        if not first:
            continue
        yield f"\n\n{first}" if started else first
        yield from block
        started = True


def _lines(statements: Iterable[Statement]) -> Iterator[str]:
    """Each statement on a line of its own; list items stand close, the rest apart."""
    for place, statement in enumerate(statements):
        gap = "\n" if statement.text.startswith("- ") else "\n\n"
        yield f"{gap}{_cited(statement)}" if place else _cited(statement)


def _prose(said: Iterable[str]) -> Iterator[str]:
    for place, sentence in enumerate(said):
        yield sentence if place == 0 or is_chinese(sentence) else f" {sentence}"


def _help(evidence: Evidence, visit: Visit) -> Iterator[str]:
    if evidence.closing:
        title = visit.words.waiting if evidence.complete else visit.words.when_to_get_help
        yield f"**{title}**\n"
        yield "\n".join(f"- {_cited(statement)}" for statement in evidence.closing)


def _body(words: Iterable[str], evidence: Evidence, embedder: Embedder, calm: bool) -> Iterator[str]:
    """At most `SENTENCES` sentences: the model's own or, for each that fails, the best statement not yet said."""
    waiting = [statement for statement in evidence.statements if calm or not _reassures(statement.text)]
    texts = [statement.text for statement in waiting]
    said: list[str] = [statement.text for statement in evidence.closing]
    written = 0
    for sentence in _spoken(words):
        if written == SENTENCES:
            break
        place = supporting(sentence, texts, embedder) if calm or not _reassures(sentence) else None
        if place is not None and not repeats(sentence, said):
            statement = Statement(text=sentence, citation=waiting[place].citation)
        else:
            statement = _next(waiting, said)
        if statement is None:
            break
        said.append(statement.text)
        written += 1
        yield _cited(statement)
    while written < SENTENCES and (rest := _next(waiting, said)):
        said.append(rest.text)
        written += 1
        yield _cited(rest)


def _spoken(words: Iterable[str]) -> Iterator[str]:
    """Whole sentences from a stream of pieces."""
    buffer = ""
    with closing(_as_generator(words)) as stream:
        for piece in stream:
            buffer += piece
            *whole, buffer = sentences(f"{buffer}\x00")
            buffer = buffer.rstrip("\x00")
            yield from (sentence for sentence in map(clean, whole) if sentence)
    if buffer and clean(buffer):
        yield clean(buffer)


def _as_generator(words: Iterable[str]) -> Iterator[str]:
    yield from words


def _next(waiting: list[Statement], said: list[str]) -> Statement | None:
    return next((statement for statement in waiting if not repeats(statement.text, said)), None)


def _reassures(sentence: str) -> bool:
    return any(mention.finding == REASSURANCE for mention in read_findings(sentence))


def _cited(statement: Statement) -> str:
    return statement.text if statement.citation is None else f"{statement.text} [{statement.citation + 1}]"
