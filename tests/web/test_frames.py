"""Addresses of task frames, what is behind them, and the headers that confine it."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from kempelen.api.work import Task
from kempelen.edges.web import frames
from kempelen.testing.market import Kempelen

BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
PAGE = (
    '<!DOCTYPE html><html><head><script src="https://s3.amazonaws.com/mturk-public/'
    'externalHIT_v1.js"></script></head><body><form name="mturk_form" method="post" '
    'action="https://www.mturk.com/mturk/externalSubmit" target="_parent">é</form></body></html>'
)
HTML_QUESTION = (
    f'<HTMLQuestion xmlns="{BASE}2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[{PAGE}]]>'
    "</HTMLContent><FrameHeight>450</FrameHeight></HTMLQuestion>"
)
QUESTION_FORM = (
    f'<QuestionForm xmlns="{BASE}2017-11-06/QuestionForm.xsd"><Question><QuestionIdentifier>q'
    "</QuestionIdentifier><QuestionContent><Text>What?</Text></QuestionContent>"
    "<AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question></QuestionForm>"
)
SANDBOX = (
    "allow-scripts allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox"
    " allow-downloads allow-pointer-lock allow-orientation-lock allow-presentation"
)
IGNORED = {"date", "content-length", "x-amzn-requestid"}


@dataclass(frozen=True)
class Reply:
    """A response of the server."""

    status: int
    headers: dict[str, str]
    text: str


def get(url: str, **headers: str) -> Reply:
    """One request without cookies; header names with `_` for `-`."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("GET", url.removeprefix(f"http://{parts.netloc}"), headers=named)
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    found = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, {k: v for k, v in found.items() if k not in IGNORED}, text)


def external(url: str) -> str:
    escaped = url.replace("&", "&amp;")
    return (
        f'<ExternalQuestion xmlns="{BASE}2006-07-14/ExternalQuestion.xsd"><ExternalURL>{escaped}'
        "</ExternalURL><FrameHeight>450</FrameHeight></ExternalQuestion>"
    )


def publish(market: Kempelen, question: str) -> dict[str, Any]:
    """Publish a HIT with a question."""
    hit: dict[str, Any] = market.client.create_hit(
        Title="Describe a picture",
        Description="Say what you see.",
        Reward="0.10",
        LifetimeInSeconds=86_400,
        AssignmentDurationInSeconds=600,
        Question=question,
    )["HIT"]
    return hit


def tasks(market: Kempelen, question: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """The task of a HIT in preview and at work, with its ids by name."""
    hit = publish(market, question)
    worker = market.add_worker()
    preview = worker.call("GET", f"/hit-groups/{hit['HITGroupId']}/preview")
    accepted = worker.accept(hit["HITId"])
    ids = {
        "hit": hit["HITId"],
        "assignment": accepted["assignment_id"],
        "worker": worker.worker_id,
        "submit": quote(market.url, safe=""),
    }
    return preview, accepted["task"], ids


def frame_url(market: Kempelen) -> str:
    """The address of an HTMLQuestion at work."""
    _, task, _ = tasks(market, HTML_QUESTION)
    return str(task["html"]["frame_url"])


@pytest.mark.parametrize(
    ("url", "before", "after"),
    [
        ("https://example.org/task", "https://example.org/task?", ""),
        ("https://example.org/task?x=1&y=a%20b", "https://example.org/task?x=1&y=a%20b&", ""),
        ("https://example.org/task#top", "https://example.org/task?", "#top"),
        ("https://example.org/task?x=1#top", "https://example.org/task?x=1&", "#top"),
        ("https://example.org/t/é?ü=ö", "https://example.org/t/é?ü=ö&", ""),
        (
            "https://example.org/t?assignmentId=mine",
            "https://example.org/t?assignmentId=mine&",
            "",
        ),
    ],
)
def test_parameters_of_an_external_question(
    kempelen: Kempelen, url: str, before: str, after: str
) -> None:
    """Four parameters in their order, at the end of the query; no worker in a preview."""
    preview, task, ids = tasks(kempelen, external(url))
    assert preview["external"]["url"] == (
        f"{before}assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId={ids['hit']}"
        f"&turkSubmitTo={ids['submit']}{after}"
    )
    assert task["external"]["url"] == (
        f"{before}assignmentId={ids['assignment']}&hitId={ids['hit']}"
        f"&turkSubmitTo={ids['submit']}&workerId={ids['worker']}{after}"
    )


def test_parameters_of_an_html_question(kempelen: Kempelen) -> None:
    """The same parameters on a signed address of this site."""
    preview, task, ids = tasks(kempelen, HTML_QUESTION)
    shown = task["html"]["frame_url"]
    assert shown.startswith(f"{kempelen.url}/frame/")
    assert parse_qsl(urlsplit(shown).query) == [
        ("assignmentId", ids["assignment"]),
        ("hitId", ids["hit"]),
        ("turkSubmitTo", kempelen.url),
        ("workerId", ids["worker"]),
    ]
    names = [name for name, _ in parse_qsl(urlsplit(preview["html"]["frame_url"]).query)]
    assert names == ["assignmentId", "hitId", "turkSubmitTo"]


def test_worker_id_in_previews_too(new_market: Callable[..., Kempelen]) -> None:
    """`frame.preview_worker_id` sends it."""
    with new_market(settings={"frame.preview_worker_id": True}) as market:
        preview, _, ids = tasks(market, external("https://example.org/"))
        assert preview["external"]["url"].endswith(f"&workerId={ids['worker']}")


def test_the_document(kempelen: Kempelen) -> None:
    """The requester's document with the helper first, and with addresses of this site."""
    reply = get(frame_url(kempelen))
    assert reply.status == 200
    assert reply.text == (
        '<!DOCTYPE html><html><head><script src="/frame-helper/v1.js"></script>'
        f'<script src="{kempelen.url}/mturk-public/externalHIT_v1.js"></script></head><body>'
        '<form name="mturk_form" method="post" '
        f'action="{kempelen.url}/mturk/externalSubmit" >é</form></body></html>'
    )


def test_headers_of_the_document(kempelen: Kempelen) -> None:
    """Confined to an opaque origin even when opened directly; no cookies."""
    url = kempelen.url
    assert get(frame_url(kempelen)).headers == {
        "cache-control": "private, no-cache",
        "content-security-policy": (
            "default-src * data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'none';"
            f" form-action {url}/mturk/; frame-ancestors {url}; sandbox {SANDBOX}"
        ),
        "content-type": "text/html; charset=utf-8",
        "referrer-policy": "strict-origin",
        "x-content-type-options": "nosniff",
    }


def test_the_stored_question_is_not_changed(kempelen: Kempelen) -> None:
    """What is served is adapted; what the requester gets back is not."""
    _, _, ids = tasks(kempelen, HTML_QUESTION)
    assert kempelen.client.get_hit(HITId=ids["hit"])["HIT"]["Question"] == HTML_QUESTION


def test_changed_addresses(kempelen: Kempelen) -> None:
    """Every changed character of the pass makes it worthless."""
    url = frame_url(kempelen)
    signed = urlsplit(url).path.removeprefix("/frame/").removesuffix("/")
    body, _, signature = signed.partition(".")
    other = frames.Pass(
        hit_id="3OTHER", mode="work", assignment_id=None, worker="", expires_at=kempelen.clock.now()
    )
    forged = frames.token(kempelen.app, other).partition(".")[0]
    for changed in (
        f"{forged}.{signature}",
        f"{body}A.{signature}",
        f"{body}.{signature[:-2]}AA",
        f"{body}.",
        body,
        "x",
    ):
        reply = get(f"{kempelen.url}/frame/{changed}/")
        assert reply.status == 403, changed
        assert "Reload the task" in reply.text


def test_expiry(kempelen: Kempelen) -> None:
    """An address lives an hour longer than its assignment, so that late pages still read well."""
    url = frame_url(kempelen)
    kempelen.advance(seconds=600 + 3_599)
    assert get(url).status == 200
    kempelen.advance(seconds=1)
    reply = get(url)
    assert reply.status == 403
    assert "Reload the task" in reply.text


def test_expiry_of_a_preview(kempelen: Kempelen) -> None:
    """A preview's address lives for an hour."""
    preview, _, _ = tasks(kempelen, HTML_QUESTION)
    url = preview["html"]["frame_url"]
    kempelen.advance(seconds=3_599)
    assert get(url).status == 200
    kempelen.advance(seconds=1)
    assert get(url).status == 403


def test_headers_of_a_refusal(kempelen: Kempelen) -> None:
    """A page of our own without scripts, readable in our frame only."""
    url = kempelen.url
    assert get(f"{url}/frame/x/").headers == {
        "cache-control": "no-store",
        "content-security-policy": (
            f"default-src 'none'; style-src {url}; base-uri 'none'; form-action 'none';"
            f" frame-ancestors {url}"
        ),
        "content-type": "text/html; charset=utf-8",
        "referrer-policy": "strict-origin",
        "x-content-type-options": "nosniff",
    }


@pytest.mark.parametrize("question", [QUESTION_FORM, external("https://example.org/"), None])
def test_nothing_to_show(kempelen: Kempelen, question: str | None) -> None:
    """Only an HTMLQuestion has a document here."""
    hit_id = "3UNKNOWN" if question is None else publish(kempelen, question)["HITId"]
    granted = frames.Pass(
        hit_id=hit_id,
        mode="preview",
        assignment_id=None,
        worker="",
        expires_at=kempelen.clock.now() + timedelta(hours=1),
    )
    reply = get(f"{kempelen.url}/frame/{frames.token(kempelen.app, granted)}/")
    assert reply.status == 404
    assert "nothing to show" in reply.text


def test_no_service_workers(kempelen: Kempelen) -> None:
    """A service worker would see other requesters' documents."""
    for url in (frame_url(kempelen), f"{kempelen.url}/frame-helper/v1.js"):
        assert get(url, Service_Worker="script").status == 403


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/frame-helper/v1.js", "text/javascript; charset=utf-8"),
        ("/frame-helper/handover.js", "text/javascript; charset=utf-8"),
        ("/frame-helper/frame.css", "text/css; charset=utf-8"),
        ("/mturk-public/externalHIT_v1.js", "text/javascript; charset=utf-8"),
    ],
)
def test_assets(kempelen: Kempelen, path: str, media_type: str) -> None:
    """Documents of any origin may load them."""
    reply = get(kempelen.url + path)
    assert reply.status == 200
    assert reply.text.startswith("/*")
    assert reply.headers == {
        "access-control-allow-origin": "*",
        "cache-control": "public, max-age=3600",
        "content-type": media_type,
        "cross-origin-resource-policy": "cross-origin",
        "referrer-policy": "strict-origin",
        "x-content-type-options": "nosniff",
    }


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/task", f"{SANDBOX} allow-same-origin"),
        ("{own}/elsewhere", SANDBOX),
    ],
)
def test_sandbox_of_an_external_question(kempelen: Kempelen, url: str, expected: str) -> None:
    """Another site keeps its storage; our own site in a frame must not be itself."""
    frame = _frame(kempelen, external(url.format(own=kempelen.url)))
    assert frame.sandbox.removesuffix(" allow-storage-access-by-user-activation") == expected
    assert "top-navigation" not in frame.sandbox
    assert frame.height == 450


def test_no_devices(kempelen: Kempelen) -> None:
    """Frames get no camera, microphone, place or screen."""
    frame = _frame(kempelen, HTML_QUESTION)
    assert frame.sandbox == SANDBOX
    assert frame.allow == (
        "autoplay; fullscreen; picture-in-picture; encrypted-media; clipboard-write"
    )


def test_no_frame_for_a_question_form(kempelen: Kempelen) -> None:
    """The site shows it itself."""
    task = _task(kempelen, QUESTION_FORM)
    now = kempelen.clock.now()
    assert frames.frame_of(kempelen.app, task, worker_id="A1", expires_at=now) is None


def _task(market: Kempelen, question: str) -> Task:
    return Task(
        mode="preview",
        kind="HTMLQuestion",
        hit_id=publish(market, question)["HITId"],
        assignment_id=None,
        question=question,
    )


def _frame(market: Kempelen, question: str) -> frames.Frame:
    now = market.clock.now()
    task = _task(market, question)
    frame = frames.frame_of(market.app, task, worker_id="A1", expires_at=now)
    assert frame is not None
    return frame
