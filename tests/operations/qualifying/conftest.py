"""Qualification types to be requested, and workers who ask for them."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from kempelen.api.own_qualifications import (
    CancelQualificationRequestRequest,
    GetTestRequest,
    GiveBackQualificationRequest,
    ListOwnQualificationsRequest,
    OwnAttempt,
    QualificationRequest,
    QualificationType,
    RequestQualificationRequest,
    SearchQualificationTypesRequest,
    ShowQualificationTypeRequest,
    StartTestRequest,
    SubmitTestRequest,
)
from kempelen.domain.errors import Refusal
from kempelen.domain.people import Requester, WorkerCaller
from kempelen.operations import dispatch, own_qualifications, qualifying, registry

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"


def _choice(question_id: str, *ids: str) -> str:
    options = "".join(
        f"<Selection><SelectionIdentifier>{each}</SelectionIdentifier><Text>{each}</Text>"
        "</Selection>"
        for each in ids
    )
    return (
        f"<Question><QuestionIdentifier>{question_id}</QuestionIdentifier>"
        "<IsRequired>true</IsRequired>"
        "<QuestionContent><Text>?</Text></QuestionContent><AnswerSpecification>"
        f"<SelectionAnswer><Selections>{options}</Selections></SelectionAnswer>"
        "</AnswerSpecification></Question>"
    )


def _form(*questions: str) -> str:
    head = f'<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd">'
    return f"{head}{''.join(questions)}</QuestionForm>"


def _keyed(question_id: str, selection: str, score: int) -> str:
    return (
        f"<Question><QuestionIdentifier>{question_id}</QuestionIdentifier><AnswerOption>"
        f"<SelectionIdentifier>{selection}</SelectionIdentifier><AnswerScore>{score}</AnswerScore>"
        "</AnswerOption></Question>"
    )


TEST = _form(_choice("nextmove", "C", "D"), _choice("fruit", "apples", "pears"))
KEY = (
    f'<AnswerKey xmlns="{SCHEMAS}/2005-10-01/AnswerKey.xsd">'
    f"{_keyed('nextmove', 'D', 5)}{_keyed('fruit', 'apples', 10)}"
    "<QualificationValueMapping><PercentageMapping><MaximumSummedScore>15</MaximumSummedScore>"
    "</PercentageMapping></QualificationValueMapping></AnswerKey>"
)
RIGHT = {"nextmove": ["D"], "fruit": ["apples"]}
HALF_RIGHT = {"nextmove": ["D"], "fruit": ["pears"]}


class Market:
    """Qualification types of requesters, and what workers do about them."""

    def __init__(self, make: Any) -> None:
        self.make = make
        self._numbers = itertools.count(1)

    def new_type(self, *, by: Requester | None = None, **members: Any) -> str:
        """A type; `members` are those of CreateQualificationType. Returns its id."""
        wanted = {
            "name": f"Type {next(self._numbers)}",
            "description": "Knows things",
            "qualification_type_status": "Active",
            **members,
        }
        made = self.make.ask("CreateQualificationType", by=by, **wanted).qualification_type
        type_id: str = made.qualification_type_id
        return type_id

    def granted(self, value: int = 1, **members: Any) -> str:
        """A type that is granted automatically."""
        return self.new_type(auto_granted=True, auto_granted_value=value, **members)

    def with_test(self, *, key: str | None = KEY, seconds: int = 600, **members: Any) -> str:
        """A type with a test of two questions, which takes ten minutes."""
        return self.new_type(test=TEST, answer_key=key, test_duration_in_seconds=seconds, **members)

    def do(self, function: Callable[..., Any], worker: WorkerCaller, request: object) -> Any:
        return dispatch.run(self.make.app, registry.of(function), worker, request)

    def request(
        self, worker: WorkerCaller, type_id: str, key: str | None = None
    ) -> QualificationRequest:
        wanted = RequestQualificationRequest(qualification_type_id=type_id, idempotency_key=key)
        made: QualificationRequest = self.do(
            qualifying.request_qualification, worker, wanted
        ).request
        return made

    def start(self, worker: WorkerCaller, type_id: str) -> OwnAttempt:
        wanted = StartTestRequest(qualification_type_id=type_id)
        started: OwnAttempt = self.do(qualifying.start_test, worker, wanted)
        return started

    def test(self, worker: WorkerCaller, request_id: str) -> OwnAttempt:
        wanted = GetTestRequest(request_id=request_id)
        found: OwnAttempt = self.do(own_qualifications.get_test, worker, wanted)
        return found

    def submit(self, worker: WorkerCaller, request_id: str, **given: Any) -> QualificationRequest:
        """Hand a test in; all right answers unless something else is given."""
        given = given or {"answers": RIGHT}
        wanted = SubmitTestRequest(request_id=request_id, **given)
        done: QualificationRequest = self.do(qualifying.submit_test, worker, wanted).request
        return done

    def cancel(self, worker: WorkerCaller, request_id: str) -> QualificationRequest:
        wanted = CancelQualificationRequestRequest(request_id=request_id)
        done: QualificationRequest = self.do(
            qualifying.cancel_qualification_request, worker, wanted
        ).request
        return done

    def give_back(self, worker: WorkerCaller, type_id: str) -> QualificationType:
        wanted = GiveBackQualificationRequest(qualification_type_id=type_id)
        done: QualificationType = self.do(
            qualifying.give_back_qualification, worker, wanted
        ).qualification_type
        return done

    def show(self, worker: WorkerCaller, type_id: str) -> QualificationType:
        wanted = ShowQualificationTypeRequest(qualification_type_id=type_id)
        found: QualificationType = self.do(
            own_qualifications.show_qualification_type, worker, wanted
        ).qualification_type
        return found

    def search(self, worker: WorkerCaller, **filters: Any) -> Any:
        wanted = SearchQualificationTypesRequest(**filters)
        return self.do(own_qualifications.search_qualification_types, worker, wanted)

    def own(self, worker: WorkerCaller, *states: str, **page: Any) -> Any:
        wanted = ListOwnQualificationsRequest(states=states, **page)
        return self.do(own_qualifications.list_own_qualifications, worker, wanted)

    def refusal(self, action: Callable[..., Any], *arguments: Any, **given: Any) -> Refusal:
        """How something is refused."""
        with pytest.raises(Refusal) as found:
            action(*arguments, **given)
        return found.value


@pytest.fixture
def market(make: Any) -> Market:
    """A market with types and workers."""
    return Market(make)


@pytest.fixture
def market_with(make_with: Callable[..., Any]) -> Callable[..., Market]:
    """A market with other settings: `market_with(answers__max_bytes=300)`."""
    return lambda **overrides: Market(make_with(**overrides))
