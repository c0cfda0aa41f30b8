"""ApproveRejectedAssignment: an operation of its own in the older API."""

from kempelen.api.legacy import ApproveRejectedAssignmentRequest, Nothing
from kempelen.domain import errors
from kempelen.domain.assignment import AssignmentStatus
from kempelen.domain.people import Requester
from kempelen.operations import assignments as assignment_operations
from kempelen.operations import decisions, parameters
from kempelen.operations.registry import OLDER_ONLY, operation
from kempelen.store import hits
from kempelen.store.tx import Tx


@operation(writes=True, protocols=OLDER_ONLY)
def approve_rejected_assignment(
    tx: Tx, requester: Requester, request: ApproveRejectedAssignmentRequest
) -> Nothing:
    """Approve rejected work and pay for it, at most 30 days after its submission.

    Refusals, in order: RequesterFeedback, AssignmentDoesNotExist, InvalidAssignmentState (also
    when the HIT is disposed), InsufficientFunds.
    """
    if request.requester_feedback is not None:
        parameters.message(request.requester_feedback, "RequesterFeedback")
    hit, assignment = assignment_operations.own_submitted(
        tx, requester, request.assignment_id, allow_disposed=True
    )
    if hit.is_gone or assignment.status is not AssignmentStatus.REJECTED:
        raise errors.InvalidAssignmentState(allowed=AssignmentStatus.REJECTED)
    feedback = request.requester_feedback
    hit, _ = decisions.approve(tx, hit, assignment, feedback=feedback, override=True)
    hits.save(tx, hit)
    return Nothing()
