"""Assignments, money, other accounts and the present API beside boto 2.49."""

import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

MTURK = "AWS.MechanicalTurk."
EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://example.org/</ExternalURL>'
    "<FrameHeight>400</FrameHeight></ExternalQuestion>"
)


def refusal(boto2: Any, call: Any, *arguments: Any, **more: Any) -> str:
    """The code with which boto sees a call refused."""
    with pytest.raises(boto2.Error) as found:
        call(*arguments, **more)
    code: str = found.value.error_code
    return code


@pytest.fixture
def done(kempelen: Any, publish: Any) -> Any:
    """A HIT with four submissions, a second apart; the ids of HIT and work, and the workers'."""
    hit_id = publish(max_assignments=4)
    work = []
    for tag in ("d", "a", "c", "b"):
        kempelen.advance(seconds=1)
        submitted = kempelen.add_worker().do(hit_id, {"tag": tag})
        work.append(submitted["assignment_id"])
    return hit_id, work


def test_statuses_and_pages(turk: Any, boto2: Any, old: Any, done: Any) -> None:
    """One status, several in one text, all by default; pages with their total."""
    hit_id, work = done
    turk.approve_assignment(work[1])
    turk.reject_assignment(work[2])
    assert [item.AssignmentId for item in turk.get_assignments(hit_id)] == work
    for status, wanted in (("Submitted", [work[0], work[3]]), ("Approved", [work[1]])):
        found = turk.get_assignments(hit_id, status=status)
        assert [item.AssignmentId for item in found] == wanted
        assert {item.AssignmentStatus for item in found} == {status}
    path = "GetAssignmentsForHITResult/Assignment/AssignmentId"
    both = old("GetAssignmentsForHIT", HITId=hit_id, AssignmentStatus="Approved,Rejected")
    assert both.texts(path) == [work[1], work[2]]
    pages = [turk.get_assignments(hit_id, page_size=3, page_number=n) for n in (1, 2, 3)]
    assert [[item.AssignmentId for item in page] for page in pages] == [work[:3], work[3:], []]
    assert [(page.NumResults, page.TotalNumResults) for page in pages] == [
        ("3", "4"),
        ("1", "4"),
        ("0", "4"),
    ]
    assert refusal(boto2, turk.get_assignments, hit_id, page_size=101) == "AWS.ParameterOutOfRange"
    assert refusal(boto2, turk.get_assignments, "3NOPE") == MTURK + "HITDoesNotExist"
    code = refusal(boto2, turk.get_assignments, hit_id, status="Lost")
    assert code == "AWS.InvalidEnumeratedParameter"


@pytest.mark.parametrize(
    ("sort_by", "expected"),
    [("SubmitTime", [0, 1, 2, 3]), ("AcceptTime", [0, 1, 2, 3]), ("Answer", [1, 3, 2, 0]),
     ("AssignmentStatus", [1, 2, 0, 3])],
)  # fmt: skip
def test_sorting(turk: Any, done: Any, sort_by: str, expected: list[int]) -> None:
    """By every property, both ways; equal ones in the order of submission."""
    hit_id, work = done
    turk.approve_assignment(work[1])
    turk.reject_assignment(work[2])
    found = turk.get_assignments(hit_id, sort_by=sort_by)
    assert [item.AssignmentId for item in found] == [work[index] for index in expected]
    backwards = turk.get_assignments(hit_id, sort_by=sort_by, sort_direction="Descending")
    reverse = [0, 3, 2, 1] if sort_by == "AssignmentStatus" else expected[::-1]
    assert [item.AssignmentId for item in backwards] == [work[index] for index in reverse]


def test_one_assignment_and_its_hit(turk: Any, old: Any, done: Any) -> None:
    """Everything but the feedback, unless that is asked for."""
    hit_id, work = done
    turk.approve_assignment(work[0], "Well done")
    answer = old("GetAssignment", AssignmentId=work[0])
    assert [child.tag for child in answer.root[1]] == ["Request", "Assignment", "HIT"]
    assert answer.text("GetAssignmentResult/Assignment/AssignmentStatus") == "Approved"
    assert answer.text("GetAssignmentResult/HIT/HITId") == hit_id
    assert "ExternalQuestion" in str(answer.text("GetAssignmentResult/HIT/Question"))
    assert answer.text("GetAssignmentResult/Assignment/RequesterFeedback") is None
    answer = old("GetAssignment", AssignmentId=work[0], ResponseGroup="AssignmentFeedback,Minimal")
    assert answer.text("GetAssignmentResult/Assignment/RequesterFeedback") == "Well done"
    assert [child.tag for child in answer.root.findall("GetAssignmentResult/HIT/*")] == [
        "HITId",
        "HITTypeId",
    ]
    document = str(answer.text("GetAssignmentResult/Assignment/Answer"))
    assert document.startswith(("<?xml", "<QuestionFormAnswers"))
    assert "<QuestionIdentifier>tag</QuestionIdentifier>" in document
    assert old("GetAssignment", AssignmentId="3NOPE").code == MTURK + "AssignmentDoesNotExist"


def test_decisions(kempelen: Any, turk: Any, boto2: Any, old: Any, done: Any) -> None:
    """Once each; a rejection needs no reason and can be overturned for thirty days."""
    _, work = done
    turk.approve_assignment(work[0])
    assert refusal(boto2, turk.approve_assignment, work[0]) == MTURK + "InvalidAssignmentState"
    assert refusal(boto2, turk.reject_assignment, work[0]) == MTURK + "InvalidAssignmentState"
    turk.reject_assignment(work[1])
    turk.reject_assignment(work[2], "No")
    turk.approve_rejected_assignment(work[1], "Sorry")
    shown = old("GetAssignment", AssignmentId=work[1], ResponseGroup="AssignmentFeedback")
    assert shown.text(".//AssignmentStatus") == "Approved"
    assert shown.text(".//RequesterFeedback") == "Sorry"
    for assignment_id in (work[0], work[3]):
        code = refusal(boto2, turk.approve_rejected_assignment, assignment_id)
        assert code == MTURK + "InvalidAssignmentState"
    assert (
        refusal(boto2, turk.approve_assignment, work[3], "a\x01b")
        == MTURK + "InvalidParameterValue"
    )
    assert old("RejectAssignment", AssignmentId=work[3], RequesterFeedback="x" * 1025).code == (
        MTURK + "InvalidParameterValue"
    )
    kempelen.advance(days=31)
    code = refusal(boto2, turk.approve_rejected_assignment, work[2])
    assert code == MTURK + "InvalidAssignmentState"


def test_no_reversal_after_disposal(turk: Any, boto2: Any, done: Any) -> None:
    """The state of the work does not admit it any more."""
    hit_id, work = done
    for assignment_id in work:
        turk.reject_assignment(assignment_id)
    turk.dispose_hit(hit_id)
    code = refusal(boto2, turk.approve_rejected_assignment, work[0])
    assert code == MTURK + "InvalidAssignmentState"


def test_bonuses(kempelen: Any, turk: Any, boto2: Any, old: Any, done: Any) -> None:
    """Paid once for a token; listed by HIT and by assignment."""
    hit_id, work = done
    worker_id = turk.get_assignments(hit_id)[0].WorkerId
    turk.grant_bonus(worker_id, work[0], boto2.price.Price(0.1 + 0.2), "Thorough")
    wanted = {
        "WorkerId": worker_id,
        "AssignmentId": work[0],
        "BonusAmount.1.Amount": "1",
        "BonusAmount.1.CurrencyCode": "USD",
        "Reason": "Again",
        "UniqueRequestToken": "bonus",
    }
    assert old.give("GrantBonus", wanted).is_valid
    assert old.give("GrantBonus", wanted).code == MTURK + "DuplicateCall"
    assert turk.get_account_balance()[0].amount == pytest.approx(10_000 - 4 * 0.05 - 1.30)
    for named in (
        {"HITId": hit_id},
        {"AssignmentId": work[0]},
        {"HITId": hit_id, "AssignmentId": work[0]},
    ):
        answer = old.give("GetBonusPayments", named)
        path = "GetBonusPaymentsResult/BonusPayment"
        assert answer.texts(f"{path}/BonusAmount/Amount") == ["0.30", "1.00"]
        assert answer.texts(f"{path}/Reason") == ["Thorough", "Again"]
        assert answer.text("GetBonusPaymentsResult/TotalNumResults") == "2"
    second = old("GetBonusPayments", HITId=hit_id, PageSize="1", PageNumber="2")
    assert second.texts(".//Reason") == ["Again"]
    assert second.text(".//TotalNumResults") == "2"
    assert old("GetBonusPayments").code == "AWS.MissingParameters"
    missing = old.give("GrantBonus", {**wanted, "Reason": ""})
    assert (missing.code, "Reason" in missing.message) == ("AWS.MissingParameters", True)
    stranger = kempelen.add_worker("stranger").worker_id
    answer = old.give("GrantBonus", {**wanted, "WorkerId": stranger})
    assert answer.code == MTURK + "InvalidParameterValue"
    assert answer.text(".//Data/Value") is not None


# --- both APIs beside each other ---------------------------------------------------------------


def test_made_by_boto_2_reviewed_through_boto3(kempelen: Any, turk: Any, publish: Any) -> None:
    """Listed, worked and decided there, under the same ids."""
    hit_id = publish()
    assert [hit["HITId"] for hit in kempelen.client.list_hits()["HITs"]] == [hit_id]
    work = kempelen.add_worker().do(hit_id, {"tag": "x"})["assignment_id"]
    (listed,) = kempelen.client.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    assert listed["AssignmentId"] == work
    kempelen.client.approve_assignment(AssignmentId=work, RequesterFeedback="From boto3")
    (seen,) = turk.get_assignments(hit_id, response_groups=["AssignmentFeedback"])
    assert (seen.AssignmentStatus, seen.RequesterFeedback) == ("Approved", "From boto3")
    kempelen.client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    assert [hit.HITId for hit in turk.get_reviewable_hits()] == [hit_id]
    kempelen.client.delete_hit(HITId=hit_id)
    assert turk.get_hit(hit_id)[0].HITStatus == "Disposed"


def test_made_by_boto3_reviewed_through_boto_2(kempelen: Any, turk: Any) -> None:
    """With a requirement that the older API cannot say in full."""
    hit = kempelen.client.create_hit(
        Title="t",
        Description="d",
        Reward="0.05",
        LifetimeInSeconds=3600,
        AssignmentDurationInSeconds=600,
        Question=EXTERNAL,
        QualificationRequirements=[
            {
                "QualificationTypeId": "00000000000000000071",
                "Comparator": "In",
                "LocaleValues": [{"Country": "DE"}, {"Country": "US", "Subdivision": "NY"}],
                "ActionsGuarded": "DiscoverPreviewAndAccept",
            }
        ],
    )["HIT"]
    (seen,) = turk.search_hits()
    assert (seen.HITId, seen.HITTypeId) == (hit["HITId"], hit["HITTypeId"])
    assert (seen.RequiredToPreview, seen.Comparator, seen.Subdivision) == ("1", "In", "NY")
    kempelen.add_worker(country="DE").do(hit["HITId"], {"tag": "x"})
    (work,) = turk.get_assignments(hit["HITId"])
    turk.reject_assignment(work.AssignmentId, "From boto 2")
    found = kempelen.client.get_assignment(AssignmentId=work.AssignmentId)["Assignment"]
    assert (found["AssignmentStatus"], found["RequesterFeedback"]) == ("Rejected", "From boto 2")
    turk.dispose_hit(hit["HITId"])
    assert kempelen.client.list_hits()["HITs"] == []


def test_one_type_for_both(kempelen: Any, turk: Any) -> None:
    """Equal properties are one type, whichever API registers it."""
    older = turk.register_hit_type("t", "d", 0.05, 600, keywords="a, b")[0].HITTypeId
    newer = kempelen.client.create_hit_type(
        Title="t", Description="d", Reward="0.05", AssignmentDurationInSeconds=600, Keywords="a, b"
    )["HITTypeId"]
    assert older == newer


SCRIPT = """
import warnings
warnings.simplefilter("ignore")
from boto.mturk.connection import MTurkConnection
connection = MTurkConnection()
print(connection.host, connection.get_account_balance()[0])
"""


@pytest.mark.parametrize("sandbox", ["False", "True"])
def test_a_script_that_knows_only_amazon(kempelen: Any, tmp_path: Path, sandbox: str) -> None:
    """Reaches this server through the proxy of its configuration, unchanged."""
    address, account = urlsplit(kempelen.url), kempelen.requester
    configuration = tmp_path / "boto.cfg"
    configuration.write_text(
        f"[Boto]\nis_secure = False\nproxy = {address.hostname}\nproxy_port = {address.port}\n"
        f"[MTurk]\nsandbox = {sandbox}\n"
        f"[Credentials]\naws_access_key_id = {account.access_key_id}\n"
        f"aws_secret_access_key = {account.secret_access_key}\n",
        encoding="utf-8",
    )
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={"BOTO_CONFIG": str(configuration), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    host = "mechanicalturk.sandbox" if sandbox == "True" else "mechanicalturk"
    assert ran.stdout == f"{host}.amazonaws.com $10,000.00\n"
