"""Every refusal of the catalogue, provoked over boto3, as the error page tells it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kempelen.domain import errors
from kempelen.domain.errors import Refusal
from kempelen.operations import dispatch, layouts
from kempelen.testing.market import Kempelen

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
EXTERNAL = (
    f'<ExternalQuestion xmlns="{SCHEMAS}/2006-07-14/ExternalQuestion.xsd"><ExternalURL>'
    "{url}</ExternalURL><FrameHeight>0</FrameHeight></ExternalQuestion>"
)
FORM = (
    f'<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd"><Overview><FormattedContent>'
    "<![CDATA[{content}]]></FormattedContent></Overview><Question><QuestionIdentifier>q"
    "</QuestionIdentifier><QuestionContent><Text>?</Text></QuestionContent><AnswerSpecification>"
    "<FreeTextAnswer/></AnswerSpecification></Question></QuestionForm>"
)
HTML = (
    f'<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
    "{content}]]></HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"
)
UNKNOWN = "3UNKNOWN"
TYPE = {
    "Name": "Knows birds",
    "Description": "Can tell them apart",
    "QualificationTypeStatus": "Active",
}
TO_QUEUE = {
    "Destination": "https://sqs.us-east-1.amazonaws.com/123456789012/queue",
    "Transport": "SQS",
    "Version": "2014-08-15",
    "EventTypes": ["HITReviewable"],
}


class Market:
    """A running server and a requester with a client; what a refusal needs is made on the way."""

    def __init__(self, kempelen: Kempelen) -> None:
        self.kempelen = kempelen
        self.client = kempelen.client

    def create(self, **members: Any) -> dict[str, Any]:
        """A HIT."""
        usual = {
            "Title": "Tag a picture",
            "Description": "Choose the tags that fit",
            "Reward": "0.05",
            "MaxAssignments": 2,
            "LifetimeInSeconds": 3600,
            "AssignmentDurationInSeconds": 600,
            "Question": EXTERNAL.format(url="https://example.org/"),
        }
        hit: dict[str, Any] = self.client.create_hit(**{**usual, **members})["HIT"]
        return hit

    def submitted(self, **members: Any) -> dict[str, Any]:
        """Work that waits for a decision."""
        worker = self.kempelen.add_worker()
        done = worker.do(self.create(**members)["HITId"], {"tag": "dog"})
        return {"AssignmentId": done["assignment_id"], "WorkerId": worker.worker_id}

    def qualification_type(self, **members: Any) -> str:
        """A Qualification type."""
        made = self.client.create_qualification_type(**{**TYPE, **members})
        return str(made["QualificationType"]["QualificationTypeId"])

    def request(self) -> str:
        """A Qualification request that waits for a decision."""
        type_id = self.qualification_type()
        worker = self.kempelen.add_worker()
        worker.call("POST", f"/qualification-types/{type_id}/requests", {})
        (found,) = self.client.list_qualification_requests()["QualificationRequests"]
        return str(found["QualificationRequestId"])

    def execute(self, statement: str) -> None:
        """Change the database behind the server's back, for what time or people would do."""
        self.kempelen.app.db.write(lambda connection: connection.execute(statement))


def _decide_twice(market: Market) -> None:
    work = market.submitted()["AssignmentId"]
    market.client.approve_assignment(AssignmentId=work)
    market.client.approve_assignment(AssignmentId=work)


def _overturn_late(market: Market) -> None:
    work = market.submitted()["AssignmentId"]
    market.client.reject_assignment(AssignmentId=work, RequesterFeedback="no")
    market.kempelen.advance(days=31)
    market.client.approve_assignment(AssignmentId=work, OverrideRejection=True)


def _extend_twice(market: Market) -> None:
    hit_id = market.create()["HITId"]
    for _ in range(2):
        market.client.create_additional_assignments_for_hit(
            HITId=hit_id, NumberOfAdditionalAssignments=1, UniqueRequestToken="once"
        )


def _extend_old(market: Market) -> None:
    hit_id = market.create()["HITId"]
    market.execute("UPDATE hits SET created_at = 1437436800000000")  # 21 July 2015
    market.client.create_additional_assignments_for_hit(
        HITId=hit_id, NumberOfAdditionalAssignments=1
    )


def _request_decided(market: Market) -> None:
    request_id = market.request()
    for _ in range(2):
        market.client.accept_qualification_request(QualificationRequestId=request_id)


def _revoke_twice(market: Market) -> None:
    members = {
        "QualificationTypeId": market.qualification_type(),
        "WorkerId": market.kempelen.add_worker().worker_id,
    }
    market.client.associate_qualification_with_worker(**members)
    market.client.disassociate_qualification_from_worker(**members)
    market.client.disassociate_qualification_from_worker(**members)


def _require_inactive(market: Market) -> None:
    type_id = market.qualification_type()
    requirement = {"QualificationTypeId": type_id, "Comparator": "Exists"}
    hit_type_id = market.create(QualificationRequirements=[requirement])["HITTypeId"]
    market.client.update_qualification_type(
        QualificationTypeId=type_id, QualificationTypeStatus="Inactive"
    )
    market.client.create_hit_with_hit_type(
        HITTypeId=hit_type_id,
        LifetimeInSeconds=3600,
        Question=EXTERNAL.format(url="https://example.org/"),
    )


def _layout_without_value(market: Market) -> None:
    wanted = layouts.NewLayout(
        requester=market.kempelen.requester.requester_id, name="One", html="<p>${what}</p>"
    )
    layout, _ = dispatch.change(market.kempelen.app, layouts.add, wanted)
    market.client.create_hit(
        Title="T",
        Description="D",
        Reward="0.05",
        LifetimeInSeconds=3600,
        AssignmentDurationInSeconds=600,
        HITLayoutId=layout.layout_id,
    )


def _suspended(market: Market) -> None:
    market.execute("UPDATE requesters SET is_suspended = 1")
    market.kempelen.app.db.generation += 1
    market.client.get_account_balance()


def _broken(market: Market) -> None:
    hit_id = market.create()["HITId"]
    market.execute("DELETE FROM hit_types")
    market.kempelen.app.db.cache.clear()
    market.client.get_hit(HITId=hit_id)


def _policy(key: str, value: str) -> dict[str, Any]:
    return {
        "PolicyName": "SimplePlurality/2011-09-01",
        "Parameters": [
            {"Key": "QuestionIds", "Values": ["q"]},
            {"Key": "QuestionAgreementThreshold", "Values": ["50"]},
            {"Key": key, "Values": [value]},
        ],
    }


PROVOKED: dict[str, Callable[[Market], object]] = {
    "AssignmentDoesNotExist": lambda market: market.client.get_assignment(AssignmentId=UNKNOWN),
    "DuplicateCall": _extend_twice,
    "EmptyQuestion": lambda market: market.create(Question=""),
    "HITDoesNotExist": lambda market: market.client.get_hit(HITId=UNKNOWN),
    "HITLayoutDoesNotExist": lambda market: market.client.create_hit(
        Title="T",
        Description="D",
        Reward="0.05",
        LifetimeInSeconds=3600,
        AssignmentDurationInSeconds=600,
        HITLayoutId=UNKNOWN,
    ),
    "HITTooOldForExtension": _extend_old,
    "HITTypeDoesNotExist": lambda market: market.client.update_hit_type_of_hit(
        HITId=market.create()["HITId"], HITTypeId=UNKNOWN
    ),
    "HTML5ParseError": lambda market: market.create(Question=HTML.format(content="")),
    "HitAlreadyExists": lambda market: [market.create(UniqueRequestToken="once") for _ in range(2)],
    "InsufficientFunds": lambda market: market.create(Reward="9999.00", MaxAssignments=9),
    "InvalidAssignmentState": _decide_twice,
    "InvalidHITState": lambda market: market.client.delete_hit(HITId=market.create()["HITId"]),
    "InvalidMaximumAssignmentsIncrease": lambda market: (
        market.client.create_additional_assignments_for_hit(
            HITId=market.create()["HITId"], NumberOfAdditionalAssignments=8
        )
    ),
    "InvalidParameterCombination": lambda market: market.create(HITLayoutId=UNKNOWN),
    "InvalidLayoutParameter": _layout_without_value,
    "InvalidParameterValue": lambda market: market.client.list_hits(NextToken="p1:x"),
    "InvalidPolicyParameter": lambda market: market.create(
        HITReviewPolicy=_policy("ExtendMaximumAssignments", "many")
    ),
    "InvalidQualificationRequestState": _request_decided,
    "InvalidQualificationState": _revoke_twice,
    "InvalidQualificationTypeState": _require_inactive,
    "InvalidTransportEndpoint": lambda market: market.client.update_notification_settings(
        HITTypeId=market.create()["HITTypeId"],
        Notification={**TO_QUEUE, "Destination": "nowhere"},
    ),
    "MissingParameters": lambda market: market.client.list_bonus_payments(),
    "NotHTTPS": lambda market: market.create(Question=EXTERNAL.format(url="http://example.org/")),
    "NothingToActivate": lambda market: market.client.update_notification_settings(
        HITTypeId=market.create()["HITTypeId"], Active=True
    ),
    "ParameterOutOfRange": lambda market: market.create(LifetimeInSeconds=1),
    "PermissionDenied": _suspended,
    "QualificationDoesNotExist": lambda market: market.client.get_qualification_score(
        QualificationTypeId=market.qualification_type(),
        WorkerId=market.kempelen.add_worker().worker_id,
    ),
    "QualificationRequestDoesNotExist": lambda market: market.client.accept_qualification_request(
        QualificationRequestId=UNKNOWN
    ),
    "QualificationTypeAlreadyExists": lambda market: [
        market.qualification_type() for _ in range(2)
    ],
    "QualificationTypeDoesNotExist": lambda market: market.client.get_qualification_type(
        QualificationTypeId=UNKNOWN
    ),
    "ReversalTooLate": _overturn_late,
    "ServiceFault": _broken,
    "TooLong": lambda market: market.create(Title="T" * 129),
    "TooShort": lambda market: market.create(Title=""),
    "UnknownWorkerId": lambda market: market.client.delete_worker_block(WorkerId="AUNKNOWN"),
    "XHTMLParseError": lambda market: market.create(
        Question=FORM.format(content="<script>alert(1)</script>")
    ),
    "XMLParseError": lambda market: market.create(Question="<QuestionForm>"),
}
ELSEWHERE = {
    "HITIsDisposed": "legacy/test_boto_hits.py",  # only the older API tells it apart
    "StatisticNotSupported": "legacy/test_statistics.py",  # only the older API
    "TooManyBlocks": "operations/test_worker_blocks.py",
    "TransportFailed": "background/test_amazon.py",
}
"""Refusals that the tests of their own subject provoke, below `tests`."""
TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "reference" / "errors.md"


def test_every_refusal_of_the_page_is_provoked() -> None:
    page = PAGE.read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| (\w+) \| \w+ \| `AWS", page, re.MULTILINE))
    assert listed == PROVOKED.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_provoked_elsewhere_is(name: str) -> None:
    assert (TESTS / ELSEWHERE[name]).is_file()


@pytest.mark.parametrize("name", PROVOKED)
def test_a_refusal_comes_as_the_page_tells_it(kempelen: Kempelen, name: str) -> None:
    with pytest.raises(ClientError) as caught:
        PROVOKED[name](Market(kempelen))
    refusal: type[Refusal] = getattr(errors, name)
    response = caught.value.response
    assert response["Error"]["Code"] == refusal.type
    if refusal.type in {"RequestError", "ServiceFault"}:
        assert response["TurkErrorCode"] == refusal.code
    template = str(refusal.__doc__).split("\n\n")[0]
    pattern = "".join(
        ".*" if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{\w+\})", template)
    )
    assert re.fullmatch(pattern + r" \(\d{13}\)", response["Error"]["Message"], re.DOTALL)
