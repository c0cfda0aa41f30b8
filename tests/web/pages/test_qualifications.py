"""The pages of qualifications without scripts: lists, requests, timed tests, what HITs ask for."""

import re
from typing import Any

import pytest

from kempelen.testing.market import Kempelen, Worker

RIGHT = [("form", "question"), ("move", "D"), ("fruit", "apples")]


def guarded(type_id: str) -> dict[str, Any]:
    return {
        "QualificationRequirements": [
            {
                "QualificationTypeId": type_id,
                "Comparator": "GreaterThanOrEqualTo",
                "IntegerValues": [80],
            }
        ]
    }


def start(guest: Any, type_id: str) -> str:
    """Begin a test; gives the address of its form."""
    address = f"/qualifications/{type_id}/test"
    assert guest.post_with_token(address).target == address
    found = re.search(rf'action="({address}/[A-Z0-9]+)"', guest.get(address).text)
    assert found is not None
    return found[1]


def test_a_test_from_beginning_to_end(guest: Any, publish: Any, ask: Any, offer: Any) -> None:
    type_id = offer(with_test=True, RetryDelayInSeconds=7200)
    hit = publish(ask(), **guarded(type_id))
    listed = guest.get("/projects")
    assert "You do not meet: Chess is not less than 80." in listed.words
    assert f'href="/qualifications/{type_id}/test">Qualify' in listed.text
    before = guest.get(f"/qualifications/{type_id}/test")
    assert "Questions 2 Time limit 10 minutes" in before.words
    assert "at once, by an answer key" in before.words
    assert "2 hours after this one ends" in before.words
    action = start(guest, type_id)
    shown = guest.get(f"/qualifications/{type_id}/test")
    assert "Time left until" in shown.words
    assert "of 10 minutes" in shown.words
    refused = guest.post_with_token(action, [("form", "question"), ("move", "D")])
    assert refused.status == 422
    assert "1 answer needs your attention" in refused.words
    assert re.search(r'value="D" checked', refused.text)
    done = guest.post_with_token(action, RIGHT)
    assert done.target == f"/qualifications/{type_id}"
    result = guest.get(done.target)
    assert "Test submitted. Your score is 100." in result.words
    assert "Your value 100" in result.words
    assert "You can try again on" in result.words
    assert "Accept &amp; Work" in guest.get("/projects").text
    guest.accept(hit)


def test_a_request_from_the_list_of_hits(
    guest: Any, kempelen: Kempelen, publish: Any, ask: Any, offer: Any
) -> None:
    type_id = offer(Description="Line one\nLine two")
    publish(ask(), **guarded(type_id))
    listed = guest.get("/projects")
    assert f'action="/qualifications/{type_id}/request"' in listed.text
    fields = [("return_to", "/projects")]
    assert guest.post_with_token(f"/qualifications/{type_id}/request", fields).target == "/projects"
    listed = guest.get("/projects")
    assert "Requested: Chess." in listed.words
    assert "Requested; the requester decides" in listed.words
    assert f'action="/qualifications/{type_id}/request"' not in listed.text
    pending = guest.get("/qualifications/pending")
    assert "Chess" in pending.words
    assert "Yes, withdraw it" in pending.words
    (waiting,) = kempelen.client.list_qualification_requests()["QualificationRequests"]
    kempelen.client.accept_qualification_request(
        QualificationRequestId=waiting["QualificationRequestId"], IntegerValue=90
    )
    assigned = guest.get("/qualifications/assigned")
    assert "HIT approval rate" in assigned.words
    assert re.search(r"Chess Requester \d+ 90|Chess .* 90", assigned.words)
    assert guest.get("/projects").text.count("Accept &amp; Work") == 1


def test_withdrawing_and_giving_back(guest: Any, offer: Any, kempelen: Kempelen) -> None:
    type_id = offer(RetryDelayInSeconds=0)
    path = f"/qualifications/{type_id}"
    guest.post_with_token(f"{path}/request")
    found = re.search(r'name="request_id" value="([A-Z0-9]+)"', guest.get(path).text)
    assert found is not None
    assert guest.post_with_token(f"{path}/cancel", [("request_id", found[1])]).target == path
    assert "Your request is withdrawn." in guest.get(path).words
    refused = guest.post_with_token(f"{path}/cancel", [("request_id", found[1])])
    assert (refused.status, "This test has ended" in refused.words) == (409, True)
    (worker,) = kempelen.app.db.read(
        lambda connection: connection.execute("SELECT worker_id FROM workers").fetchall()
    )
    kempelen.client.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=worker[0], IntegerValue=4
    )
    assert "Yes, give it back" in guest.get(path).words
    assert guest.post_with_token(f"{path}/return").target == path
    gone = guest.get(path)
    assert "You gave back Chess." in gone.words
    assert "Revoked" in gone.words
    assert "You gave this qualification back on" in gone.words
    assert "taken back" not in gone.words
    assert "You gave it back; the value was 4." in gone.words
    assert "The requester gave it to you with the value 4." in gone.words
    assert guest.post_with_token(f"{path}/return").status == 404


def test_too_late(guest: Any, kempelen: Kempelen, offer: Any) -> None:
    type_id = offer(with_test=True)
    action = start(guest, type_id)
    kempelen.advance(minutes=10)
    late = guest.post_with_token(action, RIGHT)
    assert late.status == 409
    assert "The time ran out" in late.words
    assert "they were not stored, and nothing was graded" in late.words
    assert "move: D\nfruit: apples" in late.text
    assert "It can be requested only once" in late.words
    again = guest.get(f"/qualifications/{type_id}/test")
    assert "The time for your last attempt ran out" in again.words
    assert "Start test" not in again.words
    assert guest.post_with_token(f"/qualifications/{type_id}/test").status == 409
    assert "Time ran out" in guest.get(f"/qualifications/{type_id}").words
    assert (
        kempelen.client.list_workers_with_qualification_type(QualificationTypeId=type_id)[
            "Qualifications"
        ]
        == []
    )


def test_answers_outlive_a_session(
    guest: Any, kempelen: Kempelen, offer: Any, worker: Worker
) -> None:
    """Without a session the answers come back to be copied; after signing in, to be sent."""
    type_id = offer(with_test=True)
    action = start(guest, type_id)
    token = guest.get("/help").csrf_token
    fields = [("csrf_token", token), *RIGHT]
    guest.post("/signout", [("csrf_token", token)])
    out = guest.post(action, fields)
    assert out.status == 401
    assert "move: D\nfruit: apples" in out.text
    assert f"/signin?return_to=%2Fqualifications%2F{type_id}%2Ftest" in out.text
    guest.sign_in(worker)
    back = guest.post(action, fields)
    assert back.status == 409
    assert "Nothing was submitted yet" in back.words
    assert re.search(r'value="apples" checked', back.text)
    assert back.csrf_token != token
    done = guest.post(action, [("csrf_token", back.csrf_token), *RIGHT])
    assert "Your score is 100." in guest.get(done.target).words


def test_somebody_elses_test(guest: Any, stranger: Any, offer: Any) -> None:
    type_id = offer(with_test=True)
    action = start(guest, type_id)
    assert stranger.post_with_token(action, RIGHT).status == 404
    request_id = action.rpartition("/")[2]
    fields = [("request_id", request_id)]
    assert stranger.post_with_token(f"/qualifications/{type_id}/cancel", fields).status == 404
    assert guest.post_with_token(action, RIGHT).status == 303


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["Ants", "Birds"]),
        ("?search=ANT", ["Ants"]),
        ("?has_test=true", ["Birds"]),
        ("?auto_granted=true", ["Ants"]),
        ("?search=nothing", []),
    ],
)
def test_the_list_of_all(guest: Any, offer: Any, query: str, wanted: list[str]) -> None:
    offer(Name="Ants", AutoGranted=True)
    offer(Name="Birds", with_test=True)
    shown = guest.get(f"/qualifications{query}")
    names = re.findall(r'<th scope="row"[^>]*><a href="[^"]*">([^<]*)</a>', shown.text)
    assert [name for name in names if name in {"Ants", "Birds"}] == wanted
    assert ("HIT approval rate" in shown.words) is (query == "")
    assert ("No qualification matches" in shown.words) is (wanted == [])


def test_pages_of_the_list(guest: Any, offer: Any) -> None:
    for number in range(25):
        offer(Name=f"Number {number:02}")
    first = guest.get("/qualifications?requestable=true")
    assert first.words.count("Request Number") == 20
    following = re.search(r'href="([^"]*)" rel="next"', first.text)
    assert following is not None
    second = guest.get(following[1].replace("&amp;", "&"))
    assert second.words.count("Request Number") == 5
    assert 'rel="next"' not in second.text


def test_types_of_the_site_have_pages(guest: Any) -> None:
    shown = guest.get("/qualifications/000000000000000000L0")
    assert "HIT approval rate Computed by this site" in shown.words
    assert "Your value 100" in shown.words
    assert guest.get("/qualifications/000000000000000000L0/test").status == 200
    assert guest.post_with_token("/qualifications/000000000000000000L0/request").status == 403
    assert guest.get("/qualifications/3UNKNOWN").status == 404


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/mturk/findquals", "/qualifications"),
        ("/mturk/requestqualification?qualificationId=3ABC", "/qualifications/3ABC"),
        ("/mturk/requestqualification?qualificationId=//x", "/qualifications"),
    ],
)
def test_old_addresses(guest: Any, old: str, new: str) -> None:
    assert guest.get(old).target == new


def test_nothing_yet(guest: Any) -> None:
    assert "Nothing is pending" in guest.get("/qualifications/pending").words
    assert "No requester has granted you" in guest.get("/qualifications/assigned").words


def test_what_is_asked_for_is_escaped(guest: Any, offer: Any) -> None:
    hostile = "<script>alert(1)</script>"
    type_id = offer(Name=hostile, Description=hostile, Keywords=hostile, with_test=True)
    start(guest, type_id)
    for path in ("", "/pending", f"/{type_id}", f"/{type_id}/test"):
        assert hostile not in guest.get(f"/qualifications{path}").text
