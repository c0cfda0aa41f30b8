"""App: the frozen handle that every entry point holds."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from kempelen.clock import Clock
from kempelen.domain.notification import Transport
from kempelen.domain.review.policy import ReviewPolicy
from kempelen.ids import Ids
from kempelen.settings import Settings
from kempelen.store.db import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """Everything an operation or an edge may need, chosen in one place (`bootstrap`).

    `clock` is the market's time; `wall_clock` is the real time, by which signatures are judged.
    `sign_by_key` signs a text with a requester's access key: `(key id, sealed secret, text)`.
    `readers` runs readings that may scan, `outward` what waits for other machines. `is_testing`
    opens the testing paths.
    """

    db: Database
    clock: Clock
    wall_clock: Clock
    ids: Ids
    settings: Settings
    policies: Mapping[str, ReviewPolicy[Any]]
    transports: Sequence[Transport]
    readers: ThreadPoolExecutor
    outward: ThreadPoolExecutor
    secret_key: bytes
    sign_by_key: Callable[[str, str, str], str]
    is_testing: bool = False
