"""The pytest fixture `kempelen`: a running server for the test suites of its users."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kempelen.testing.market import Kempelen


@pytest.fixture
def kempelen(tmp_path: Path) -> Iterator["Kempelen"]:
    """A market of its own for each test: server, boto3 client, workers, a clock to advance."""
    # Imported late: pytest loads this file in every suite, wanted or not.
    from kempelen.testing.market import Kempelen  # noqa: PLC0415

    with Kempelen(tmp_path) as market:
        yield market
