"""Sealing: what opens, what does not, and how keys are kept."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer

from assistant.errors import RecordsError, SettingsError
from assistant.records.vault import KEY_BYTES, Vault, open_vault, read_keys, write_keys

ONE, TWO = b"1" * KEY_BYTES, b"2" * KEY_BYTES
PLACE = "cases.dossier:a"


def text_of(*keys: bytes) -> str:
    return ",".join(base64.b64encode(key).decode() for key in keys)


@given(content=st.binary(max_size=200), place=st.text(max_size=40))
def test_what_was_sealed_is_what_is_opened(content: bytes, place: str) -> None:
    assert Vault([ONE]).unseal(Vault([ONE]).seal(content, place), place) == content


@given(content=st.binary(max_size=50), bit=st.integers(0))
def test_a_single_bit_is_noticed(content: bytes, bit: int) -> None:
    vault = Vault([ONE])
    sealed = bytearray(vault.seal(content, PLACE))
    bit %= len(sealed) * 8
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(RecordsError):
        vault.unseal(bytes(sealed), PLACE)


@given(sealed=st.binary(max_size=80))
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    for made_up in (sealed, Vault([ONE]).seal(b"", PLACE)[:8] + sealed):
        with pytest.raises(RecordsError, match="AIRMED_VAULT_KEY"):
            Vault([ONE]).unseal(made_up, PLACE)


def test_a_sealed_text_opens_in_its_place_with_its_key_alone() -> None:
    sealed = Vault([ONE]).seal(b"secret words", PLACE)
    assert b"secret" not in sealed and Vault([ONE]).seal(b"secret words", PLACE) != sealed
    for vault, place in ((Vault([ONE]), "cases.dossier:b"), (Vault([TWO]), PLACE)):
        with pytest.raises(RecordsError) as caught:
            vault.unseal(sealed, place)
        assert "secret" not in str(caught.value)


def test_any_key_opens_and_the_first_one_seals() -> None:
    old, both = Vault([ONE]), Vault([TWO, ONE])
    sealed = old.seal(b"content", PLACE)
    assert both.unseal(sealed, PLACE) == b"content" and not both.is_current(sealed)
    anew = both.reseal(sealed, PLACE)
    assert both.is_current(anew) and both.reseal(anew, PLACE) == anew
    assert Vault([TWO]).unseal(anew, PLACE) == b"content"
    with pytest.raises(RecordsError):
        both.reseal(sealed, "another place")


def test_checkpoints_are_sealed() -> None:
    state = {"messages": ["My chest hurts"]}
    kind, sealed = EncryptedSerializer(Vault([ONE])).dumps_typed(state)
    assert kind.endswith("+airmed") and b"chest" not in sealed
    assert EncryptedSerializer(Vault([TWO, ONE])).loads_typed((kind, sealed)) == state


def test_keys_are_made_once_and_readable_by_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    sealed = open_vault("", path).seal(b"content", PLACE)
    assert path.stat().st_mode & 0o777 == 0o600 and len(read_keys(path)) == 1
    assert open_vault("", path).unseal(sealed, PLACE) == b"content"


def test_given_keys_need_no_file(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    vault = open_vault(f" {text_of(TWO)} , {text_of(ONE)} ", path)
    assert not path.exists()
    assert Vault([TWO]).unseal(vault.seal(b"content", PLACE), PLACE) == b"content"
    assert vault.unseal(Vault([ONE]).seal(b"content", PLACE), PLACE) == b"content"


@given(keys=st.lists(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), min_size=1, max_size=4))
def test_keys_are_read_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, keys: list[bytes]) -> None:
    path = tmp_path_factory.getbasetemp() / "keys" / "vault.key"
    path.parent.mkdir(exist_ok=True)
    write_keys(path, keys)
    assert read_keys(path) == keys and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "given", ["x", "é", text_of(ONE[:-1]), text_of(ONE) + ",", "," + text_of(ONE), text_of(ONE, b"")]
)
def test_what_is_no_key_is_one_sentence(given: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="openssl rand") as caught:
        open_vault(given, tmp_path / "vault.key")
    assert given not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no key", b"\xff\xfe", base64.b64encode(b"short")])
def test_a_damaged_key_file_is_one_sentence_and_is_left_as_it_is(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"vault\.key"):
        open_vault("", path)
    assert path.read_bytes() == content
