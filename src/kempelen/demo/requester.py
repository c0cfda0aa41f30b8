"""The requester of the demo: publishes HITs with review policies and reads back what came of them.

Everything goes through boto3, as it would for any requester anywhere.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import boto3
from botocore.config import Config

from kempelen.demo import crowd, questions
from kempelen.demo.questions import OpenHIT
from kempelen.demo.server import Site
from kempelen.domain import money

REGION = "us-east-1"
REWARD = "0.05"
AGREEMENT_THRESHOLD = 50
OPEN_PLACES = 3
DELAY_DAYS = 3
HOUR = int(timedelta(hours=1).total_seconds())
DAY = 24 * HOUR
KNOWN_ANSWERS = "ScoreMyKnownAnswers/2011-09-01"
PLURALITY = "SimplePlurality/2011-09-01"
_AGREEMENT: Mapping[str, str | int] = {
    "QuestionIds": questions.LABEL,
    "QuestionAgreementThreshold": AGREEMENT_THRESHOLD,
}
_REASON = "The answer to this HIT was known beforehand, and yours differs from it."


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedHIT:
    """A HIT about one item."""

    item: int
    hit_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One assignment as the requester sees it."""

    worker_id: str
    answer: str
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewedHIT:
    """What came of a HIT: the work, what the workers agreed on, and what policies did.

    `actions` counts the actions that succeeded, by policy and name.
    """

    item: int
    hit_id: str
    work: tuple[Work, ...]
    agreed_answer: str | None
    agreement_score: int
    actions: Counter[tuple[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """What GetAccountBalance tells, in money units."""

    available: int
    on_hold: int


def client(site: Site) -> Any:
    """A boto3 client with the requester's key; only the endpoint differs from MTurk's."""
    return boto3.client(
        "mturk",
        region_name=REGION,
        endpoint_url=site.url,
        aws_access_key_id=site.access_key_id,
        aws_secret_access_key=site.secret_access_key,
        # An empty mapping: proxies of the environment do not lead to this machine.
        config=Config(proxies={}),
    )


def create_type(mturk: Any) -> str:
    """Make the HIT type that all HITs about birds have."""
    response = mturk.create_hit_type(
        Title="Is this bird an indigo bunting?",
        Description="Look at a photograph of a bird and say what it shows.",
        Keywords="birds, photographs, quick",
        Reward=REWARD,
        AssignmentDurationInSeconds=HOUR,
        AutoApprovalDelayInSeconds=DELAY_DAYS * DAY,
    )
    return str(response["HITTypeId"])


def publish(mturk: Any, hit_type_id: str, people: crowd.Crowd) -> Iterator[PublishedHIT]:
    """Publish one HIT for each item, for as many workers as will answer it."""
    wanted = Counter(answer.item for answer in people.answers)
    for item in people.items:
        response = mturk.create_hit_with_hit_type(
            HITTypeId=hit_type_id,
            MaxAssignments=wanted[item],
            LifetimeInSeconds=7 * DAY,
            Question=questions.bird(item),
            RequesterAnnotation=f"bird {item}",
            **_policies(item, people.truth[item]),
        )
        yield PublishedHIT(item=item, hit_id=response["HIT"]["HITId"])


def publish_open(mturk: Any, wanted: Iterable[OpenHIT]) -> int:
    """Publish the HITs that stay open; tells what their assignments hold, in money units."""
    held = 0
    for hit in wanted:
        mturk.create_hit(
            Title=hit.title,
            Description=hit.description,
            Keywords="try it",
            Reward=str(hit.reward),
            MaxAssignments=OPEN_PLACES,
            AssignmentDurationInSeconds=HOUR,
            AutoApprovalDelayInSeconds=DELAY_DAYS * DAY,
            LifetimeInSeconds=7 * DAY,
            Question=hit.question,
        )
        held += OPEN_PLACES * money.parse(str(hit.reward))
    return held


def reviewable(mturk: Any, hit_type_id: str) -> set[str]:
    """The ids of all HITs of a type that are Reviewable."""
    pages = mturk.get_paginator("list_reviewable_hits").paginate(HITTypeId=hit_type_id)
    return {hit["HITId"] for page in pages for hit in page["HITs"]}


def review(mturk: Any, hit: PublishedHIT) -> ReviewedHIT:
    """Read the assignments of a HIT and the results of its review policies."""
    agreed_answer, agreement_score = None, 0
    actions: Counter[tuple[str, str]] = Counter()
    for page in _review_pages(mturk, hit.hit_id):
        for result in page["HITReviewReport"]["ReviewResults"]:
            if result["Key"] == "AgreedAnswer":
                agreed_answer = result["Value"]
            elif result["Key"] == "AnswerAgreementScore":
                agreement_score = int(result["Value"])
        for level in ("Assignment", "HIT"):
            for action in page.get(f"{level}ReviewReport", {}).get("ReviewActions", ()):
                if action["Status"] == "Succeeded":
                    policy = page[f"{level}ReviewPolicy"]["PolicyName"]
                    actions[policy, action["ActionName"]] += 1
    return ReviewedHIT(
        item=hit.item,
        hit_id=hit.hit_id,
        work=tuple(_work(mturk, hit.hit_id)),
        agreed_answer=agreed_answer,
        agreement_score=agreement_score,
        actions=actions,
    )


def balance(mturk: Any) -> Balance:
    """What the requester still has."""
    response = mturk.get_account_balance()
    return Balance(
        available=money.parse(response["AvailableBalance"]),
        on_hold=money.parse(response.get("OnHoldBalance", "0.00")),
    )


def _policies(item: int, right: str) -> dict[str, object]:
    """All HITs find what the crowd agrees on; only control HITs check against a known answer.

    Where the answer is known, it alone decides. Elsewhere those who agree with the plurality
    are approved, and nobody is rejected for seeing something else.
    """
    if not crowd.is_control(item):
        return {"HITReviewPolicy": agreement()}
    known = _policy(
        KNOWN_ANSWERS,
        {
            "ApproveIfKnownAnswerScoreIsAtLeast": 100,
            "RejectIfKnownAnswerScoreIsLessThan": 100,
            "RejectReason": _REASON,
        },
    )
    entries = [{"Key": questions.LABEL, "Values": [right]}]
    known["Parameters"].append({"Key": "AnswerKey", "MapEntries": entries})
    return {
        "AssignmentReviewPolicy": known,
        "HITReviewPolicy": _policy(PLURALITY, _AGREEMENT),
    }


def agreement() -> dict[str, Any]:
    """Find what the workers agree on, and approve those who agree with it."""
    return _policy(PLURALITY, {**_AGREEMENT, "ApproveIfWorkerAgreementScoreIsAtLeast": 100})


def _policy(name: str, scalars: Mapping[str, str | int]) -> dict[str, Any]:
    return {
        "PolicyName": name,
        "Parameters": [{"Key": key, "Values": [str(value)]} for key, value in scalars.items()],
    }


def _review_pages(mturk: Any, hit_id: str) -> Iterator[dict[str, Any]]:
    """All pages of ListReviewPolicyResultsForHIT, for which boto3 has no paginator."""
    token: dict[str, str] = {}
    while True:
        page = mturk.list_review_policy_results_for_hit(HITId=hit_id, **token)
        yield page
        if "NextToken" not in page:
            return
        token = {"NextToken": page["NextToken"]}


def _work(mturk: Any, hit_id: str) -> Iterator[Work]:
    paginator = mturk.get_paginator("list_assignments_for_hit")
    for page in paginator.paginate(HITId=hit_id, PaginationConfig={"PageSize": 100}):
        for assignment in page["Assignments"]:
            yield Work(
                worker_id=assignment["WorkerId"],
                answer=_answer(assignment["Answer"]),
                status=assignment["AssignmentStatus"],
            )


def _answer(document: str) -> str:
    """The chosen selection of a QuestionFormAnswers document."""
    root = ET.fromstring(document)  # noqa: S314 - our own server wrote it
    return root.findtext(".//{*}SelectionIdentifier") or ""
