"""A browser without scripts for the tests of pages: it keeps cookies and reads forms."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from kempelen.testing.market import Kempelen, Worker

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page as it came; `text` is its source, `words` what people read."""

    status: int
    text: str
    headers: dict[str, str]
    cookies: tuple[str, ...]

    @property
    def words(self) -> str:
        """The text without tags, white space made single."""
        visible = re.sub(r"(?s)<(head|script)\b.*?</\1>", " ", self.text)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", visible)).split())

    @property
    def target(self) -> str:
        """Where it leads on."""
        assert self.status in {302, 303, 307}, (self.status, self.words)
        return self.headers["location"]

    @property
    def csrf_token(self) -> str:
        """The token of the forms in it."""
        found = _TOKEN.search(self.text)
        assert found is not None, self.words
        return found[1]


@dataclass
class Visitor:
    """Somebody with a browser, who is signed in after `sign_in`."""

    pool: urllib3.PoolManager
    market: Kempelen
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Shown:
        """Open an address as a link of this site would; underscores in names are dashes."""
        wanted = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document"}
        return self.send("GET", path, None, {**wanted, **_named(headers)})

    def post(self, path: str, fields: Iterable[tuple[str, str]] = (), **headers: str) -> Shown:
        """Send a form of this site."""
        wanted = {
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(list(fields)).encode()
        return self.send("POST", path, body, {**wanted, **_named(headers)})

    def post_with_token(self, path: str, fields: Iterable[tuple[str, str]] = ()) -> Shown:
        """Send a form with the token of the session in front."""
        token = self.get("/help").csrf_token
        return self.post(path, [("csrf_token", token), *fields])

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Shown:
        """One request; what cookies it sets are kept."""
        if self.cookies:
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            headers = {**headers, "Cookie": cookies}
        response = self.pool.request(
            method, self.market.url + path, body=body, headers=headers, redirect=False
        )
        given = tuple(response.headers.getlist("set-cookie"))
        for cookie in given:
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0].strip('"')
            if "max-age=0" in cookie.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return Shown(
            status=response.status,
            text=response.data.decode(),
            headers={name.lower(): value for name, value in response.headers.items()},
            cookies=given,
        )

    def sign_in(self, worker: Worker, return_to: str = "/projects") -> Shown:
        """Send the sign-in form."""
        fields = [("name", worker.name), ("password", worker.password), ("return_to", return_to)]
        return self.post("/signin", fields)

    def accept(self, hit: dict[str, Any]) -> str:
        """Accept a HIT; gives the address of its work page."""
        path = f"/projects/{hit['HITGroupId']}/tasks/{hit['HITId']}/accept"
        target = self.post_with_token(path).target
        assert "assignment_id=" in target
        return target


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture
def pool() -> Iterator[urllib3.PoolManager]:
    """Connections that are closed afterwards."""
    with urllib3.PoolManager(retries=False, maxsize=10, block=True) as made:
        yield made


@pytest.fixture
def visitor(pool: urllib3.PoolManager, kempelen: Kempelen) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(pool, kempelen)


@pytest.fixture
def worker(kempelen: Kempelen) -> Worker:
    """An account."""
    return kempelen.add_worker("Maria")


@pytest.fixture
def guest(visitor: Visitor, worker: Worker) -> Visitor:
    """Maria, signed in."""
    assert visitor.sign_in(worker).target == "/projects"
    return visitor


@pytest.fixture
def stranger(pool: urllib3.PoolManager, kempelen: Kempelen) -> Visitor:
    """Another worker, signed in."""
    made = Visitor(pool, kempelen)
    made.sign_in(kempelen.add_worker("Otto"))
    return made


@pytest.fixture
def ask() -> Any:
    """A QuestionForm with one question: `ask(answer_specification, content, required)`."""

    def form(
        specification: str = "<FreeTextAnswer/>",
        content: str = "<Text>What is it?</Text>",
        *,
        required: bool = False,
        question_id: str = "what",
    ) -> str:
        return (
            f'<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd"><Question>'
            f"<QuestionIdentifier>{question_id}</QuestionIdentifier>"
            f"<IsRequired>{str(required).lower()}</IsRequired>"
            f"<QuestionContent>{content}</QuestionContent>"
            f"<AnswerSpecification>{specification}</AnswerSpecification></Question></QuestionForm>"
        )

    return form
