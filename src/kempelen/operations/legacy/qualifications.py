"""UpdateQualificationScore: a new value for workers who have the qualification, and nobody else."""

from kempelen.api.legacy import Nothing, UpdateQualificationScoreRequest
from kempelen.domain import errors
from kempelen.domain import qualification as transitions
from kempelen.domain.people import Requester
from kempelen.domain.qualification import Cause
from kempelen.operations import granting, qualification_types
from kempelen.operations.registry import OLDER_ONLY, operation
from kempelen.store import qualifications
from kempelen.store.tx import Tx


@operation(writes=True, protocols=OLDER_ONLY)
def update_qualification_score(
    tx: Tx, requester: Requester, request: UpdateQualificationScoreRequest
) -> Nothing:
    """Change the value that a worker holds.

    Refusals, in order: PermissionDenied for system types, QualificationTypeDoesNotExist,
    QualificationDoesNotExist, InvalidQualificationState for a revoked one.
    """
    wanted = qualification_types.own(tx, requester, request.qualification_type_id)
    held = qualifications.get(tx, wanted.qualification_type_id, request.subject_id)
    if held is None:
        raise errors.QualificationDoesNotExist
    transitions.check_granted(held)
    type_id, value = wanted.qualification_type_id, request.integer_value
    granting.grant(tx, type_id, held.worker_id, value, Cause.ASSOCIATED)
    return Nothing()
