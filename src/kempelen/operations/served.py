"""The operations of the Requester API that are served, by their wire names.

Importing this module imports every module that declares one, so that none is forgotten.
"""

from types import MappingProxyType

from kempelen.domain.people import Requester
from kempelen.operations import (
    account,
    assignments,
    files,
    hits,
    listings,
    notifications,
    qualification_requests,
    qualification_types,
    qualifications,
    registry,
    reviews,
    workers,
)
from kempelen.operations.registry import Protocol

__all__ = ["BY_NAME"]

MODULES = (
    account,
    assignments,
    files,
    hits,
    listings,
    notifications,
    qualification_requests,
    qualification_types,
    qualifications,
    reviews,
    workers,
)
"""Where operations of requesters are declared."""

BY_NAME = MappingProxyType(
    {item.name: item for item in registry.declared(Requester) if Protocol.JSON in item.protocols}
)
"""Wire name to operation, for those of the present API."""
