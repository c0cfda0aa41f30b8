"""Pages on other sites in the task frame, and what other windows may not do to the work page."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from kempelen.testing.market import Kempelen

BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
ANSWERS = (
    '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="'
    f'{BASE}2005-10-01/QuestionFormAnswers.xsd">{{}}</QuestionFormAnswers>'
)
SURVEY = """<!doctype html><title>Survey</title><form method="post" id="survey">
<input type="hidden" name="assignmentId"><input name="seen"><button>Send</button></form>
<script>
const given = new URLSearchParams(location.search);
const form = document.getElementById('survey');
form.action = given.get('turkSubmitTo') + '/mturk/externalSubmit';
form.elements.assignmentId.value = given.get('assignmentId');
form.elements.seen.value = [given.get('hitId'), given.get('workerId')].join();
form.querySelector('button').disabled =
  given.get('assignmentId') === 'ASSIGNMENT_ID_NOT_AVAILABLE';
</script>"""
OUTER = """<!doctype html><title>Outer</title><script>
const inner = document.createElement('iframe');
inner.src = '/survey' + location.search;
document.documentElement.append(inner);
</script>"""
TALLER = """<!doctype html><title>Taller</title><script>
top.postMessage({source: 'kempelen', v: 1, type: 'size', height: 5000}, '*');
top.postMessage({source: 'kempelen', v: 1, type: 'ready', helper: 1}, '*');
addEventListener('message', (event) => { window.context = event.data; });
</script>"""
PAGES = {"/survey": SURVEY, "/outer": OUTER, "/taller": TALLER, "/window": "<title>Window</title>"}


@dataclass
class OtherSite:
    """A requester's own server; it remembers what it was asked for."""

    url: str
    asked: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def other_site() -> Iterator[OtherSite]:
    """A server under another name than the market's, so that it is another site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, self.headers.get("Referer", "")))
            body = PAGES.get(urlsplit(self.path).path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = OtherSite(f"http://localhost:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own."""
    context = chromium.new_context()
    yield context
    context.close()


@dataclass(frozen=True)
class Seat:
    """A signed-in worker before a browser, with a HIT."""

    market: Kempelen
    page: Page
    hit: dict[str, Any]
    worker_id: str

    @property
    def document(self) -> Frame:
        """The document in the task frame."""
        handle = self.page.locator("#task-frame").element_handle().content_frame()
        assert handle is not None
        return handle

    def accept(self) -> str:
        """Accept the previewed HIT; gives the assignment id."""
        self.page.locator("form[action$='/accept'] button").first.click()
        self.page.wait_for_url(re.compile("assignment_id="))
        return dict(parse_qsl(urlsplit(self.page.url).query))["assignment_id"]

    def answers(self) -> list[str]:
        """The answer documents that the requester sees."""
        found = self.market.client.list_assignments_for_hit(HITId=self.hit["HITId"])
        return [item["Answer"] for item in found["Assignments"]]


def sit_down(context: BrowserContext, market: Kempelen, url: str) -> Seat:
    """Publish an ExternalQuestion, sign a worker in, and open the preview."""
    hit = market.client.create_hit(
        Title="A survey",
        Description="Three minutes.",
        Reward="0.10",
        LifetimeInSeconds=86_400,
        AssignmentDurationInSeconds=600,
        Question=(
            f'<ExternalQuestion xmlns="{BASE}2006-07-14/ExternalQuestion.xsd"><ExternalURL>{url}'
            "</ExternalURL><FrameHeight>400</FrameHeight></ExternalQuestion>"
        ),
    )["HIT"]
    worker = market.add_worker()
    page = context.new_page()
    page.goto(f"{market.url}/signin")
    page.locator("input[name=name]").fill(worker.name)
    page.locator("input[name=password]").fill(worker.password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/signin" not in address)
    page.goto(f"{market.url}/projects/{hit['HITGroupId']}/tasks")
    return Seat(market, page, hit, worker.worker_id)


def answer(name: str, text: str) -> str:
    return (
        f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier>"
        f"<FreeText>{text}</FreeText></Answer>"
    )


def is_submitted(page: Page) -> None:
    page.wait_for_url(re.compile(r"/projects(\?.*)?$"))


def test_a_survey_on_another_site(
    context: BrowserContext, kempelen: Kempelen, other_site: OtherSite
) -> None:
    """It learns the four parameters, the worker only at work, and posts the answers back."""
    seat = sit_down(context, kempelen, f"{other_site.url}/survey?wave=2")
    frame = seat.page.frame_locator("#task-frame")
    expect(frame.locator("button")).to_be_disabled()
    assignment_id = seat.accept()
    expect(frame.locator("button")).to_be_enabled()
    preview, work = (item for item in other_site.asked if item[0].startswith("/survey"))
    hit_id = seat.hit["HITId"]
    assert parse_qsl(urlsplit(preview[0]).query) == [
        ("wave", "2"),
        ("assignmentId", "ASSIGNMENT_ID_NOT_AVAILABLE"),
        ("hitId", hit_id),
        ("turkSubmitTo", kempelen.url),
    ]
    assert parse_qsl(urlsplit(work[0]).query) == [
        ("wave", "2"),
        ("assignmentId", assignment_id),
        ("hitId", hit_id),
        ("turkSubmitTo", kempelen.url),
        ("workerId", seat.worker_id),
    ]
    assert {preview[1], work[1]} == {f"{kempelen.url}/"}
    frame.locator("button").click()
    is_submitted(seat.page)
    assert seat.answers() == [ANSWERS.format(answer("seen", f"{hit_id},{seat.worker_id}"))]


def test_a_survey_in_a_frame_of_a_frame(
    context: BrowserContext, kempelen: Kempelen, other_site: OtherSite
) -> None:
    """The answers may come from a window inside the task frame."""
    seat = sit_down(context, kempelen, f"{other_site.url}/outer")
    seat.accept()
    inner = seat.page.frame_locator("#task-frame").frame_locator("iframe")
    inner.locator("input[name=seen]").fill("a cat")
    inner.locator("button").click()
    is_submitted(seat.page)
    assert seat.answers() == [ANSWERS.format(answer("seen", "a cat"))]


def test_fetch_from_another_site(
    context: BrowserContext, kempelen: Kempelen, other_site: OtherSite
) -> None:
    """A script may post JSON from any origin; the worker finishes where it was told to."""
    seat = sit_down(context, kempelen, f"{other_site.url}/survey")
    assignment_id = seat.accept()
    status, found = seat.document.evaluate(
        """async ([address, assignmentId]) => {
          const response = await fetch(address, {
            method: 'POST',
            headers: {'Content-Type': 'application/json', 'Accept': 'application/json'},
            body: JSON.stringify({assignmentId, seen: ['a cat', 'a dog']}),
          });
          return [response.status, await response.json()];
        }""",
        [f"{kempelen.url}/mturk/externalSubmit", assignment_id],
    )
    assert status == 201
    assert seat.answers() == []
    seat.page.goto(found["finish_url"])
    seat.page.locator("form[action$='/submit'] button").click()
    is_submitted(seat.page)
    assert seat.answers() == [ANSWERS.format(answer("seen", "a cat|a dog"))]


def test_another_sites_size_is_its_requesters(
    context: BrowserContext, kempelen: Kempelen, other_site: OtherSite
) -> None:
    """A page elsewhere is told its surroundings when it asks, but keeps the height it was given."""
    seat = sit_down(context, kempelen, f"{other_site.url}/taller")
    assignment_id = seat.accept()
    seat.document.wait_for_function("() => window.context !== undefined")
    assert seat.document.evaluate("context.assignmentId") == assignment_id
    assert seat.page.locator("#task-frame").get_attribute("height") == "400"


def test_staged_messages_from_elsewhere(
    context: BrowserContext, kempelen: Kempelen, other_site: OtherSite
) -> None:
    """Only the task frame hands over, and only for its own assignment; a window does not."""
    seat = sit_down(context, kempelen, f"{other_site.url}/survey")
    assignment_id = seat.accept()
    ticket = stage(seat, assignment_id)
    seat.page.evaluate(
        "addEventListener('message', (event) => { (window.heard ??= []).push(event.data.n); })"
    )
    message = {"source": "kempelen", "v": 1, "type": "staged"}
    message |= {"assignmentId": assignment_id, "ticket": ticket}
    with context.expect_page() as opened:
        seat.document.evaluate(f"() => {{ window.open('{other_site.url}/window'); }}")
    window = opened.value
    window.wait_for_load_state()
    say = "message => opener.top.postMessage(message, '*')"
    window.evaluate(say, {**message, "n": 1})
    own = "message => top.postMessage(message, '*')"
    ignored: list[dict[str, object]] = [
        {**message, "n": 2, "assignmentId": "3SOMEBODYELSES"},
        {**message, "n": 3, "assignmentId": ""},
        {**message, "n": 4, "v": 2},
        {**message, "n": 5, "source": "elsewhere"},
        {**message, "n": 6, "ticket": ""},
        {**message, "n": 7, "ticket": ["x"]},
        {**message, "n": 8, "type": "submit-error", "code": "<b>Your password, please</b>"},
    ]
    for item in ignored:
        seat.document.evaluate(own, item)
    seat.page.wait_for_function("() => (window.heard ?? []).length === 8")
    assert seat.page.locator("#finish-form input[name=ticket]").input_value() == ""
    assert seat.page.locator("#frame-message").inner_text() == ""
    assert seat.answers() == []
    seat.document.evaluate(own, message)
    is_submitted(seat.page)
    assert seat.answers() == [ANSWERS.format(answer("seen", "a cat"))]


def stage(seat: Seat, assignment_id: str) -> str:
    """Leave answers as the page in the frame would; gives the ticket."""
    ticket: str = seat.document.evaluate(
        """async ([address, assignmentId]) => {
          const body = new URLSearchParams({assignmentId, seen: 'a cat'});
          const headers = {Accept: 'application/json'};
          const response = await fetch(address, {method: 'POST', headers, body});
          return (await response.json()).ticket;
        }""",
        [f"{seat.market.url}/mturk/externalSubmit", assignment_id],
    )
    return ticket


def test_leaving_the_frame_is_not_possible(
    context: BrowserContext, kempelen: Kempelen, other_site: OtherSite
) -> None:
    """A form for the whole window stays without effect, and the work page where it is."""
    seat = sit_down(context, kempelen, f"{other_site.url}/survey")
    seat.accept()
    address = seat.page.url
    attempts = (
        "const form = document.getElementById('survey'); form.target = '_top'; form.submit();",
        f"try {{ top.location = '{other_site.url}/window'; }} catch (refused) {{}}",
    )
    for attempt in attempts:
        with seat.page.expect_console_message(lambda message: "sandboxed" in message.text):
            seat.document.evaluate(f"() => {{ {attempt} }}")
    assert seat.page.url == address
    assert seat.document.title() == "Survey"


def test_a_site_that_does_not_answer(
    context: BrowserContext, kempelen: Kempelen, other_site: OtherSite
) -> None:
    """After a while the page says so, and what can be done."""
    seat = sit_down(context, kempelen, f"{other_site.url}/survey")
    seat.page.clock.install()
    context.route(f"{other_site.url}/**", lambda _: None)
    seat.page.goto(seat.page.url, wait_until="domcontentloaded")
    seat.page.clock.fast_forward(14_000)
    expect(seat.page.locator("#frame-message")).to_be_empty()
    seat.page.clock.fast_forward(2_000)
    expect(seat.page.locator("#frame-message")).to_contain_text("does not load here")
