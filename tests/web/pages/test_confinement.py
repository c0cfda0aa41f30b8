"""What protects the pages: forgery checks on every form, ownership, headers, escaping."""

from typing import Any

import pytest
from starlette.routing import Route

from kempelen.edges.worker import routes
from kempelen.edges.worker.visits import Visit
from kempelen.testing.market import Kempelen

IMAGE = '<img src="https://example.org/a.png" alt="A"/>'
PICTURE = (
    "<Binary><MimeType><Type>image</Type></MimeType><DataURL>https://example.org/a.png"
    "</DataURL><AltText>A</AltText></Binary>"
)
FORGED = "This form is out of date"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&gt;&lt;img src=x onerror=alert(2)&gt;"


def unsafe_paths(kempelen: Any) -> list[str]:
    """The path of every form of the worker site."""
    found = []
    for route in routes.routes(kempelen.app):
        assert isinstance(route, Route)
        is_form = "POST" in (route.methods or ())
        if is_form and not route.path.lstrip("/").startswith("mturk/"):
            found.append(route.path)
    return found


def filled(path: str, hit: dict[str, Any], assignment_id: str) -> str:
    return path.format(
        group=hit["HITGroupId"],
        hit_id=hit["HITId"],
        assignment_id=assignment_id,
        type_id="3TYPE",
        request_id="3REQUEST",
    )


def test_every_form_needs_its_site(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """Forms from elsewhere, from nowhere, and without the session's token change nothing."""
    hit = publish(ask())
    assignment_id = guest.accept(hit).rpartition("=")[2]
    token = guest.get("/help").csrf_token
    own = [("csrf_token", token), ("_method", "delete"), ("assignment_id", assignment_id)]
    paths = unsafe_paths(kempelen)
    assert len(paths) == 12, paths
    for path in paths:
        address = filled(path, hit, assignment_id)
        refused = [
            guest.post(address, own, Sec_Fetch_Site="cross-site"),
            guest.post(address, own, Sec_Fetch_Site="same-site"),
            unfetched(guest, address, own, Origin="https://evil.example"),
            unfetched(guest, address, own, Origin="null"),
            unfetched(guest, address, own, Referer="https://evil.example/" + kempelen.url),
            unfetched(guest, address, own),
        ]
        if path != "/signin":
            refused += [guest.post(address), guest.post(address, [("csrf_token", "")])]
        for shown in refused:
            assert shown.status == 403, (path, shown.words)
            assert FORGED in shown.words
    assert guest.get("/tasks").words.count("Work on") == 1
    assert "kempelen_session" in guest.cookies


def unfetched(visitor: Any, path: str, fields: Any, **headers: str) -> Any:
    """Send a form as a browser does that does not know Sec-Fetch-Site."""
    body = "&".join(f"{name}={value}" for name, value in fields).encode()
    return visitor.send("POST", path, body, dict(headers))


@pytest.mark.parametrize("header", ["Origin", "Referer"])
def test_older_browsers(guest: Any, kempelen: Kempelen, header: str) -> None:
    """Without Sec-Fetch-Site, Origin or Referer shows that the form is ours."""
    token = guest.get("/help").csrf_token
    shown = unfetched(
        guest, "/signout", [("csrf_token", token)], **{header: kempelen.url + "/help"}
    )
    assert shown.target == "/"


def test_the_token_of_another_session(guest: Any, stranger: Any) -> None:
    """A token is good for its own session only."""
    token = stranger.get("/help").csrf_token
    assert guest.post("/signout", [("csrf_token", token)]).status == 403


def test_somebody_elses_assignment(guest: Any, stranger: Any, publish: Any, ask: Any) -> None:
    """Pages, forms and tickets of another worker do not exist."""
    hit = publish(ask())
    work = stranger.accept(hit)
    assignment_id = work.rpartition("=")[2]
    submit = f"/tasks/{assignment_id}/submit"
    page = work.partition("?")[0]
    give_back = [("_method", "delete"), ("assignment_id", assignment_id)]
    answers = [("form", "question"), ("what", "mine")]
    assert guest.get(work).status == 404
    assert guest.post_with_token(page, give_back).status == 404
    assert guest.post_with_token(submit, answers).status == 404
    stranger.post("/signout", [("csrf_token", stranger.get("/help").csrf_token)])
    finish = stranger.post(submit, answers).target
    assert finish.startswith("/tasks/finish?ticket=")
    assert guest.get(finish).status == 404
    ticket = finish.rpartition("=")[2]
    assert guest.post_with_token(submit, [("ticket", ticket)]).status == 404


def test_the_path_names_the_hit(guest: Any, publish: Any, ask: Any) -> None:
    """An assignment is found under its own HIT and group only."""
    hit, other = publish(ask()), publish(ask(), Title="Another")
    work = guest.accept(hit)
    assignment_id = work.rpartition("=")[2]
    wrong_hit = work.replace(hit["HITId"], other["HITId"])
    wrong_group = work.replace(hit["HITGroupId"], other["HITGroupId"])
    by_type = work.replace(hit["HITGroupId"], hit["HITTypeId"])
    assert [guest.get(path).status for path in (wrong_hit, wrong_group, by_type)] == [404, 404, 200]
    give_back = [("_method", "delete"), ("assignment_id", assignment_id)]
    assert guest.post_with_token(wrong_hit.partition("?")[0], give_back).status == 404
    assert guest.post_with_token(work.partition("?")[0], give_back[1:]).status == 404
    assert guest.get(work).status == 200


def policy(shown: Any) -> dict[str, str]:
    """The directives of a page's policy."""
    directives = shown.headers["content-security-policy"].split("; ")
    return {name: value for name, _, value in (item.partition(" ") for item in directives)}


STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "media-src": "'self' data:",
    "frame-src": "'none'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.mark.parametrize(
    "path", ["/", "/signin", "/help", "/projects", "/tasks", "/dashboard", "/no"]
)
def test_headers_of_every_page(guest: Any, visitor: Any, path: str) -> None:
    """Pages run nothing that is not ours, go into no frame and are kept by nobody."""
    shown = guest.get(path)
    assert policy(shown) == STRICT
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["referrer-policy"] == "same-origin"
    assert shown.headers["cross-origin-opener-policy"] == "same-origin"
    assert shown.headers["cross-origin-resource-policy"] == "same-origin"
    assert shown.headers["cache-control"] == "no-store"
    assert "camera=()" in shown.headers["permissions-policy"]
    assert "server" not in shown.headers


def test_openings_for_frames(
    guest: Any, kempelen: Kempelen, publish: Any, html_question: str, external_question: str
) -> None:
    """An HTMLQuestion comes from here; another site may lead through further sites."""
    own = guest.get(f"/projects/{publish(html_question)['HITGroupId']}/tasks")
    other = guest.get(f"/projects/{publish(external_question, Title='x')['HITGroupId']}/tasks")
    assert policy(own) == {**STRICT, "frame-src": f"'self' {kempelen.url}"}
    assert policy(other) == {**STRICT, "frame-src": f"'self' {kempelen.url} http: https:"}
    assert own.headers["referrer-policy"] == "strict-origin"
    assert own.headers["cross-origin-opener-policy"] == "same-origin-allow-popups"


@pytest.mark.parametrize(
    "content",
    [
        PICTURE,
        f"<FormattedContent><![CDATA[<p>{IMAGE}</p>]]></FormattedContent>",
    ],
)
def test_openings_for_pictures(guest: Any, publish: Any, ask: Any, content: str) -> None:
    """Only a form that shows pictures may load them from elsewhere."""
    shown = guest.get(f"/projects/{publish(ask(content=content))['HITGroupId']}/tasks")
    media = "'self' data: http: https:"
    assert policy(shown) == {**STRICT, "img-src": media, "media-src": media}


def test_nothing_inline(guest: Any, publish: Any, ask: Any) -> None:
    """No page has scripts, styles or handlers of its own, which the policy would stop."""
    hit = publish(ask())
    work = guest.accept(hit)
    group = f"/projects/{hit['HITGroupId']}/tasks"
    for path in ("/projects", group, work, "/tasks", "/dashboard", "/help", "/nowhere"):
        text = guest.get(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count('<script src="/static/')


def test_hostile_texts(visitor: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """Titles, names, keywords, search words and feedback are shown as they were written."""
    requester = kempelen.add_requester("<b>Eve & Co</b>")
    client = kempelen.client_of(requester)
    hit = client.create_hit(
        Title=HOSTILE,
        Description=HOSTILE,
        Keywords=HOSTILE,
        Reward="0.05",
        AssignmentDurationInSeconds=600,
        LifetimeInSeconds=86_400,
        Question=ask(content=f"<Text><![CDATA[{HOSTILE}]]></Text>"),
    )["HIT"]
    worker = kempelen.add_worker("<i>Mallory</i>")
    visitor.sign_in(worker)
    shown = [
        visitor.get(f"/projects?filters[search_term]={'%22%3E%3Cscript%3E'}"),
        visitor.get("/projects"),
        visitor.get(f"/projects/{hit['HITGroupId']}/tasks"),
    ]
    work = visitor.accept(hit)
    assignment_id = work.rpartition("=")[2]
    shown += [visitor.get(work), visitor.get("/tasks")]
    answers = [("form", "question"), ("what", HOSTILE)]
    visitor.post_with_token(f"/tasks/{assignment_id}/submit", answers)
    shown.append(visitor.get("/projects"))
    client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback=HOSTILE)
    shown += [visitor.get("/dashboard"), visitor.get(work)]
    for page in shown:
        for broken in ("<script>alert", "onerror=alert(2)>", "<b>Eve", "<i>Mallory", '"><script'):
            assert broken not in page.text.replace(ESCAPED, "")
    assert sum(ESCAPED in page.text for page in shown) >= 6


def test_forged_messages(guest: Any, kempelen: Kempelen) -> None:
    """A message in a cookie is shown only when this site wrote it."""
    guest.cookies["kempelen_flash"] = "eyJraW5kIjoiZXJyb3IifQ.c2lnbmVk"
    assert 'class="flash' not in guest.get("/projects").text


def test_other_names_of_this_machine(guest: Any, kempelen: Kempelen) -> None:
    """A browser that was pointed at localhost goes on under the name that frames know."""
    port = kempelen.url.rpartition(":")[2]
    shown = guest.get("/projects?sort=reward_asc", Host=f"localhost:{port}")
    assert shown.target == f"{kempelen.url}/projects?sort=reward_asc"
    for host in (f"localhost:1{port}"[:15], f"evil.example:{port}", "localhost:x"):
        assert guest.get("/projects", Host=host).status == 200
    away = guest.get("//evil.example/x", Host=f"localhost:{port}")
    assert away.status == 404
    assert "location" not in away.headers


def test_large_forms(guest: Any) -> None:
    """More than a form may have is refused before it is read."""
    shown = guest.post("/signout", [("x", "y" * 1_100_000)])
    assert shown.status == 413
    assert "too much to send" in shown.words


def test_bugs_show_a_request_id_and_no_details(guest: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected becomes a page that helps to find it in the log."""

    def fail(visit: Visit) -> None:
        raise ValueError("a secret detail")

    monkeypatch.setattr(Visit, "query", fail)
    shown = guest.get("/projects")
    assert shown.status == 500
    assert shown.headers["x-amzn-requestid"] in shown.words
    assert "secret" not in shown.text


def test_static_files(visitor: Any) -> None:
    """Files with their version may be kept for ever, others are asked for again."""
    text = visitor.get("/").text
    address = text.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    shown = visitor.get(address)
    assert shown.headers["content-type"] == "text/css; charset=utf-8"
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert shown.headers["cross-origin-resource-policy"] == "cross-origin"
    bare = visitor.get("/static/site.css")
    assert bare.headers["cache-control"] == "no-cache"
    again = visitor.get("/static/site.css", If_None_Match=bare.headers["etag"])
    assert (again.status, again.text) == (304, "")
    for name in ("nothing.css", "__init__.py", "..%2fpages.py", "%2e%2e/texts.py"):
        assert visitor.get(f"/static/{name}").status == 404
