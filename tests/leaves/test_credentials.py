"""Password hashes, sealed secrets and signed tokens: right ones work, changed ones never."""

import os
import re
import stat
from pathlib import Path

import argon2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen import credentials
from kempelen.credentials import NotAuthentic, Sealer

KEY = bytes(range(32))
OTHER_KEY = bytes(32)


def test_a_password_is_verified_by_its_hash() -> None:
    stored = credentials.hash_password("m28k-dggz")
    assert stored.startswith("$argon2id$")
    assert credentials.verify_password(stored, "m28k-dggz") == (True, False)
    assert credentials.verify_password(stored, "m28k-dggy") == (False, False)


def test_the_same_password_has_another_hash_each_time() -> None:
    assert credentials.hash_password("same") != credentials.hash_password("same")


def test_a_hash_of_lower_cost_is_to_be_renewed() -> None:
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("old")
    assert credentials.verify_password(cheap, "old") == (True, True)
    assert credentials.verify_password(cheap, "new") == (False, False)


@pytest.mark.parametrize("stored", [None, "", "plain", "$argon2id$broken"])
def test_nothing_is_right_for_no_hash_or_a_broken_one(stored: str | None) -> None:
    assert credentials.verify_password(stored, "") == (False, False)


def test_a_digest_is_sha_256() -> None:
    assert credentials.digest("abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


@given(text=st.text(max_size=200), context=st.text(max_size=40))
def test_what_was_sealed_is_opened(text: str, context: str) -> None:
    sealer = Sealer(KEY)
    assert sealer.open(sealer.seal(text, context), context) == text


def test_a_sealed_text_does_not_show_it_and_differs_each_time() -> None:
    sealer = Sealer(KEY)
    one, other = (sealer.seal("top secret", "AKIA1") for _ in range(2))
    assert one != other
    assert re.fullmatch(r"1\.[A-Za-z0-9_-]+", one)
    assert "secret" not in one


def test_only_the_same_key_and_context_open() -> None:
    sealed = Sealer(KEY).seal("top secret", "AKIA1")
    with pytest.raises(NotAuthentic):
        Sealer(OTHER_KEY).open(sealed, "AKIA1")
    with pytest.raises(NotAuthentic):
        Sealer(KEY).open(sealed, "AKIA2")


def test_no_changed_character_goes_unnoticed() -> None:
    sealer = Sealer(KEY)
    sealed = sealer.seal("top secret", "AKIA1")
    # The last character also carries bits that decoding ignores, hence not all of its values.
    for position in range(len(sealed) - 1):
        changed = "B" if sealed[position] == "A" else "A"
        with pytest.raises(NotAuthentic):
            sealer.open(sealed[:position] + changed + sealed[position + 1 :], "AKIA1")


@pytest.mark.parametrize("sealed", ["", "1.", "1.AAAA", "2.AAAA", "1.é", "nonsense"])
def test_what_was_never_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(NotAuthentic):
        Sealer(KEY).open(sealed, "AKIA1")


@given(st.binary(max_size=200))
def test_what_was_signed_is_verified(data: bytes) -> None:
    assert credentials.verify(credentials.sign(data, KEY), KEY) == data


@given(data=st.binary(max_size=40), position=st.integers(min_value=0), new=st.characters())
def test_no_other_spelling_of_a_token_is_accepted(data: bytes, position: int, new: str) -> None:
    token = credentials.sign(data, KEY)
    place = position % len(token)
    if token[place] == new:
        return
    with pytest.raises(NotAuthentic):
        credentials.verify(token[:place] + new + token[place + 1 :], KEY)


@pytest.mark.parametrize("token", ["", ".", "AAAA", "AAAA.", ".AAAA", "A.B.C"])
def test_what_was_never_signed_is_refused(token: str) -> None:
    with pytest.raises(NotAuthentic):
        credentials.verify(token, KEY)


def test_a_token_of_one_purpose_is_no_good_for_another() -> None:
    token = credentials.sign(b"data", credentials.signing_key(KEY, "frame"))
    with pytest.raises(NotAuthentic):
        credentials.verify(token, credentials.signing_key(KEY, "ticket"))


def test_a_secret_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "kempelen.db.key"
    made = credentials.load_or_make_secret_key(path)
    assert len(made) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert credentials.load_or_make_secret_key(path) == made


def test_two_secret_keys_differ(tmp_path: Path) -> None:
    one, other = (credentials.load_or_make_secret_key(tmp_path / name) for name in "ab")
    assert one != other


def test_a_short_secret_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "kempelen.db.key"
    path.write_text("AAAA\n", encoding="ascii")
    with pytest.raises(ValueError, match="Restore it from a backup"):
        credentials.load_or_make_secret_key(path)


def test_a_secret_key_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "kempelen.db.key"
    path.write_bytes(os.urandom(3) + b"\xff")
    with pytest.raises((ValueError, NotAuthentic)):
        credentials.load_or_make_secret_key(path)
