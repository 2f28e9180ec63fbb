"""The answer as it is written: the best of the evidence first, then the model's sentences that the evidence supports.

What the model leaves out, or says without support, the evidence says itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from assistant.consultation.reading import read_findings
from assistant.safety.evidence import Evidence, Statement
from assistant.safety.grounding import clean, repeats, supporting
from assistant.visit import Visit
from knowledge.embedding import Embedder
from knowledge.text import is_chinese, sentences, terms

SENTENCES = 5
STRAYS = 2
FEWEST_TERMS = 2
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
        yield f" {sentence}" if place else sentence


def _help(evidence: Evidence, visit: Visit) -> Iterator[str]:
    if evidence.closing:
        title = visit.words.waiting if evidence.alarms else visit.words.when_to_get_help
        yield f"**{title}**\n"
        yield "\n".join(f"- {_cited(statement)}" for statement in evidence.closing)


def _body(words: Iterable[str], evidence: Evidence, embedder: Embedder, calm: bool) -> Iterator[str]:
    """At most `SENTENCES` sentences: the best of the evidence, the model's while it keeps to it, then the evidence's.

    A model that strays `STRAYS` times is not listened to any longer.
    """
    waiting = [statement for statement in evidence.statements if calm or not _reassures(statement.text)]
    said = [statement.text for statement in evidence.closing]
    written = [*islice(_rest(waiting, said), 1)]
    yield from map(_cited, written)
    strays = 0
    for sentence in _spoken(words) if written else ():
        place = supporting(sentence, [statement.text for statement in waiting], embedder)
        strays += place is None and _claims(sentence)
        if len(written) == SENTENCES or strays == STRAYS:
            break
        if place is None or repeats(sentence, said) or not (calm or not _reassures(sentence)):
            continue
        written.append(Statement(text=sentence, citation=waiting[place].citation))
        said.append(sentence)
        yield _cited(written[-1])
    yield from map(_cited, islice(_rest(waiting, said), SENTENCES - len(written)))


def _spoken(words: Iterable[str]) -> Iterator[str]:
    """Whole sentences from a stream of pieces."""
    buffer = ""
    for piece in words:
        buffer += piece
        *whole, buffer = sentences(f"{buffer}\x00")
        buffer = buffer.rstrip("\x00")
        yield from (sentence for sentence in map(clean, whole) if sentence)
    if buffer and clean(buffer):
        yield clean(buffer)


def _rest(waiting: list[Statement], said: list[str]) -> Iterator[Statement]:
    """The statements that have not been said yet, the best first; each counts as said once it is given."""
    for statement in waiting:
        if not repeats(statement.text, said):
            said.append(statement.text)
            yield statement


def _claims(sentence: str) -> bool:
    """Whether a sentence says something, unlike "Here are some tips:" or a question."""
    return len(terms(sentence)) > FEWEST_TERMS and not sentence.rstrip().endswith(("?", ":"))


def _reassures(sentence: str) -> bool:
    return any(mention.finding == REASSURANCE for mention in read_findings(sentence))


def _cited(statement: Statement) -> str:
    if statement.citation is None:
        return statement.text
    gap = "" if is_chinese(statement.text) else " "
    return f"{statement.text}{gap}[{statement.citation + 1}]"
