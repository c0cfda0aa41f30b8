"""Databases to measure on: HITs with policies, workers, accepted assignments; by operations."""

import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from kempelen import bootstrap, credentials, settings
from kempelen.api.hits import CreateHITRequest
from kempelen.api.types import ParameterMapEntry, PolicyParameter, ReviewPolicy
from kempelen.api.work import AcceptHitRequest
from kempelen.domain import money
from kempelen.domain.people import Requester, Worker, WorkerCaller, WorkerClass
from kempelen.operations import accounts, dispatch, hits, registry, work
from kempelen.operations.app import App
from load import Key

IN_FLIGHT = 256
ASSIGNMENTS = 3
WORKERS = 60
HTML_NAMESPACE = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"
)
PARAGRAPH = "<p>Look at the picture and choose what it shows.</p><input name='q' type='radio'>"
QUESTION = (
    f'<HTMLQuestion xmlns="{HTML_NAMESPACE}"><HTMLContent><![CDATA[<!DOCTYPE html><html><body>'
    f"{PARAGRAPH * 20}</body></html>]]></HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"
)
KNOWN = ReviewPolicy(
    policy_name="ScoreMyKnownAnswers/2011-09-01",
    parameters=(
        PolicyParameter(
            key="AnswerKey",
            map_entries=(
                ParameterMapEntry(key="colour", values=("red",)),
                ParameterMapEntry(key="shape", values=("circle",)),
            ),
        ),
        PolicyParameter(key="ApproveIfKnownAnswerScoreIsAtLeast", values=("50",)),
    ),
)
ANSWERS = {"answers": {"colour": "red", "shape": "circle", "remark": "a plain picture"}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Market:
    """What was prepared; `assignments` are (assignment id, token) pairs."""

    database: Path
    key: Key
    hit_ids: list[str]
    tokens: list[str]
    group_id: str
    assignments: list[tuple[str, str]]


def wire_body(number: int) -> dict[str, object]:
    """CreateHIT as boto3 would send it."""
    return {
        "MaxAssignments": ASSIGNMENTS,
        "LifetimeInSeconds": 864_000,
        "AssignmentDurationInSeconds": 36_000,
        "Reward": "0.05",
        "Title": "What does the picture show?",
        "Description": "Choose what the picture shows",
        "Keywords": "image, label, category",
        "Question": QUESTION,
        "RequesterAnnotation": f"item-{number}",
        "QualificationRequirements": [
            {
                "QualificationTypeId": "000000000000000000L0",
                "Comparator": "GreaterThanOrEqualTo",
                "IntegerValues": [95],
                "ActionsGuarded": "Accept",
            }
        ],
    }


def _creation(number: int) -> CreateHITRequest:
    return CreateHITRequest(
        max_assignments=ASSIGNMENTS,
        lifetime_in_seconds=864_000,
        assignment_duration_in_seconds=36_000,
        reward="0.05",
        title="Which colour, which shape?",
        description="Say what you see",
        question=QUESTION,
        requester_annotation=f"seed-{number}",
        assignment_review_policy=KNOWN,
    )


def prepare(database: Path, *, hits_count: int, accepted: int) -> Market:
    """Make a market with this many open HITs of one group, some of them accepted by workers."""
    chosen = settings.load(
        None,
        {},
        {
            "database": str(database),
            "worker_classes.default": "any",
            "max_assigned_per_worker": 1_000_000,
        },
    )
    app = bootstrap.open_app(chosen)
    try:
        requester, key = _requester(app)
        crowd = [_worker(app, number) for number in range(WORKERS)]
        made = _all(app, hits.create_hit, requester, map(_creation, range(hits_count)))
        hit_ids = [response.hit.hit_id for response in made]
        pairs = itertools.islice(
            ((worker, token, hit_id) for hit_id in hit_ids for worker, token in crowd[:2]),
            accepted,
        )
        assignments = []
        for batch in _batches(pairs):
            callers = [WorkerCaller(worker=worker, may_work=True) for worker, _, _ in batch]
            requests = [AcceptHitRequest(hit_id=hit_id) for _, _, hit_id in batch]
            done = _each(app, work.accept_hit, zip(callers, requests, strict=True))
            assignments += [
                (response.assignments[0].assignment_id, token)
                for response, (_, token, _) in zip(done, batch, strict=True)
            ]
        return Market(
            database=database,
            key=key,
            hit_ids=hit_ids,
            tokens=[token for _, token in crowd],
            group_id=str(made[0].hit.hit_group_id) if made else "",
            assignments=assignments,
        )
    finally:
        bootstrap.close_app(app)


def _batches(items: Iterable[Any]) -> Iterable[list[Any]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, IN_FLIGHT)):
        yield batch


def _all(
    app: App, function: Callable[..., Any], caller: object, requests: Iterable[object]
) -> list[Any]:
    """The responses of many calls by one caller."""
    found: list[Any] = []
    for batch in _batches(requests):
        found += _each(app, function, ((caller, request) for request in batch))
    return found


def _each(
    app: App, function: Callable[..., Any], calls: Iterable[tuple[object, object]]
) -> list[Any]:
    """The responses of calls that are under way together, so that they share commits."""
    operation = registry.of(function)
    pending = []
    for caller, request in calls:
        done = threading.Event()
        job = dispatch.submit(app, operation, caller, request, partial(_set, done))
        pending.append((job, done))
    results = []
    for job, done in pending:
        done.wait()
        if job.error is not None:
            raise job.error
        results.append(job.result)
    return results


def _set(done: threading.Event, jobs: list[dispatch.Job]) -> None:
    del jobs
    done.set()


def _requester(app: App) -> tuple[Requester, Key]:
    access_key_id, secret = app.ids.access_key_id(), app.ids.secret()
    sealed = credentials.Sealer(app.secret_key).seal(secret, access_key_id)
    amount = 100_000_000 * money.UNITS_PER_DOLLAR
    requester = dispatch.change(
        app, accounts.add_requester, "Benchmark", amount, access_key_id, sealed
    )
    return requester, Key(id=access_key_id, secret=secret)


def _worker(app: App, number: int) -> tuple[Worker, str]:
    token = app.ids.token("kw_")
    worker = dispatch.change(
        app,
        accounts.add_worker,
        accounts.NewWorker(name=f"worker-{number}", worker_class=WorkerClass.SIMULATED),
        None,
        credentials.digest(token),
    )
    return worker, token
