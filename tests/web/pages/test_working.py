"""Doing HITs: submitting, coming too late, returning, the queue and the dashboard."""

from typing import Any

import pytest

from kempelen.testing.market import Kempelen, Worker

SELECTION = (
    "<SelectionAnswer><StyleSuggestion>radiobutton</StyleSuggestion><Selections>"
    "<Selection><SelectionIdentifier>cat</SelectionIdentifier><Text>A cat</Text></Selection>"
    "<Selection><SelectionIdentifier>dog</SelectionIdentifier><Text>A dog</Text></Selection>"
    "</Selections></SelectionAnswer>"
)


def id_of(work: str) -> str:
    return work.rpartition("=")[2]


def send(guest: Any, work: str, *answers: tuple[str, str], own: Any = ()) -> Any:
    """Send the form of a work page."""
    path = f"/tasks/{id_of(work)}/submit"
    return guest.post_with_token(path, [*own, ("form", "question"), *answers])


def answers_of(kempelen: Any, hit: dict[str, Any]) -> list[str]:
    found = kempelen.client.list_assignments_for_hit(HITId=hit["HITId"])["Assignments"]
    return [item["Answer"].partition(">")[2].partition(">")[2] for item in found]


def free_text(name: str, text: str) -> str:
    return (
        f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier><FreeText>{text}</FreeText>"
        "</Answer></QuestionFormAnswers>"
    )


def test_submitting(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """The answers reach the requester; the next page says what they pay and by when."""
    hit = publish(ask())
    work = guest.accept(hit)
    kempelen.advance(minutes=2)
    assert send(guest, work, ("what", "A cat")).target == "/projects"
    assert answers_of(kempelen, hit) == [free_text("what", "A cat")]
    words = guest.get("/projects").words
    assert "Submitted for review: $0.05 for 2 minutes, $1.50 an hour." in words
    assert "Auto-approval by" in words
    assert "Submitted, waiting for review" in guest.get(work).words


@pytest.mark.parametrize("question_id", ["ticket", "csrf_token", "form", "auto_accept", "_method"])
def test_questions_may_have_any_id(
    guest: Any, kempelen: Kempelen, publish: Any, ask: Any, question_id: str
) -> None:
    """The page's own fields and those of the questions are kept apart."""
    hit = publish(ask(question_id=question_id))
    work = guest.accept(hit)
    send(guest, work, (question_id, "mine"))
    assert answers_of(kempelen, hit) == [free_text(question_id, "mine")]


def test_submitting_twice(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """The second form changes nothing and is no error."""
    hit = publish(ask())
    work = guest.accept(hit)
    send(guest, work, ("what", "A cat"))
    assert send(guest, work, ("what", "A dog")).target == "/projects"
    assert answers_of(kempelen, hit) == [free_text("what", "A cat")]


def test_answers_that_need_attention(
    guest: Any, kempelen: Kempelen, publish: Any, ask: Any
) -> None:
    """The page comes back with what was given, a summary that leads to the field, and why."""
    constraints = "<Constraints><IsNumeric minValue='1' maxValue='9'/></Constraints>"
    hit = publish(ask(f"<FreeTextAnswer>{constraints}</FreeTextAnswer>"))
    work = guest.accept(hit)
    shown = send(guest, work, ("what", 'ten "or" so'))
    assert shown.status == 422
    assert 'value="ten &#34;or&#34; so"' in shown.text
    assert '<a href="#q1-answer">What is it?</a>: Enter a number.' in shown.text
    assert 'aria-describedby="q1-hint q1-problem" aria-invalid="true"' in shown.text
    assert "<title>Error: " in shown.text
    assert answers_of(kempelen, hit) == []
    assert send(guest, work, ("what", " 7 ")).target == "/projects"


def test_an_ended_session_loses_nothing(
    guest: Any, worker: Worker, kempelen: Kempelen, publish: Any, ask: Any
) -> None:
    """Answers sent without a session are kept; signing in leads to one click, even if late."""
    hit = publish(ask())
    work = guest.accept(hit)
    kempelen.advance(minutes=9)
    del guest.cookies["kempelen_session"]
    path = f"/tasks/{id_of(work)}/submit"
    kept = guest.post(path, [("csrf_token", "gone"), ("form", "question"), ("what", "A cat")])
    finish = kept.target
    assert finish.startswith("/tasks/finish?ticket=")
    assert answers_of(kempelen, hit) == []
    kempelen.advance(minutes=5)
    signin = guest.get(finish).target
    assert signin.startswith("/signin?return_to=%2Ftasks%2Ffinish%3Fticket%3D")
    assert guest.sign_in(worker, finish).target == finish
    shown = guest.get(finish)
    assert "Submit this HIT" in shown.words
    assert answers_of(kempelen, hit) == []
    ticket = finish.rpartition("=")[2]
    assert guest.post_with_token(path, [("ticket", ticket)]).target == "/projects"
    assert answers_of(kempelen, hit) == [free_text("what", "A cat")]


def test_a_form_of_an_earlier_session(
    guest: Any, worker: Worker, kempelen: Kempelen, publish: Any, ask: Any
) -> None:
    """Signing in in another window in between costs a click, not the answers."""
    hit = publish(ask())
    work = guest.accept(hit)
    token = guest.get(work).csrf_token
    guest.sign_in(worker)
    path = f"/tasks/{id_of(work)}/submit"
    shown = guest.post(path, [("csrf_token", token), ("form", "question"), ("what", "A cat")])
    assert shown.target.startswith("/tasks/finish?ticket=")
    assert guest.get(shown.target).status == 200
    assert answers_of(kempelen, hit) == []


def test_kept_answers_are_offered(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """The queue and the work page offer answers that wait, and never send them by themselves."""
    hit = publish(ask())
    work = guest.accept(hit)
    stolen = guest.cookies.pop("kempelen_session")
    path = f"/tasks/{id_of(work)}/submit"
    finish = guest.post(path, [("form", "question"), ("what", "A cat")]).target
    guest.cookies["kempelen_session"] = stolen
    kempelen.advance(minutes=11)
    for address in ("/tasks", work):
        shown = guest.get(address)
        assert "Answers received at" in shown.words
        assert "Submit now" in shown.words
        assert f'value="{finish.rpartition("=")[2]}"' in shown.text
    assert answers_of(kempelen, hit) == []
    assert guest.post_with_token(path, [("ticket", finish.rpartition("=")[2])]).status == 303
    assert "Submitted, waiting for review" in guest.get(finish).words


@pytest.mark.parametrize("ticket", ["", "nonsense", "x" * 500])
def test_unknown_tickets(guest: Any, publish: Any, ask: Any, ticket: str) -> None:
    work = guest.accept(publish(ask()))
    assert guest.get(f"/tasks/finish?ticket={ticket}").status == 404
    path = f"/tasks/{id_of(work)}/submit"
    assert guest.post_with_token(path, [("ticket", ticket)]).status == 404


def test_coming_too_late(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """The answers come back to be copied, with what happened."""
    hit = publish(ask())
    work = guest.accept(hit)
    kempelen.advance(minutes=10, seconds=11)
    shown = send(guest, work, ("what", "A cat\r\n& a dog"))
    assert shown.status == 409
    assert "The time ran out" in shown.words
    assert "what: A cat\r\n&amp; a dog</textarea>" in shown.text
    assert "Find more HITs" in shown.words
    assert answers_of(kempelen, hit) == []


def test_the_grace_is_not_shown(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """From the deadline on the page offers no form, but what is under way still arrives."""
    hit = publish(ask())
    work = guest.accept(hit)
    kempelen.advance(minutes=10, seconds=5)
    assert "The time ran out" in guest.get(work).words
    assert send(guest, work, ("what", "A cat")).target == "/projects"
    assert answers_of(kempelen, hit) == [free_text("what", "A cat")]


def test_auto_accept(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """The box is remembered, and the next HIT opens until there is none."""
    for _ in range(3):
        publish(ask(), MaxAssignments=1)
    hit = publish(ask(), MaxAssignments=1)
    work = guest.accept(hit)
    own = [("auto_accept_was", "off"), ("auto_accept", "on")]
    following = send(guest, work, ("what", "1"), own=own).target
    assert "assignment_id=" in following
    assert following != work
    shown = guest.get(following)
    assert "Next HIT accepted." in shown.words
    assert 'name="auto_accept" value="on" form="answer-form" checked' in shown.text
    for _ in range(2):
        following = send(guest, following, ("what", "2"), own=[("auto_accept_was", "on"), own[1]])
        following = following.target
    last = send(guest, following, ("what", "4"), own=[("auto_accept_was", "on"), own[1]])
    assert last.target == "/projects"
    assert "There is no other HIT of this group for you now." in guest.get("/projects").words
    hit = publish(ask(), Title="Unrelated")
    work = guest.accept(hit)
    assert send(guest, work, ("what", "5"), own=[("auto_accept_was", "on")]).target == "/projects"
    assert 'form="answer-form">' in guest.get(guest.accept(publish(ask(), Title="Last"))).text


def test_on_to_the_queue(guest: Any, publish: Any, ask: Any) -> None:
    """With other HITs held, the queue comes next."""
    first = guest.accept(publish(ask()))
    guest.accept(publish(ask(), Title="Another"))
    assert send(guest, first, ("what", "1")).target == "/tasks"
    assert "Submitted for review" in guest.get("/tasks").words


def test_returning(guest: Any, stranger: Any, publish: Any, ask: Any) -> None:
    """The HIT is free for others at once."""
    hit = publish(ask(), MaxAssignments=1)
    work = guest.accept(hit)
    fields = [("_method", "delete"), ("assignment_id", id_of(work))]
    assert guest.post_with_token(work.partition("?")[0], fields).target == "/projects"
    assert "Returned: Describe a picture." in guest.get("/projects").words
    assert "You returned this HIT" in guest.get(work).words
    assert send(guest, work, ("what", "late")).status == 409
    stranger.accept(hit)


def test_the_queue(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """HITs by deadline with their rewards; those that ran out stay for an hour."""
    assert "Your queue is empty" in guest.get("/tasks").words
    long = publish(ask(), Title="Long one", AssignmentDurationInSeconds=7200, Reward="0.30")
    short = publish(ask(), Title="Short one", AssignmentDurationInSeconds=900)
    guest.accept(long)
    guest.accept(short)
    shown = guest.get("/tasks")
    assert "2 of 25 · $0.35" in shown.words
    assert shown.text.index("Short one") < shown.text.index("Long one")
    assert shown.text.count('role="timer"') == 2
    kempelen.advance(minutes=20)
    shown = guest.get("/tasks")
    assert "Abandoned: the time ran out" in shown.words
    assert shown.text.index("Long one") < shown.text.index("Short one")
    kempelen.advance(minutes=61)
    assert "Short one" not in guest.get("/tasks").words


def test_the_dashboard(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """Figures, decisions and feedback; filters by state; older ones on a second page."""
    ids = []
    for number in range(21):
        work = guest.accept(publish(ask(), Title=f"Number {number:02}"))
        send(guest, work, ("what", "x"))
        ids.append(id_of(work))
    client = kempelen.client
    client.approve_assignment(AssignmentId=ids[20], RequesterFeedback="Well done.")
    client.reject_assignment(AssignmentId=ids[19], RequesterFeedback="Empty <answer>.")
    shown = guest.get("/dashboard")
    for figure in ("Earnings $0.05", "Approval rate 100%", "Submitted 21", "Approved 1"):
        assert figure in shown.words
    assert "Well done." in shown.words
    assert "Empty <answer>." in shown.words
    assert "Number 00" not in shown.words
    older = shown.text.partition('rel="next"')[0].rpartition('href="')[2].partition("#")[0]
    assert "Number 00" in guest.get(older.replace("&amp;", "&")).words
    rejected = guest.get("/dashboard?status=rejected").words
    assert "Number 19" in rejected
    assert "Number 20" not in rejected
    assert "No assignment is in this state." in guest.get("/dashboard?status=returned").words
    assert guest.get("/dashboard?status=nonsense").status == 200
    assert guest.get("/dashboard?cursor=nonsense").status == 400


def test_what_became_of_it(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """The work page of decided work shows the decision and its reason."""
    works = [guest.accept(publish(ask(), Title=title)) for title in ("One", "Two")]
    for work in works:
        send(guest, work, ("what", "x"))
    kempelen.client.approve_assignment(AssignmentId=id_of(works[0]))
    kempelen.client.reject_assignment(AssignmentId=id_of(works[1]), RequesterFeedback="Why not.")
    assert "Approved" in guest.get(works[0]).words
    assert "Rejected" in guest.get(works[1]).words
    assert "Why not." in guest.get(works[1]).words


def test_decided_at_once(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """When a review policy decides in the same moment, the message says so."""
    policy = {
        "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
        "Parameters": [
            {"Key": "AnswerKey", "MapEntries": [{"Key": "what", "Values": ["cat"]}]},
            {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Values": ["100"]},
            {"Key": "RejectIfKnownAnswerScoreIsLessThan", "Values": ["100"]},
            {"Key": "RejectReason", "Values": ["The known answer was missed."]},
        ],
    }
    for answer, told in (
        ("cat", "Submitted and approved: $0.05"),
        ("dog", "Submitted, but rejected: The known answer was missed."),
    ):
        hit = publish(ask(SELECTION), AssignmentReviewPolicy=policy, Title=f"A {answer}")
        work = guest.accept(hit)
        send(guest, work, ("what", answer))
        assert told in guest.get("/projects").words


def test_frames_have_their_contract(guest: Any, publish: Any, html_question: str) -> None:
    """The frame, the hidden form that hands in a ticket, and a place for messages."""
    work = guest.accept(publish(html_question))
    text = guest.get(work).text
    assert f'data-assignment-id="{id_of(work)}"' in text
    assert f'<form id="finish-form" method="post" action="/tasks/{id_of(work)}/submit"' in text
    assert '<input type="hidden" name="ticket" value="">' in text
    assert '<p id="frame-message" class="frame-message" role="status">' in text
    assert 'title="Task: Describe a picture"' in text
    assert 'src="/static/task.js?v=' in text
