"""Decoding of requests about qualification types before the transaction.

Refusals come in the order of the request's members, the first one wins; then combinations.
"""

from dataclasses import dataclass

from kempelen.api.qualifications import (
    CreateQualificationTypeRequest,
    UpdateQualificationTypeRequest,
)
from kempelen.domain import errors
from kempelen.domain import qualification_type as rules
from kempelen.domain.qualification_type import (
    AUTO_GRANTED_VALUE_DEFAULT,
    Changes,
    QualificationTest,
    QualificationTypeStatus,
)
from kempelen.formats import answer_key, question
from kempelen.operations import parameters
from kempelen.operations.registry import Preparation

NAME_MAX = 200
RETRY_DELAY_SECONDS = (0, 2_147_483_647)
TEST_DURATION_SECONDS = (1, 31_536_000)

_Request = CreateQualificationTypeRequest | UpdateQualificationTypeRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class NewType:
    """What CreateQualificationType asks for, decoded."""

    name: str
    keywords: str | None
    description: str
    status: QualificationTypeStatus
    test: QualificationTest | None
    retry_delay_seconds: int | None
    auto_granted_value: int | None


def new_type(preparation: Preparation, request: CreateQualificationTypeRequest) -> NewType:
    """Decode CreateQualificationType."""
    parameters.text(request.name, "Name", NAME_MAX, minimum=1)
    parameters.text(request.keywords or "", "Keywords", parameters.KEYWORDS_MAX)
    parameters.text(request.description, "Description", parameters.DESCRIPTION_MAX)
    retry_delay = _retry_delay(request)
    _check_documents(preparation, request)
    _check_duration(request)
    test = _test(request)
    value = request.auto_granted_value
    if not request.auto_granted:
        value = None
    elif value is None:
        value = AUTO_GRANTED_VALUE_DEFAULT
    rules.check_automatic(test, value)
    return NewType(
        name=request.name,
        keywords=request.keywords or None,
        description=request.description,
        status=QualificationTypeStatus(request.qualification_type_status),
        test=test,
        retry_delay_seconds=retry_delay,
        auto_granted_value=value,
    )


def changes(preparation: Preparation, request: UpdateQualificationTypeRequest) -> Changes:
    """Decode UpdateQualificationType."""
    parameters.text(request.description or "", "Description", parameters.DESCRIPTION_MAX)
    _check_documents(preparation, request)
    _check_duration(request)
    retry_delay = _retry_delay(request)
    status = request.qualification_type_status
    return Changes(
        description=request.description,
        status=None if status is None else QualificationTypeStatus(status),
        test=_test(request),
        retry_delay_seconds=retry_delay,
        auto_granted=request.auto_granted,
        auto_granted_value=request.auto_granted_value,
    )


def _retry_delay(request: _Request) -> int | None:
    delay = request.retry_delay_in_seconds
    if delay is not None:
        parameters.in_range(delay, "RetryDelayInSeconds", RETRY_DELAY_SECONDS)
    return delay


def _check_documents(preparation: Preparation, request: _Request) -> None:
    """Refuse a test that is none, and a key that is none or not of this test."""
    if request.test is None:
        return
    max_bytes = preparation.settings.questions.max_bytes
    form = question.parse_test(request.test, max_bytes=max_bytes)
    if request.answer_key is not None:
        answer_key.parse(request.answer_key, form, max_bytes=max_bytes)


def _check_duration(request: _Request) -> None:
    seconds = request.test_duration_in_seconds
    if seconds is not None:
        parameters.in_range(seconds, "TestDurationInSeconds", TEST_DURATION_SECONDS)


def _test(request: _Request) -> QualificationTest | None:
    """The test with its key and duration, which make no sense without it."""
    seconds = request.test_duration_in_seconds
    if request.test is None:
        if request.answer_key is not None:
            raise errors.InvalidParameterCombination(names="AnswerKey, Test")
        if seconds is not None:
            raise errors.InvalidParameterCombination(names="TestDurationInSeconds, Test")
        return None
    if seconds is None:
        raise errors.InvalidParameterCombination(names="Test, TestDurationInSeconds")
    return QualificationTest(
        document=request.test, answer_key=request.answer_key, duration_seconds=seconds
    )
