"""Page tokens: opaque, signed, bound to operation, caller and filters, good for a day.

A token holds the sort key of the last item, so that concurrent inserts neither repeat nor drop
items that existed when the walk began.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from kempelen.domain import errors
from kempelen.store.tx import Tx

PREFIX = "p1:"
SIGNATURE_BYTES = 12
PAGE_SIZE_DEFAULT = 10
LIFETIME = timedelta(hours=24)

Position = Sequence[int | str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """What a token is bound to: it is of no use in another walk."""

    operation: str
    caller_id: str
    filters: str = ""


def token(tx: Tx, walk: Walk, position: Position) -> str:
    """The token of the page after the item at `position`."""
    payload = json.dumps([int(tx.now.timestamp()), *position], separators=(",", ":")).encode()
    return PREFIX + base64.urlsafe_b64encode(_sign(tx, walk, payload) + payload).decode()


def position(
    tx: Tx, walk: Walk, given: str | None, *, name: str = "NextToken"
) -> list[int | str] | None:
    """The position of a token; None for none. Refuses foreign, changed and expired tokens.

    `name` is what the caller's protocol calls the token.
    """
    if given is None:
        return None
    try:
        whole = base64.b64decode(given.removeprefix(PREFIX), altchars=b"-_", validate=True)
        payload = whole[SIGNATURE_BYTES:]
        is_genuine = given.startswith(PREFIX) and hmac.compare_digest(
            whole[:SIGNATURE_BYTES], _sign(tx, walk, payload)
        )
        issued, *found = json.loads(payload) if is_genuine else (0,)
    except ValueError:
        issued, found = 0, []
    if issued < (tx.now - LIFETIME).timestamp():
        raise errors.InvalidParameterValue(value=given[:200], name=name)
    return found


def next_token(tx: Tx, walk: Walk, positions: Sequence[Position], *, has_more: bool) -> str | None:
    """The NextToken of a page whose items are at `positions`.

    By default every page that is not empty has one, as the reference service does it; clients
    walk until a page has none. See docs/reference/differences.md.
    """
    if not positions:
        return None
    if has_more or tx.settings.pagination.trailing_empty_page:
        return token(tx, walk, positions[-1])
    return None


def _sign(tx: Tx, walk: Walk, payload: bytes) -> bytes:
    bound = "\0".join(["page", walk.operation, walk.caller_id, walk.filters]).encode()
    digest = hmac.new(tx.page_key, bound + b"\0" + payload, hashlib.sha256).digest()
    return digest[:SIGNATURE_BYTES]
