"""Messages in the worker API."""

from typing import Any

from kempelen.domain import notice
from kempelen.operations import dispatch, notices
from kempelen.store import requesters
from kempelen.testing.market import Kempelen


def test_messages(kempelen: Kempelen, api: Any) -> None:
    worker, other = kempelen.add_worker(), kempelen.add_worker()
    requester = dispatch.look(kempelen.app, requesters.get, kempelen.requester.requester_id)
    for subject in ("First", "Second"):
        kempelen.clock.advance(seconds=1)
        said = notice.message(subject, f"Text of {subject}")
        dispatch.change(kempelen.app, notices.tell, worker.worker_id, requester, said)
    assert api(worker, "GET", "/me").body["unread_messages"] == 2
    page = api(worker, "GET", "/messages?limit=1").body
    assert [each["subject"] for each in page["items"]] == ["Second"]
    rest = api(worker, "GET", f"/messages?limit=1&cursor={page['next_cursor']}").body
    assert [each["subject"] for each in rest["items"]] == ["First"]
    assert rest["next_cursor"] is None
    thread = rest["items"][0]
    assert thread["requester"] == {
        "requester_id": requester.requester_id,
        "name": requester.name,
    }
    path = f"/messages/{thread['thread_id']}"
    shown = api(worker, "GET", path)
    assert shown.body["thread"] == thread
    assert [(each["text"], each["is_unread"]) for each in shown.body["items"]] == [
        ("Text of First", True)
    ]
    assert api(worker, "GET", path, if_none_match=shown.headers["etag"]).status == 304
    assert api(other, "GET", path).code == "NOT_FOUND"
    assert api(other, "POST", f"{path}/read").code == "NOT_FOUND"
    assert api(worker, "POST", f"{path}/read").body == {"unread_messages": 1}
    assert api(worker, "POST", f"{path}/read").body == {"unread_messages": 1}
    assert api(worker, "GET", path).body["items"][0]["is_unread"] is False
    assert api(worker, "GET", "/me").body["unread_messages"] == 1
    for query in ("limit=0", "limit=x", "cursor=x", "unread=true"):
        for address in ("/messages", path):
            refused = api(worker, "GET", f"{address}?{query}")
            assert (refused.status, refused.code) == (400, "INVALID_PARAMETER")
            assert refused.body["errors"][0]["field"] == query.partition("=")[0]
    assert api(None, "GET", path).code == "UNAUTHENTICATED"
