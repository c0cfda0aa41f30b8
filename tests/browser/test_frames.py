"""Task frames in a real browser: preview, work and submission of pages as requesters write them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, FrameLocator, Page, expect

from kempelen.testing.market import Kempelen
from kempelen.testing.worker import Worker

BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
ANSWERS = (
    '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="'
    f'{BASE}2005-10-01/QuestionFormAnswers.xsd">{{}}</QuestionFormAnswers>'
)
PREVIEW_TEXT = "You must ACCEPT the HIT before you can submit the results."
# As the documentation of HTMLQuestion shows it.
SAMPLE = """<!DOCTYPE html>
<html>
 <head>
  <meta http-equiv='Content-Type' content='text/html; charset=UTF-8'/>
  <script type='text/javascript' src='https://s3.amazonaws.com/mturk-public/externalHIT_v1.js'></script>
 </head>
 <body>
  <form name='mturk_form' method='post' id='mturk_form' action='https://www.mturk.com/mturk/externalSubmit'>
  <input type='hidden' value='' name='assignmentId' id='assignmentId'/>
  <h1>What's up?</h1>
  <p><textarea name='comment' cols='80' rows='3'></textarea></p>
  <p><input type='submit' id='submitButton' value='Submit' /></p></form>
  <script language='Javascript'>turkSetAssignmentID();</script>
 </body>
</html>
"""


def html_question(document: str, height: int = 450) -> str:
    return (
        f'<HTMLQuestion xmlns="{BASE}2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
        f"{document}]]></HTMLContent><FrameHeight>{height}</FrameHeight></HTMLQuestion>"
    )


def answer(name: str, text: str) -> str:
    return (
        f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier>"
        f"<FreeText>{text}</FreeText></Answer>"
    )


@dataclass(frozen=True)
class Seat:
    """A worker before a browser, with a HIT."""

    market: Kempelen
    worker: Worker
    page: Page
    hit: dict[str, Any]
    errors: list[str]

    @property
    def preview_url(self) -> str:
        return f"{self.market.url}/projects/{self.hit['HITGroupId']}/tasks"

    @property
    def frame(self) -> FrameLocator:
        """The task frame, for finding things in it."""
        return self.page.frame_locator("#task-frame")

    @property
    def document(self) -> Frame:
        """The document in the task frame, for running scripts in it."""
        handle = self.page.locator("#task-frame").element_handle().content_frame()
        assert handle is not None
        return handle

    def preview(self) -> None:
        """Open the preview of the HIT."""
        self.page.goto(self.preview_url)

    def accept(self) -> str:
        """Accept the HIT and open its work page; gives the assignment id."""
        assignment_id = str(self.worker.accept(self.hit["HITId"])["assignment_id"])
        self.page.goto(f"{self.preview_url}/{self.hit['HITId']}?assignment_id={assignment_id}")
        return assignment_id

    def is_submitted(self) -> None:
        """Wait until the worker was led on from the work page."""
        self.page.wait_for_url(re.compile(r"/projects(\?.*)?$"))

    def answers(self) -> list[str]:
        """The answer documents that the requester sees."""
        found = self.market.client.list_assignments_for_hit(HITId=self.hit["HITId"])
        return [item["Answer"] for item in found["Assignments"]]


@pytest.fixture
def context(chromium: Browser, kempelen: Kempelen) -> Iterator[BrowserContext]:
    """A browser profile that reaches this machine and nothing else."""
    context = chromium.new_context()
    context.route(
        lambda url: not url.startswith(("http://127.0.0.1:", "http://localhost:")),
        lambda route: route.abort(),
    )
    yield context
    context.close()


def sit_down(context: BrowserContext, market: Kempelen, question: str) -> Seat:
    """Publish a HIT and sign a worker in."""
    hit = market.client.create_hit(
        Title="Describe a picture",
        Description="Say what you see.",
        Reward="0.10",
        LifetimeInSeconds=86_400,
        AssignmentDurationInSeconds=600,
        Question=question,
    )["HIT"]
    worker = market.add_worker()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    seat = Seat(market, worker, page, hit, errors)
    page.goto(f"{market.url}/signin")
    sign_in(page, worker)
    return seat


def sign_in(page: Page, worker: Worker) -> None:
    page.locator("input[name=name]").fill(worker.name)
    page.locator("input[name=password]").fill(worker.password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/signin" not in url)


def test_the_published_sample(context: BrowserContext, kempelen: Kempelen) -> None:
    """Previewed, accepted, done and submitted; the answer is what the sample always gave."""
    seat = sit_down(context, kempelen, html_question(SAMPLE))
    seat.preview()
    button = seat.frame.locator("#submitButton")
    expect(button).to_be_disabled()
    expect(button).to_have_value(PREVIEW_TEXT)
    seat.page.locator("form[action$='/accept'] button").first.click()
    seat.page.wait_for_url(re.compile("assignment_id="))
    seat.frame.locator("textarea").fill("Grüße\nfrom here")
    expect(button).to_have_value("Submit")
    button.click()
    seat.is_submitted()
    assert seat.answers() == [ANSWERS.format(answer("comment", "Gr&#252;&#223;e\nfrom here"))]
    assert seat.errors == []


def test_preview_without_the_sample_script(context: BrowserContext, kempelen: Kempelen) -> None:
    """Every submit control of such forms says so, later ones too, and scripts do not get past."""
    document = """<!DOCTYPE html><form id="f" action="https://www.mturk.com/mturk/externalSubmit">
    <input name="a"><button>Done</button><input type="submit" value="Done">
    <button type="button" id="other">Look</button></form>
    <form id="own" action="https://example.org/"><button>Search</button></form>"""
    seat = sit_down(context, kempelen, html_question(document))
    seat.preview()
    expect(seat.frame.locator("#f button").first).to_have_text(PREVIEW_TEXT)
    expect(seat.frame.locator("#f button").first).to_be_disabled()
    expect(seat.frame.locator("#f input[type=submit]")).to_have_value(PREVIEW_TEXT)
    expect(seat.frame.locator("#other")).to_be_enabled()
    expect(seat.frame.locator("#own button")).to_be_enabled()
    seat.document.evaluate("""() => {
      const late = document.createElement('button');
      late.id = 'late';
      document.getElementById('f').append(late);
    }""")
    expect(seat.frame.locator("#late")).to_be_disabled()
    for script in ("f.submit()", "f.requestSubmit()"):
        seat.page.evaluate("document.getElementById('frame-message').textContent = ''")
        seat.document.evaluate(f"() => {{ const f = document.getElementById('f'); {script}; }}")
        expect(seat.page.locator("#frame-message")).to_contain_text("Accept the HIT first")
    expect(seat.frame.locator("#f")).to_be_visible()


@pytest.mark.parametrize(
    "form",
    [
        '<form target="_parent" method="post" action="https://www.mturk.com/mturk/externalSubmit">',
        '<form action="https://workersandbox.mturk.com/mturk/externalSubmit" target=_top>',
        '<base target="_top"><form method="post" action="/mturk/externalSubmit">',
        (
            '<form method="post" action="/wrong" id="late"><script>'
            "document.getElementById('late').addEventListener('submit', (event) => {"
            "  event.target.action = 'https://www.mturk.com/mturk/externalSubmit';"
            "  event.target.target = '_parent'; });</script>"
        ),
        (
            '<form method="post" action="/wrong" id="double"><script>'
            "document.getElementById('double').action ="
            " new URLSearchParams(location.search).get('turkSubmitTo') + '//mturk/externalSubmit';"
            "</script>"
        ),
        (
            '<form id="own"><input type="hidden" name="action" value="x"><script>'
            "document.getElementById('own').setAttribute('action',"
            " 'https://www.mturk.com/mturk/externalSubmit');</script>"
        ),
    ],
)
def test_forms_find_their_way(context: BrowserContext, kempelen: Kempelen, form: str) -> None:
    """Targets outside the frame, addresses set late, and forms without the assignment id."""
    document = f"<!DOCTYPE html><html><body>{form}<input name=seen><button>Go</button></form>"
    seat = sit_down(context, kempelen, html_question(document))
    seat.accept()
    seat.frame.locator("input[name=seen]").fill("a cat")
    seat.frame.locator("button").click()
    seat.is_submitted()
    assert answer("seen", "a cat") in seat.answers()[0]
    assert "assignmentId" not in seat.answers()[0]


@pytest.mark.parametrize("how", ["submit", "requestSubmit"])
def test_forms_made_by_script(context: BrowserContext, kempelen: Kempelen, how: str) -> None:
    """A form that never was in the document's text submits like any other."""
    document = f"""<!DOCTYPE html><button id="go">Go</button><script>
    document.getElementById('go').addEventListener('click', () => {{
      const form = document.createElement('form');
      form.action = 'https://workersandbox.mturk.com/mturk/externalSubmit';
      form.target = '_top';
      for (const [name, value] of Object.entries({{seen: 'a cat', assignmentId: ''}})) {{
        const field = document.createElement('input');
        field.name = name;
        field.value = value;
        form.append(field);
      }}
      document.body.append(form);
      form.{how}();
    }});</script>"""
    seat = sit_down(context, kempelen, html_question(document))
    seat.accept()
    seat.frame.locator("#go").click()
    seat.is_submitted()
    assert seat.answers() == [ANSWERS.format(answer("seen", "a cat"))]


def test_storage_in_an_opaque_frame(context: BrowserContext, kempelen: Kempelen) -> None:
    """Templates that touch storage, cookies and fetch go on without uncaught errors."""
    document = """<!DOCTYPE html><html><head><script>
    localStorage.setItem('a', 1);
    localStorage.b = 'two';
    sessionStorage['c'] = true;
    document.cookie = 'seen=1; path=/';
    const found = [localStorage.getItem('a'), localStorage.b, sessionStorage.c,
      localStorage.length, localStorage.getItem('none'), String(localStorage.none),
      Object.keys(localStorage).join(), localStorage.key(1), 'b' in localStorage,
      JSON.stringify(localStorage), document.cookie];
    delete localStorage.b;
    found.push(localStorage.length);
    localStorage.clear();
    found.push(localStorage.length, Object.keys(window).includes('__kempelen'));
    const asked = fetch('data:text/plain,fetched').then((response) => response.text());
    </script></head><body></body></html>"""
    seat = sit_down(context, kempelen, html_question(document))
    seat.accept()
    expect(seat.frame.locator("body")).to_be_attached()
    assert seat.document.evaluate("found") == [
        "1",
        "two",
        "true",
        2,
        None,
        "undefined",
        "a,b",
        "b",
        True,
        '{"a":"1","b":"two"}',
        "",
        1,
        0,
        False,
    ]
    assert seat.document.evaluate("asked") == "fetched"
    assert seat.document.evaluate("self.origin") == "null"
    assert seat.errors == []


def test_a_hostile_document(context: BrowserContext, kempelen: Kempelen) -> None:
    """It reaches neither the page around it, nor the worker's session, nor the top window."""
    seat = sit_down(context, kempelen, html_question("<!DOCTYPE html><p>harmless</p>"))
    seat.accept()
    expect(seat.frame.locator("p")).to_be_visible()
    address = seat.page.url
    outcomes = seat.document.evaluate("""async () => {
      const attempt = async (action) => {
        try { return String(await action()); } catch (error) { return error.name; }
      };
      const app = new URL(location.href).origin;
      return [
        await attempt(() => parent.document.title),
        await attempt(() => fetch(app + '/tasks', {credentials: 'include'})),
        await attempt(() => { top.location = app + '/signin'; return 'navigated'; }),
        await attempt(() => navigator.serviceWorker.register('/frame-helper/v1.js')),
      ];
    }""")
    assert outcomes == ["SecurityError", "TypeError", "SecurityError", "SecurityError"]
    assert seat.page.url == address


def test_size_context_and_unsaved_input(context: BrowserContext, kempelen: Kempelen) -> None:
    """The frame grows with its document, knows its surroundings, and asks before it is left."""
    document = """<!DOCTYPE html><html><body style="margin:0">
    <div id="tall" style="height:900px"></div><input id="text"></body></html>"""
    seat = sit_down(context, kempelen, html_question(document, 300))
    assignment_id = seat.accept()
    frame = seat.page.locator("#task-frame")
    seat.page.wait_for_function("() => document.getElementById('task-frame').offsetHeight >= 900")
    seat.document.wait_for_function("() => __kempelen.context !== null")
    found = seat.document.evaluate("__kempelen.context")
    assert found["assignmentId"] == assignment_id
    assert found["hitId"] == seat.hit["HITId"]
    assert found["preview"] is False
    assert seat.document.evaluate("document.documentElement.dataset.theme") == found["theme"]
    before = frame.bounding_box()
    seat.document.evaluate("document.getElementById('tall').style.height = '1000px'")
    seat.page.wait_for_function("() => document.getElementById('task-frame').offsetHeight >= 1000")
    assert before is not None
    seat.page.evaluate(
        "addEventListener('message', ({data}) => { (window.heard ??= []).push(data.type); })"
    )
    seat.frame.locator("#text").press_sequentially("half done")
    seat.page.wait_for_function("() => (window.heard ?? []).includes('dirty')")
    prompts: list[str] = []

    def stay(dialog: Any) -> None:
        prompts.append(dialog.type)
        dialog.dismiss()

    seat.page.on("dialog", stay)
    with seat.page.expect_event("dialog"):
        seat.page.evaluate("setTimeout(() => { location.href = '/help'; })")
    assert prompts == ["beforeunload"]


def test_time_runs_out_in_the_frame(context: BrowserContext, kempelen: Kempelen) -> None:
    """At the deadline the document's submit controls are locked, and the others are not."""
    seat = sit_down(context, kempelen, html_question(SAMPLE))
    seat.page.clock.install()
    seat.accept()
    button = seat.frame.locator("#submitButton")
    expect(button).to_be_enabled()
    seat.page.clock.fast_forward(570_000)
    expect(button).to_be_enabled()
    seat.page.clock.fast_forward(31_000)
    expect(button).to_be_disabled()
    expect(seat.frame.locator("textarea")).to_be_enabled()


def test_the_well_known_functions(context: BrowserContext, kempelen: Kempelen) -> None:
    """Parameters come as they stand in the address; the submit host comes decoded."""
    seat = sit_down(context, kempelen, html_question(SAMPLE))
    assignment_id = seat.accept()
    expect(seat.frame.locator("#submitButton")).to_be_enabled()
    found = seat.document.evaluate("""() => [
      turkGetParam('assignmentId'), turkGetParam('turkSubmitTo', 'x'), turkGetParam('none', 'x'),
      turkGetSubmitToHost(), document.getElementById('mturk_form').action,
      document.getElementById('assignmentId').value,
    ]""")
    url = kempelen.url
    encoded = url.replace(":", "%3A").replace("/", "%2F")
    address = f"{url}/mturk/externalSubmit"
    assert found == [assignment_id, encoded, "x", url, address, assignment_id]


def test_refused_inside_the_frame(context: BrowserContext, kempelen: Kempelen) -> None:
    """The page around repeats why nothing was saved, and Back leads to the filled form."""
    document = """<!DOCTYPE html><form method="post" enctype="multipart/form-data"
    action="https://www.mturk.com/mturk/externalSubmit"><input name="seen">
    <input type="file" name="photo"><button>Go</button></form>"""
    seat = sit_down(context, kempelen, html_question(document))
    seat.accept()
    seat.frame.locator("input[name=seen]").fill("a cat")
    picture = {"name": "cat.png", "mimeType": "image/png", "buffer": b"PNG"}
    seat.frame.locator("input[type=file]").set_input_files(picture)  # type: ignore[arg-type] # a dict is a FilePayload
    seat.frame.locator("button").click()
    expect(seat.page.locator("#frame-message")).to_contain_text("files cannot be sent here")
    expect(seat.frame.locator(".code")).to_have_text("KMP-SUBMIT-415-FILES")
    seat.frame.locator("#back button").click()
    expect(seat.frame.locator("input[name=seen]")).to_have_value("a cat")
    seat.frame.locator("input[type=file]").set_input_files([])
    seat.frame.locator("button").click()
    seat.is_submitted()
    assert seat.answers() == [ANSWERS.format(answer("seen", "a cat"))]


def test_a_form_that_opens_another_window(context: BrowserContext, kempelen: Kempelen) -> None:
    """Outside of the work page the worker is led to a page that finishes the submission."""
    document = """<!DOCTYPE html><form method="post" target="_blank"
    action="https://www.mturk.com/mturk/externalSubmit"><input name="seen" value="a cat">
    <button>Go</button></form>"""
    seat = sit_down(context, kempelen, html_question(document))
    seat.accept()
    with context.expect_page() as opened:
        seat.frame.locator("button").click()
    window = opened.value
    window.wait_for_url(re.compile(r"/tasks/finish\?ticket="))
    window.locator("form[action$='/submit'] button").click()
    window.wait_for_url(re.compile(r"/projects(\?.*)?$"))
    assert seat.answers() == [ANSWERS.format(answer("seen", "a cat"))]


def test_signed_out_between_accept_and_submit(context: BrowserContext, kempelen: Kempelen) -> None:
    """The answers wait; signing in again, even after the deadline, costs nothing."""
    seat = sit_down(context, kempelen, html_question(SAMPLE))
    seat.accept()
    seat.frame.locator("textarea").fill("fine")
    context.clear_cookies()
    kempelen.advance(seconds=590)
    posted_at = kempelen.clock.now()
    seat.frame.locator("#submitButton").click()
    seat.page.wait_for_url(re.compile("/signin"))
    assert seat.answers() == []
    kempelen.advance(seconds=300)
    sign_in(seat.page, seat.worker)
    seat.page.wait_for_url(re.compile(r"/tasks/finish\?ticket="))
    expect(seat.page.locator("main")).to_contain_text("Describe a picture")
    seat.page.locator("form[action$='/submit'] button").click()
    seat.is_submitted()
    assert seat.answers() == [ANSWERS.format(answer("comment", "fine"))]
    found = kempelen.client.list_assignments_for_hit(HITId=seat.hit["HITId"])["Assignments"]
    assert found[0]["SubmitTime"] == posted_at
