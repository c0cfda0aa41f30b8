"""Answers through the worker API, in every form, and their receipts."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kempelen.testing.market import Kempelen

START_OF_ANSWERS = (
    '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="http://mechanicalturk.'
    'amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd">'
)


def answer(question_id: str, *elements: tuple[str, str]) -> str:
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in elements)
    return f"<Answer><QuestionIdentifier>{question_id}</QuestionIdentifier>{inside}</Answer>"


def document(*answers: str) -> str:
    return f"{START_OF_ANSWERS}{''.join(answers)}</QuestionFormAnswers>"


def stored_answer(kempelen: Kempelen, assignment_id: str) -> str:
    found = kempelen.client.get_assignment(AssignmentId=assignment_id)
    text: str = found["Assignment"]["Answer"]
    return text


FORM_ANSWERS = document(
    answer("age", ("FreeText", "42")),
    answer("note", ("FreeText", "nothing")),
    answer("toppings", ("SelectionIdentifier", "ham"), ("OtherSelectionText", "caf&#233;")),
)


@pytest.mark.parametrize(
    "body",
    [
        {"answers": {"toppings": {"selections": ["ham"], "other": "café"}, "age": "42"}},
        {"answers": {"age": "42", "toppings": {"selections": ["ham"], "other": "café"}}},
        {"answer_xml": FORM_ANSWERS.replace("><", ">\n <")},
    ],
)
def test_answers_to_a_form(
    kempelen: Kempelen, api: Any, publish: Any, form_question: str, body: object
) -> None:
    worker = kempelen.add_worker()
    assignment_id = api.accept(worker, publish(form_question))
    submitted = api(worker, "POST", f"/assignments/{assignment_id}/submit", body)
    assert submitted.status == 200, submitted
    assert submitted.body["next"] is None
    assert submitted.body["assignment"]["status"] == "submitted"
    assert stored_answer(kempelen, assignment_id) == FORM_ANSWERS


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"answers": {"b": "2", "a": "1"}}, [("b", "2"), ("a", "1")]),
        ({"answers": {"a": ["1", "2|3"]}}, [("a", "1|2|3")]),
        ({"answers": {"a": 5, "b": True, "c": None}}, [("a", "5"), ("b", "true"), ("c", "null")]),
        ({"answers": {"a": "x < y & z\r\n\u00fc"}}, [("a", "x &lt; y &amp; z\n&#252;")]),
        ({"answers": {"assignmentId": "x", "a": "", "workerId": "y"}}, [("a", "")]),
        ({"answers": {}}, []),
        ({"answers": {"a": "1"}, "active_seconds": 4, "unheard": 1}, [("a", "1")]),
        ({"task_answers": {"k": {"label": "Cat"}}}, [("taskAnswers", '[{"k":{"label":"Cat"}}]')]),
        ({"answer_xml": document(answer("a", ("FreeText", "1")))}, [("a", "1")]),
    ],
)
def test_answers_to_a_page(
    kempelen: Kempelen,
    api: Any,
    publish: Any,
    html_question: str,
    body: object,
    expected: list[tuple[str, str]],
) -> None:
    worker = kempelen.add_worker()
    assignment_id = api.accept(worker, publish(html_question))
    submitted = api(worker, "POST", f"/assignments/{assignment_id}/submit", body)
    assert submitted.status == 200, submitted
    given = stored_answer(kempelen, assignment_id)
    assert given == document(*(answer(name, ("FreeText", text)) for name, text in expected))


def test_crowd_answers_in_the_format_of_the_template(
    kempelen: Kempelen, api: Any, publish: Any, crowd_question: Any
) -> None:
    worker = kempelen.add_worker()
    given = {"kind": {"label": "Cat", "certainty": 0.5}, "boxes": [{"left": 1}], "q": {"on": False}}
    expected = {
        "": document(
            answer(
                "taskAnswers",
                (
                    "FreeText",
                    '[{"kind":{"label":"Cat","certainty":0.5},"boxes":[{"left":1}],"q":{"on":false}}]',
                ),
            )
        ),
        'answer-format="flatten-objects"': document(
            answer("kind.certainty", ("FreeText", "0.5")),
            answer("kind.label", ("FreeText", "Cat")),
            answer("boxes", ("FreeText", '[{"left":1}]')),
            answer("q.on", ("FreeText", "false")),
        ),
    }
    formats = []
    for attributes, wanted in expected.items():
        assignment_id = api.accept(worker, publish(crowd_question(attributes)))
        task = api(worker, "GET", f"/assignments/{assignment_id}").body["task"]
        formats.append(task["html"]["answer_format"])
        body = {"task_answers": given}
        api(worker, "POST", f"/assignments/{assignment_id}/submit", body)
        assert stored_answer(kempelen, assignment_id) == wanted
    assert formats == ["task-answers", "flatten-objects"]


def test_answers_that_a_frame_posted(
    kempelen: Kempelen, api: Any, publish: Any, external_question: str
) -> None:
    """Staged in time, confirmed by its ticket after the deadline: time of arrival counts."""
    worker = kempelen.add_worker()
    assignment_id = api.accept(worker, publish(external_question))
    staged = api.pool.request(
        "POST",
        f"{kempelen.url}/mturk/externalSubmit",
        fields=[("assignmentId", assignment_id), ("a", "1"), ("b", "2")],
        encode_multipart=False,
        headers={"accept": "application/json"},
    )
    ticket = staged.json()["ticket"]
    held = api(worker, "GET", "/queue").body["items"][0]
    assert held["staged"]["ticket"] == ticket
    kempelen.clock.advance(minutes=20)
    stranger = kempelen.add_worker()
    path = f"/assignments/{assignment_id}/submit"
    assert api(stranger, "POST", path, {"ticket": ticket}).code == "ASSIGNMENT_NOT_FOUND"
    assert api(worker, "POST", path, {"ticket": "unheard-of"}).code == "NOT_FOUND"
    submitted = api(worker, "POST", path, {"ticket": ticket}).body["assignment"]
    assert submitted["submitted_at"] == submitted["accepted_at"]
    assert stored_answer(kempelen, assignment_id) == document(
        answer("a", ("FreeText", "1")), answer("b", ("FreeText", "2"))
    )


def test_submitting_again_gives_the_first_receipt(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    worker = kempelen.add_worker()
    assignment_id = api.accept(worker, publish(html_question))
    path = f"/assignments/{assignment_id}/submit"
    first = api(worker, "POST", path, {"answers": {"a": "1"}})
    kempelen.clock.advance(hours=1)
    again = api(worker, "POST", path, {"answers": {"a": "2"}})
    assert (first.status, again.status) == (200, 200)
    assert again.body["assignment"] == first.body["assignment"]
    given = stored_answer(kempelen, assignment_id)
    assert given == document(answer("a", ("FreeText", "1")))
    receipt = hashlib.sha256(given.encode()).hexdigest()
    assert first.body["assignment"]["answer_sha256"] == receipt
    shown = api(worker, "GET", f"/assignments/{assignment_id}").body
    assert (shown["answer_sha256"], shown["task"]) == (receipt, None)


def test_two_submissions_at_once_are_one(
    kempelen: Kempelen, api: Any, publish: Any, html_question: str
) -> None:
    worker = kempelen.add_worker()
    assignment_id = api.accept(worker, publish(html_question))
    together = threading.Barrier(10)

    def submit(number: int) -> Any:
        together.wait()
        body = {"answers": {"a": str(number)}}
        return api(worker, "POST", f"/assignments/{assignment_id}/submit", body)

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(submit, range(10)))
    receipts = {item.body["assignment"]["answer_sha256"] for item in answers}
    given = stored_answer(kempelen, assignment_id)
    assert receipts == {hashlib.sha256(given.encode()).hexdigest()}
    assert api(worker, "GET", "/me").body["submitted"] == 1
