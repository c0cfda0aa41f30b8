"""Qualification types, requests, scores, blocks, messages and notifications through boto 2.49."""

from typing import Any
from urllib.parse import urlencode

import pytest

from kempelen.domain import qualification_request as transitions
from kempelen.operations import dispatch
from kempelen.store import qualification_requests, qualification_types
from kempelen.store.tx import Tx

MTURK = "AWS.MechanicalTurk."


def form_of_a_test(boto2: Any) -> Any:
    """A test with one question."""
    content = boto2.question.QuestionContent()
    content.append_field("Text", "2 + 2?")
    form = boto2.question.QuestionForm()
    form.append(
        boto2.question.Question(
            identifier="q",
            content=content,
            answer_spec=boto2.question.AnswerSpecification(boto2.question.FreeTextAnswer()),
        )
    )
    return form


def requested(market: Any, type_id: str, worker_id: str) -> None:
    """A request of a worker for a type without a test."""

    def write(tx: Tx) -> None:
        wanted = qualification_types.get(tx, type_id)
        assert wanted is not None
        opened = transitions.open_request(tx.new_id(), wanted, worker_id, tx.now)
        qualification_requests.add(tx, opened)

    dispatch.change(market.app, write)


def refusal(boto2: Any, call: Any, *arguments: Any, **more: Any) -> str:
    """The code with which boto sees a call refused."""
    with pytest.raises(boto2.Error) as found:
        call(*arguments, **more)
    code: str = found.value.error_code
    return code


def test_types_through_their_life(turk: Any, boto2: Any, old: Any) -> None:
    """Made with a test, changed, found, read, disposed of; a name can be had once."""
    wanted = form_of_a_test(boto2)
    (made,) = turk.create_qualification_type(
        "Sums", "Can add", "Active", keywords=["sum", "add"], retry_delay=60,
        test=wanted, test_duration=300,
    )  # fmt: skip
    type_id = made.QualificationTypeId
    assert (made.Name, made.QualificationTypeStatus, made.IsRequestable) == (
        "Sums",
        "Active",
        "true",
    )
    assert (made.AutoGranted, made.TestDurationInSeconds, made.Test) == (
        "0",
        "300",
        wanted.get_as_xml(),
    )
    assert refusal(boto2, turk.create_qualification_type, "Sums", "d", "Active") == (
        MTURK + "QualificationTypeAlreadyExists"
    )
    (changed,) = turk.update_qualification_type(type_id, description="Adds", status="Inactive")
    assert (changed.Description, changed.QualificationTypeStatus) == ("Adds", "Inactive")
    assert turk.get_qualification_type(type_id)[0].Description == "Adds"
    turk.update_qualification_type(type_id, status="Active")
    turk.create_qualification_type("Zeal", "d", "Active", auto_granted=True, auto_granted_value=7)
    found = turk.search_qualification_types()
    assert [item.Name for item in found] == ["Sums", "Zeal"]
    assert (found.NumResults, found.TotalNumResults) == ("2", "2")
    assert [item.Name for item in turk.search_qualification_types("zea")] == ["Zeal"]
    by_default = old("SearchQualificationTypes", MustBeRequestable="true", MustBeOwnedByCaller="1")
    assert by_default.texts(".//Name") == ["Zeal", "Sums"]
    missing = old("SearchQualificationTypes")
    assert (missing.code, "MustBeRequestable" in missing.message) == ("AWS.MissingParameters", True)
    turk.dispose_qualification_type(type_id)
    assert [item.Name for item in turk.search_qualification_types()] == ["Zeal"]
    broken = old(
        "CreateQualificationType", Name="X", Description="d", Test="<QuestionForm>",
        TestDurationInSeconds="60",
    )  # fmt: skip
    assert broken.code == MTURK + "XMLParseError"


def test_the_status_has_a_default(old: Any) -> None:
    """The schema has it optional, whatever the reference says."""
    answer = old("CreateQualificationType", Name="n", Description="d")
    assert answer.text("QualificationType/QualificationTypeStatus") == "Active"


def test_scores(kempelen: Any, turk: Any, boto2: Any) -> None:
    """Assigned, shown, changed for those who have it, listed, revoked."""
    type_id = turk.create_qualification_type("Sums", "d", "Active")[0].QualificationTypeId
    worker_id = kempelen.add_worker("anna").worker_id
    assert refusal(boto2, turk.get_qualification_score, type_id, worker_id) == (
        MTURK + "QualificationDoesNotExist"
    )
    assert refusal(boto2, turk.update_qualification_score, type_id, worker_id, 5) == (
        MTURK + "QualificationDoesNotExist"
    )
    turk.assign_qualification(type_id, worker_id, send_notification=False)
    (held,) = turk.get_qualification_score(type_id, worker_id)
    assert (held.SubjectId, held.IntegerValue, held.Status) == (worker_id, "1", "Granted")
    turk.update_qualification_score(type_id, worker_id, 42)
    assert turk.get_qualification_score(type_id, worker_id)[0].IntegerValue == "42"
    turk.assign_qualification(type_id, worker_id, value=43)
    (listed,) = turk.get_qualifications_for_qualification_type(type_id)
    assert (listed.SubjectId, listed.IntegerValue) == (worker_id, "43")
    held_there = kempelen.client.get_qualification_score(
        QualificationTypeId=type_id, WorkerId=worker_id
    )
    assert held_there["Qualification"]["IntegerValue"] == 43
    turk.revoke_qualification(worker_id, type_id)
    assert len(turk.get_qualifications_for_qualification_type(type_id)) == 0
    assert refusal(boto2, turk.update_qualification_score, type_id, worker_id, 1) == (
        MTURK + "InvalidQualificationState"
    )


def test_requests(kempelen: Any, turk: Any, boto2: Any, old: Any) -> None:
    """Listed in the order in which they came, granted and rejected, once each."""
    type_id = turk.create_qualification_type("Sums", "d", "Active")[0].QualificationTypeId
    workers = [kempelen.add_worker(name) for name in ("anna", "bert")]
    for worker in workers:
        requested(kempelen, type_id, worker.worker_id)
        kempelen.advance(seconds=1)
    found = turk.get_qualification_requests(type_id)
    assert [item.SubjectId for item in found] == [worker.worker_id for worker in workers]
    first, second = (item.QualificationRequestId for item in found)
    turk.grant_qualification(first, 9)
    assert turk.get_qualification_score(type_id, workers[0].worker_id)[0].IntegerValue == "9"
    assert old("RejectQualificationRequest", QualificationRequestId=second, Reason="No").is_valid
    for request in (first, second):
        assert refusal(boto2, turk.grant_qualification, request) == (
            MTURK + "InvalidQualificationRequestState"
        )
    assert refusal(boto2, turk.grant_qualification, "3NOPE") == (
        MTURK + "QualificationRequestDoesNotExist"
    )
    assert turk.get_qualification_requests(type_id).TotalNumResults == "0"


def test_hits_that_require_a_type(turk: Any, boto2: Any, old: Any, publish: Any) -> None:
    """With their total; in the older API they are HITs with their details."""
    type_id = turk.create_qualification_type("Sums", "d", "Active")[0].QualificationTypeId
    needed = boto2.qualification.Requirement(type_id, "Exists", required_to_preview=True)
    made = [publish(qualifications=boto2.qualification.Qualifications([needed])) for _ in range(2)]
    publish()
    answer = old("GetHITsForQualificationType", QualificationTypeId=type_id)
    path = "GetHITsForQualificationTypeResult"
    assert answer.texts(f"{path}/HIT/HITId") == made
    assert answer.text(f"{path}/TotalNumResults") == "2"
    assert answer.text(f"{path}/HIT/QualificationRequirement/RequiredToPreview") == "1"
    turk.disable_hit(made[0])
    answer = old("GetHITsForQualificationType", QualificationTypeId=type_id)
    assert answer.texts(f"{path}/HIT/HITId") == made[1:]


@pytest.mark.parametrize("name", ["00000000000000000000", "00000000000000000070",
                                  "000000000000000000E0", "000000000000000000S0"])  # fmt: skip
def test_requirements_of_old(kempelen: Any, turk: Any, boto2: Any, publish: Any, name: str) -> None:
    """System types that the present reference does not name any more."""
    needed = boto2.qualification.Requirement(name, "GreaterThanOrEqualTo", 0)
    hit_id = publish(qualifications=boto2.qualification.Qualifications([needed]))
    assert turk.get_hit(hit_id)[0].QualificationTypeId == name
    kempelen.add_worker().do(hit_id, {"tag": "x"})


def test_blocks(kempelen: Any, turk: Any, boto2: Any, old: Any) -> None:
    """Again and again without harm; listed on large pages."""
    workers = [kempelen.add_worker().worker_id for _ in range(3)]
    for worker_id in (*workers, workers[0]):
        turk.block_worker(worker_id, "Copies <answers>")
    answer = old("GetBlockedWorkers", PageSize="65535")
    path = "GetBlockedWorkersResult"
    assert set(answer.texts(f"{path}/WorkerBlock/WorkerId")) == set(workers)
    assert set(answer.texts(f"{path}/WorkerBlock/Reason")) == {"Copies <answers>"}
    assert answer.text(f"{path}/TotalNumResults") == "3"
    assert old("GetBlockedWorkers", PageSize="65536").code == "AWS.ParameterOutOfRange"
    page = old("GetBlockedWorkers", PageSize="2", PageNumber="2")
    assert page.text(f"{path}/NumResults") == "1"
    for _ in range(2):
        turk.unblock_worker(workers[0], "Sorry")
    assert old("GetBlockedWorkers").text(f"{path}/TotalNumResults") == "2"
    assert refusal(boto2, turk.block_worker, "ANOBODY", "r") == MTURK + "InvalidParameterValue"
    assert old("BlockWorker", WorkerId=workers[0]).code == "AWS.MissingParameters"


def test_messages_to_workers(kempelen: Any, turk: Any, old: Any, publish: Any) -> None:
    """The call is valid even when somebody could not be reached."""
    hit_id = publish(max_assignments=1)
    known, stranger = kempelen.add_worker("anna"), kempelen.add_worker("stranger")
    known.do(hit_id, {"tag": "x"})
    turk.approve_assignment(turk.get_assignments(hit_id)[0].AssignmentId)
    assert turk.notify_workers([known.worker_id], "Hello", "More <work> for you").status
    fields = [("Subject", "s"), ("MessageText", "m"), ("WorkerId.0", known.worker_id),
              ("WorkerId.1", stranger.worker_id)]  # fmt: skip
    answer = old.post(urlencode([*old.signed("NotifyWorkers").items(), *fields]))
    assert answer.is_valid
    (failure,) = answer.root.findall("NotifyWorkersResult/NotifyWorkersFailureStatus")
    assert [(child.tag, child.text) for child in failure] == [
        ("NotifyWorkersFailureCode", "HardFailure"),
        (
            "NotifyWorkersFailureMessage",
            "Cannot send a notification to a worker who has not done any work for you",
        ),
        ("WorkerId", stranger.worker_id),
    ]


def test_notifications(kempelen: Any, turk: Any, boto2: Any, old: Any) -> None:
    """A new one is inactive until it is said to be active; what there is not cannot be switched."""
    type_id = turk.register_hit_type("t", "d", 0.05, 600)[0].HITTypeId

    def is_active() -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = kempelen.app.db.read(
            lambda connection: connection.execute(
                "SELECT is_active, event_types FROM notification_settings"
            ).fetchall()
        )
        return found

    assert old("SetHITTypeNotification", HITTypeId=type_id).code == "AWS.MissingParameters"
    alone = old("SetHITTypeNotification", HITTypeId=type_id, Active="true")
    assert alone.code == MTURK + "InvalidParameterValue"
    given = {
        "HITTypeId": type_id,
        "Notification.1.Destination": "https://sqs.us-east-1.amazonaws.com/123456789012/queue",
        "Notification.1.Transport": "SQS",
        "Notification.1.Version": "2006-05-05",
        "Notification.1.EventType.1": "AssignmentSubmitted",
    }
    assert old.give("SetHITTypeNotification", given).is_valid
    assert [active for active, _ in is_active()] == [0]
    assert old("SetHITTypeNotification", HITTypeId=type_id, Active="T").is_valid
    assert [active for active, _ in is_active()] == [1]
    assert old.give("SetHITTypeNotification", given).is_valid
    assert [active for active, _ in is_active()] == [1]
    other = turk.register_hit_type("other", "d", 0.05, 600)[0].HITTypeId
    turk.set_sqs_notification(other, given["Notification.1.Destination"])
    ((active, events),) = [row for row in is_active() if "HITDisposed" in row[1]]
    assert active == 1
    assert "AssignmentAccepted" in events
    wrong = old.give("SetHITTypeNotification", {**given, "HITTypeId": "3NOPE"})
    assert wrong.code == MTURK + "InvalidParameterValue"
    carrier = old.give("SetHITTypeNotification", {**given, "Notification.1.Transport": "Pigeon"})
    assert carrier.code == "AWS.InvalidEnumeratedParameter"


def test_trying_a_notification(turk: Any, boto2: Any, old: Any) -> None:
    """What cannot be sent to is refused; without a type of event it would be a Ping."""
    given = {
        "Notification.1.Destination": "nowhere",
        "Notification.1.Transport": "SQS",
        "Notification.1.Version": "2006-05-05",
        "Notification.1.EventType": "AssignmentSubmitted",
    }
    answer = old.give("SendTestEventNotification", given)
    assert answer.code == MTURK + "InvalidTransportEndpoint"
    missing = old("SendTestEventNotification")
    assert (missing.code, "Notification" in missing.message) == ("AWS.MissingParameters", True)
