"""How well search finds graded answers to consumers' questions: the development half of LiveQA-Med.

    python -m tests.benchmarks.retrieval [--queries summary|message]

Every system ranks the same documents in one run. Documents are MedQuAD question-answer pairs (title: the question);
52 questions of consumers carry NIST's grades of 1 to 4. A pair that was graded twice keeps the higher grade. The first
run embeds about 17,000 documents (a quarter of an hour on two cores); later runs read them from the cache folder.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bm25s
import faiss
import numpy as np
import numpy.typing as npt
import Stemmer
from platformdirs import user_cache_path
from tqdm import tqdm

from knowledge.corpus import Document
from knowledge.embedding import BUNDLED, SentenceEmbedder
from knowledge.index import Index, IndexDamagedError
from knowledge.search import Searcher
from tests.benchmarks.report import Rows, report

DATA = Path(__file__).parents[3] / "shared" / "data"
DEPTH = 10
RELEVANT = 3
RRF_K = 60
LATENCY_PASSAGES = 20_000
LATENCY_QUERIES = 100
Grades = dict[str, int]
Ranking = list[str]
Vectors = npt.NDArray[np.float32]
NOTES = (
    "nDCG@10: gain grade-1 (0 to 3), linear; exp: gain 2^(grade-1)-1. MAP@10: grade 3 or more is relevant, divided by "
    "the relevant answers or 10. first: grade-1 of the first answer. Each is the mean over the questions where it is "
    "defined (some answer has a gain; some answer is relevant; all questions).",
    "An answer that was not judged for a question counts as grade 1 (wrong). MedQuAD answers that open like a judged "
    "one (926) are left out of the last pool: a copy of a right answer would count as wrong.",
    "BM25: k1 1.2, b 0.75, title and text, stems, no stop words removed. dense: MiniLM, cosine with text plus cosine "
    "with title, of a document's best passage. fusion: their reciprocal ranks, k = 60. random: one shuffle, seed 0.",
)


@dataclass(frozen=True)
class Question:
    """A consumer's question, its vector, and the grades of the answers that were judged for it."""

    text: str
    vector: Vectors
    grades: Grades


@dataclass(frozen=True)
class Pool:
    """Documents that every system ranks, and the searcher over their passages."""

    documents: list[Document]
    searcher: Searcher


System = Callable[[Pool, Question], Ranking]


def dcg(gains: list[float]) -> float:
    """Discounted cumulative gain of the first ten."""
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains[:DEPTH]))


def measures(ranking: Ranking, grades: Grades) -> dict[str, float]:
    """The measures of one ranking that are defined for these grades."""
    found: dict[str, float] = {}
    top = [grades.get(name, 1) for name in ranking[:DEPTH]]
    best = sorted(grades.values(), reverse=True)
    for name, gain in {"nDCG@10": lambda grade: grade - 1.0, "exp": lambda grade: 2.0 ** (grade - 1) - 1}.items():
        if ideal := dcg([gain(grade) for grade in best]):
            found[name] = dcg([gain(grade) for grade in top]) / ideal
    relevant = [grade >= RELEVANT for grade in top]
    if total := sum(grade >= RELEVANT for grade in best):
        precisions = [sum(relevant[: place + 1]) / (place + 1) for place, hit in enumerate(relevant) if hit]
        found["MAP@10"] = sum(precisions) / min(total, DEPTH)
    found["first"] = float(top[0] - 1)
    return found


def read_grades(path: Path) -> dict[int, Grades]:
    """Question number to answer id to grade; of two grades the higher."""
    grades: dict[int, Grades] = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        number, grade, answer = line.split("\t")
        grades[int(number)][answer] = max(int(grade), grades[int(number)].get(answer, 0))
    return dict(grades)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def judged_documents() -> list[Document]:
    """Every distinct answer that was judged for any question."""
    rows = {row["id"]: row for row in read_rows(DATA / "liveqa_med" / "answers_2479.jsonl.gz")}
    return [Document(name, row["question"], (("", row["answer"]),)) for name, row in rows.items()]


def medquad_documents(judged: list[Document]) -> list[Document]:
    """MedQuAD without copies of judged answers; rows of one folder that share an id are one document."""
    copies = {_opening(document.sections[0][1]) for document in judged}
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read_rows(DATA / "medquad" / "medquad_qa.jsonl.gz"):
        if _opening(row["answer"]) not in copies:
            rows[f"{row['folder']}/{row['id']}"].append(row)
    return [
        Document(name, parts[0]["question"], tuple(("", part["answer"]) for part in parts))
        for name, parts in rows.items()
    ]


def _opening(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())[:200]


def load_questions(embedder: SentenceEmbedder, queries: str) -> list[Question]:
    """The judged questions of the development half."""
    grades = read_grades(DATA / "liveqa_med" / "qrels_dev.tsv")
    rows = [row for row in read_rows(DATA / "liveqa_med" / "questions_dev.jsonl.gz") if row["num"] in grades]
    texts = [
        row["summary"] if queries == "summary" and row["summary"] else f"{row['subject'] or ''}. {row['message'] or ''}"
        for row in rows
    ]
    vectors = embedder.encode(texts)
    return [
        Question(text, vector[None], grades[row["num"]]) for text, vector, row in zip(texts, vectors, rows, strict=True)
    ]


def load_index(documents: list[Document], embedder: SentenceEmbedder) -> Index:
    """The index over all documents, kept between runs in a folder of the user's."""
    folder = Path(os.environ.get("AIRMED_DATA_DIR") or user_cache_path("airmed")) / "benchmarks" / "retrieval"
    try:
        index = Index.load(folder, BUNDLED)
    except IndexDamagedError:  # none yet, or one of an older format
        index = Index(BUNDLED)
    with tqdm(total=len(documents), desc="embedding", unit="doc") as bar:
        index.update(documents, embedder, folder, bar.update)
    index.remove(index.digests.keys() - {document.id for document in documents})
    return index


class Baselines:
    """Rankings of one pool's documents by words alone, by meaning alone, and by both ranks fused."""

    def __init__(self, pool: Pool) -> None:
        self.names = [document.id for document in pool.documents]
        place = {name: number for number, name in enumerate(self.names)}
        self.owners = np.array([place[passage.document] for passage in pool.searcher.index.passages])
        self.vectors = pool.searcher.index.vectors
        self.bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        texts = (" ".join((document.title, *(text for _, text in document.sections))) for document in pool.documents)
        self.bm25.index([_stems(text) for text in texts], show_progress=False)

    def words(self, question: Question) -> Vectors:
        """BM25 of every document."""
        known = [word for word in _stems(question.text) if word in self.bm25.vocab_dict]
        return np.asarray(self.bm25.get_scores(known))

    def meaning(self, question: Question) -> Vectors:
        """Cosine of every document's nearest passage."""
        scores, rows = self.vectors.search(question.vector, self.vectors.ntotal)
        best = np.full(len(self.names), -2.0, np.float32)
        np.maximum.at(best, self.owners[rows[0]], scores[0])
        return best

    def fused(self, question: Question) -> Vectors:
        """Reciprocal rank fusion of the two."""
        ranks = [np.argsort(np.argsort(-scores)) for scores in (self.words(question), self.meaning(question))]
        return np.sum([1 / (RRF_K + 1 + rank) for rank in ranks], axis=0)

    def ranking(self, scores: Vectors) -> Ranking:
        """Documents by score."""
        return [self.names[row] for row in np.argsort(-scores, kind="stable")]


_stemmer = Stemmer.Stemmer("english")


def _stems(text: str) -> list[str]:
    stems: list[str] = _stemmer.stemWords(re.findall(r"[a-z0-9]+", text.lower()))
    return stems


def systems(pool: Pool) -> dict[str, Callable[[Question], Ranking]]:
    """What is compared, each a ranking of the whole pool."""
    base = Baselines(pool)
    random = np.random.default_rng(0)
    size = len(pool.documents)

    def ours(question: Question) -> Ranking:
        hits = pool.searcher.rank(question.text, question.vector, size)
        return [hit.passage.document for hit in hits]

    return {
        "random": lambda question: [base.names[row] for row in random.permutation(size)],
        "BM25": lambda question: base.ranking(base.words(question)),
        "dense": lambda question: base.ranking(base.meaning(question)),
        "fusion of BM25 and dense": lambda question: base.ranking(base.fused(question)),
        "Airmed": ours,
        "oracle": lambda question: sorted(base.names, key=lambda name: -question.grades.get(name, 1)),
    }


def compare(pool: Pool, questions: list[Question], own_pool: bool = False) -> Rows:
    """One row of mean measures for each system; `own_pool` keeps to the answers judged for each question."""
    rows: Rows = []
    for name, system in systems(pool).items():
        results: dict[str, list[float]] = defaultdict(list)
        for question in questions:
            ranking = system(question)
            if own_pool:
                ranking = [name for name in ranking if name in question.grades]
            for measure, value in measures(ranking, question.grades).items():
                results[measure].append(value)
        rows.append({"system": name, **{measure: float(np.mean(values)) for measure, values in results.items()}})
    return rows


def latency(index: Index, embedder: SentenceEmbedder, questions: list[Question]) -> Rows:
    """Milliseconds of one query on the first 20,000 passages: the median and the 95th percentile."""
    count = min(LATENCY_PASSAGES, len(index.passages))
    matrix = index.vectors.reconstruct_n(0, count)
    flat = faiss.IndexFlatIP(matrix.shape[1])
    flat.add(matrix)
    searcher = Searcher(Index(index.model, index.passages[:count], {}, flat), embedder)
    searcher.rank(questions[0].text, questions[0].vector, DEPTH)  # builds the word index
    steps: dict[str, Callable[[Question], object]] = {
        "embed the question": lambda question: embedder.encode([question.text]),
        "raw FAISS IndexFlatIP": lambda question: flat.search(question.vector, DEPTH),
        "Airmed search": lambda question: searcher.rank(question.text, question.vector, DEPTH),
    }
    taken: dict[str, list[float]] = defaultdict(list)
    for number in range(LATENCY_QUERIES):
        question = questions[number % len(questions)]
        for name, step in steps.items():
            start = time.perf_counter()
            step(question)
            taken[name].append((time.perf_counter() - start) * 1000)
    return [
        {"step": name, "p50 ms": float(np.percentile(times, 50)), "p95 ms": float(np.percentile(times, 95))}
        for name, times in taken.items()
    ]


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", choices=("summary", "message"), default="summary")
    queries = parser.parse_args().queries
    if not DATA.is_dir():
        parser.error(f"the public data sets are not in {DATA}")
    embedder = SentenceEmbedder()
    questions = load_questions(embedder, queries)
    judged = judged_documents()
    medquad = medquad_documents(judged)
    index = load_index([*judged, *medquad], embedder)
    everything = Pool([*judged, *medquad], Searcher(index, embedder))
    small = Pool(judged, Searcher(_part(index, {document.id for document in judged}), embedder))
    count = sum(len(question.grades) for question in questions)
    tables = {
        f"each question's own judged answers ({len(questions)} questions, {count} grades)": compare(
            small, questions, own_pool=True
        ),
        f"all {len(judged):,} judged answers": compare(small, questions),
        f"those and MedQuAD, {len(judged) + len(medquad):,} documents": compare(everything, questions),
        f"one query on {min(LATENCY_PASSAGES, len(index.passages)):,} passages": latency(index, embedder, questions),
    }
    report("retrieval" if queries == "summary" else f"retrieval_{queries}", tables, (f"Queries: {queries}.", *NOTES))


def _part(index: Index, ids: set[str]) -> Index:
    part = Index(index.model, list(index.passages), dict(index.digests), index.vectors)
    part.remove(index.digests.keys() - ids)
    return part


if __name__ == "__main__":
    main()
