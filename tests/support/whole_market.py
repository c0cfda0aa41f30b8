"""A market in which every table has rows, each made by the operation that makes such rows."""

import hashlib
from collections.abc import Callable
from typing import Any

from kempelen.api import types
from kempelen.api.own_qualifications import RequestQualificationRequest, StartTestRequest
from kempelen.api.work import (
    ArriveFilesRequest,
    NewFile,
    ReserveFilesRequest,
    StageSubmissionRequest,
)
from kempelen.domain.people import WorkerCaller
from kempelen.operations import dispatch, files, layouts, qualifying, registry, signin, work
from kempelen.store import tables

SETTINGS = {"uploads__enabled": True, "fees__enabled": True}
_SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
_FORM = (
    f'<QuestionForm xmlns="{_SCHEMAS}/2005-10-01/QuestionForm.xsd"><Question>'
    "<QuestionIdentifier>q</QuestionIdentifier><QuestionContent><Text>?</Text></QuestionContent>"
    "<AnswerSpecification><{0}/></AnswerSpecification></Question></QuestionForm>"
)
_TEST = _FORM.format("FreeTextAnswer")
_UPLOAD = _FORM.replace("<{0}/>", "{0}").format(
    "<FileUploadAnswer><MaxFileSizeInBytes>1000</MaxFileSizeInBytes>"
    "<MinFileSizeInBytes>1</MinFileSizeInBytes></FileUploadAnswer>"
)
_POLICY = types.ReviewPolicy(
    policy_name="ScoreMyKnownAnswers/2011-09-01",
    parameters=(
        types.PolicyParameter(
            key="AnswerKey",
            map_entries=(types.ParameterMapEntry(key="tag", values=("dog",)),),
        ),
        types.PolicyParameter(key="ApproveIfKnownAnswerScoreIsAtLeast", values=("50",)),
    ),
)


def fill(make: Any) -> None:
    """Make rows of every kind on a market with `SETTINGS`; texts are of many alphabets."""
    made = _Made(make)
    make.requester = make.new_requester(balance=100_000_000)
    worker = make.new_worker()
    made.people(worker)
    made.reviewed_work(worker)
    made.qualifications(worker)
    made.files_and_staged_answers()


def empty_tables(make: Any) -> set[str]:
    """Tables without rows, of all that there are."""
    return {
        table.name
        for table in tables.metadata.sorted_tables
        if make.rows(f"SELECT count(*) FROM {table.name}") == [(0,)]
    }


class _Made:
    def __init__(self, make: Any) -> None:
        self._make = make

    def people(self, worker: WorkerCaller) -> None:
        app, worker_id = self._make.app, worker.worker.worker_id
        dispatch.change(app, signin.note_failure, "somebody", "192.0.2.1")
        dispatch.change(app, signin.open_session, "session hash", worker_id, "csrf")
        wanted = layouts.NewLayout(
            requester=self._make.requester.requester_id,
            name="Étiquette — 標籤",
            html="<!DOCTYPE html><form>${text}\t\\N \\ tab</form>",
            frame_height=400,
        )
        dispatch.change(app, layouts.add, wanted)

    def reviewed_work(self, worker: WorkerCaller) -> None:
        make, worker_id = self._make, worker.worker.worker_id
        hit = make.create_hit(
            title="Mark the 犬 and the naïve 🐈",
            max_assignments=5,
            unique_request_token="token",
            requester_annotation="",
            assignment_review_policy=_POLICY,
        )
        wanted = types.NotificationSpecification(
            destination="https://sqs.us-east-1.amazonaws.com/123456789012/events",
            transport="SQS",
            version="2014-08-15",
            event_types=("AssignmentSubmitted", "HITReviewable"),
        )
        make.ask("UpdateNotificationSettings", hit_type_id=hit.hit_type_id, notification=wanted)
        paid = make.done(hit.hit_id, worker, tag="dog")
        for tag in ("a\nb", "tab\t\\N", "ünïcödé 🂡", "'\"&<>%(x)s"):
            make.done(hit.hit_id, tag=tag)
        make.ask(
            "SendBonus",
            worker_id=worker_id,
            bonus_amount="1.50",
            assignment_id=paid,
            reason="Very careful",
        )
        make.ask("NotifyWorkers", worker_ids=(worker_id,), subject="News", message_text="New HITs.")
        make.ask("CreateWorkerBlock", worker_id=make.new_worker().worker.worker_id, reason="Spam")

    def qualifications(self, worker: WorkerCaller) -> None:
        make = self._make
        granted = self._type(name="Free", auto_granted=True, auto_granted_value=7)
        asked = RequestQualificationRequest(qualification_type_id=granted)
        self._run(qualifying.request_qualification, worker, asked)
        tested = self._type(name="Tested", test=_TEST, test_duration_in_seconds=600)
        self._run(qualifying.start_test, worker, StartTestRequest(qualification_type_id=tested))
        needed = types.QualificationRequirement(
            qualification_type_id=granted, comparator="GreaterThan", integer_values=(5,)
        )
        make.create_hit(title="For some", qualification_requirements=(needed,))

    def files_and_staged_answers(self) -> None:
        make = self._make
        assignment_id = make.accept(make.new_worker(), make.create_hit(question=_UPLOAD).hit_id)
        sent = NewFile(
            question_id="q",
            name="cat.png",
            media_type="image/png",
            size_bytes=12,
            sha256=hashlib.sha256(bytes(12)).hexdigest(),
        )
        reserved = ReserveFilesRequest(assignment_id=assignment_id, files=(sent,))
        keys = self._run(files.reserve_files, None, reserved).keys
        self._run(files.arrive_files, None, ArriveFilesRequest(keys=keys))
        other = make.accept(make.new_worker(), make.create_hit().hit_id)
        staged = StageSubmissionRequest(assignment_id=other, fields=(("tag", "dog"),))
        self._run(work.stage_submission, None, staged)

    def _type(self, **members: Any) -> str:
        wanted = {"description": "Knows", "qualification_type_status": "Active", **members}
        made = self._make.ask("CreateQualificationType", **wanted).qualification_type
        type_id: str = made.qualification_type_id
        return type_id

    def _run(self, function: Callable[..., Any], caller: Any, request: object) -> Any:
        return dispatch.run(self._make.app, registry.of(function), caller, request)
