"""Tokens that programs show in `Authorization: Bearer`, compared in a time that tells nothing of them."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from assistant.errors import SettingsError

SCHEME = "bearer"


def shows(header: str, token: str) -> bool:
    """Whether an `Authorization` header shows a token; an empty token is never shown."""
    scheme, _, shown = header.partition(" ")
    same = hmac.compare_digest(shown.strip().encode(errors="replace"), token.encode(errors="replace"))
    return same and scheme.lower() == SCHEME and bool(token)


def token_in(path: Path) -> str:
    """The token in a file, made on first run and readable by Airmed's user alone.

    Raises:
        SettingsError: The file cannot be read, or is empty.
    """
    try:
        if not path.exists():
            new = path.with_suffix(f".{os.getpid()}.new")
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(32))
            new.replace(path)
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The token file {path} cannot be read; delete it, and a new one is made.") from error
    if not token:
        raise SettingsError(f"The token file {path} is empty; delete it, and a new one is made.")
    return token
