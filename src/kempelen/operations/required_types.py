"""Which qualification types HITs may require, and which HITs require one."""

from dataclasses import replace

from kempelen.domain import errors, system_types
from kempelen.domain import qualification_type as transitions
from kempelen.domain.hit import HIT
from kempelen.domain.hit_type import HITType, HITTypeProperties
from kempelen.domain.people import Requester
from kempelen.domain.qualification_type import QualificationType
from kempelen.domain.requirement import QualificationRequirement
from kempelen.store import hit_requirements, hit_types, qualification_types
from kempelen.store.tx import Tx


def check_new(tx: Tx, requester: Requester, properties: HITTypeProperties) -> HITTypeProperties:
    """The properties with the names of the types that they require.

    Refuses (InvalidParameterValue for QualificationRequirement) a type that is unknown, inactive
    or deleted, somebody else's unless `qualifications.allow_foreign_types`, and with
    `qualifications.masters_id_strict` the Masters id of the other kind of marketplace.
    """
    if not properties.requirements:
        return properties
    named = tuple(_named(tx, requester, item) for item in properties.requirements)
    return replace(properties, requirements=named)


def _named(
    tx: Tx, requester: Requester, wanted: QualificationRequirement
) -> QualificationRequirement:
    type_id = wanted.qualification_type_id
    if type_id in system_types.SYSTEM_TYPES:
        if not _is_known_here(tx, type_id):
            raise errors.InvalidParameterValue(value=type_id, name="QualificationRequirement")
        return wanted
    found = qualification_types.get(tx, type_id)
    if found is None or not found.is_active or not _may_require(tx, requester, found):
        raise errors.InvalidParameterValue(value=type_id[:100], name="QualificationRequirement")
    return replace(wanted, type_name=found.name)


def _is_known_here(tx: Tx, type_id: str) -> bool:
    """Both ids of Masters are known everywhere, unless the site is strict about them."""
    settings = tx.settings
    if not settings.qualifications.masters_id_strict:
        return True
    return type_id != system_types.masters_id(is_sandbox=not settings.sandbox)


def _may_require(tx: Tx, requester: Requester, found: QualificationType) -> bool:
    is_own = found.requester_id == requester.requester_id
    return is_own or tx.settings.qualifications.allow_foreign_types


def check_used(tx: Tx, hit_type: HITType) -> None:
    """Refuse to use a registered HIT type for a HIT while one of its types cannot be required.

    HITTypeDoesNotExist when one is deleted, because its HIT types go with it;
    InvalidQualificationTypeState when one is inactive.
    """
    found = [
        qualification_types.get(tx, item.qualification_type_id)
        for item in hit_type.properties.requirements
        if item.qualification_type_id not in system_types.SYSTEM_TYPES
    ]
    if any(item is None or item.is_deleted for item in found):
        raise errors.HITTypeDoesNotExist(hit_type_id=hit_type.hit_type_id)
    if not all(item is not None and item.is_active for item in found):
        raise errors.InvalidQualificationTypeState(allowed="Active")


def note(tx: Tx, hit: HIT, hit_type: HITType) -> None:
    """Note what a new HIT requires."""
    hit_requirements.add(tx, hit, hit_type.properties.requirements)


def forget(tx: Tx, hit: HIT) -> None:
    """Forget what a HIT required that is put away or takes another HIT type.

    A deletion that waited for this HIT alone is complete with it.
    """
    hit_type = hit_types.get(tx, hit.hit_type_id)
    if hit_type is None or not hit_type.properties.requirements:
        return
    hit_requirements.remove(tx, hit, hit_type.properties.requirements)
    for item in hit_type.properties.requirements:
        if item.qualification_type_id not in system_types.SYSTEM_TYPES:
            found = qualification_types.get(tx, item.qualification_type_id)
            if found is not None and found.deletion_due is not None:
                complete_deletion(tx, found)


def complete_deletion(tx: Tx, deleted: QualificationType) -> None:
    """End a deletion when no HIT requires the type any more, or 48 hours after it began."""
    is_due = deleted.deletion_due is not None and deleted.deletion_due <= tx.now
    if is_due or not hit_requirements.is_required(tx, deleted.qualification_type_id):
        qualification_types.save(tx, transitions.complete_deletion(deleted))
