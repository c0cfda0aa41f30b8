"""MTurk-shaped ids, keys, passwords and tokens from an injected random source.

The only place that draws randomness for names and secrets. Production gives the system's secure
source, tests a seed, so that what they print stays the same.
"""

import base64
import os
import random
import threading
import weakref
from collections.abc import Callable
from datetime import datetime
from itertools import count

_DIGITS_AND_CAPITALS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CAPITALS_AND_2_TO_7 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
# Without the letters and digits that are taken for one another when read aloud or typed.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
_DRAWN_AT_ONCE = 4096
_PREFIX_MINUTES = 36**4
_SECONDS_PER_MINUTE = 60
_PASSWORD_GROUPS = 4
_PASSWORD_GROUP = 4


class Ids:
    """Makes ids. Safe for threads, and for processes that fork."""

    def __init__(self, source: random.Random | None = None) -> None:
        """Draw from `source`; without one from the system's secure source."""
        self._source = random.SystemRandom() if source is None else source
        self._lock = threading.Lock()
        self._drawn = ""
        self._position = 0
        self._minute = -1
        self._prefix = ""
        self._random_of_36 = _chooser(_DIGITS_AND_CAPITALS)
        # A forked process must not hand out the random characters that its parent has drawn.
        forget = weakref.WeakMethod(self._forget)
        os.register_at_fork(after_in_child=lambda: _call(forget))

    def entity(self, now: datetime) -> str:
        """The id of a HIT, a HIT type, an assignment or the like: 30 capitals and digits.

        After a "3" come four characters that grow with the minute (they start over every three
        years), so that neighbours in time are neighbours in an index, and 25 random ones, 129
        bits: the id of an assignment is a capability, because `externalSubmit` asks no more.
        """
        minute = int(now.timestamp()) // _SECONDS_PER_MINUTE
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._prefix = "3" + _in_base_36(minute % _PREFIX_MINUTES)
            return self._prefix + self._take(25)

    def worker(self) -> str:
        """A WorkerId: "A" and 13 random capitals and digits."""
        with self._lock:
            return "A" + self._take(13)

    def requester(self) -> str:
        """A RequesterId, of the same form as a WorkerId."""
        return self.worker()

    def access_key_id(self) -> str:
        """An access key id as the AWS tools know it: "AKIA" and 16 characters."""
        return "AKIA" + self._choose(_CAPITALS_AND_2_TO_7, 16)

    def secret(self) -> str:
        """A secret access key: 40 characters, 240 bits."""
        return base64.b64encode(self._bytes(30)).decode("ascii")

    def password(self) -> str:
        """A password that can be read aloud: four groups of four, 79 bits."""
        groups = (self._choose(_READABLE, _PASSWORD_GROUP) for _ in range(_PASSWORD_GROUPS))
        return "-".join(groups)

    def token(self, prefix: str) -> str:
        """A secret for use in URLs and headers: the prefix and 192 random bits."""
        return prefix + base64.urlsafe_b64encode(self._bytes(24)).decode("ascii")

    def document(self) -> str:
        """The id of a notification document: 16 hexadecimal digits."""
        return self._bytes(8).hex()

    def ticket(self) -> str:
        """A one-time secret without a prefix, 192 random bits."""
        return self.token("")

    def file_key(self) -> str:
        """The key under which a file is kept: 32 characters, 160 bits."""
        return self._choose(_CAPITALS_AND_2_TO_7, 32)

    def below(self, limit: int) -> int:
        """A random number from 0 up to, not including, `limit`."""
        with self._lock:
            return self._source.randrange(limit)

    def _take(self, size: int) -> str:
        end = self._position + size
        while end > len(self._drawn):
            rest = self._drawn[self._position :]
            self._drawn = rest + self._random_of_36(self._source.randbytes(_DRAWN_AT_ONCE))
            self._position = 0
            end = size
        taken = self._drawn[self._position : end]
        self._position = end
        return taken

    def _choose(self, alphabet: str, size: int) -> str:
        with self._lock:
            return "".join(self._source.choices(alphabet, k=size))

    def _bytes(self, size: int) -> bytes:
        with self._lock:
            return self._source.randbytes(size)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._drawn = ""
        self._position = 0


class RequestIds:
    """Request ids in the form of a UUID: a random prefix and a counter. They hide nothing."""

    def __init__(self, source: random.Random | None = None) -> None:
        """Draw the prefix, and where the counter starts, once."""
        drawn = random.SystemRandom() if source is None else source
        digits = f"{drawn.getrandbits(80):020x}"
        # Version 4, variant 1: what a reader of UUIDs expects to see.
        self._prefix = f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-a{digits[15:18]}-"
        # One call of `next` on a counter is a single step for the interpreter, hence no lock.
        self._count = count(drawn.getrandbits(47))

    def next(self) -> str:
        """A request id that this process has not used before."""
        return f"{self._prefix}{next(self._count):012x}"


def _chooser(alphabet: str) -> Callable[[bytes], str]:
    """A function from random bytes to random characters, each equally likely."""
    usable = 256 - 256 % len(alphabet)
    table = bytes(ord(alphabet[value % len(alphabet)]) for value in range(256))
    # Bytes above the largest multiple would favour the first characters, so they are dropped.
    dropped = bytes(range(usable, 256))
    return lambda drawn: drawn.translate(table, dropped).decode("ascii")


def _in_base_36(value: int) -> str:
    digits = ""
    for _ in range(4):
        value, digit = divmod(value, 36)
        digits = _DIGITS_AND_CAPITALS[digit] + digits
    return digits


def _call(forget: "weakref.WeakMethod[Callable[[], None]]") -> None:
    method = forget()
    if method is not None:
        method()
