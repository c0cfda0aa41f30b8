"""The one outgoing HTTP client: it goes only where the public, or the operator, may be reached.

A name is resolved once, every address is checked, and the connection goes to the checked address;
TLS is verified for the name. No redirect is followed, nothing takes longer than ten seconds, and
no more than 64 KiB of an answer are read. Destinations come from requesters, so none is trusted.
"""

import http.client
import io
import queue
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, Final
from urllib.parse import urlsplit

from kempelen.clock import monotonic

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 10.0
ANSWER_BYTES_MAX: Final = 65_536
URL_LENGTH_MAX: Final = 8_192
_PORTS: Final = {"https": 443, "http": 80}
_VISIBLE: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9.])?")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
# Addresses that look public and are not: they carry another address inside, or are answered by
# the machinery of a cloud.
_DISGUISED: Final = tuple(
    ip_network(text)
    for text in (
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 of a site
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fec0::/10",  # site-local, deprecated
        "168.63.129.16/32",  # the wire server of Azure
        "192.0.0.0/24",  # protocol assignments, the metadata of one cloud among them
        "192.88.99.0/24",  # 6to4 relays
    )
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]


class EgressFailed(Exception):
    """There was no answer; the message says why in a few words, and nothing of what is inside."""


class EgressRefused(EgressFailed):
    """The destination may not be reached from here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back: the status, and the first 64 KiB of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """One entry of `egress.allow`: a host, a network, or any public host; and a port, or none."""

    host: str
    network: Network | None
    port: int | None

    def covers(self, host: str, address: Address, port: int) -> bool:
        """Whether the operator has named this very place."""
        if port not in ((443, 80) if self.port is None else (self.port,)):
            return False
        if self.network is not None:
            return address.version == self.network.version and address in self.network
        return bool(self.host) and host == self.host


def allowance(text: str) -> Allowance:
    """Read HOST, ADDRESS or NETWORK with or without :PORT, or :PORT; ValueError for others."""
    place, port = text.strip().lower(), None
    network = _network(place)
    if network is None and ":" in place:
        place, _, digits = place.rpartition(":")
        if not _PORT.fullmatch(digits):
            raise ValueError(text)
        port = int(digits)
        network = _network(place)
    if network is None and not (_HOST.fullmatch(place) or (not place and port is not None)):
        raise ValueError(text)
    return Allowance(host=place.rstrip(".") if network is None else "", network=network, port=port)


def _network(place: str) -> Network | None:
    try:
        return ip_network(place.strip("[]"), strict=False)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether an address belongs to everybody: not to this machine, this network or a cloud."""
    if any(address.version == net.version and address in net for net in _DISGUISED):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name; EgressFailed without an answer within five seconds.

    The system's resolver knows no time limit, so it is asked in a thread that may be left behind.
    """
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(item[4][0]) for item in found])
        except (OSError, UnicodeError) as error:
            answers.put(OSError(str(error)))

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=CONNECT_SECONDS)
    except queue.Empty:
        answer = OSError()
    if isinstance(answer, OSError) or not answer:
        raise EgressFailed("the name has no address")
    return list(dict.fromkeys(answer))


class Egress:
    """Sends requests to the outside; safe for threads, keeps nothing open."""

    def __init__(
        self,
        allow: Iterable[str] = (),
        *,
        resolver: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`allow` are places beyond the public rule; ValueError for one that cannot be read."""
        self._allowances = tuple(map(allowance, allow))
        self._resolve = resolver
        self._tls = tls

    def send(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request and give its answer, whatever the status; EgressFailed without one."""
        scheme, host, port, target = _parts(url)
        until = monotonic() + TOTAL_SECONDS
        addresses = self._checked(scheme, host, port)
        try:
            with self._connected(addresses, port, until) as plain:
                sock = self._secured(plain, host, until) if scheme == "https" else plain
                with sock:
                    wanted = (method, _named(scheme, host, port), target)
                    return _exchange(sock, until, wanted, body, headers or {})
        except TimeoutError:
            raise EgressFailed("no answer in time") from None
        except ssl.SSLCertVerificationError:
            raise EgressFailed("the TLS certificate is not good for the name") from None
        except ssl.SSLError:
            raise EgressFailed("TLS failed") from None
        except (http.client.HTTPException, ValueError):
            raise EgressFailed("the answer is not HTTP") from None
        except OSError:
            raise EgressFailed("the connection broke") from None

    def check(self, url: str) -> None:
        """Refuse a URL that could not be sent to whatever its name resolves to."""
        scheme, host, port, _ = _parts(url)
        try:
            self._permit(scheme, host, [ip_address(host)], port)
        except ValueError:
            # A name: plain HTTP is for those that are listed, or may be in a network that is.
            is_listed = any(item.host == host or item.network for item in self._allowances)
            if scheme != "https" and not is_listed:
                raise EgressRefused("the address may not be reached from here") from None

    def _checked(self, scheme: str, host: str, port: int) -> list[Address]:
        """The addresses of a host, when each of them may be reached."""
        try:
            # A scope, as in fe80::1%eth0, is no part of what is checked.
            found = [ip_address(text.partition("%")[0]) for text in self._resolve(host, port)]
        except ValueError:
            raise EgressFailed("the name has no address") from None
        self._permit(scheme, host, found, port)
        return found

    def _permit(self, scheme: str, host: str, addresses: Sequence[Address], port: int) -> None:
        for address in addresses:
            is_named = any(item.covers(host, address, port) for item in self._allowances)
            is_open_port = port == _PORTS["https"] or any(
                item.port == port and not item.host and item.network is None
                for item in self._allowances
            )
            # Plain HTTP is for the operator's own servers.
            if not is_named and not (scheme == "https" and is_open_port and is_public(address)):
                raise EgressRefused("the address may not be reached from here")

    def _connected(self, addresses: Sequence[Address], port: int, until: float) -> socket.socket:
        """A connection to the first address that answers."""
        connect_until = min(until, monotonic() + CONNECT_SECONDS)
        for address in addresses:
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(_left(connect_until))
                sock.connect((str(address), port))
            except OSError:
                sock.close()
                continue
            return sock
        raise EgressFailed("no connection")

    def _secured(self, sock: socket.socket, host: str, until: float) -> ssl.SSLSocket:
        sock.settimeout(_left(until))
        return (self._tls or _verifying()).wrap_socket(sock, server_hostname=host)


@cache
def _verifying() -> ssl.SSLContext:
    """The usual verification. It is made late and once: the certificates of all authorities."""
    return ssl.create_default_context()


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and request target of a URL; EgressRefused for what is none."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
        is_good = bool(host) and port > 0 and not set("@%\\") & set(parts.netloc)
    except (ValueError, KeyError):
        is_good = False
    if not is_good or len(url) > URL_LENGTH_MAX or not _VISIBLE.fullmatch(url):
        raise EgressRefused("the address is no URL that can be sent to")
    query = f"?{parts.query}" if parts.query else ""
    return parts.scheme, host, port, (parts.path or "/") + query


def _named(scheme: str, host: str, port: int) -> str:
    """A place as the header Host names it: with the port only where it is not the usual one.

    Signatures of AWS are over this form.
    """
    name = f"[{host}]" if ":" in host else host
    return name if port == _PORTS[scheme] else f"{name}:{port}"


def _exchange(
    sock: socket.socket,
    until: float,
    request: tuple[str, str, str],
    body: bytes,
    headers: Mapping[str, str],
) -> Answer:
    method, host, target = request
    # It is connected already; the name that it is made with goes nowhere.
    connection = http.client.HTTPConnection("")
    connection.sock = _Timed(sock, until)
    sent = {**headers, "Host": host, "Connection": "close"}
    connection.request(method, target, body or None, sent)
    response = connection.getresponse()
    try:
        return Answer(
            status=response.status,
            headers=dict(response.getheaders()),
            body=response.read(ANSWER_BYTES_MAX),
        )
    finally:
        response.close()


class _Timed:
    """A socket whose every operation ends with the time for all of them."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._until = until

    def sendall(self, data: Any) -> None:
        """Send everything."""
        self._sock.settimeout(_left(self._until))
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What is received, to be read."""
        del mode
        return io.BufferedReader(_Received(self._sock, self._until))

    def close(self) -> None:
        """Leave the socket to whoever opened it."""


class _Received(io.RawIOBase):
    """Reads from a socket until the time is over."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._until = until

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has arrived; TimeoutError when the time is over."""
        self._sock.settimeout(_left(self._until))
        return self._sock.recv_into(buffer)


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left
