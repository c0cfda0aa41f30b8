"""Changes of qualification types and of what workers hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kempelen.domain import errors
from kempelen.domain import qualification as held
from kempelen.domain import qualification_type as types
from kempelen.domain.qualification import Qualification, QualificationStatus
from kempelen.domain.qualification_type import (
    Changes,
    QualificationTest,
    QualificationType,
    QualificationTypeStatus,
)

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
TEST = QualificationTest(n=4, document="<QuestionForm/>", answer_key="<A/>", duration_seconds=600)
PLAIN = QualificationType(
    n=1,
    qualification_type_id="3TYPE",
    requester_id="AREQUESTER",
    name="Knows dogs",
    description="Tells one from another",
    keywords="dog",
    status=QualificationTypeStatus.ACTIVE,
    test=None,
    retry_delay_seconds=None,
    auto_granted_value=None,
    created_at=NOW,
)
TESTED = replace(PLAIN, test=TEST, retry_delay_seconds=60)
AUTOMATIC = replace(PLAIN, auto_granted_value=5)


def test_nothing_asked_changes_nothing() -> None:
    for item in (PLAIN, TESTED, AUTOMATIC):
        assert types.change(item, Changes()) == item


def test_description_and_status_are_replaced() -> None:
    inactive = QualificationTypeStatus.INACTIVE
    found = types.change(PLAIN, Changes(description="", status=inactive))
    assert (found.description, found.status, found.is_active) == ("", inactive, False)
    assert types.change(found, Changes(status=QualificationTypeStatus.ACTIVE)).is_active


def test_a_retry_delay_is_added_or_changed() -> None:
    assert types.change(PLAIN, Changes(retry_delay_seconds=0)).retry_delay_seconds == 0
    assert types.change(TESTED, Changes(retry_delay_seconds=7)).retry_delay_seconds == 7


def test_a_test_brings_its_key_or_none() -> None:
    other = QualificationTest(document="<Q/>", answer_key=None, duration_seconds=30)
    assert types.change(TESTED, Changes(test=other)).test == other
    assert types.change(PLAIN, Changes(test=other)).test == other


@pytest.mark.parametrize(
    ("before", "members", "value"),
    [
        (PLAIN, {"auto_granted": True}, 1),
        (PLAIN, {"auto_granted": True, "auto_granted_value": 9}, 9),
        (PLAIN, {"auto_granted_value": 9}, None),
        (AUTOMATIC, {"auto_granted_value": 9}, 9),
        (AUTOMATIC, {"auto_granted": True}, 5),
        (AUTOMATIC, {"auto_granted": False}, None),
        (AUTOMATIC, {"auto_granted": False, "auto_granted_value": 9}, None),
        (TESTED, {"auto_granted": False}, None),
    ],
)
def test_what_is_granted_automatically(
    before: QualificationType, members: dict[str, Any], value: int | None
) -> None:
    assert types.change(before, Changes(**members)).auto_granted_value == value


def test_a_test_and_an_automatic_grant_exclude_each_other() -> None:
    refused = [
        (TESTED, Changes(auto_granted=True)),
        (AUTOMATIC, Changes(test=TEST)),
        (PLAIN, Changes(test=TEST, auto_granted=True)),
    ]
    for before, wanted in refused:
        with pytest.raises(errors.InvalidParameterCombination, match="Test, AutoGranted"):
            types.change(before, wanted)
    found = types.change(AUTOMATIC, Changes(test=TEST, auto_granted=False))
    assert (found.test, found.auto_granted_value) == (TEST, None)


def test_a_deleted_type_changes_no_more() -> None:
    deleted = types.delete(PLAIN, NOW)
    assert (deleted.is_deleted, deleted.is_active) == (True, False)
    assert deleted.deletion_due == NOW + timedelta(hours=48)
    with pytest.raises(errors.InvalidQualificationTypeState, match="of: Active"):
        types.check_changeable(deleted)
    types.check_changeable(PLAIN)
    hours = timedelta(hours=48)
    assert deleted.is_being_deleted(NOW + hours - timedelta(microseconds=1))
    assert not deleted.is_being_deleted(NOW + hours)
    done = types.complete_deletion(deleted)
    assert (done.is_deleted, done.deletion_due) == (True, None)


def test_what_a_worker_holds_is_granted_and_revoked() -> None:
    first = Qualification(
        n=1,
        qualification_type_id="3TYPE",
        worker_id="AWORKER",
        value=3,
        status=QualificationStatus.GRANTED,
        granted_at=NOW,
    )
    revoked = held.revoke(first, "Too slow")
    assert (revoked.is_granted, revoked.value, revoked.reason) == (False, 3, "Too slow")
    assert revoked.granted_at == NOW
    with pytest.raises(errors.InvalidQualificationState, match="of: Granted"):
        held.revoke(revoked, None)
    later = NOW + timedelta(seconds=9)
    again = held.grant(revoked, 4, later)
    assert (again.is_granted, again.value, again.granted_at) == (True, 4, later)
    assert again.reason is None
