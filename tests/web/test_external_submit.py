"""The submit address over HTTP: what is kept, what is refused, and that nothing is lost."""

import http.client
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from kempelen import credentials
from kempelen.api.work import GetStagedRequest
from kempelen.domain.people import WorkerCaller
from kempelen.domain.work_errors import AssignmentNotFound
from kempelen.edges.worker import external_submit
from kempelen.operations import dispatch, own_work, registry, signin
from kempelen.testing.market import Kempelen
from kempelen.testing.worker import Worker, WorkRefused

FORM = "application/x-www-form-urlencoded"
QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html><html><head></head><body>'
    "<p>What do you see?</p></body></html>]]></HTMLContent><FrameHeight>450</FrameHeight>"
    "</HTMLQuestion>"
)
ANSWERS = (
    '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="http://mechanicalturk.'
    'amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd">{}'
    "</QuestionFormAnswers>"
)
STATIC = Path(external_submit.__file__).parent.parent / "web" / "static"


@dataclass(frozen=True)
class Reply:
    """A response of the server."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def ticket(self) -> str:
        """The ticket of a hand-over page."""
        found = re.search(r'data-ticket="([^"]+)"', self.text)
        assert found is not None, self.text
        return found.group(1)

    @property
    def code(self) -> str:
        """The code at the foot of a status page."""
        found = re.search(r'<p class="code">([^<]+)</p>', self.text)
        assert found is not None, self.text
        return found.group(1)


@dataclass(frozen=True)
class Desk:
    """A worker with an accepted HIT, and the ways to submit it."""

    market: Kempelen
    worker: Worker
    hit_id: str
    assignment_id: str

    def post(
        self,
        fields: dict[str, str] | bytes,
        content_type: str = FORM,
        *,
        path: str = "/mturk/externalSubmit",
        **headers: str,
    ) -> Reply:
        """Post to the submit address."""
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return send(self.market, "POST", path, body, {"Content-Type": content_type, **named})

    def submit(self, answer: str = "a cat") -> Reply:
        """Post one answer."""
        return self.post({"assignmentId": self.assignment_id, "seen": answer})

    def finish(self, ticket: str) -> str:
        """Confirm staged answers, as the worker's page does; gives the status."""
        return confirm(self.worker, self.assignment_id, ticket)

    def answers(self) -> list[str]:
        """The answer documents that the requester sees."""
        found = self.market.client.list_assignments_for_hit(HITId=self.hit_id)
        return [item["Answer"] for item in found["Assignments"]]


def send(
    market: Kempelen,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """One request with its path exactly as given."""
    parts = urlsplit(market.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, text)


def confirm(worker: Worker, assignment_id: str, ticket: str) -> str:
    """Hand in staged answers as a worker; gives the status."""
    done = worker.call("POST", f"/assignments/{assignment_id}/submit", {"ticket": ticket})
    return str(done["assignment"]["status"])


def staged_origin(market: Kempelen, worker: Worker, ticket: str) -> str | None:
    """Where staged answers came from, as the finish page of a worker learns it."""
    found = dispatch.look(market.app, signin.worker_of_token, credentials.digest(worker.token))
    caller = WorkerCaller(worker=found, may_work=True)
    operation = registry.of(own_work.get_staged)
    response = dispatch.run(market.app, operation, caller, GetStagedRequest(ticket=ticket))
    origin: str | None = response.origin
    return origin


def desk_in(market: Kempelen) -> Desk:
    """Publish a HIT and have it accepted."""
    hit = market.client.create_hit(
        Title="Describe a picture",
        Description="Say what you see.",
        Reward="0.10",
        MaxAssignments=2,
        LifetimeInSeconds=86_400,
        AssignmentDurationInSeconds=600,
        AutoApprovalDelayInSeconds=86_400,
        Question=QUESTION,
    )["HIT"]
    worker = market.add_worker()
    return Desk(market, worker, hit["HITId"], worker.accept(hit["HITId"])["assignment_id"])


@pytest.fixture
def desk(kempelen: Kempelen) -> Desk:
    return desk_in(kempelen)


def answer(name: str, text: str) -> str:
    return (
        f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier>"
        f"<FreeText>{text}</FreeText></Answer>"
    )


def test_staged_then_finished(desk: Desk) -> None:
    """The answers wait, invisible to the requester, until the worker's page confirms them."""
    reply = desk.submit()
    assert reply.status == 200
    assert f'data-assignment-id="{desk.assignment_id}"' in reply.text
    assert 'data-type="staged"' in reply.text
    assert desk.answers() == []
    assert desk.finish(reply.ticket) == "submitted"
    assert desk.answers() == [ANSWERS.format(answer("seen", "a cat"))]


def test_the_hand_over_page(desk: Desk) -> None:
    """No inline script, a way on without scripts, and a policy that any page may frame."""
    reply = desk.submit()
    url = desk.market.url
    assert re.findall(r"<script[^>]*>(.*?)</script>", reply.text, re.DOTALL) == [""]
    assert " style=" not in reply.text
    assert "<noscript>" in reply.text
    assert f'href="{url}/tasks/finish?ticket=' in reply.text
    expected = {
        "access-control-allow-origin": "*",
        "cache-control": "no-store",
        "content-security-policy": f"default-src 'none'; script-src {url}; style-src {url};"
        f" form-action {url}; base-uri 'none'",
        "content-type": "text/html; charset=utf-8",
        "cross-origin-resource-policy": "cross-origin",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    ignored = {"date", "content-length", "x-amzn-requestid"}
    assert {k: v for k, v in reply.headers.items() if k not in ignored} == expected


def test_fields_become_the_answer_document(desk: Desk) -> None:
    """Repeated and empty fields, line ends, emoji, markup, control characters, reserved names."""
    body = urlencode(
        [
            ("size", "L"),
            ("tops", "ham"),
            ("note", ""),
            ("tops", "olives"),
            ("assignmentId", desk.assignment_id),
            ("hitId", "3OTHER"),
            ("workerId", "A1"),
            ("turkSubmitTo", "https://elsewhere.example"),
            ("", "nameless"),
            ("lines", "one\r\ntwo\rthree"),
            ("emoji", "😀"),
            ("cdata", "a]]>b<&"),
            ("control", "a\x01b"),
            ("submitButton", "Submit"),
        ]
    ).encode()
    desk.finish(desk.post(body).ticket)
    expected = [
        answer("size", "L"),
        answer("tops", "ham|olives"),
        answer("note", ""),
        answer("lines", "one\ntwo\nthree"),
        answer("emoji", "&#128512;"),
        answer("cdata", "a]]&gt;b&lt;&amp;"),
        answer("control", "a&#65533;b"),
        answer("submitButton", "Submit"),
    ]
    assert desk.answers() == [ANSWERS.format("".join(expected))]


@pytest.mark.parametrize(
    ("content_type", "make"),
    [
        (FORM, "assignmentId={id}&seen=%C3%A9"),
        (f"{FORM};charset=UTF-8", "seen=%C3%A9&assignmentId={id}"),
        ("text/plain", "assignmentId={id}\r\nseen=é\r\n"),
        ("application/json", '{{"assignmentId":"{id}","seen":"é"}}'),
        (
            "multipart/form-data; boundary=b",
            (
                '--b\r\nContent-Disposition: form-data; name="seen"\r\n\r\né\r\n'
                '--b\r\nContent-Disposition: form-data; name="assignmentId"\r\n\r\n{id}\r\n--b--'
            ),
        ),
    ],
)
def test_every_encoding(desk: Desk, content_type: str, make: str) -> None:
    """Four content types carry the same answer."""
    reply = desk.post(make.format(id=desk.assignment_id).encode(), content_type)
    desk.finish(reply.ticket)
    assert desk.answers() == [ANSWERS.format(answer("seen", "&#233;"))]


def test_query_and_body(desk: Desk) -> None:
    """Fields of the query come first; the assignment of the body wins."""
    path = "/mturk/externalSubmit?assignmentId=3UNKNOWN&seen=first&only=query"
    body = {"assignmentId": desk.assignment_id, "seen": "second"}
    desk.finish(desk.post(body, path=path).ticket)
    expected = answer("seen", "first|second") + answer("only", "query")
    assert desk.answers() == [ANSWERS.format(expected)]


def test_everything_in_the_query(desk: Desk) -> None:
    """A body may be empty, and a blank field in it says nothing against the query."""
    path = f"/mturk/externalSubmit?assignmentId={desk.assignment_id}&seen=x"
    assert desk.post(b"", path=path).status == 200
    desk.finish(desk.post({"assignmentId": ""}, path=path).ticket)
    assert desk.answers() == [ANSWERS.format(answer("seen", "x"))]


def test_no_other_field(desk: Desk) -> None:
    """A document without answers is one."""
    desk.finish(desk.post({"assignmentId": desk.assignment_id}).ticket)
    assert desk.answers() == [ANSWERS.format("")]


def test_two_slashes(desk: Desk) -> None:
    """Pages that add a slash of their own reach the same place."""
    body = {"assignmentId": desk.assignment_id, "seen": "a cat"}
    desk.finish(desk.post(body, path="//mturk/externalSubmit").ticket)
    assert desk.answers() == [ANSWERS.format(answer("seen", "a cat"))]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"seen=a+cat", FORM, 400, "KMP-SUBMIT-400-ASSIGNMENT-ID"),
        (b"assignmentId=&seen=a+cat", FORM, 400, "KMP-SUBMIT-400-ASSIGNMENT-ID"),
        (b"AssignmentID=3X", FORM, 400, "KMP-SUBMIT-400-ASSIGNMENT-ID"),
        (b"", FORM, 400, "KMP-SUBMIT-400-ASSIGNMENT-ID"),
        (b"[]", "application/json", 400, "KMP-SUBMIT-400-UNREADABLE"),
        (b"--b\r\n", "multipart/form-data; boundary=b", 400, "KMP-SUBMIT-400-UNREADABLE"),
        (
            b"assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&seen=x",
            FORM,
            409,
            "KMP-SUBMIT-409-PREVIEW",
        ),
        (b"assignmentId=3NOSUCH&seen=x", FORM, 404, "KMP-SUBMIT-404-ASSIGNMENT"),
        (b"<a/>", "application/xml", 415, "KMP-SUBMIT-415-TYPE"),
        (
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\nx\r\n--b--',
            "multipart/form-data; boundary=b",
            415,
            "KMP-SUBMIT-415-FILES",
        ),
        (b"&".join(b"f%d=" % n for n in range(5_001)), FORM, 422, "KMP-SUBMIT-422-FIELDS"),
        (b"n" * 1_001 + b"=x", FORM, 422, "KMP-SUBMIT-422-FIELDS"),
        (b"x=" + b"y" * 4_194_304, FORM, 413, "KMP-SUBMIT-413-TOO-LARGE"),
    ],
)
def test_refused(desk: Desk, body: bytes, content_type: str, status: int, code: str) -> None:
    """A page with a code says what to do, the parent is told, and scripts get the same as JSON."""
    reply = desk.post(body, content_type)
    assert (reply.status, reply.code) == (status, code)
    assert 'data-type="submit-error"' in reply.text
    assert f'data-code="{code}"' in reply.text
    assert "othing was saved" in reply.text
    assert reply.headers["access-control-allow-origin"] == "*"
    problem = desk.post(body, content_type, Accept="application/json")
    assert problem.status == status
    assert problem.headers["content-type"] == "application/problem+json"
    assert json.loads(problem.text)["code"] == code
    assert desk.answers() == []


def test_answers_that_grow_too_large(desk: Desk) -> None:
    """Character references make a document larger than the post that it came from."""
    body = f"assignmentId={desk.assignment_id}\nseen={'é' * 700_000}"
    reply = desk.post(body.encode(), "text/plain")
    assert (reply.status, reply.code) == (413, "KMP-SUBMIT-413-TOO-LARGE")
    desk.finish(desk.submit().ticket)
    assert desk.answers() == [ANSWERS.format(answer("seen", "a cat"))]


def test_submitted_before(desk: Desk) -> None:
    """The first answers stay, whatever is posted, staged or confirmed after them."""
    first, second = desk.submit("first"), desk.submit("second")
    desk.finish(first.ticket)
    again = desk.submit("third")
    assert again.status == 200
    assert "Already submitted" in again.text
    assert 'data-type="submitted"' in again.text
    assert desk.finish(second.ticket) == "submitted"
    assert desk.answers() == [ANSWERS.format(answer("seen", "first"))]
    plain = desk.post({"assignmentId": desk.assignment_id}, Accept="application/json")
    assert json.loads(plain.text) == {
        "state": "submitted",
        "assignment_id": desk.assignment_id,
    }


def test_after_a_decision(desk: Desk) -> None:
    """Approved and rejected work was submitted before, too."""
    desk.finish(desk.submit().ticket)
    desk.market.client.approve_assignment(AssignmentId=desk.assignment_id)
    assert "Already submitted" in desk.submit("more").text
    assert desk.answers() == [ANSWERS.format(answer("seen", "a cat"))]


def test_returned(desk: Desk) -> None:
    """A HIT that was given back takes no answers."""
    desk.worker.return_(desk.assignment_id)
    reply = desk.submit()
    assert (reply.status, reply.code) == (409, "KMP-SUBMIT-409-RETURNED")
    assert desk.answers() == []


def test_late(desk: Desk) -> None:
    """Ten seconds of grace, then the time has run out; also when the HIT is abandoned."""
    desk.market.advance(seconds=609)
    assert desk.submit().status == 200
    late = desk_in(desk.market)
    late.market.advance(seconds=611)
    reply = late.submit()
    assert (reply.status, reply.code) == (409, "KMP-SUBMIT-409-TIME-RAN-OUT")
    assert "nothing was submitted" in reply.text
    assert late.answers() == []


def test_staged_in_time_and_confirmed_later(desk: Desk) -> None:
    """The time of the submission is that of the post, even when signing in took minutes."""
    desk.market.advance(seconds=590)
    ticket = desk.submit().ticket
    posted_at = desk.market.clock.now()
    desk.market.advance(seconds=600)
    desk.finish(ticket)
    found = desk.market.client.list_assignments_for_hit(HITId=desk.hit_id)["Assignments"]
    assert [item["SubmitTime"] for item in found] == [posted_at]


def test_somebody_elses_ticket(desk: Desk) -> None:
    """Whoever knows an assignment id may leave answers, but only its worker confirms them."""
    ticket = desk.submit().ticket
    other = desk_in(desk.market)
    with pytest.raises(WorkRefused, match="ASSIGNMENT_NOT_FOUND"):
        confirm(other.worker, desk.assignment_id, ticket)
    with pytest.raises(AssignmentNotFound):
        staged_origin(desk.market, other.worker, ticket)
    assert desk.answers() == []
    desk.finish(ticket)
    assert desk.finish(ticket) == "submitted"
    assert desk.answers() == [ANSWERS.format(answer("seen", "a cat"))]


def test_scripts_get_json(desk: Desk) -> None:
    """`fetch` callers get the ticket and where it is finished; the source origin is kept."""
    reply = desk.post(
        {"assignmentId": desk.assignment_id},
        Accept="application/json",
        Origin="https://tasks.example.org",
    )
    assert reply.status == 201
    found = json.loads(reply.text)
    assert set(found) == {"ticket", "finish_url"}
    assert found["finish_url"].startswith(f"{desk.market.url}/tasks/finish?ticket=")
    origin = staged_origin(desk.market, desk.worker, found["ticket"])
    assert origin == "https://tasks.example.org"
    assert desk.finish(found["ticket"]) == "submitted"


def test_preflight(desk: Desk) -> None:
    """Browsers may send JSON from any origin, without cookies."""
    headers = {
        "Origin": "null",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    reply = send(desk.market, "OPTIONS", "/mturk/externalSubmit", None, headers)
    assert reply.status == 204
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["access-control-allow-methods"] == "POST, OPTIONS"
    assert reply.headers["access-control-allow-headers"] == "*"
    assert "access-control-allow-credentials" not in reply.headers


def test_get_is_explained(desk: Desk) -> None:
    """A form without a method loses nothing silently."""
    path = f"/mturk/externalSubmit?assignmentId={desk.assignment_id}&seen=x"
    reply = send(desk.market, "GET", path)
    assert (reply.status, reply.code) == (405, "KMP-SUBMIT-405-METHOD")
    assert reply.headers["allow"] == "POST, OPTIONS"


def test_get_for_very_old_pages(new_market: Callable[..., Kempelen]) -> None:
    """`external_submit.allow_get` treats GET like POST, and HEAD never."""
    with new_market(settings={"external_submit.allow_get": True}) as market:
        desk = desk_in(market)
        path = f"/mturk/externalSubmit?assignmentId={desk.assignment_id}&seen=x"
        assert send(market, "HEAD", path).status == 405
        desk.finish(send(market, "GET", path).ticket)
        assert desk.answers() == [ANSWERS.format(answer("seen", "x"))]


def test_direct_mode(new_market: Callable[..., Kempelen]) -> None:
    """`external_submit.mode=direct` submits at once; repeating it changes nothing."""
    with new_market(settings={"external_submit.mode": "direct"}) as market:
        desk = desk_in(market)
        reply = desk.submit("first")
        assert reply.status == 200
        assert 'data-type="submitted"' in reply.text
        assert desk.submit("second").status == 200
        assert desk.answers() == [ANSWERS.format(answer("seen", "first"))]


def test_smaller_limit(new_market: Callable[..., Kempelen]) -> None:
    """`external_submit.max_bytes` is the largest body."""
    with new_market(settings={"external_submit.max_bytes": 200}) as market:
        desk = desk_in(market)
        base = len(urlencode({"assignmentId": desk.assignment_id, "seen": ""}))
        assert desk.submit("x" * (201 - base)).status == 413
        assert desk.submit("x" * (200 - base)).status == 200


def test_the_page_around_knows_every_code() -> None:
    """The page repeats the message outside the frame in its own words, one for each code."""
    known = set(re.findall(r'"(KMP-SUBMIT-[A-Z0-9-]+)":', (STATIC / "task.js").read_text()))
    problems = {*external_submit.PROBLEMS.values(), external_submit.FAULT}
    assert known == {problem.code for problem in problems}
