"""Structures as JSON text, the form in which the tables keep them."""

import json

# Made once: `json.dumps` with options makes an encoder for each call.
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def of(value: object) -> str:
    """Lists, mappings and scalars as compact JSON."""
    return _encoder.encode(value)
