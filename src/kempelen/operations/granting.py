"""Granting and revoking qualifications, whoever asks for it; the history is kept with it."""

from kempelen.domain import qualification as transitions
from kempelen.domain.qualification import Cause, Qualification, QualificationStatus
from kempelen.store import qualifications
from kempelen.store.tx import Tx


def grant(
    tx: Tx, qualification_type_id: str, worker_id: str, value: int, cause: Cause
) -> Qualification:
    """Grant a qualification, grant it again, or give it another value; GrantTime is now."""
    held = qualifications.get(tx, qualification_type_id, worker_id)
    if held is not None:
        return qualifications.put(tx, transitions.grant(held, value, tx.now), cause)
    new = Qualification(
        n=0,
        qualification_type_id=qualification_type_id,
        worker_id=worker_id,
        value=value,
        status=QualificationStatus.GRANTED,
        granted_at=tx.now,
    )
    return qualifications.put(tx, new, cause)


def revoke(tx: Tx, held: Qualification, reason: str | None, cause: Cause) -> Qualification:
    """Revoke a qualification; refuses (InvalidQualificationState) one that is revoked."""
    return qualifications.put(tx, transitions.revoke(held, reason), cause)
