"""Qualification types, requests for them, and HITs that require them."""

from collections.abc import Callable
from typing import Any

import pytest

from kempelen.api import types
from kempelen.api.work import (
    AcceptFromGroupRequest,
    GetHitGroupRequest,
    ListHitGroupsRequest,
    PreviewHitRequest,
)
from kempelen.domain import qualification_request as transitions
from kempelen.domain.people import Requester, WorkerCaller
from kempelen.operations import dispatch, finding, registry, work
from kempelen.store import qualification_requests, qualification_types
from kempelen.store.tx import Tx

_BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
_SELECTION = "<Selection><SelectionIdentifier>{0}</SelectionIdentifier><Text>{0}</Text></Selection>"
TEST = (
    f'<QuestionForm xmlns="{_BASE}/2017-11-06/QuestionForm.xsd"><Question>'
    "<QuestionIdentifier>fruit</QuestionIdentifier><IsRequired>true</IsRequired>"
    "<QuestionContent><Text>Which is red?</Text></QuestionContent>"
    "<AnswerSpecification><SelectionAnswer><Selections>"
    f"{_SELECTION.format('apples')}{_SELECTION.format('pears')}"
    "</Selections></SelectionAnswer></AnswerSpecification></Question></QuestionForm>"
)
KEY = (
    f'<AnswerKey xmlns="{_BASE}/2005-10-01/AnswerKey.xsd"><Question>'
    "<QuestionIdentifier>fruit</QuestionIdentifier><AnswerOption>"
    "<SelectionIdentifier>apples</SelectionIdentifier><AnswerScore>10</AnswerScore>"
    "</AnswerOption></Question></AnswerKey>"
)
ANSWER = (
    f'<QuestionFormAnswers xmlns="{_BASE}/2005-10-01/QuestionFormAnswers.xsd"><Answer>'
    "<QuestionIdentifier>fruit</QuestionIdentifier><SelectionIdentifier>apples"
    "</SelectionIdentifier></Answer></QuestionFormAnswers>"
)


class Qualify:
    """Makes types, requests and grants on one `make`."""

    test = TEST
    key = KEY
    answer = ANSWER

    def __init__(self, make: Any) -> None:
        self.make = make
        self._numbers = iter(range(1, 10_000))

    def members(self, **members: Any) -> dict[str, Any]:
        """What CreateQualificationType is asked for."""
        return {
            "name": f"Type {next(self._numbers)}",
            "description": "Knows dogs",
            "qualification_type_status": "Active",
            **members,
        }

    def new_type(self, *, by: Requester | None = None, **members: Any) -> types.QualificationType:
        """A new type."""
        answer = self.make.ask("CreateQualificationType", by=by, **self.members(**members))
        made: types.QualificationType = answer.qualification_type
        return made

    def type_id(self, *, by: Requester | None = None, **members: Any) -> str:
        """The id of a new type."""
        return str(self.new_type(by=by, **members).qualification_type_id)

    def tested(self, **members: Any) -> str:
        """The id of a new type with a test of ten minutes that is graded by hand."""
        return self.type_id(**{"test": TEST, "test_duration_in_seconds": 600, **members})

    def requested(self, type_id: str, worker: WorkerCaller) -> str:
        """A request of a worker; with a test it begins to run. Returns its id."""

        def write(tx: Tx) -> str:
            wanted = qualification_types.get(tx, type_id)
            assert wanted is not None
            opened = transitions.open_request(tx.new_id(), wanted, worker.worker.worker_id, tx.now)
            return qualification_requests.add(tx, opened).request_id

        return str(dispatch.change(self.make.app, write))

    def handed_in(self, request_id: str) -> None:
        """Answer the test of a request."""

        def write(tx: Tx) -> None:
            before = qualification_requests.get(tx, request_id)
            assert before is not None
            after = transitions.submit(before, ANSWER, tx.now)
            assert qualification_requests.move(tx, before, after)

        dispatch.change(self.make.app, write)

    def grant(self, type_id: str, worker: WorkerCaller, value: int | None = None) -> None:
        """Grant without a word."""
        self.make.ask(
            "AssociateQualificationWithWorker",
            qualification_type_id=type_id,
            worker_id=worker.worker.worker_id,
            integer_value=value,
            send_notification=False,
        )

    def revoke(self, type_id: str, worker: WorkerCaller) -> None:
        """Revoke without a word."""
        self.make.ask(
            "DisassociateQualificationFromWorker",
            qualification_type_id=type_id,
            worker_id=worker.worker.worker_id,
        )

    def requiring(self, type_id: str, **members: Any) -> types.QualificationRequirement:
        """A requirement on a type: that the worker has it, unless members say else."""
        return types.QualificationRequirement(
            **{"qualification_type_id": type_id, "comparator": "Exists", **members}
        )

    def hit(self, *requirements: types.QualificationRequirement, **members: Any) -> types.HIT:
        """A HIT with requirements."""
        made: types.HIT = self.make.create_hit(qualification_requirements=requirements, **members)
        return made

    def listed(self, worker: WorkerCaller, **members: Any) -> list[Any]:
        """The groups that a worker finds."""
        request = ListHitGroupsRequest(**members)
        return list(self._run(finding.list_hit_groups, worker, request).items)

    def group(self, worker: WorkerCaller, hit: types.HIT) -> Any:
        """The group of a HIT as a worker sees it."""
        request = GetHitGroupRequest(group_id=hit.hit_group_id or "")
        return self._run(finding.get_hit_group, worker, request).group

    def preview(self, worker: WorkerCaller, hit: types.HIT) -> Any:
        """What a worker sees in preview; None when the question is guarded."""
        request = PreviewHitRequest(group_id=hit.hit_group_id or "")
        return self._run(finding.preview_hit, worker, request).task

    def accept(self, worker: WorkerCaller, hit: types.HIT) -> Any:
        """Accept a HIT of a group."""
        request = AcceptFromGroupRequest(group_id=hit.hit_group_id or "")
        return self._run(work.accept_from_group, worker, request)

    def _run(self, function: Callable[..., Any], worker: WorkerCaller, request: object) -> Any:
        return dispatch.run(self.make.app, registry.of(function), worker, request)


@pytest.fixture
def qualify(make: Any) -> Qualify:
    """A maker of types, requests and grants."""
    return Qualify(make)


@pytest.fixture
def qualify_on() -> type[Qualify]:
    """The same for a `make` with other settings."""
    return Qualify
