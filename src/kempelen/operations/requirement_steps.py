"""What a worker can do about requirements that are not met, for all groups of a page at once."""

from collections.abc import Iterable

from kempelen.domain import qualification_step
from kempelen.domain.qualification_step import NextStep
from kempelen.domain.requirement import QualificationRequirement, Standing
from kempelen.domain.system_types import SYSTEM_TYPES
from kempelen.operations import own_records
from kempelen.operations.present_work import Steps
from kempelen.store import qualification_types
from kempelen.store.tx import Tx


def of(tx: Tx, standing: Standing, requirements: Iterable[QualificationRequirement]) -> Steps:
    """The steps for any of some requirements, from a few queries however many they are."""
    wanted = {
        item.qualification_type_id
        for item in requirements
        if item.qualification_type_id not in SYSTEM_TYPES
        and not item.is_met_by(standing.value(item.qualification_type_id))
    }
    types = qualification_types.get_many(tx, sorted(wanted)) if wanted else {}
    own = own_records.of_many(tx, standing.worker.worker_id, types.values())

    def step(requirement: QualificationRequirement) -> NextStep:
        found = types.get(requirement.qualification_type_id)
        if found is None:
            return qualification_step.NOTHING
        record = own[found.qualification_type_id].record
        return qualification_step.step_towards(requirement, found, record, tx.now)

    return step
