"""Files in a real browser: chosen in a form of the site and in a requester's frame, and fetched."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kempelen.testing.market import Kempelen
from kempelen.testing.worker import Worker

BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
FORM = f"""<QuestionForm xmlns="{BASE}2005-10-01/QuestionForm.xsd">
<Question><QuestionIdentifier>photo</QuestionIdentifier><DisplayName>Street sign</DisplayName>
<IsRequired>true</IsRequired><QuestionContent><Text>Take a picture of a street sign.</Text>
</QuestionContent><AnswerSpecification><FileUploadAnswer>
<MaxFileSizeInBytes>5000000</MaxFileSizeInBytes><MinFileSizeInBytes>1</MinFileSizeInBytes>
</FileUploadAnswer></AnswerSpecification></Question>
<Question><QuestionIdentifier>note</QuestionIdentifier><DisplayName>Where?</DisplayName>
<IsRequired>true</IsRequired><QuestionContent><Text>Say where it is.</Text></QuestionContent>
<AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question></QuestionForm>"""
FRAME = f"""<HTMLQuestion xmlns="{BASE}2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[
<!DOCTYPE html><form method="post" enctype="multipart/form-data"
action="https://www.mturk.com/mturk/externalSubmit"><input name="seen">
<input type="file" name="photo" multiple><button>Go</button></form>]]></HTMLContent>
<FrameHeight>400</FrameHeight></HTMLQuestion>"""


@pytest.fixture
def kempelen(tmp_path: Path) -> Iterator[Kempelen]:
    """A market whose site takes files."""
    with Kempelen(tmp_path, settings={"uploads.enabled": True}) as market:
        yield market


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def any_context(
    request: pytest.FixtureRequest, chromium: Browser, kempelen: Kempelen
) -> Iterator[BrowserContext]:
    """A browser profile, with and without scripts."""
    context = chromium.new_context(java_script_enabled=request.param)
    yield context
    context.close()


@pytest.fixture
def context(chromium: Browser, kempelen: Kempelen) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    yield context
    context.close()


def sit_down(context: BrowserContext, market: Kempelen, question: str) -> tuple[Page, str]:
    """A signed-in worker before the work page; gives the page and the assignment id."""
    hit = market.client.create_hit(
        Title="Take a picture",
        Description="Of a street sign.",
        Reward="0.10",
        LifetimeInSeconds=86_400,
        AssignmentDurationInSeconds=600,
        Question=question,
    )["HIT"]
    worker: Worker = market.add_worker()
    page = context.new_page()
    page.goto(f"{market.url}/signin")
    page.locator("input[name=name]").fill(worker.name)
    page.locator("input[name=password]").fill(worker.password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/signin" not in url)
    assignment_id = str(worker.accept(hit["HITId"])["assignment_id"])
    path = f"/projects/{hit['HITGroupId']}/tasks/{hit['HITId']}?assignment_id={assignment_id}"
    page.goto(market.url + path)
    return page, assignment_id


def picture(name: str, content: bytes = PNG) -> Any:
    return {"name": name, "mimeType": "image/png", "buffer": content}


def fetched(market: Kempelen, assignment_id: str, question_id: str = "photo") -> bytes:
    """The file that GetFileUploadURL leads to."""
    url = market.client.get_file_upload_url(
        AssignmentId=assignment_id, QuestionIdentifier=question_id
    )["FileUploadURL"]
    with urllib3.PoolManager() as pool:
        return pool.request("GET", url).data


def test_in_a_form_of_the_site(any_context: BrowserContext, kempelen: Kempelen) -> None:
    """Refused for its content, then for a missing text; the good file is chosen only once."""
    page, assignment_id = sit_down(any_context, kempelen, FORM)
    chooser = page.locator("input[type=file]")
    expect(chooser).to_have_accessible_name(re.compile("^Street sign.*Required$"))
    expect(page.locator("#q1-hint")).to_contain_text("A file of at most 5 MB: a picture")
    chooser.set_input_files(picture("page.png", b"<html><script>x()</script>"))
    page.locator("input[name=note]").fill("At the corner")
    page.locator("#answer-form button[type=submit]").click()
    expect(page.locator("#problems")).to_contain_text("page.png holds a page, a script")
    expect(page.locator("input[name=note]")).to_have_value("At the corner")
    chooser.set_input_files(picture("sign.png"))
    page.locator("input[name=note]").fill("")
    page.locator("#answer-form button[type=submit]").click()
    expect(page.locator(".kept-file")).to_contain_text("Received: sign.png (264 bytes)")
    page.locator("input[name=note]").fill("At the corner")
    page.locator("#answer-form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/projects(\?.*)?$"))
    assert fetched(kempelen, assignment_id) == PNG


def test_in_a_frame(context: BrowserContext, kempelen: Kempelen) -> None:
    """Several files of one control, through the hand-over page to the requester."""
    page, assignment_id = sit_down(context, kempelen, FRAME)
    frame = page.frame_locator("#task-frame")
    frame.locator("input[name=seen]").fill("a sign")
    frame.locator("input[type=file]").set_input_files(
        [picture("one.png"), picture("two.png", PNG + b"2")]
    )
    frame.locator("button").click()
    page.wait_for_url(re.compile(r"/projects(\?.*)?$"))
    assert fetched(kempelen, assignment_id) == PNG
    answer = kempelen.client.get_assignment(AssignmentId=assignment_id)["Assignment"]["Answer"]
    keys = re.findall("<UploadedFileKey>([^<]+)", answer)
    assert fetched(kempelen, assignment_id, keys[1]) == PNG + b"2"
    assert "<FreeText>a sign</FreeText>" in answer


def test_refused_in_a_frame(context: BrowserContext, kempelen: Kempelen) -> None:
    """The page says which file and why, and Back leads to the filled form."""
    page, assignment_id = sit_down(context, kempelen, FRAME)
    frame = page.frame_locator("#task-frame")
    frame.locator("input[name=seen]").fill("a sign")
    frame.locator("input[type=file]").set_input_files([picture("page.png", b"<svg/>")])
    frame.locator("button").click()
    expect(frame.locator("main")).to_contain_text("photo: page.png holds a page")
    expect(frame.locator(".code")).to_have_text("KMP-SUBMIT-422-ANSWERS")
    frame.locator("#back button").click()
    expect(frame.locator("input[name=seen]")).to_have_value("a sign")
    frame.locator("input[type=file]").set_input_files([picture("sign.png")])
    frame.locator("button").click()
    page.wait_for_url(re.compile(r"/projects(\?.*)?$"))
    assert fetched(kempelen, assignment_id) == PNG


def test_a_link_downloads_and_shows_nothing(context: BrowserContext, kempelen: Kempelen) -> None:
    """Even a text is handed over as a file, under a name that fits what it is."""
    page, assignment_id = sit_down(context, kempelen, FRAME)
    frame = page.frame_locator("#task-frame")
    frame.locator("input[type=file]").set_input_files([picture("note.html", b"plain words")])
    frame.locator("button").click()
    page.wait_for_url(re.compile(r"/projects(\?.*)?$"))
    url = kempelen.client.get_file_upload_url(
        AssignmentId=assignment_id, QuestionIdentifier="photo"
    )["FileUploadURL"]
    with page.expect_download() as begun:
        page.evaluate("url => { location.href = url; }", url)
    assert begun.value.suggested_filename == "note.html.txt"
    assert begun.value.path().read_bytes() == b"plain words"
