"""The clinician's query box: from words to filters that are shown and can be taken away, and to the cases that meet it.

No model reads the words: the same lexicon that reads patients does, with the names of medicines and conditions, and
small grammars of times and ages. What is not understood is shown as such, and never guessed.
"""

from assistant.records.query.finding import Answer, Finder, Found, answer
from assistant.records.query.parts import Part
from assistant.records.query.reading import Reading, read_query, without

__all__ = ["Answer", "Finder", "Found", "Part", "Reading", "answer", "read_query", "without"]
