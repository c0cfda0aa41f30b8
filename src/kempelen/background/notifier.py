"""The loop that delivers: claim, send, settle. Any number of processes may run it.

A dead or slow destination delays no other: each has few attempts under way at a time, one that is
new or fails has a single one, and all of those together at most half of the threads.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import structlog

from kempelen.clock import monotonic
from kempelen.domain.notification import DeliveryFailed, Parcel
from kempelen.invariants import failpoint
from kempelen.operations import deliveries, dispatch
from kempelen.operations.app import App
from kempelen.operations.deliveries import Claimed, Outcome, Target

THREADS: Final = 32
PER_TARGET: Final = 4
DOUBTFUL_MAX: Final = THREADS // 2
PAUSE_SECONDS: Final = 0.5
_log = structlog.get_logger("kempelen.notifier")


class Notifier:
    """One thread that claims, and a pool that sends, until they are stopped."""

    def __init__(self, app: App) -> None:
        """Prepare; nothing runs before `start`."""
        self._app = app
        self._transports = {item.name: item for item in app.transports}
        self._is_stopping = False
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._under_way: Counter[int] = Counter()
        self._doubtful = 0
        self._last = 0
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="notifier")
        self._thread = threading.Thread(target=self._loop, name="notifier", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the attempts under way, which takes ten seconds at most."""
        self._is_stopping = True
        self._wake.set()
        self._thread.join()
        self._pool.shutdown()

    def _loop(self) -> None:
        is_released = False
        while not self._is_stopping:
            claimed = 0
            try:
                if not is_released:
                    dispatch.change(self._app, deliveries.release)
                    is_released = True
                claimed = self._take()
            except Exception:  # noqa: BLE001 - the loop outlives every fault
                _log.exception("the notifier will try again")
            if claimed == 0:
                self._wake.wait(PAUSE_SECONDS)
                self._wake.clear()

    def _take(self) -> int:
        """Claim what there are threads for, and hand it to them; returns how much it was."""
        wanted = self._wanted(dispatch.look(self._app, deliveries.due_targets))
        if not wanted:
            return 0
        claimed: list[Claimed] = dispatch.change(self._app, deliveries.claim, wanted)
        with self._lock:
            for item in claimed:
                self._under_way[item.delivery.target.n] += 1
                self._doubtful += not item.delivery.target.is_trusted
        for item in claimed:
            self._pool.submit(self._attempt, item)
        return len(claimed)

    def _wanted(self, due: list[Target]) -> list[tuple[Target, int]]:
        """How much to claim for which destinations, beginning behind the last one served."""
        wanted: list[tuple[Target, int]] = []
        with self._lock:
            free = THREADS - self._under_way.total()
            doubtful = DOUBTFUL_MAX - self._doubtful
            under_way = dict(self._under_way)
        behind = [target for target in due if target.n > self._last]
        for target in (*behind, *due[: len(due) - len(behind)]):
            limit = PER_TARGET if target.is_trusted else min(1, doubtful)
            size = min(free, limit - under_way.get(target.n, 0))
            if size > 0:
                wanted.append((target, size))
                free -= size
                doubtful -= 0 if target.is_trusted else size
                self._last = target.n
        return wanted

    def _attempt(self, claimed: Claimed) -> None:
        """Send, and note what came of it; an attempt that cannot be noted is made again."""
        target = claimed.delivery.target
        try:
            outcome = self._sent(claimed)
            failpoint("after-send")
            is_hopeless = dispatch.change(self._app, deliveries.settle, claimed.delivery, outcome)
            while is_hopeless:
                is_hopeless = dispatch.change(self._app, deliveries.give_up, target.n)
        except Exception:  # noqa: BLE001 - the lease runs out, and somebody tries again
            _log.exception(
                "delivery not settled", document_id=claimed.delivery.document.document_id
            )
        finally:
            with self._lock:
                self._under_way -= Counter((target.n,))
                self._doubtful -= not target.is_trusted
            self._wake.set()

    def _sent(self, claimed: Claimed) -> Outcome:
        started = monotonic()
        error, is_about_document = None, False
        try:
            self._send(claimed)
        except DeliveryFailed as failed:
            error, is_about_document = failed.reason, failed.is_about_document
            document_id = claimed.delivery.document.document_id
            _log.info("delivery failed", document_id=document_id, reason=error)
        except Exception as fault:  # noqa: BLE001 - a transport of others may be broken
            _log.exception("transport failed", transport=claimed.delivery.target.transport)
            error = f"the transport failed ({type(fault).__name__})"
        return Outcome(
            milliseconds=int((monotonic() - started) * 1000),
            error=error,
            is_about_document=is_about_document,
            jitter=self._app.ids.below(1000) / 1000,
        )

    def _send(self, claimed: Claimed) -> None:
        delivery = claimed.delivery
        if delivery.mail is not None:
            self._post(claimed)
            return
        transport = self._transports.get(delivery.target.transport)
        if transport is None:
            raise DeliveryFailed("the transport is not installed")
        sign = None
        if delivery.target.access_key_id:
            if claimed.key is None:
                raise DeliveryFailed("the access key that signs it has been revoked")
            key = claimed.key
            sign = partial(self._app.sign_by_key, key.access_key_id, key.sealed_secret)
        parcel = Parcel(
            destination=delivery.target.destination,
            document=delivery.document,
            key_number=delivery.target.key_number,
            sign=sign,
        )
        transport.send(parcel)

    def _post(self, claimed: Claimed) -> None:
        """Hand a letter to the mail server; one without an address any more has arrived."""
        letter = claimed.letter
        if letter is None:
            return
        # The library's mail modules take more than a megabyte, and many sites send none.
        from kempelen.background.transports import mail_server  # noqa: PLC0415

        mail_server.send(
            self._app.settings,
            mail_server.Letter(
                to=letter.address,
                subject=letter.subject,
                body=letter.body,
                message_id=claimed.delivery.document.document_id,
            ),
        )
