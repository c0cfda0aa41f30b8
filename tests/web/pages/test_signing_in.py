"""Signing in and out: cookies, sessions, throttling, and where one may be led."""

from typing import Any

import argon2
import pytest
import raw

from kempelen import credentials
from kempelen.edges.web import targets
from kempelen.testing.market import Kempelen, Worker

WRONG = "This name and password do not belong together."
OTHERWISE = "/projects"


@pytest.mark.parametrize("spelled", [str, str.upper])
def test_name_in_any_case(visitor: Any, worker: Worker, spelled: Any) -> None:
    """A name, however it is capitalised, and the password open a session."""
    fields = [("name", spelled(worker.name)), ("password", worker.password)]
    assert visitor.post("/signin", fields).target == "/projects"
    assert visitor.get("/projects").status == 200


def test_worker_id_is_a_name_too(visitor: Any, worker: Worker) -> None:
    fields = [("name", worker.worker_id), ("password", worker.password)]
    assert visitor.post("/signin", fields).target == "/projects"


def test_the_cookie(visitor: Any, worker: Worker, kempelen: Kempelen) -> None:
    """It is out of reach of scripts and other sites, and only its digest is stored."""
    (cookie,) = visitor.sign_in(worker).cookies
    assert cookie.startswith("kempelen_session=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert "domain" not in cookie.lower()
    stored = raw.rows(kempelen.app, "SELECT session_hash FROM sessions")
    assert [row[0] for row in stored] == [credentials.digest(visitor.cookies["kempelen_session"])]


@pytest.mark.parametrize("name", ["Maria", "Nobody", "", "x" * 500, "x' OR 1=1 --"])
def test_one_message_for_every_cause(visitor: Any, worker: Worker, name: str) -> None:
    """Whether a name exists cannot be told from the answer."""
    shown = visitor.post("/signin", [("name", name), ("password", "not it")])
    assert shown.status == 422
    assert WRONG in shown.words
    assert visitor.cookies == {}


def test_a_long_password_is_not_cut(visitor: Any, worker: Worker) -> None:
    """A password and more than a thousand characters are not that password."""
    shown = visitor.post(
        "/signin", [("name", worker.name), ("password", worker.password + " " * 1_000)]
    )
    assert shown.status == 422


def test_the_password_is_not_sent_back(visitor: Any) -> None:
    shown = visitor.post("/signin", [("name", "Nobody"), ("password", "correct horse")])
    assert "correct horse" not in shown.text
    assert 'value="Nobody"' in shown.text


def test_hashes_follow_the_costs(visitor: Any, worker: Worker, kempelen: Kempelen) -> None:
    """A hash with lower costs is renewed when its password is there to do it."""
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(worker.password)
    store(kempelen, "UPDATE workers SET password_hash = ?", weak)
    visitor.sign_in(worker)
    (row,) = raw.rows(kempelen.app, "SELECT password_hash FROM workers")
    assert row[0] != weak
    assert credentials.verify_password(row[0], worker.password, is_quick=True) == (
        True,
        False,
    )


def store(kempelen: Kempelen, statement: str, *values: object) -> None:
    raw.change(kempelen.app, statement, *values)


def test_throttling(visitor: Any, worker: Worker, kempelen: Kempelen) -> None:
    """Ten failures close an account for a quarter of an hour, even to the right password."""
    for _ in range(10):
        assert visitor.post("/signin", [("name", "maria"), ("password", "no")]).status == 422
    shown = visitor.sign_in(worker)
    assert shown.status == 429
    assert shown.headers["retry-after"] == "900"
    assert "Wait 15 minutes" in shown.words
    other = kempelen.add_worker("Otto")
    assert visitor.sign_in(other).status == 303
    kempelen.advance(minutes=16)
    assert visitor.sign_in(worker).status == 303


def test_suspended_accounts(visitor: Any, worker: Worker, kempelen: Kempelen) -> None:
    """The right password learns why it does not help; a wrong one learns nothing."""
    store(kempelen, "UPDATE workers SET is_suspended = 1")
    shown = visitor.sign_in(worker)
    assert shown.status == 403
    assert "suspended" in shown.words
    assert "suspended" not in visitor.post("/signin", [("name", "maria")]).words


def test_a_given_session_is_not_taken(visitor: Any, worker: Worker) -> None:
    """Whoever plants a cookie does not share the session that begins with it."""
    visitor.cookies["kempelen_session"] = "planted"
    visitor.sign_in(worker)
    assert visitor.cookies["kempelen_session"] != "planted"
    first = visitor.cookies["kempelen_session"]
    visitor.sign_in(worker)
    assert visitor.cookies["kempelen_session"] != first
    visitor.cookies["kempelen_session"] = first
    assert visitor.get("/projects").target.startswith("/signin")


@pytest.mark.parametrize(("hours", "status"), [(11, 200), (13, 303)])
def test_idle_sessions_end(guest: Any, kempelen: Kempelen, hours: int, status: int) -> None:
    kempelen.advance(hours=hours)
    assert guest.get("/projects").status == status


def test_used_sessions_go_on_for_thirty_days(guest: Any, kempelen: Kempelen) -> None:
    """Use keeps a session open, but not for ever."""
    for _ in range(59):
        kempelen.advance(hours=12)
        assert guest.get("/projects").status == 200
    kempelen.advance(hours=12, minutes=1)
    assert guest.get("/projects").target.startswith("/signin")


def test_signing_out(guest: Any, kempelen: Kempelen) -> None:
    """The session is gone on both sides."""
    token = guest.cookies["kempelen_session"]
    shown = guest.post_with_token("/signout")
    assert shown.target == "/"
    assert shown.headers["clear-site-data"] == '"cache", "storage"'
    assert "kempelen_session" not in guest.cookies
    guest.cookies["kempelen_session"] = token
    assert guest.get("/projects").target.startswith("/signin")


def test_where_one_wanted_to_go(visitor: Any, worker: Worker) -> None:
    """A page that needs a session comes after signing in, with its query."""
    target = visitor.get("/projects?sort=reward_desc&words=a%26b").target
    assert target == "/signin?return_to=%2Fprojects%3Fsort%3Dreward_desc%26words%3Da%2526b"
    assert 'value="/projects?sort=reward_desc&amp;words=a%26b"' in visitor.get(target).text
    assert visitor.sign_in(worker, "/tasks").target == "/tasks"
    assert visitor.get("/").target == "/projects"
    assert visitor.get("/signin?return_to=/dashboard").target == "/dashboard"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example/",
        "/%09/evil.example\n",
        "\n//evil.example/",
        " //evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "http:evil.example",
        "evil.example",
        "@evil.example",
        "/ /evil.example",
        "",
        "/" + "x" * 3_000,
    ],
)
def test_no_way_to_other_sites(visitor: Any, worker: Worker, target: str) -> None:
    """Whatever a link says, signing in leads to a page of this site."""
    assert targets.safe(target) == OTHERWISE
    assert visitor.sign_in(worker, target).target == OTHERWISE


@pytest.mark.parametrize(
    "target", ["/", "/tasks", "/projects?filters[search_term]=a%20b#x", "/a//b", "/é"]
)
def test_own_paths_are_kept(target: str) -> None:
    assert targets.safe(target) == target.replace("é", "%C3%A9")


def test_signed_in_forms_of_signed_out_people(visitor: Any) -> None:
    """A form that needs a session leads to the sign-in page, and from there to the HITs."""
    assert visitor.post("/signout").target == "/signin?return_to=%2Fprojects"


def test_the_landing_page(visitor: Any) -> None:
    shown = visitor.get("/")
    assert shown.status == 200
    assert 'href="/signin"' in shown.text
    assert Worker.__name__ not in shown.text
