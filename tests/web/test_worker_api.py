"""The worker API, endpoint by endpoint, on a running server."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kempelen import credentials
from kempelen.domain.people import WorkerClass
from kempelen.operations import accounts, dispatch
from kempelen.testing.market import Kempelen, Worker

HITS_APPROVED = "00000000000000000040"


def approved_more_than(count: int, guards: str = "Accept") -> dict[str, Any]:
    return {
        "QualificationTypeId": HITS_APPROVED,
        "Comparator": "GreaterThan",
        "IntegerValues": [count],
        "ActionsGuarded": guards,
    }


def test_me_and_preferences(kempelen: Kempelen, api: Any) -> None:
    worker = kempelen.add_worker("alice", country="DE", given_hits_approved=3)
    me = api(worker, "GET", "/me")
    assert me.status == 200
    assert me.body["worker_id"] == worker.worker_id
    assert (me.body["name"], me.body["country"], me.body["may_work"]) == ("alice", "DE", True)
    assert (me.body["auto_accept_next"], me.body["queue_limit"]) == (False, 25)
    assert me.body["earnings"] == {"amount": "0.00", "currency": "USD"}
    changed = api(worker, "PATCH", "/me/preferences", {"auto_accept_next": True})
    assert (changed.status, changed.body) == (200, {"auto_accept_next": True})
    assert api(worker, "PATCH", "/me/preferences", {}).body == {"auto_accept_next": True}
    assert api(worker, "GET", "/me").body["auto_accept_next"] is True


def test_figures_follow_the_work(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    worker = kempelen.add_worker()
    submitted = api.accept(worker, publish(html_question, AutoApprovalDelayInSeconds=0))
    api(worker, "POST", f"/assignments/{submitted}/submit", {"answers": {}})
    api(worker, "POST", f"/assignments/{api.accept(worker, publish(html_question))}/return")
    api.accept(worker, publish(html_question, AssignmentDurationInSeconds=60))
    kempelen.clock.advance(minutes=2)
    me = api(worker, "GET", "/me").body
    figures = ("submitted", "approved", "rejected", "returned", "abandoned", "queue_length")
    assert [me[name] for name in figures] == [1, 1, 0, 1, 1, 0]
    assert me["earnings"]["amount"] == "0.05"


def test_list_of_groups(kempelen: Kempelen, api: Any, publish: Any, html_question: str) -> None:
    worker = kempelen.add_worker()
    publish(html_question, Title="Café Señor", Reward="0.10")
    two = publish(html_question, Title="Count the cats", Keywords="cats, Count Things")
    publish(html_question, Title="Count the cats", Keywords="cats, Count Things")

    def titles(query: str) -> list[str]:
        page = api(worker, "GET", f"/hit-groups{query}")
        assert page.status == 200, page
        return [item["title"] for item in page.body["items"]]

    both = ["Café Señor", "Count the cats"]
    assert titles("?sort=reward_desc") == both
    assert titles("?sort=reward_asc") == both[::-1]
    assert titles("?sort=num_hits_desc") == both[::-1]
    assert titles("?search=cafe%20SENOR") == both[:1]
    assert titles("?search=%22the+cats%22") == both[1:]
    assert titles("?search=%22cats+the%22") == []
    assert titles("?search=the+count+requester") == both[1:]
    for identity in (two["HITId"], two["HITGroupId"], two["HITTypeId"]):
        assert titles(f"?search={identity}") == both[1:]
    assert titles("?keyword=count+things") == both[1:]
    assert titles("?keyword=count") == []
    assert titles("?min_reward=0.051") == both[:1]
    assert titles(f"?requester_id={kempelen.requester.requester_id}&sort=reward_desc") == both
    assert titles("?requester_id=A0") == []
    page = api(worker, "GET", "/hit-groups?search=cats").body
    (group,) = page["items"]
    assert (page["total"], page["hidden"], page["next_cursor"]) == (1, 1, None)
    assert (group["group_id"], group["available"]) == (two["HITGroupId"], 2)
    assert group["keywords"] == ["cats", "Count Things"]
    assert group["reward"] == {"amount": "0.05", "currency": "USD"}
    assert group["requester"]["name"] == "Test requester"
    assert group["caller"] == {"can_preview": True, "can_accept": True, "reasons": []}


def test_pages_of_groups(kempelen: Kempelen, api: Any, publish: Any, html_question: str) -> None:
    worker = kempelen.add_worker()
    for number in range(5):
        publish(html_question, Title=f"Number {number}", Reward=f"0.1{number}")
    titles: list[str] = []
    query = "?sort=reward_asc&limit=2"
    while True:
        page = api(worker, "GET", f"/hit-groups{query}").body
        assert len(page["items"]) <= 2
        titles += [item["title"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"?sort=reward_asc&limit=2&cursor={page['next_cursor']}"
    assert titles == [f"Number {number}" for number in range(5)]


def test_requirements_and_what_they_guard(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    worker = kempelen.add_worker(given_hits_approved=5)
    wanted = [approved_more_than(9)]
    hit = publish(html_question, Title="Guarded", QualificationRequirements=wanted)
    secret = publish(
        html_question,
        Title="Hidden",
        QualificationRequirements=[approved_more_than(9, "DiscoverPreviewAndAccept")],
    )
    closed = publish(
        html_question,
        Title="No preview",
        QualificationRequirements=[approved_more_than(9, "PreviewAndAccept")],
    )
    group = api(worker, "GET", f"/hit-groups/{hit['HITGroupId']}").body
    (requirement,) = group["requirements"]
    assert requirement["caller_value"] == 5
    assert requirement["values"] == [9]
    assert requirement["met"] is False
    assert requirement["comparator"] == "GreaterThan"
    assert group["caller"] == {
        "can_preview": True,
        "can_accept": False,
        "reasons": ["NOT_QUALIFIED"],
    }
    assert api(worker, "GET", f"/hit-groups/{hit['HITGroupId']}/preview").status == 200
    refused = api(worker, "GET", f"/hit-groups/{closed['HITGroupId']}/preview")
    assert (refused.status, refused.code) == (403, "NOT_QUALIFIED")
    assert refused.body["errors"][0]["field"] == HITS_APPROVED
    for path in ("", "/preview"):
        hidden = api(worker, "GET", f"/hit-groups/{secret['HITGroupId']}{path}")
        assert (hidden.status, hidden.code) == (404, "NOT_FOUND")
    listed = api(worker, "GET", "/hit-groups").body["items"]
    assert {item["title"] for item in listed} == {"Guarded", "No preview"}
    assert api(worker, "GET", "/hit-groups?qualified=true").body["items"] == []


def test_a_group_has_two_names_and_an_exact_count(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    worker = kempelen.add_worker()
    hit = publish(html_question, LifetimeInSeconds=60)
    publish(html_question)
    group = api(worker, "GET", f"/hit-groups/{hit['HITGroupId']}").body
    assert api(worker, "GET", f"/hit-groups/{hit['HITTypeId']}").body == group
    assert group["available"] == 2
    api.accept(worker, hit)
    assert api(worker, "GET", f"/hit-groups/{hit['HITGroupId']}").body["available"] == 1
    kempelen.clock.advance(days=3)
    gone = api(worker, "GET", f"/hit-groups/{hit['HITGroupId']}").body
    assert (gone["available"], gone["caller"]["reasons"]) == (0, ["NO_ASSIGNMENTS"])
    refused = api(worker, "GET", f"/hit-groups/{hit['HITGroupId']}/preview")
    assert (refused.status, refused.code) == (409, "NO_ASSIGNMENTS")


def test_preview_changes_nothing(
    kempelen: Kempelen, api: Any, publish: Any, external_question: str
) -> None:
    worker = kempelen.add_worker()
    hit = publish(external_question)
    shown = api(worker, "GET", f"/hit-groups/{hit['HITGroupId']}/preview")
    assert shown.status == 200
    assert (shown.body["mode"], shown.body["hit_id"]) == ("preview", hit["HITId"])
    assert shown.body["assignment_id"] is None
    assert shown.body["external"] == {
        "url": "https://example.org/task?set=4&assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE"
        f"&hitId={hit['HITId']}&turkSubmitTo={kempelen.url.replace(':', '%3A').replace('/', '%2F')}"
        "#top",
        "frame_height": 500,
    }
    pending = kempelen.client.get_hit(HITId=hit["HITId"])["HIT"]["NumberOfAssignmentsPending"]
    assert pending == 0


def test_tasks_of_the_three_kinds(
    kempelen: Kempelen,
    api: Any,
    publish: Any,
    html_question: str,
    external_question: str,
    form_question: str,
) -> None:
    worker = kempelen.add_worker()

    def task(question: str) -> dict[str, Any]:
        assignment_id = api.accept(worker, publish(question))
        shown: dict[str, Any] = api(worker, "GET", f"/assignments/{assignment_id}").body["task"]
        assert (shown["mode"], shown["assignment_id"]) == ("work", assignment_id)
        return shown

    html = task(html_question)
    assert html["kind"] == "HTMLQuestion"
    assert html["html"]["document"].startswith("<!DOCTYPE html>")
    assert html["html"]["frame_height"] == 400
    assert html["html"]["answer_format"] == "fields"
    assert [(field["name"], field["label"]) for field in html["html"]["fields"]] == [
        ("what", "What is it?"),
        ("seen", ""),
    ]
    assert html["html"]["fields"][1]["options"][0] == {"value": "cat", "label": "A cat"}
    frame = api.pool.request("GET", html["html"]["frame_url"])
    assert frame.status == 200
    assert b"What is it?" in frame.data
    external = task(external_question)
    assert f"assignmentId={external['assignment_id']}" in external["external"]["url"]
    assert f"workerId={worker.worker_id}" in external["external"]["url"]
    items = task(form_question)["question_form"]["items"]
    assert [item.get("id") for item in items] == [None, "age", "note", "toppings"]
    assert items[0]["content"] == [
        {"type": "title", "text": "Pizza"},
        {"type": "text", "text": "Tell us."},
    ]
    assert items[1]["answer"]["constraints"]["numeric"] == {"min": 18, "max": 120}
    assert items[2]["answer"]["default"] == "nothing"
    assert items[2]["content"] == [{"type": "html", "html": "<b>Anything</b> else?"}]
    toppings = items[3]["answer"]
    assert (toppings["kind"], toppings["style"], toppings["min"]) == ("selection", "checkbox", 0)
    assert [option["id"] for option in toppings["options"]] == ["ham", "olives"]
    assert toppings["other"] is not None


def test_accept_next_until_there_is_nothing_left(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    worker = kempelen.add_worker()
    hits = [publish(html_question) for _ in range(4)]
    group_id = hits[0]["HITGroupId"]
    accepted = api(worker, "POST", f"/hit-groups/{group_id}/accept").body["assignments"][0]
    done = []
    following: dict[str, Any] | None = accepted
    while following is not None:
        done.append(following["hit_id"])
        assert following["status"] == "assigned"
        path = f"/assignments/{following['assignment_id']}/submit?accept_next=true"
        following = api(worker, "POST", path, {"answers": {}}).body["next"]
    assert sorted(done) == sorted(hit["HITId"] for hit in hits)


def test_the_next_hit_is_judged_by_the_record_as_it_is_by_then(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    """Approved at once, the first HIT ends the eligibility for the second."""
    worker = kempelen.add_worker()
    wanted = [
        {"QualificationTypeId": HITS_APPROVED, "Comparator": "LessThan", "IntegerValues": [1]}
    ]
    members = {"QualificationRequirements": wanted, "AutoApprovalDelayInSeconds": 0}
    hit = publish(html_question, **members)
    publish(html_question, **members)
    assignment_id = api.accept(worker, hit)
    path = f"/assignments/{assignment_id}/submit?accept_next=true"
    submitted = api(worker, "POST", path, {"answers": {}}).body
    assert submitted["assignment"]["status"] == "approved"
    assert submitted["next"] is None


def test_accept_several_at_once(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    worker = kempelen.add_worker()
    hits = [publish(html_question) for _ in range(3)]
    path = f"/hit-groups/{hits[0]['HITGroupId']}/accept"
    some = api(worker, "POST", path, {"count": 2})
    assert (some.status, len(some.body["assignments"])) == (201, 2)
    rest = api(worker, "POST", path, {"count": 10})
    assert (rest.status, len(rest.body["assignments"])) == (201, 1)
    accepted = some.body["assignments"] + rest.body["assignments"]
    assert {item["hit_id"] for item in accepted} == {hit["HITId"] for hit in hits}
    none = api(worker, "POST", path, {"count": 1})
    assert (none.status, none.code) == (409, "NO_ASSIGNMENTS")


def test_a_hit_given_back_comes_last_for_ten_minutes(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    worker = kempelen.add_worker()
    hits = [publish(html_question) for _ in range(12)]
    path = f"/hit-groups/{hits[0]['HITGroupId']}/accept"
    given_back = []
    for _ in hits:
        accepted = api(worker, "POST", path).body["assignments"][0]
        given_back.append(accepted["hit_id"])
        returned = api(worker, "POST", f"/assignments/{accepted['assignment_id']}/return")
        assert (returned.status, returned.body["status"]) == (200, "returned")
    assert len(set(given_back)) == len(hits)


def test_return_frees_the_slot_for_others(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    first, second = kempelen.add_worker(), kempelen.add_worker()
    hit = publish(html_question, MaxAssignments=1)
    assignment_id = api.accept(first, hit)
    taken = api(second, "POST", f"/hits/{hit['HITId']}/accept")
    assert (taken.status, taken.code) == (409, "NO_ASSIGNMENTS")
    reason = {"reason_code": "unclear", "comment": "What?"}
    returned = api(first, "POST", f"/assignments/{assignment_id}/return", reason)
    assert (returned.status, returned.body["status"]) == (200, "returned")
    assert api.accept(second, hit) != assignment_id


def test_a_slot_whose_time_ran_out_is_free_before_anybody_swept(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    first, second = kempelen.add_worker(), kempelen.add_worker()
    hit = publish(html_question, MaxAssignments=1, AssignmentDurationInSeconds=60)
    assignment_id = api.accept(first, hit)
    kempelen.clock.advance(seconds=71)
    accepted = api(second, "POST", f"/hit-groups/{hit['HITGroupId']}/accept")
    assert accepted.status == 201
    assert api(first, "GET", f"/assignments/{assignment_id}").body["status"] == "abandoned"


def test_queue_by_deadline(kempelen: Kempelen, api: Any, publish: Any, html_question: str) -> None:
    worker = kempelen.add_worker()
    late = api.accept(worker, publish(html_question, AssignmentDurationInSeconds=3600))
    soon = api.accept(worker, publish(html_question, AssignmentDurationInSeconds=60))
    queue = api(worker, "GET", "/queue").body
    assert [item["assignment_id"] for item in queue["items"]] == [soon, late]
    assert (queue["limit"], queue["reward_total"]["amount"]) == (25, "0.10")
    kempelen.clock.advance(seconds=71)
    queue = api(worker, "GET", "/queue").body
    assert [item["assignment_id"] for item in queue["items"]] == [late]


def test_own_assignments(kempelen: Kempelen, api: Any, publish: Any, html_question: str) -> None:
    """Every page newest first; and many that time has overtaken are shown as they are now."""
    worker = kempelen.add_worker()
    members = {"AssignmentDurationInSeconds": 60, "AutoApprovalDelayInSeconds": 3600}
    done = [api.accept(worker, publish(html_question, **members)) for _ in range(5)]
    for assignment_id in done:
        api(worker, "POST", f"/assignments/{assignment_id}/submit", {"answers": {}})
    open_ones = [api.accept(worker, publish(html_question, **members)) for _ in range(4)]

    def listed(query: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = api(worker, "GET", f"/assignments?limit=3{query}{cursor}")
            assert page.status == 200, page
            assert all(item["task"] is None for item in page.body["items"])
            found += [item["assignment_id"] for item in page.body["items"]]
            if page.body["next_cursor"] is None:
                return found
            cursor = f"&cursor={page.body['next_cursor']}"

    assert listed("") == [*open_ones[::-1], *done[::-1]]
    assert listed("&status=assigned") == open_ones[::-1]
    assert listed("&status=submitted,rejected") == done[::-1]
    kempelen.clock.advance(hours=2)
    assert listed("&status=abandoned") == open_ones[::-1]
    assert listed("&status=approved") == done[::-1]
    assert listed("&status=assigned,submitted") == []
    decided = api(worker, "GET", f"/assignments/{done[0]}").body
    assert decided["reviewed_at"] == decided["auto_approval_at"]
    assert api(kempelen.add_worker(), "GET", "/assignments").body["items"] == []


def test_feedback_and_bonus(kempelen: Kempelen, api: Any, publish: Any, html_question: str) -> None:
    worker = kempelen.add_worker()
    assignment_id = api.accept(worker, publish(html_question))
    api(worker, "POST", f"/assignments/{assignment_id}/submit", {"answers": {}})
    kempelen.client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="Too short.")
    kempelen.client.send_bonus(
        WorkerId=worker.worker_id, AssignmentId=assignment_id, BonusAmount="1.50", Reason="Thanks"
    )
    shown = api(worker, "GET", f"/assignments/{assignment_id}").body
    assert (shown["status"], shown["requester_feedback"]) == ("rejected", "Too short.")
    assert shown["bonus_total"]["amount"] == "1.50"


def test_repeated_accept_with_a_key(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    worker = kempelen.add_worker()
    hits = [publish(html_question, AssignmentDurationInSeconds=259_200) for _ in range(4)]
    path = f"/hit-groups/{hits[0]['HITGroupId']}/accept"
    first = api(worker, "POST", path, {"count": 2}, Idempotency_Key="k1")
    again = api(worker, "POST", path, {"count": 2}, Idempotency_Key="k1")
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert len(api(worker, "GET", "/queue").body["items"]) == 2
    other = api(worker, "POST", path, {"count": 1}, Idempotency_Key="k1")
    assert (other.status, other.code) == (409, "IDEMPOTENCY_CONFLICT")
    hit_path = f"/hits/{hits[0]['HITId']}/accept"
    assert api(worker, "POST", hit_path, None, Idempotency_Key="k1").code == "IDEMPOTENCY_CONFLICT"
    stranger = kempelen.add_worker()
    assert api(stranger, "POST", path, {"count": 1}, Idempotency_Key="k1").status == 201
    one = api(stranger, "POST", path, Idempotency_Key="x" * 64)
    assert api(stranger, "POST", path, Idempotency_Key="x" * 64).body == one.body
    kempelen.clock.advance(hours=23, minutes=59)
    assert api(worker, "POST", path, {"count": 2}, Idempotency_Key="k1").body == first.body


def test_a_key_is_forgotten_after_a_day(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    worker = kempelen.add_worker()
    hits = [publish(html_question, LifetimeInSeconds=864_000) for _ in range(2)]
    path = f"/hit-groups/{hits[0]['HITGroupId']}/accept"
    first = api(worker, "POST", path, {}, Idempotency_Key="k1").body["assignments"][0]
    kempelen.clock.advance(hours=24)
    second = api(worker, "POST", path, {}, Idempotency_Key="k1").body["assignments"][0]
    assert second["assignment_id"] != first["assignment_id"]


def test_unchanged_answers_are_not_sent_again(kempelen: Kempelen, api: Any) -> None:
    worker = kempelen.add_worker()
    first = api(worker, "GET", "/me")
    tag = first.headers["etag"]
    same = api(worker, "GET", "/me", If_None_Match=f'"other", W/{tag}')
    assert (same.status, same.body, same.headers["etag"]) == (304, None, tag)
    api(worker, "PATCH", "/me/preferences", {"auto_accept_next": True})
    changed = api(worker, "GET", "/me", If_None_Match=tag)
    assert (changed.status, changed.body["auto_accept_next"]) == (200, True)
    assert changed.headers["etag"] != tag
    assert changed.headers["cache-control"] == "no-store"
    assert changed.headers["x-content-type-options"] == "nosniff"


def test_many_workers_want_seven_assignments(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    workers = [_without_password(kempelen, f"crowd-{number}") for number in range(40)]
    hit = publish(html_question, MaxAssignments=7)
    path = f"/hit-groups/{hit['HITGroupId']}/accept"
    together = threading.Barrier(len(workers))

    def accept(worker: Any) -> Any:
        together.wait()
        return api(worker, "POST", path)

    with ThreadPoolExecutor(len(workers)) as threads:
        answers = list(threads.map(accept, workers))
    accepted = [item for item in answers if item.status == 201]
    assert len(accepted) == 7
    assert len({item.body["assignments"][0]["assignment_id"] for item in accepted}) == 7
    refused = [item.code for item in answers if item.status != 201]
    assert refused == ["NO_ASSIGNMENTS"] * 33
    shown = kempelen.client.get_hit(HITId=hit["HITId"])["HIT"]
    counts = ("NumberOfAssignmentsPending", "NumberOfAssignmentsAvailable", "HITStatus")
    assert [shown[name] for name in counts] == [7, 0, "Unassignable"]


def _without_password(kempelen: Kempelen, name: str) -> Worker:
    """A worker who cannot sign in: hashing forty passwords takes longer than everything else."""
    token = kempelen.app.ids.token("kw_")
    new = accounts.NewWorker(name=name, worker_class=WorkerClass.SIMULATED)
    hashed = credentials.digest(token)
    made = dispatch.change(kempelen.app, accounts.add_worker, new, None, hashed)
    return Worker(kempelen.url, worker_id=made.worker_id, name=name, password="", token=token)


def test_one_worker_wants_the_same_hit_many_times_at_once(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    worker = kempelen.add_worker()
    hit = publish(html_question, MaxAssignments=30)
    together = threading.Barrier(20)

    def accept(_: int) -> Any:
        together.wait()
        return api(worker, "POST", f"/hits/{hit['HITId']}/accept")

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(accept, range(20)))
    (accepted,) = (item for item in answers if item.status == 201)
    refused = [item for item in answers if item.status != 201]
    assert {item.code for item in refused} == {"ALREADY_ACCEPTED"}
    assignment_id = accepted.body["assignments"][0]["assignment_id"]
    assert {item.body["assignment_id"] for item in refused} == {assignment_id}
    assert len(api(worker, "GET", "/queue").body["items"]) == 1
