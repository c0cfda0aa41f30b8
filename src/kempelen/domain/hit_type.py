"""HIT types: the properties that HITs share. Equal properties of one requester are one HIT type."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from kempelen.domain.requirement import QualificationRequirement

BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GROUP_ID_LENGTH = 30
AUTO_APPROVAL_DELAY_DEFAULT_SECONDS = 2_592_000


@dataclass(frozen=True, kw_only=True, slots=True)
class HITTypeProperties:
    """The seven properties that decide identity; reward in money units, durations in seconds."""

    title: str
    description: str
    keywords: str
    reward: int
    assignment_duration_seconds: int
    auto_approval_delay_seconds: int
    requirements: tuple[QualificationRequirement, ...]

    def fingerprint(self) -> str:
        """Equal for equal properties; the order of the requirements does not count."""
        return _fingerprint(self)


# Batches create HITs of the same few types over and over.
@lru_cache(maxsize=1024)
def _fingerprint(properties: HITTypeProperties) -> str:
    requirements = sorted(requirement.canonical() for requirement in properties.requirements)
    whole = [
        properties.title,
        properties.description,
        properties.keywords,
        properties.reward,
        properties.assignment_duration_seconds,
        properties.auto_approval_delay_seconds,
        requirements,
    ]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class HITType:
    """A registered HIT type; it never changes."""

    hit_type_id: str
    group_id: str
    requester_id: str
    properties: HITTypeProperties
    created_at: datetime


def group_id_of(hit_type_id: str) -> str:
    """The HIT group that workers browse: one per HIT type, derived from its id."""
    number = int.from_bytes(hashlib.sha256(hit_type_id.encode()).digest(), "big")
    digits = []
    for _ in range(GROUP_ID_LENGTH - 1):
        number, digit = divmod(number, 36)
        digits.append(BASE36[digit])
    return "3" + "".join(digits)
