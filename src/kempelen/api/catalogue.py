"""The operations of the Requester API, by wire name, with the shapes they take and give."""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Final

from kempelen.api import (
    account,
    assignments,
    hits,
    notifications,
    qualifications,
    reviews,
    workers,
)
from kempelen.api.shape import Shape

_MODULES: Final = (
    hits,
    reviews,
    assignments,
    account,
    qualifications,
    workers,
    notifications,
)


def _shapes(module: ModuleType) -> dict[str, tuple[type[Shape], type[Shape]]]:
    return {
        name.removesuffix("Request"): (shape, getattr(module, f"{name[:-7]}Response"))
        for name, shape in vars(module).items()
        if name.endswith("Request") and issubclass(shape, Shape)
    }


#: Operation name -> (request shape, response shape), for all 39.
OPERATIONS: Final[Mapping[str, tuple[type[Shape], type[Shape]]]] = MappingProxyType(
    {name: pair for module in _MODULES for name, pair in _shapes(module).items()}
)
