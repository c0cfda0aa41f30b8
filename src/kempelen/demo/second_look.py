"""The second look of the demo: what the crowd was split about goes to those who know.

Each worker's answers to the control HITs become the value of a Qualification, and only workers
with a high one may accept the HITs of the second look.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kempelen.demo import crowd, questions, requester
from kempelen.demo.requester import PublishedHIT, ReviewedHIT

SPLIT_BELOW = 60
SCORE_NEEDED = 75
EVENT = "HITReviewable"
_HOUR = int(timedelta(hours=1).total_seconds())
_DAY = 24 * _HOUR


@dataclass(frozen=True, kw_only=True, slots=True)
class Knowing:
    """The Qualification that was made of the control HITs, and the workers who hold enough of it.

    `scores` has the value of every worker, by WorkerId.
    """

    qualification_type_id: str
    scores: Mapping[str, int]

    @property
    def worker_ids(self) -> frozenset[str]:
        """Those who may accept the HITs of the second look."""
        return frozenset(key for key, score in self.scores.items() if score >= SCORE_NEEDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class SecondLook:
    """What came of it: the same items before and after, and what else could be seen.

    `refusal` is how a worker without the Qualification was refused; `notified` are the events
    about the HITs that arrived at the requester's webhook.
    """

    knowing: Knowing
    before: tuple[ReviewedHIT, ...]
    after: tuple[ReviewedHIT, ...]
    refusal: str
    notified: int


def qualify(mturk: Any, hits: Iterable[ReviewedHIT]) -> Knowing:
    """Grant each worker a Qualification whose value is the share of right control answers."""
    right: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for hit in hits:
        if crowd.is_control(hit.item):
            given.update(work.worker_id for work in hit.work)
            right.update(work.worker_id for work in hit.work if work.status == "Approved")
    scores = {worker_id: 100 * right[worker_id] // count for worker_id, count in given.items()}
    response = mturk.create_qualification_type(
        Name="Knows indigo buntings",
        Description="The share of right answers to HITs whose answer was known, in percent.",
        Keywords="birds",
        QualificationTypeStatus="Active",
    )
    qualification_type_id = response["QualificationType"]["QualificationTypeId"]
    for worker_id, score in sorted(scores.items()):
        mturk.associate_qualification_with_worker(
            QualificationTypeId=qualification_type_id,
            WorkerId=worker_id,
            IntegerValue=score,
            SendNotification=False,
        )
    return Knowing(qualification_type_id=qualification_type_id, scores=scores)


def split(hits: Iterable[ReviewedHIT]) -> tuple[ReviewedHIT, ...]:
    """The HITs whose workers hardly agreed; those with a known answer need no second look."""
    return tuple(
        hit for hit in hits if hit.agreement_score < SPLIT_BELOW and not crowd.is_control(hit.item)
    )


def create_type(mturk: Any, knowing: Knowing, destination: str) -> str:
    """Make the guarded HIT type, and have its reviewable HITs announced to a webhook."""
    response = mturk.create_hit_type(
        Title="A second look: is this bird an indigo bunting?",
        Description="The crowd was split about this photograph. You have a good eye: decide.",
        Keywords="birds, photographs",
        Reward=requester.REWARD,
        AssignmentDurationInSeconds=_HOUR,
        AutoApprovalDelayInSeconds=requester.DELAY_DAYS * _DAY,
        QualificationRequirements=[
            {
                "QualificationTypeId": knowing.qualification_type_id,
                "Comparator": "GreaterThanOrEqualTo",
                "IntegerValues": [SCORE_NEEDED],
                "ActionsGuarded": "PreviewAndAccept",
            }
        ],
    )
    mturk.update_notification_settings(
        HITTypeId=response["HITTypeId"],
        Notification={
            "Destination": destination,
            "Transport": "SNS",
            "Version": "2014-08-15",
            "EventTypes": [EVENT],
        },
        Active=True,
    )
    return str(response["HITTypeId"])


def publish(
    mturk: Any, hit_type_id: str, items: Sequence[int], wanted: Mapping[int, int]
) -> Iterator[PublishedHIT]:
    """Publish a HIT for each item again, for as many workers as will answer it."""
    for item in items:
        response = mturk.create_hit_with_hit_type(
            HITTypeId=hit_type_id,
            MaxAssignments=wanted[item],
            LifetimeInSeconds=7 * _DAY,
            Question=questions.bird(item),
            RequesterAnnotation=f"bird {item}, second look",
            HITReviewPolicy=requester.agreement(),
        )
        yield PublishedHIT(item=item, hit_id=response["HIT"]["HITId"])
