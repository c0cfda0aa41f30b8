"""Password hashes, sealed secrets and signed tokens; slow on purpose or needing a key.

Used by the edges before or after a transaction, never inside one. Ids and random secrets are
made in `ids`.
"""

import base64
import binascii
import hashlib
import hmac
import os
from pathlib import Path
from typing import Any

import argon2

_KEY_BITS = 256
_KEY_BYTES = _KEY_BITS // 8
_NONCE_BYTES = 12
_VERSION = "1"

# The library's defaults are RFC 9106's second recommendation: 64 MiB, three passes.
_hasher = argon2.PasswordHasher()


class NotAuthentic(Exception):
    """A sealed text or a token was not made with this key, or for this use."""


def hash_password(password: str) -> str:
    """The argon2id hash to store; takes tens of milliseconds, on purpose."""
    return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> tuple[bool, bool]:
    """Whether a password is right, and whether it should be hashed again with newer costs.

    Without a stored hash it takes as long and says no, so that nobody can time which names exist.
    """
    if stored is None:
        _hasher.hash(password)
        return False, False
    try:
        _hasher.verify(stored, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False, False
    return True, _hasher.check_needs_rehash(stored)


def digest(token: str) -> str:
    """What is stored of a token that was drawn at random: its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


class Sealer:
    """Encrypts secrets that must be read again, such as the secret half of an access key."""

    def __init__(self, secret_key: bytes) -> None:
        """Derive the sealing key from the installation's secret key."""
        self._key = _derive(secret_key, "seal")

    def seal(self, text: str, context: str) -> str:
        """Encrypt; only `open` with the same context (the owner's id, say) will read it."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = _cipher(self._key).encrypt(nonce, text.encode(), context.encode())
        return f"{_VERSION}.{_encode(nonce + sealed)}"

    def open(self, sealed: str, context: str) -> str:
        """Decrypt; NotAuthentic for another key, another context, or any change."""
        version, _, body = sealed.partition(".")
        data = _decode(body)
        if version != _VERSION or len(data) <= _NONCE_BYTES:
            raise NotAuthentic
        # A server that nobody has called yet does without these 6 MB.
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415

        nonce, body_bytes = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        try:
            text: bytes = _cipher(self._key).decrypt(nonce, body_bytes, context.encode())
        except InvalidTag as error:
            raise NotAuthentic from error
        return text.decode()


def _cipher(key: bytes) -> Any:
    """AES-256 in Galois counter mode, loaded when a secret is sealed or opened."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(key)


def sign(data: bytes, key: bytes) -> str:
    """A token for URLs that carries the data readably, with an HMAC-SHA256 under the key."""
    return f"{_encode(data)}.{_encode(hmac.digest(key, data, 'sha256'))}"


def verify(token: str, key: bytes) -> bytes:
    """The data of a token; NotAuthentic unless it was signed with this key."""
    body, _, signature = token.partition(".")
    data = _decode(body)
    if not hmac.compare_digest(_decode(signature), hmac.digest(key, data, "sha256")):
        raise NotAuthentic
    # Base64 has several spellings of the same bytes; only the one we make is accepted.
    if sign(data, key) != token:
        raise NotAuthentic
    return data


def signing_key(secret_key: bytes, purpose: str) -> bytes:
    """The key for one kind of token, so that a token of one kind is never good as another."""
    return _derive(secret_key, f"sign:{purpose}")


def webhook_key(secret_key: bytes, requester_id: str, number: int) -> str:
    """The key with which a requester's webhooks are signed; each number gives another one."""
    return "whk_" + _encode(_derive(secret_key, f"webhook:{requester_id}:{number}"))


def sign_by_access_key(secret_key: bytes, access_key_id: str, sealed_secret: str, text: str) -> str:
    """HMAC-SHA1 of a text with the secret of an access key, in base64; NotAuthentic.

    The scheme of the older API, which receivers of its notifications verify.
    """
    secret = Sealer(secret_key).open(sealed_secret, access_key_id)
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()


def load_or_make_secret_key(path: Path) -> bytes:
    """The installation's secret key from a file; made at random, with mode 0600, if missing."""
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = _decode(path.read_text(encoding="ascii").strip())
    else:
        key = os.urandom(_KEY_BITS // 8)
        with os.fdopen(made, "w", encoding="ascii") as file:
            file.write(_encode(key) + "\n")
            file.flush()
            os.fsync(file.fileno())
    if len(key) < _KEY_BYTES:
        message = f"{path} holds no secret key of {_KEY_BYTES} bytes. Restore it from a backup."
        raise ValueError(message)
    return key


def _derive(secret_key: bytes, purpose: str) -> bytes:
    return hmac.digest(secret_key, f"kempelen:{purpose}".encode(), "sha256")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """Bytes of URL-safe base64; NotAuthentic for anything else."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise NotAuthentic from error
