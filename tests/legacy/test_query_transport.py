"""How calls of the older API reach it: addresses, methods, bodies, versions, keys and settings."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

BALANCE = "GetAccountBalance"
SERVICE = "Service=AWSMechanicalTurkRequester"


def sent(old: Any, request: bytes) -> bytes:
    """What the server answers to bytes on a fresh connection, until it closes it."""
    address = urlsplit(old.market.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_a_form_without_service_or_query(old: Any) -> None:
    """As boto 2 and ruby-aws send it."""
    fields = old.signed(BALANCE)
    del fields["Service"]
    assert old.post(urlencode(fields)).is_valid


def test_get_is_answered_and_the_root_is_the_site(old: Any) -> None:
    """The same address is the landing page of the worker site."""
    answer = old.request("GET", "/?" + urlencode(old.signed(BALANCE)))
    assert answer.is_valid
    for path in ("/", "/?q=cats", "/?Operation=GetHIT"):
        page = old.request("GET", path)
        assert "text/html" in page.headers["content-type"] or page.status == 303
        assert b"OperationRequest" not in page.raw


def test_service_in_the_address_and_a_stray_ampersand(old: Any) -> None:
    """As MTurkR does; some clients repeat the service in the body."""
    fields = old.signed(BALANCE)
    del fields["Service"]
    assert old.post("&" + urlencode(fields), f"/?{SERVICE}").is_valid
    assert old.post(urlencode(old.signed(BALANCE)), f"/?{SERVICE}").is_valid


@pytest.mark.parametrize("path", ["/", "/onca/xml", "/legacy/", "/legacy"])
def test_addresses(old: Any, path: str) -> None:
    """All of them, with GET and POST; nothing is ever redirected."""
    assert old.post(urlencode(old.signed(BALANCE)), path).is_valid
    assert old.request("GET", f"{path}?{urlencode(old.signed(BALANCE))}").is_valid


def test_the_body_wins_over_the_address(old: Any) -> None:
    """When both name a parameter."""
    fields = old.signed(BALANCE)
    assert old.post(urlencode(fields), "/?Operation=GetHIT&AWSAccessKeyId=AKIAOTHER").is_valid


def test_an_absolute_address(old: Any) -> None:
    """As through a proxy; the host does not matter."""
    body = urlencode(old.signed(BALANCE)).encode()
    answer = sent(
        old,
        b"POST http://mechanicalturk.amazonaws.com/ HTTP/1.1\r\n"
        b"Host: mechanicalturk.amazonaws.com\r\nConnection: close\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body),
    )
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"<IsValid>True</IsValid>" in answer


def test_http_1_0(old: Any) -> None:
    """Without keep-alive and without a host."""
    query = urlencode(old.signed(BALANCE)).encode()
    answer = sent(old, b"GET /?%b HTTP/1.0\r\n\r\n" % query)
    assert b" 200 OK\r\n" in answer
    assert b"<IsValid>True</IsValid>" in answer


def test_expect_continue_and_no_content_type(old: Any) -> None:
    """As libcurl and .NET post."""
    body = urlencode(old.signed(BALANCE)).encode()
    answer = sent(
        old,
        b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body),
    )
    assert b"100 Continue" in answer or answer.startswith(b"HTTP/1.1 200")
    assert b"<IsValid>True</IsValid>" in answer


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded; charset=UTF-8"])  # fmt: skip # noqa: E501
def test_content_types(old: Any, kind: str | None) -> None:
    """The body is a form whatever its type says."""
    headers = {} if kind is None else {"Content-Type": kind}
    assert old.post(urlencode(old.signed(BALANCE)).encode(), headers=headers).is_valid


def test_a_question_in_the_address(old: Any) -> None:
    """PHP, Node and turkic clients send everything with GET."""
    padding = "x" * 200_000
    fields = old.signed(BALANCE, Padding=padding)
    assert old.request("GET", "/?" + urlencode(fields)).is_valid
    longer = urlencode(fields | {"Padding": "x" * 1_048_576})
    assert old.request("GET", "/?" + longer).text("Errors/Error/Code") == "RequestTooLarge"


@pytest.mark.parametrize(
    "version", [None, "2017-01-17", "2005-10-01", "2012-03-25", "2099-12-31", "nonsense"]
)
def test_versions(old: Any, version: str | None) -> None:
    """The shape of a request decides how it is answered, not the version that it names."""
    fields = old.signed(BALANCE)
    del fields["Version"]
    assert old.post(
        urlencode(fields if version is None else fields | {"Version": version})
    ).is_valid


def test_unknown_parameters_are_ignored(old: Any) -> None:
    """Whatever they are called."""
    strange = {"Credential": "x", "Foo.1.Bar": "y", "": "z", "HITId": "3A", "%%": "%"}
    assert old.give(BALANCE, strange).is_valid


def test_another_service(old: Any) -> None:
    """Is not ours."""
    answer = old(BALANCE, Service="AmazonSimpleQueueService")
    assert answer.status == 200
    assert answer.text("OperationRequest/Errors/Error/Code") == "AWS.InvalidParameterValue"


def test_calls_of_the_present_api_are_not_touched(old: Any) -> None:
    """A target decides, even beside the parameters of the older API."""
    client = old.market.client
    assert client.get_account_balance()["AvailableBalance"] == "10000.00"
    answer = old.post(
        urlencode(old.signed(BALANCE)),
        headers={"X-Amz-Target": "MTurkRequesterServiceV20170117.GetAccountBalance"},
    )
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert b"MissingAuthenticationTokenException" in answer.raw
    neither = old.post(b"{}", headers={"Content-Type": "application/x-amz-json-1.1"})
    assert (neither.status, neither.raw) == (400, b'{"__type":"UnknownOperationException"}')


def test_too_much(old: Any) -> None:
    """A body of more than 4 MiB, more parameters than anybody needs, too many requests."""
    answer = old.post(b"a=" + b"x" * 4_194_304)
    assert (answer.status, answer.text("Errors/Error/Code")) == (413, "RequestTooLarge")
    many = urlencode(old.signed(BALANCE)) + "&a=1" * 20_001
    assert old.post(many).text("Errors/Error/Code") == "RequestTooLarge"
    requests = {f"GetHIT.{number}.HITId": "3A" for number in range(101)}
    assert old.give("GetHIT", requests).text("Errors/Error/Code") == "RequestTooLarge"


# --- who calls ---------------------------------------------------------------------------------


def refused(answer: Any) -> str | None:
    """The code of a call that is refused as a whole, in the form that it has."""
    assert answer.status == 200
    assert answer.root.tag == f"{BALANCE}Response"
    assert [child.tag for child in answer.root] == ["OperationRequest"]
    code: str | None = answer.text("OperationRequest/Errors/Error/Code")
    return code


def test_wrong_secret_and_unknown_key(old: Any) -> None:
    """The same error for both."""
    answer = old(BALANCE, Signature=old.signature("something else"))
    assert refused(answer) == "AWS.NotAuthorized"
    assert refused(old(BALANCE, AWSAccessKeyId="AKIAUNKNOWN")) == "AWS.NotAuthorized"
    assert answer.message == (
        "The identity contained in the request is not authorized to use this AWSAccessKeyId"
    )


def test_an_old_timestamp(old: Any) -> None:
    """The message has what should have been signed, and the time of the server."""
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    answer = old.post(urlencode(old.signed(BALANCE, hour_ago)))
    assert refused(answer) == "AWS.BadClaimsSupplied"
    assert f"AWSMechanicalTurkRequester{BALANCE}{hour_ago:%Y-%m-%dT%H:%M:%SZ}" in answer.message
    assert f"{datetime.now(UTC):%Y-%m-%dT%H:}" in answer.message


def test_no_credentials(old: Any) -> None:
    """What is missing is named."""
    fields = old.signed(BALANCE)
    del fields["Signature"]
    answer = old.post(urlencode(fields))
    assert refused(answer) == "AWS.MissingParameters"
    assert answer.message.endswith("include: Signature.")


def test_the_same_signature_twice(old: Any) -> None:
    """Two calls of one operation within a second have the same one."""
    fields = old.signed("GetHIT")
    answers = [old.post(urlencode(fields | {"HITId": hit_id})) for hit_id in ("3A", "3B", "3A")]
    assert [answer.message for answer in answers] == [
        f"Hit {hit_id} does not exist." for hit_id in ("3A", "3B", "3A")
    ]


def test_time_is_that_of_the_world(old: Any) -> None:
    """Wherever the market's clock stands."""
    old.market.advance(days=30)
    assert old(BALANCE).is_valid


def test_a_suspended_requester(old: Any) -> None:
    """Is told so in the result."""
    database = old.market.app.db
    database.write(lambda connection: connection.execute("UPDATE requesters SET is_suspended = 1"))
    old.market.app.db.generation += 1
    answer = old(BALANCE)
    assert answer.code == "AWS.MechanicalTurk.PermissionDenied"
    assert answer.text(f"{BALANCE}Result/Request/IsValid") == "False"


# --- settings ----------------------------------------------------------------------------------


def test_switched_off(old_with: Callable[..., Any]) -> None:
    """The answer names the present API, which goes on."""
    old = old_with(legacy__enabled=False)
    answer = old(BALANCE)
    assert (answer.status, answer.text("Errors/Error/Code")) == (403, "Forbidden")
    assert "2017-01-17" in answer.message
    assert old.market.client.get_account_balance()["AvailableBalance"] == "10000.00"


def test_off_by_itself_where_others_reach_it(old_with: Callable[..., Any]) -> None:
    """Unless somebody says otherwise."""
    public = {"app_base_url": "https://work.example.org"}
    assert old_with(**public).market.app.settings.legacy.enabled is False
    assert old_with(**public, legacy__enabled=True).market.app.settings.legacy.enabled is True


def test_only_over_tls(old_with: Callable[..., Any]) -> None:
    """A proxy on this machine may say how the call came."""
    old = old_with(legacy__require_tls=True)
    assert (old(BALANCE).status, old(BALANCE).code) == (403, "Forbidden")
    body = urlencode(old.signed(BALANCE))
    assert old.post(body, headers={"X-Forwarded-Proto": "https"}).is_valid


def test_a_scheme_switched_off(old_with: Callable[..., Any]) -> None:
    """The documented one protects no parameters."""
    old = old_with(legacy__signature_versions="1,2")
    answer = old(BALANCE)
    assert refused(answer) == "AWS.NotAuthorized"
    assert "not accepted here" in answer.message


def test_clock_skew(old_with: Callable[..., Any]) -> None:
    """Seconds, or any difference at all."""
    old = old_with(legacy__clock_skew_seconds=0)
    year_ago = datetime.now(UTC) - timedelta(days=365)
    assert old.post(urlencode(old.signed(BALANCE, year_ago))).is_valid
