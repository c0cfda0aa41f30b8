"""Signed links to files: opaque, good for a minute, and for the file that they were made for."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Final

from kempelen.store.tx import Tx

LIFETIME: Final = timedelta(seconds=60)
_PURPOSE: Final = b"kempelen:file-link\0"


def token(tx: Tx, key: str) -> str:
    """The token of a link that stops working LIFETIME from now."""
    expires_at = _milliseconds(tx.now + LIFETIME)
    payload = json.dumps([key, expires_at], separators=(",", ":")).encode()
    whole = _signature(tx, payload) + payload
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode("ascii")


def key_of(tx: Tx, given: str) -> str | None:
    """The key of the file that a token is for; None when it is not ours, or expired."""
    try:
        whole = base64.urlsafe_b64decode(given.encode("ascii") + b"=" * (-len(given) % 4))
    except ValueError:
        return None
    size = hashlib.sha256().digest_size
    payload = whole[size:]
    if not hmac.compare_digest(whole[:size], _signature(tx, payload)):
        return None
    key, expires_at = json.loads(payload)
    return None if expires_at <= _milliseconds(tx.now) else str(key)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _signature(tx: Tx, payload: bytes) -> bytes:
    return hmac.digest(tx.page_key, _PURPOSE + payload, "sha256")
