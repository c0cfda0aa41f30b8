"""Structures as JSON text, the form in which the tables keep them."""

from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def of(value: object) -> str:
    """Lists, mappings and scalars as compact JSON."""
    return _encode(value).decode()


def read(text: str) -> Any:
    """What a text of `of` holds."""
    return _decode(text)
