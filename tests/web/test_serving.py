"""Responses on the wire: the head and the body leave together, and nothing is held back."""

import socket
from collections.abc import Iterator

import pytest

from kempelen.testing.market import Kempelen

GET = b"GET /healthz HTTP/1.1\r\nHost: market.test\r\n"


class Wire:
    """A connection that speaks HTTP by hand."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.reader = self.socket.makefile("rb")

    def response(self, *, has_body: bool = True) -> tuple[int, dict[str, str], bytes]:
        """Read one response by its Content-Length."""
        status = int(self.reader.readline().split()[1])
        headers = {}
        while (line := self.reader.readline()) != b"\r\n":
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", "0")) if has_body else 0
        return status, headers, self.reader.read(length)


@pytest.fixture
def wire(kempelen: Kempelen) -> Iterator[Wire]:
    """A connection to a running server."""
    found = Wire(int(kempelen.url.rpartition(":")[2]))
    yield found
    found.reader.close()
    found.socket.close()


def test_a_small_response_comes_in_one_piece(wire: Wire) -> None:
    wire.socket.sendall(GET + b"\r\n")
    first = wire.socket.recv(65_536)
    head, _, body = first.partition(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length")
    )
    assert len(body) == length > 0


def test_a_connection_is_kept_for_the_next_request(wire: Wire) -> None:
    for _ in range(3):
        wire.socket.sendall(GET + b"\r\n")
        status, _, body = wire.response()
        assert (status, bool(body)) == (200, True)


def test_pipelined_requests_are_answered_in_their_order(wire: Wire) -> None:
    missing = GET.replace(b"/healthz", b"/nothing-here")
    wire.socket.sendall(GET + b"\r\n" + missing + b"\r\n" + GET + b"\r\n")
    assert [wire.response()[0] for _ in range(3)] == [200, 404, 200]


def test_a_response_to_head_has_no_body_and_is_not_held_back(wire: Wire) -> None:
    wire.socket.sendall(GET.replace(b"GET", b"HEAD", 1) + b"\r\n")
    status, headers, _ = wire.response(has_body=False)
    assert status in {200, 405}
    wire.socket.sendall(GET + b"\r\n")
    assert wire.response()[0] == 200
    assert int(headers["content-length"]) >= 0


def test_a_redirect_without_a_body_is_not_held_back(wire: Wire) -> None:
    wire.socket.sendall(GET.replace(b"/healthz", b"/tasks") + b"\r\n")
    status, headers, _ = wire.response()
    assert status in {302, 303}
    assert "/signin" in headers["location"]


def test_a_connection_that_is_to_close_gives_the_whole_response_first(wire: Wire) -> None:
    wire.socket.sendall(GET + b"Connection: close\r\n\r\n")
    status, headers, body = wire.response()
    assert (status, len(body)) == (200, int(headers["content-length"]))
    assert wire.reader.read() == b""


def test_a_client_that_waits_for_100_continue_is_answered(wire: Wire) -> None:
    wire.socket.sendall(
        b"POST / HTTP/1.1\r\nHost: market.test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    )
    assert wire.reader.readline() == b"HTTP/1.1 100 Continue\r\n"
    assert wire.reader.readline() == b"\r\n"
    wire.socket.sendall(b"{}")
    assert wire.response()[0] == 400


def test_bytes_that_are_not_http_get_a_400_and_the_end(wire: Wire) -> None:
    wire.socket.sendall(b"\x16\x03\x01 no request at all\r\n\r\n")
    status, _, body = wire.response(has_body=False)
    assert status == 400
    assert body == b""
    assert wire.reader.read() is not None
