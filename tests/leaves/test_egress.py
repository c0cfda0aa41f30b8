"""The outgoing client: where it does not go, and how long and how much it reads."""

import datetime as dt
import http.server
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kempelen import egress
from kempelen.egress import Egress, EgressFailed, EgressRefused

PRIVATE = [
    "0.0.0.0",  # noqa: S104 - one of those that must be refused
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["8.8.8.8", "93.184.215.14", "192.0.9.9", "2606:4700::1111", "2a00:1450:4001::1"]


@pytest.mark.parametrize("text", PRIVATE)
def test_addresses_of_nobody_else_are_refused(text: str) -> None:
    assert not egress.is_public(ipaddress.ip_address(text))
    client = Egress(resolver=lambda _host, _port: [text])
    with pytest.raises(EgressRefused):
        client.send("POST", "https://innocent.example/")


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_not(text: str) -> None:
    assert egress.is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:0001]",
        "169.254.169.254",
        "2852039166",
    ],
)
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    with pytest.raises(EgressRefused, match="may not be reached"):
        Egress().send("POST", f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///path",
        "//example.com/",
        "example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://exam ple.com/",
        "https://example.com/\r\nHost: other",
        "https://example.com/\x00",
        "https://example.com/é",
        "https://%31%32%37.0.0.1/",
        "https://example.com/" + "a" * 8192,
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(EgressRefused, match="no URL"):
        Egress().send("POST", url)
    with pytest.raises(EgressRefused):
        Egress().check(url)


def test_one_bad_address_among_good_ones_is_enough() -> None:
    client = Egress(resolver=lambda _host, _port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(EgressRefused):
        client.send("POST", "https://mixed.example/")


@pytest.mark.parametrize(
    ("allow", "url", "address"),
    [
        (["10.0.0.0/8"], "https://inside.example/", "10.1.2.3"),
        (["10.0.0.0/8"], "http://inside.example/", "10.1.2.3"),
        (["10.0.0.0/8:8443"], "https://inside.example:8443/", "10.1.2.3"),
        (["inside.example"], "http://inside.example/", "10.1.2.3"),
        (["Inside.Example.:8080"], "http://inside.example:8080/", "10.1.2.3"),
        (["[fd00::/8]:8443"], "https://inside.example:8443/", "fd00::1"),
        (["::1"], "https://inside.example/", "::1"),
        ([":8443"], "https://outside.example:8443/", "8.8.8.8"),
    ],
)
def test_what_the_operator_lists_is_permitted(allow: list[str], url: str, address: str) -> None:
    client = Egress(allow, resolver=lambda _host, _port: [address])
    scheme, host, port, _ = egress._parts(url)
    assert client._checked(scheme, host, port) == [ipaddress.ip_address(address)]


@pytest.mark.parametrize(
    ("allow", "url", "address"),
    [
        ([], "https://outside.example:8443/", "8.8.8.8"),
        ([], "http://outside.example/", "8.8.8.8"),
        ([":80"], "http://outside.example/", "8.8.8.8"),
        ([":8443"], "https://inside.example:8443/", "10.1.2.3"),
        (["10.0.0.0/8"], "https://inside.example:8443/", "10.1.2.3"),
        (["10.0.0.0/8:8443"], "https://inside.example/", "10.1.2.3"),
        (["10.0.0.0/8"], "https://inside.example/", "192.168.0.1"),
        (["inside.example"], "https://sub.inside.example/", "10.1.2.3"),
        (["127.0.0.1"], "https://inside.example/", "::ffff:127.0.0.1"),
    ],
)
def test_what_the_operator_does_not_list_is_not(allow: list[str], url: str, address: str) -> None:
    client = Egress(allow, resolver=lambda _host, _port: [address])
    scheme, host, port, _ = egress._parts(url)
    with pytest.raises(EgressRefused):
        client._checked(scheme, host, port)


@pytest.mark.parametrize("entry", ["", ":", "host:", ":0x50", "host:0", "a b", "http://host", "*"])
def test_entries_that_cannot_be_read(entry: str) -> None:
    with pytest.raises(ValueError):
        Egress([entry])


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(EgressFailed, match="no address"):
        Egress().send("POST", "https://nobody.invalid/")


def test_a_resolver_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "CONNECT_SECONDS", 0.05)
    over = threading.Event()

    def silent(*_args: object, **_named: object) -> list[Any]:
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    with pytest.raises(EgressFailed, match="no address"):
        egress.resolve("slow.example", 443)
    over.set()


class Peer:
    """A server on this machine, with or without TLS, that does what it is told."""

    def __init__(self, behave: Callable[[Any], None], tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[tuple[str, str, str, bytes]] = []
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                peer.requests.append((self.command, self.path, self.headers["host"], body))
                behave(self)

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        self._server = Quiet(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def start_peer() -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def start(behave: Callable[[Any], None], tls: ssl.SSLContext | None = None) -> Peer:
        peers.append(Peer(behave, tls))
        return peers[-1]

    yield start
    for peer in peers:
        peer.close()


def well(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"ok")


def here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def test_it_connects_to_the_checked_address_and_asks_once(start_peer: Any) -> None:
    """A name that changes its address between the check and the connection gains nothing."""
    peer = start_peer(well)
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    client = Egress([f"rebind.example:{peer.port}"], resolver=rebinding)
    answer = client.send("POST", f"http://rebind.example:{peer.port}/a?b=c", b"body")
    assert (answer.status, answer.body) == (200, b"ok")
    assert asked == ["rebind.example"]
    assert peer.requests == [("POST", "/a?b=c", f"rebind.example:{peer.port}", b"body")]


def test_a_redirect_is_an_answer_and_no_more(start_peer: Any) -> None:
    def behave(handler: Any) -> None:
        handler.send_response(302)
        handler.send_header("Location", "http://169.254.169.254/latest/meta-data/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    peer = start_peer(behave)
    client = Egress([f"127.0.0.1:{peer.port}"])
    assert client.send("POST", f"http://127.0.0.1:{peer.port}/").status == 302
    assert len(peer.requests) == 1


def test_no_more_than_64_kilobytes_are_read(start_peer: Any) -> None:
    def behave(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b"x" * 65_536)

    peer = start_peer(behave)
    answer = Egress([f"127.0.0.1:{peer.port}"]).send("POST", f"http://127.0.0.1:{peer.port}/")
    assert (answer.status, len(answer.body)) == (200, 65_536)


def trickle_head(handler: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    trickle(handler)


def trickle_body(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "60000")
    handler.end_headers()
    trickle(handler)


def trickle(handler: Any) -> None:
    for _ in range(500):
        handler.wfile.write(b"x")
        time.sleep(0.02)


def hang(handler: Any) -> None:
    handler.rfile.read(1)


@pytest.mark.parametrize("behave", [trickle_head, trickle_body, hang])
def test_the_time_is_limited_in_total(
    start_peer: Any, monkeypatch: pytest.MonkeyPatch, behave: Callable[[Any], None]
) -> None:
    """A byte now and then does not start the time anew."""
    monkeypatch.setattr(egress, "TOTAL_SECONDS", 0.3)
    peer = start_peer(behave)
    started = time.monotonic()
    with pytest.raises(EgressFailed, match="in time"):
        Egress([f"127.0.0.1:{peer.port}"]).send("POST", f"http://127.0.0.1:{peer.port}/")
    assert time.monotonic() - started < 3


def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(EgressFailed, match="no connection"):
        Egress([f"127.0.0.1:{port}"]).send("POST", f"http://127.0.0.1:{port}/")


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for a name, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "peer.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


def test_tls_is_verified_for_the_name(start_peer: Any, tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path, "hooks.example")
    peer = start_peer(well, server)
    allow = [f"hooks.example:{peer.port}", f"other.example:{peer.port}"]
    client = Egress(allow, resolver=here, tls=trusting)
    assert client.send("POST", f"https://hooks.example:{peer.port}/").status == 200
    with pytest.raises(EgressFailed, match="certificate"):
        client.send("POST", f"https://other.example:{peer.port}/")
    with pytest.raises(EgressFailed, match="certificate"):
        Egress(allow, resolver=here).send("POST", f"https://hooks.example:{peer.port}/")
    assert len(peer.requests) == 1


class Forwarded(Egress):
    """Goes to a peer's port whichever is asked for, for ports that no test can have."""

    to = 0

    def _connected(self, addresses: Any, port: int, until: float) -> socket.socket:
        del port
        return super()._connected(addresses, self.to, until)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://hooks.example/", "hooks.example"),
        ("https://hooks.example:443/", "hooks.example"),
        ("https://hooks.example:80/", "hooks.example:80"),
    ],
)
def test_the_host_is_named_without_its_usual_port(
    start_peer: Any, tmp_path: Path, url: str, host: str
) -> None:
    """Signatures of AWS are over the name without it, and so is what receivers route by."""
    server, trusting = certificate(tmp_path, "hooks.example")
    peer = start_peer(well, server)
    client = Forwarded(["hooks.example"], resolver=here, tls=trusting)
    client.to = peer.port
    assert client.send("POST", url).status == 200
    assert [request[2] for request in peer.requests] == [host]


def test_a_server_that_speaks_no_tls(start_peer: Any) -> None:
    peer = start_peer(well)
    with pytest.raises(EgressFailed, match="TLS"):
        Egress([f"127.0.0.1:{peer.port}"]).send("POST", f"https://127.0.0.1:{peer.port}/")
