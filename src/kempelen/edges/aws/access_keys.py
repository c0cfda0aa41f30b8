"""Access keys with their secrets opened, as the protocols of this face verify signatures with.

A key is read again when it was read some seconds ago, so that a revoked one is soon of no use.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from kempelen.clock import monotonic
from kempelen.credentials import NotAuthentic, Sealer
from kempelen.domain import errors
from kempelen.domain.people import Requester
from kempelen.edges.aws import signatures
from kempelen.operations import dispatch, signin
from kempelen.operations.app import App

KEYS_MAX: Final = 1024
KEY_SECONDS: Final = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessKey:
    """An access key with its secret opened, and when it was read: monotonic seconds, generation."""

    access_key_id: str
    secret: str
    requester: Requester
    read_at: float
    generation: int


class AccessKeys:
    """The access keys of one App; each protocol has its own."""

    def __init__(self, app: App) -> None:
        """Keep the App and the means to open sealed secrets."""
        self._app = app
        self._sealer = Sealer(app.secret_key)
        self._keys: OrderedDict[str, AccessKey] = OrderedDict()

    def find(self, access_key_id: str) -> AccessKey | None:
        """The access key with this id; None for an unknown or revoked one."""
        known = self._keys.get(access_key_id)
        now = monotonic()
        generation = self._app.db.generation
        if known is not None and _is_fresh(known, now, generation):
            return known
        found = dispatch.look_up(self._app, signin.find_access_key, access_key_id)
        if found is None:
            self._keys.pop(access_key_id, None)
            signatures.forget(access_key_id)
            return None
        try:
            secret = self._sealer.open(found.sealed_secret, access_key_id)
        except NotAuthentic:
            # The installation's secret key is not the one this was sealed with.
            raise errors.ServiceFault from None
        key = AccessKey(
            access_key_id=access_key_id,
            secret=secret,
            requester=found.requester,
            read_at=now,
            generation=generation,
        )
        self._keys[access_key_id] = key
        if len(self._keys) > KEYS_MAX:
            self._keys.popitem(last=False)
        return key


def _is_fresh(key: AccessKey, now: float, generation: int) -> bool:
    return now - key.read_at < KEY_SECONDS and key.generation == generation
