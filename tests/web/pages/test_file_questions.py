"""A QuestionForm that asks for files, on pages without scripts: stated, refused, kept, replaced."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from urllib3.filepost import encode_multipart_formdata

from kempelen.background import files as removal
from kempelen.testing.market import Kempelen

BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
PDF = b"%PDF-1.7\n" + b"1 0 obj\n" * 20
QUESTION = """<Question><QuestionIdentifier>{0}</QuestionIdentifier><DisplayName>{1}</DisplayName>
<IsRequired>{2}</IsRequired><QuestionContent><Text>Choose.</Text></QuestionContent>
<AnswerSpecification>{3}</AnswerSpecification></Question>"""
FILE = """<FileUploadAnswer><MaxFileSizeInBytes>5000000</MaxFileSizeInBytes>
<MinFileSizeInBytes>100</MinFileSizeInBytes></FileUploadAnswer>"""
FORM = (
    f'<QuestionForm xmlns="{BASE}2005-10-01/QuestionForm.xsd">'
    + QUESTION.format("photo", "Photo", "true", FILE)
    + QUESTION.format("note", "Note", "true", "<FreeTextAnswer/>")
    + QUESTION.format("bill", "Bill", "false", FILE)
    + "</QuestionForm>"
)


@pytest.fixture
def kempelen(tmp_path: Path) -> Iterator[Kempelen]:
    """A market whose site takes files."""
    settings = {"uploads.enabled": True, "uploads.max_file_bytes": 100_000}
    with Kempelen(tmp_path, settings=settings) as market:
        yield market


class Form:
    """The work page of a HIT with files, and what its form sends."""

    def __init__(self, market: Kempelen, guest: Any) -> None:
        self.market = market
        self.guest = guest
        self.hit = market.client.create_hit(
            Title="Take a picture",
            Description="Of a street sign.",
            Reward="0.10",
            LifetimeInSeconds=86_400,
            AssignmentDurationInSeconds=600,
            Question=FORM,
        )["HIT"]
        self.address = guest.accept(self.hit)
        self.page = guest.get(self.address)
        self.assignment_id = self.address.rpartition("=")[2]

    def send(self, *fields: tuple[str, Any], guest: Any = None) -> Any:
        """Send the form as a browser does; the fields of the page itself come first."""
        own = [("csrf_token", self.page.csrf_token), ("form", "question")]
        body, content_type = encode_multipart_formdata([*own, *fields])
        path = f"/tasks/{self.assignment_id}/submit"
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": content_type}
        self.page = (guest or self.guest).send("POST", path, body, headers)
        return self.page

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The hidden fields of files that have come."""
        found = re.findall(
            r'<input type="hidden" name="( file [^"]+)" value="([^"]+)"', self.page.text
        )
        return [(name, key) for name, key in found]

    def answer(self) -> str:
        (found,) = self.market.client.list_assignments_for_hit(HITId=self.hit["HITId"])[
            "Assignments"
        ]
        return str(found["Answer"])

    def files(self) -> int:
        """How many files are kept, once the loop has been round."""
        removal.remove_dropped(self.market.app)
        root = Path(self.market.app.settings.blobs_location)
        return sum(path.is_file() for path in root.rglob("*"))


@pytest.fixture
def form(kempelen: Kempelen, guest: Any) -> Form:
    return Form(kempelen, guest)


def test_the_control_says_what_is_taken(form: Form) -> None:
    """Its limits are the narrower ones of question and site; the form is sent in parts."""
    assert 'enctype="multipart/form-data"' in form.page.text
    words = form.page.words
    assert "A file of 100 bytes to 100 kB: a picture, a sound, a video, a PDF document or" in words
    (control,) = re.findall(r'<input id="q1-answer"[^>]*>', form.page.text)
    assert 'type="file"' in control
    assert 'name="photo"' in control
    assert 'accept="image/*,audio/*,video/*,application/pdf,text/plain"' in control
    assert 'aria-describedby="q1-hint"' in control
    assert "required" not in control


def test_a_file_is_handed_in(form: Form) -> None:
    done = form.send(("photo", ("street.png", PNG)), ("note", "a sign"), ("bill", ("", b"")))
    assert done.target == "/projects"
    answer = form.answer()
    assert f"<UploadedFileSizeInBytes>{len(PNG)}<" in answer
    assert answer.count("<Answer>") == 2
    assert form.files() == 1


def test_one_bad_file_costs_nothing_else(form: Form) -> None:
    """The problem is at its question; the text and the other file stay, and are handed in next."""
    page = form.send(
        ("photo", ("street.png", b"<svg onload='x()'/>")),
        ("note", "a sign"),
        ("bill", ("b.pdf", PDF)),
    )
    assert page.status == 422
    assert "1 answer needs your attention" in page.words
    assert "street.png holds a page, a script or a program" in page.words
    assert "everything that you entered is still here" in page.words
    assert f"Received: b.pdf ({len(PDF)} bytes)" in page.words
    assert 'value="a sign"' in page.text
    ((name, key),) = form.kept
    assert name == " file bill"
    assert 'aria-invalid="true"' in page.text
    assert form.files() == 1
    done = form.send(
        ("photo", ("street.png", PNG)), ("note", "a sign"), (name, key), ("bill", ("", b""))
    )
    assert done.target == "/projects"
    assert form.answer().count("<UploadedFileKey>") == 2
    assert f"<UploadedFileKey>{key}</UploadedFileKey>" in form.answer()
    assert form.files() == 2


def test_a_wrong_text_costs_no_file(form: Form) -> None:
    """Also over several rounds; a file that is chosen anew replaces the one before."""
    form.send(("photo", ("one.png", PNG)), ("note", ""))
    first = form.kept
    assert "Received: one.png" in form.page.words
    form.send(("photo", ("", b"")), *first, ("note", ""))
    assert form.kept == first
    form.send(("photo", ("two.png", PNG + bytes(9))), *first, ("note", ""))
    assert "Received: two.png" in form.page.words
    assert form.kept != first
    assert form.files() == 1
    form.send(*form.kept, ("note", "x"), ("photo", ("", b"")))
    assert form.page.target == "/projects"
    assert f"<UploadedFileSizeInBytes>{len(PNG) + 9}<" in form.answer()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (PNG[:50], "Choose a file of 100 to 5000000 bytes; this one has 50."),
        (PNG + bytes(100_000), "big.png is larger than 100 kB. Choose a smaller file."),
        (bytes(300_000), "big.png is larger than 100 kB. Choose a smaller file."),
    ],
)
def test_sizes(form: Form, content: bytes, problem: str) -> None:
    page = form.send(("photo", ("big.png", content)), ("note", "kept"))
    assert page.status == 422
    assert problem in page.words
    assert 'value="kept"' in page.text
    assert form.kept == []
    assert form.files() == 0


def test_keys_of_others_are_nothing(form: Form, kempelen: Kempelen, stranger: Any) -> None:
    form.send(("photo", ("one.png", PNG)), ("note", ""))
    ((name, key),) = form.kept
    other = Form(kempelen, stranger)
    page = other.send((name, key), ("note", "x"))
    assert page.status == 422
    assert "There is no such file of this HIT any more" in page.words
    page = other.send((name, key), ("photo", ("mine.png", PNG)), ("note", "x"))
    assert page.target == "/projects"
    assert form.files() == 2
    form.send((name, key), ("note", "x"))
    assert f"<UploadedFileKey>{key}<" in form.answer()


def test_without_a_token_nothing_is_kept(form: Form) -> None:
    """A form from elsewhere is refused with its files."""
    body, content_type = encode_multipart_formdata(
        [("csrf_token", ""), ("form", "question"), ("photo", ("a.png", PNG)), ("note", "x")]
    )
    path = f"/tasks/{form.assignment_id}/submit"
    for site in ("same-origin", "cross-site"):
        headers = {"Sec-Fetch-Site": site, "Content-Type": content_type}
        assert form.guest.send("POST", path, body, headers).status == 403
    cut = {"Sec-Fetch-Site": "same-origin", "Content-Type": content_type}
    assert form.guest.send("POST", path, body[:-30], cut).status == 400
    assert form.files() == 0


def test_signed_out_meanwhile(form: Form, worker: Any) -> None:
    """Answers and files wait under a ticket until the worker has signed in again."""
    token = form.page.csrf_token
    form.guest.cookies.clear()
    assert token
    sent = form.send(("photo", ("street.png", PNG)), ("note", "a sign"))
    assert sent.target.startswith("/tasks/finish?ticket=")
    form.guest.sign_in(worker)
    finish = form.guest.get(sent.target)
    ticket = sent.target.partition("ticket=")[2]
    fields = [("csrf_token", finish.csrf_token), ("ticket", ticket)]
    form.guest.post(f"/tasks/{form.assignment_id}/submit", fields)
    assert f"<UploadedFileSizeInBytes>{len(PNG)}<" in form.answer()
    assert form.files() == 1


def test_too_late(form: Form) -> None:
    """The texts are there to copy; no file stays."""
    form.market.clock.advance(minutes=11)
    page = form.send(("photo", ("street.png", PNG)), ("note", "a sign"))
    assert page.status == 409
    assert "a sign" in page.text
    assert form.files() == 0


def test_submitted_twice(form: Form) -> None:
    """A second press of the button changes nothing and keeps nothing more."""
    page = form.page
    form.send(("photo", ("street.png", PNG)), ("note", "a sign"))
    before = form.answer()
    form.page = page
    again = form.send(("photo", ("other.png", PNG + bytes(5))), ("note", "another"))
    assert again.status == 303
    assert form.answer() == before
    assert form.files() == 1


def test_where_files_are_no_longer_taken(form: Form, tmp_path: Path) -> None:
    """The question says so, and a file that comes all the same is refused as a page."""
    form.send(("note", ""))
    settings = {"database": str(tmp_path / "kempelen.db")}
    form.market.__exit__(None, None, None)
    with Kempelen(tmp_path, settings=settings) as market:
        form.guest.market = form.market = market
        page = form.guest.get(form.address)
        assert "Files cannot be sent on this site." in page.words
        assert 'type="file"' not in page.text
        form.page = page
        refused = form.send(("photo", ("a.png", PNG)), ("note", "x"))
        assert refused.status == 415
        assert "Files cannot be sent here" in refused.words
