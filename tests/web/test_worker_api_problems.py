"""Every refusal of the worker API: its status, its code, and which of several comes first."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from kempelen.domain import work_errors
from kempelen.domain.people import WorkerClass
from kempelen.domain.work_errors import WorkRefusal
from kempelen.edges import accounts
from kempelen.testing.market import Kempelen, Worker
from kempelen.testing.server import Server

REFERENCE = Path(__file__).parent.parent.parent / "docs" / "reference" / "worker-api.md"
NOTHING: dict[str, dict[str, str]] = {"answers": {}}
MASTERS = {
    "QualificationTypeId": "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH",
    "Comparator": "Exists",
    "ActionsGuarded": "Accept",
}


@pytest.fixture
def worker(kempelen: Kempelen) -> Worker:
    return kempelen.add_worker()


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Kempelen]:
    """A market where a worker may hold two HITs and accept three a day."""
    settings = {"max_assigned_per_worker": 2, "daily_accept_limit": 3, "answers.max_bytes": 2000}
    with Kempelen(tmp_path / "limited", settings=settings) as market:
        yield market


def execute(market: Kempelen, statement: str) -> None:
    market.app.db.write(lambda connection: connection.execute(statement).rowcount)


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer kw_unheard-of", "Basic a2V5OnNlY3JldA==", "\u00fc"],
)
def test_who_is_calling(api: Any, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    refused = api(None, "GET", "/me", None, **headers)
    assert (refused.status, refused.code) == (401, "UNAUTHENTICATED")
    assert refused.headers["www-authenticate"].startswith("Bearer ")
    assert refused.body["title"] == "Unauthorized"


def test_every_endpoint_but_the_description_asks_who_is_calling(api: Any) -> None:
    paths = api(None, "GET", "/openapi.json").body["paths"]
    for path, methods in paths.items():
        for method in methods:
            address = re.sub(r"\{\w+\}", "3ABC", path)
            answer = api(None, method.upper(), address, b"{")
            assert (answer.status == 200) is (path == "/openapi.json")
            assert answer.status in {200, 401}


def test_the_scheme_is_told_in_any_case(api: Any, worker: Worker) -> None:
    assert api(None, "GET", "/me", None, Authorization=f"bEARER {worker.token}").status == 200


def test_tokens_of_human_accounts_only_read(tmp_path: Path, html_question: str) -> None:
    """Unless the site says otherwise; and automation that is declared may work."""
    for lets_humans in (False, True):
        overrides = {"worker_classes.default": "any", "api.human_work_tokens": lets_humans}
        path = tmp_path / f"{lets_humans}.db"
        with Server(path, overrides=overrides) as server, urllib3.PoolManager() as pool:
            requester = accounts.add_requester(server.app, "Somebody", None)
            hit_id = _publish(server.url, requester, html_question)
            for worker_class in (WorkerClass.HUMAN, WorkerClass.AGENT):
                new = accounts.NewWorker(name=worker_class.value, worker_class=worker_class)
                token = accounts.add_worker(server.app, new, "a long password").token
                may_work = lets_humans or worker_class is WorkerClass.AGENT
                base = f"{server.url}/api/worker/v1"
                headers = {"authorization": f"Bearer {token}"}
                me = pool.request("GET", f"{base}/me", headers=headers).json()
                assert me["may_work"] is may_work
                listed = pool.request("GET", f"{base}/hit-groups?qualified=1", headers=headers)
                (group,) = listed.json()["items"]
                assert group["caller"]["can_accept"] is may_work
                accept = pool.request("POST", f"{base}/hits/{hit_id}/accept", headers=headers)
                if may_work:
                    assert accept.status == 201
                else:
                    assert (accept.status, accept.json()["code"]) == (403, "TOKEN_READ_ONLY")


def _publish(url: str, requester: accounts.RequesterAccount, question: str) -> str:
    import boto3  # noqa: PLC0415 - slow to import, and only needed here

    client = boto3.client(
        "mturk",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=requester.access_key_id,
        aws_secret_access_key=requester.secret_access_key,
    )
    hit = client.create_hit(
        Title="T",
        Description="D",
        Reward="0.01",
        AssignmentDurationInSeconds=600,
        LifetimeInSeconds=3600,
        MaxAssignments=9,
        Question=question,
    )
    client.close()
    hit_id: str = hit["HIT"]["HITId"]
    return hit_id


def test_a_read_only_token_neither_submits_nor_returns(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str, tmp_path: Path
) -> None:
    """Work that was accepted in the browser stays where it is."""
    database = tmp_path / "kempelen.db"
    human = kempelen.add_worker(worker_class=WorkerClass.HUMAN)
    assignment_id = api.accept(human, publish(html_question))
    kempelen.__exit__()
    with Server(database) as server, urllib3.PoolManager() as pool:
        api.pool, api.url = pool, server.url
        for action, body in (("submit", NOTHING), ("return", {})):
            refused = api(human, "POST", f"/assignments/{assignment_id}/{action}", body)
            assert (refused.status, refused.code) == (403, "TOKEN_READ_ONLY")


def test_checks_of_accept_in_their_order(
    limited: Kempelen, html_question: str, publish_on: Any, api_of: Any
) -> None:
    """One reason after the other is taken away, and the next one shows."""
    api = api_of(limited)
    worker = limited.add_worker()
    hit = publish_on(
        limited,
        html_question,
        MaxAssignments=1,
        LifetimeInSeconds=60,
        QualificationRequirements=[MASTERS],
    )
    other = [publish_on(limited, html_question, Title=f"Other {each}") for each in range(3)]
    stranger = limited.add_worker(is_master=True)
    limited.clock.advance(seconds=61)
    mine = f"worker_id = '{worker.worker_id}'"
    execute(limited, f"UPDATE workers SET is_suspended = 1 WHERE {mine}")  # noqa: S608 - our own id

    def refusal(hit_id: str = hit["HITId"]) -> tuple[int, str]:
        answer = api(worker, "POST", f"/hits/{hit_id}/accept")
        return answer.status, answer.code

    assert refusal() == (403, "ACCOUNT_SUSPENDED")
    assert refusal("3UNHEARDOF") == (403, "ACCOUNT_SUSPENDED")
    execute(limited, "UPDATE workers SET is_suspended = 0")
    assert refusal("3UNHEARDOF") == (404, "NOT_FOUND")
    assert refusal() == (409, "HIT_UNAVAILABLE")
    later = limited.clock.now().timestamp() + 7200
    limited.client.update_expiration_for_hit(HITId=hit["HITId"], ExpireAt=later)
    held = [api.accept(worker, item) for item in other[:2]]
    assert refusal() == (403, "NOT_QUALIFIED")
    execute(limited, f"UPDATE workers SET is_master = 1 WHERE {mine}")  # noqa: S608 - our own id
    api.accept(stranger, hit)
    assert refusal(other[0]["HITId"]) == (409, "ALREADY_ACCEPTED")
    assert refusal() == (409, "QUEUE_FULL")
    for assignment_id in held:
        api(worker, "POST", f"/assignments/{assignment_id}/submit", NOTHING)
    assert refusal(other[0]["HITId"]) == (409, "ALREADY_DONE")
    api(worker, "POST", f"/assignments/{api.accept(worker, other[2])}/return")
    assert refusal() == (429, "DAILY_LIMIT")
    limited.clock.advance(seconds=1)
    execute(limited, f"UPDATE assignments SET accepted_at = 0 WHERE {mine}")  # noqa: S608
    assert refusal() == (409, "NO_ASSIGNMENTS")


@pytest.fixture
def api_of(api: Any) -> Any:
    """The client of the API, for another server."""

    def client(market: Kempelen) -> Any:
        api.url = market.url
        return api

    return client


@pytest.fixture
def publish_on() -> Any:
    """Create a HIT on a given market."""

    def create(market: Kempelen, question: str, **members: Any) -> dict[str, Any]:
        wanted = {
            "Title": "T",
            "Description": "D",
            "Reward": "0.05",
            "AssignmentDurationInSeconds": 600,
            "LifetimeInSeconds": 86_400,
            "MaxAssignments": 3,
            "Question": question,
            **members,
        }
        hit: dict[str, Any] = market.client.create_hit(**wanted)["HIT"]
        return hit

    return create


def test_what_a_refusal_tells(
    limited: Kempelen, html_question: str, publish_on: Any, api_of: Any
) -> None:
    api = api_of(limited)
    worker = limited.add_worker()
    hits = [publish_on(limited, html_question) for _ in range(4)]
    path = f"/hit-groups/{hits[0]['HITGroupId']}/accept"
    held = api.accept(worker, hits[0])
    again = api(worker, "POST", f"/hits/{hits[0]['HITId']}/accept")
    assert again.body["assignment_id"] == held
    assert held in again.body["detail"]
    api.accept(worker, hits[1])
    full = api(worker, "POST", path)
    assert (full.status, full.code) == (409, "QUEUE_FULL")
    assert "2 HITs" in full.body["detail"]
    api(worker, "POST", f"/assignments/{held}/return")
    held = api(worker, "POST", path).body["assignments"][0]["assignment_id"]
    api(worker, "POST", f"/assignments/{held}/return")
    daily = api(worker, "POST", path)
    assert (daily.status, daily.code) == (429, "DAILY_LIMIT")
    now = limited.clock.now()
    seconds = 86_400 - (now.hour * 3600 + now.minute * 60 + now.second)
    assert daily.body["retry_after"] in {seconds, seconds + 1}
    assert daily.headers["retry-after"] == str(daily.body["retry_after"])
    limited.clock.advance(seconds=daily.body["retry_after"])
    assert api(worker, "POST", path).status == 201


def test_an_assignment_is_its_workers_business(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str, worker: Worker
) -> None:
    stranger = kempelen.add_worker()
    mine = api.accept(worker, publish(html_question))
    calls = [("GET", "", None), ("POST", "/submit", NOTHING), ("POST", "/return", {})]
    for assignment_id in (mine, "3UNHEARDOF", "%00", "x" * 500):
        for method, action, body in calls:
            refused = api(stranger, method, f"/assignments/{assignment_id}{action}", body)
            assert (refused.status, refused.code) == (404, "ASSIGNMENT_NOT_FOUND")
    assert api(worker, "GET", f"/assignments/{mine}").body["status"] == "assigned"


def test_work_that_came_too_late(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str, worker: Worker
) -> None:
    """Less than ten seconds after the deadline are given to a submission, none to a return."""
    for seconds, expected in ((609, 200), (610, 409)):
        assignment_id = api.accept(worker, publish(html_question))
        path = f"/assignments/{assignment_id}"
        kempelen.clock.advance(seconds=seconds)
        returned = api(worker, "POST", f"{path}/return")
        assert (returned.status, returned.code) == (409, "DEADLINE_PASSED")
        submitted = api(worker, "POST", f"{path}/submit", NOTHING)
        assert submitted.status == expected
        if expected == 409:
            assert submitted.code == "DEADLINE_PASSED"
            assert api(worker, "GET", path).body["status"] == "abandoned"


def test_what_is_no_longer_assigned(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str, worker: Worker
) -> None:
    returned = api.accept(worker, publish(html_question))
    submitted = api.accept(worker, publish(html_question))
    api(worker, "POST", f"/assignments/{returned}/return")
    api(worker, "POST", f"/assignments/{submitted}/submit", NOTHING)
    for _ in range(2):
        for assignment_id, action, state in (
            (returned, "return", "returned"),
            (returned, "submit", "returned"),
            (submitted, "return", "submitted"),
        ):
            refused = api(worker, "POST", f"/assignments/{assignment_id}/{action}", NOTHING)
            assert (refused.status, refused.code) == (409, "NOT_ASSIGNED")
            assert refused.body["state"] == state
        kempelen.clock.advance(days=1)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"answers": {}}, {"age"}),
        ({"answers": {"age": ""}}, {"age"}),
        ({"answers": {"age": "17", "unheard": "1"}}, {"age", "unheard"}),
        ({"answers": {"age": 42}}, {"age"}),
        ({"answers": {"age": ["42"]}}, {"age"}),
        ({"answers": {"age": "42", "toppings": ["tofu"]}}, {"toppings"}),
        ({"answers": {"age": "42", "toppings": "ham"}}, {"toppings"}),
        ({"answers": {"age": "42", "toppings": {"chosen": ["ham"]}}}, {"toppings"}),
        ({"answers": {"age": "42", "note": {"file_id": "f_1"}}}, {"note"}),
        ({"task_answers": {"age": "42"}}, {"task_answers"}),
        ({"answer_xml": "<Answers/>"}, {"answer_xml"}),
        ({"answer_xml": "no document"}, {"answer_xml"}),
    ],
)
def test_answers_that_a_form_does_not_admit(
    api: Any, publish: Any, form_question: str, worker: Worker, body: object, fields: set[str]
) -> None:
    assignment_id = api.accept(worker, publish(form_question))
    path = f"/assignments/{assignment_id}"
    refused = api(worker, "POST", f"{path}/submit", body)
    assert (refused.status, refused.code) == (422, "INVALID_ANSWERS")
    assert {error["field"] for error in refused.body["errors"]} == fields
    assert all(error["message"] for error in refused.body["errors"])
    assert api(worker, "GET", path).body["status"] == "assigned"


def answers_document(inside: str) -> str:
    namespace = (
        "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01"
        "/QuestionFormAnswers.xsd"
    )
    return f'<QuestionFormAnswers xmlns="{namespace}">{inside}</QuestionFormAnswers>'


def test_documents_obey_the_form_and_forge_no_files(
    api: Any, publish: Any, form_question: str, html_question: str, worker: Worker
) -> None:
    too_young = answers_document(
        "<Answer><QuestionIdentifier>age</QuestionIdentifier><FreeText>9</FreeText></Answer>"
    )
    forged = answers_document(
        "<Answer><QuestionIdentifier>age</QuestionIdentifier><UploadedFileSizeInBytes>1"
        "</UploadedFileSizeInBytes><UploadedFileKey>k</UploadedFileKey></Answer>"
    )
    for question, text in ((form_question, too_young), (html_question, forged)):
        assignment_id = api.accept(worker, publish(question))
        path = f"/assignments/{assignment_id}/submit"
        refused = api(worker, "POST", path, {"answer_xml": text})
        assert (refused.status, refused.code) == (422, "INVALID_ANSWERS")
        assert [error["field"] for error in refused.body["errors"]] == ["age"]


def test_answers_and_bodies_that_are_too_large(
    limited: Kempelen, html_question: str, publish_on: Any, api_of: Any
) -> None:
    """The document may have 2000 bytes here, and the body 64 KiB more."""
    api = api_of(limited)
    worker = limited.add_worker()
    assignment_id = api.accept(worker, publish_on(limited, html_question))
    path = f"/assignments/{assignment_id}/submit"
    for size in (2000, 100_000):
        refused = api(worker, "POST", path, {"answers": {"a": "x" * size}})
        assert (refused.status, refused.code) == (413, "TOO_LARGE")
    large = api(worker, "PATCH", "/me/preferences", b"{" + b" " * 1_048_576 + b"}")
    assert (large.status, large.code) == (413, "TOO_LARGE")
    assert api(worker, "POST", path, {"answers": {"a": "x" * 1000}}).status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/hit-groups/3G/accept", {"count": 0}, "count"),
        ("POST", "/hit-groups/3G/accept", {"count": 11}, "count"),
        ("POST", "/hit-groups/3G/accept", {"count": "2"}, "count"),
        ("POST", "/hit-groups/3G/accept", {"count": None}, "count"),
        ("POST", "/hit-groups/3G/accept", [], "body"),
        ("POST", "/assignments/3A/submit", {}, "answers"),
        ("POST", "/assignments/3A/submit", {"answers": None}, "answers"),
        ("POST", "/assignments/3A/submit", {"answers": {}, "ticket": "t"}, "answers"),
        ("POST", "/assignments/3A/submit", {"answers": []}, "answers"),
        ("POST", "/assignments/3A/submit", {"task_answers": "x"}, "task_answers"),
        ("POST", "/assignments/3A/submit", {"answers": {}, "active_seconds": -1}, "active_seconds"),
        ("POST", "/assignments/3A/submit?accept_next=perhaps", NOTHING, "accept_next"),
        ("POST", "/assignments/3A/submit?next=true", NOTHING, "next"),
        ("POST", "/assignments/3A/return", {"reason_code": "tired"}, "reason_code"),
        ("POST", "/assignments/3A/return", {"comment": "x" * 1001}, "comment"),
        ("PATCH", "/me/preferences", {"auto_accept_next": "yes"}, "auto_accept_next"),
        ("GET", "/hit-groups?limit=0", None, "limit"),
        ("GET", "/hit-groups?limit=101", None, "limit"),
        ("GET", "/hit-groups?limit=many", None, "limit"),
        ("GET", "/hit-groups?sort=hourly_desc", None, "sort"),
        ("GET", "/hit-groups?min_hourly=7", None, "min_hourly"),
        ("GET", "/hit-groups?min_reward=-1", None, "min_reward"),
        ("GET", "/hit-groups?qualified=perhaps", None, "qualified"),
        ("GET", "/hit-groups?cursor=abc", None, "cursor"),
        ("GET", f"/hit-groups?search={'x' * 201}", None, "search"),
        ("GET", "/assignments?status=assigned,lost", None, "status"),
        ("GET", "/assignments?cursor=p1:AAAA", None, "cursor"),
        ("GET", "/queue?limit=5", None, "limit"),
    ],
)
def test_parameters_that_do_not_fit(
    api: Any, worker: Worker, method: str, path: str, body: object, field: str
) -> None:
    refused = api(worker, method, path, body)
    assert (refused.status, refused.code) == (400, "INVALID_PARAMETER")
    assert [error["field"] for error in refused.body["errors"]] == [field]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"answers": {}} x',
        b"answers=1",
        b'{"answers": {"a": "\xff"}}',
        b'{"answers": {"a": "\\ud800"}}',
        b'{"answers": {"a": ' + b"[" * 65 + b"]" * 65 + b"}}",
        b'{"answers": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b'{"task_answers": {"a": ' + b'{"b":' * 65 + b"1" + b"}" * 65 + b"}}",
        b'{"unheard": ' + b"[" * 100_000 + b"]" * 100_000 + b', "answers": {}}',
    ],
)
def test_bodies_that_are_no_json(
    api: Any, publish: Any, html_question: str, worker: Worker, body: bytes
) -> None:
    assignment_id = api.accept(worker, publish(html_question))
    refused = api(worker, "POST", f"/assignments/{assignment_id}/submit", body)
    assert (refused.status, refused.code) == (400, "MALFORMED_BODY")


def test_keys_that_do_not_fit(api: Any, worker: Worker) -> None:
    paths = ("/hit-groups/3G/accept", "/hits/3H/accept", "/assignments/3A/return")
    for path in (*paths, "/assignments/3A/submit"):
        for key in ("", "x" * 65):
            refused = api(worker, "POST", path, NOTHING, Idempotency_Key=key)
            assert (refused.status, refused.code) == (400, "INVALID_PARAMETER")
            assert refused.body["errors"][0]["field"] == "Idempotency-Key"


def test_addresses_and_methods(api: Any, worker: Worker) -> None:
    for path in ("", "/", "/unheard", "/hit-groups/", "/assignments/3A/draft", "/hits/3H"):
        missing = api(worker, "GET", path)
        assert (missing.status, missing.code) == (404, "NOT_FOUND"), path
    for method, path, allowed in (
        ("PUT", "/me", "GET"),
        ("GET", "/hits/3H/accept", "POST"),
        ("DELETE", "/assignments/3A", "GET"),
    ):
        refused = api(worker, method, path)
        assert (refused.status, refused.code) == (405, "METHOD_NOT_ALLOWED")
        assert refused.headers["allow"] == allowed


def test_trouble_below_is_told_and_the_work_is_still_there(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str, worker: Worker
) -> None:
    assignment_id = api.accept(worker, publish(html_question))
    path = f"/assignments/{assignment_id}/submit"
    for table in ("answers", "worker_tokens"):
        execute(kempelen, f"ALTER TABLE {table} RENAME TO away")
        refused = api(worker, "POST", path, {"answers": {"a": "1"}})
        execute(kempelen, f"ALTER TABLE away RENAME TO {table}")
        assert (refused.status, refused.code) == (503, "UNAVAILABLE")
        assert refused.headers["retry-after"] == str(refused.body["retry_after"])
    assert api(worker, "POST", path, {"answers": {"a": "1"}}).status == 200


def test_every_code_is_in_the_reference() -> None:
    """The table of the reference has every code that this API gives, and no other."""
    known = {each.work_code for each in _subclasses(WorkRefusal)}
    known -= {work_errors.PreviewOnly.work_code}
    known |= {"UNAUTHENTICATED", "MALFORMED_BODY", "INVALID_PARAMETER", "METHOD_NOT_ALLOWED"}
    known |= {"UNAVAILABLE", "INTERNAL_ERROR"}
    # No account is both in this version.
    known -= {work_errors.OwnHIT.work_code}
    listed = re.findall(r"^\| `([A-Z_]+)` \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(known)


def _subclasses(kind: type[WorkRefusal]) -> set[type[WorkRefusal]]:
    found = set(kind.__subclasses__())
    return found.union(*(_subclasses(each) for each in found))
