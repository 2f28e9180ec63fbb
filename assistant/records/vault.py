"""What is kept sealed: AES-256-GCM with keys from the environment or from a file made on first run.

Every sealed text names its key, so that keys can be replaced, and is bound to the place that it belongs to: a row
copied over another one does not open.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from assistant.errors import RecordsError, SettingsError

KEY_BYTES, NONCE_BYTES, NAME_BYTES = 32, 12, 8
CHECKPOINT = "checkpoint"
UNREADABLE = "A record cannot be unsealed: it was altered, or sealed with a key that is not here; set AIRMED_VAULT_KEY."


class Vault:
    """Seals with the first of its keys, and opens with any."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take the keys, 32 bytes each, that of today first."""
        self._ciphers = {_name(key): AESGCM(key) for key in keys}
        self._current = _name(keys[0])

    def seal(self, content: bytes, place: str) -> bytes:
        """Seal for a place: the name of the key, a nonce, and the sealed content with its tag."""
        nonce = os.urandom(NONCE_BYTES)
        return self._current + nonce + self._ciphers[self._current].encrypt(nonce, content, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """What was sealed for a place.

        Raises:
            RecordsError: It was altered, moved, or sealed with a key that is not here.
        """
        name, rest = bytes(sealed[:NAME_BYTES]), sealed[NAME_BYTES:]
        try:
            return self._ciphers[name].decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], place.encode())
        except (KeyError, InvalidTag, ValueError) as error:
            raise RecordsError(UNREADABLE) from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether something is sealed with the key of today."""
        return bytes(sealed[:NAME_BYTES]) == self._current

    def reseal(self, sealed: bytes, place: str) -> bytes:
        """The same, sealed with the key of today."""
        return sealed if self.is_current(sealed) else self.seal(self.unseal(sealed, place), place)

    # LangGraph's EncryptedSerializer asks for a cipher of this form, and tells no place.

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        """A checkpoint's content sealed, and what the sealing is called."""
        return "airmed", self.seal(plaintext, CHECKPOINT)

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        """A checkpoint's content."""
        return self.unseal(ciphertext, CHECKPOINT)


def open_vault(given: str, path: Path) -> Vault:
    """The vault of the keys in a setting (base64, the newest first, commas between), else of a file made on first run.

    Raises:
        SettingsError: A key is none, or the file cannot be read.
    """
    if given:
        return Vault(_keys(given.split(","), "AIRMED_VAULT_KEY"))
    if not path.exists():
        write_keys(path, [secrets.token_bytes(KEY_BYTES)])
    return Vault(read_keys(path))


def read_keys(path: Path) -> list[bytes]:
    """The keys of a file, a line each, the newest first.

    Raises:
        SettingsError: It cannot be read, or holds something else.
    """
    try:
        return _keys(path.read_text(encoding="ascii").split(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The key file {path} cannot be read; put back the file that the records need.") from error


def write_keys(path: Path, keys: Sequence[bytes]) -> None:
    """Write the keys, readable by Airmed's user alone, in one step."""
    new = path.with_suffix(f".{os.getpid()}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.writelines(f"{base64.b64encode(key).decode()}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _keys(texts: Sequence[str], where: str) -> list[bytes]:
    try:
        keys = [base64.b64decode(text.strip(), validate=True) for text in texts]
    except ValueError:
        keys = []
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SettingsError(
            f"{where} has to hold keys of {KEY_BYTES} bytes in base64; `openssl rand -base64 32` makes one."
        )
    return keys


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"airmed key name" + key).digest()[:NAME_BYTES]
