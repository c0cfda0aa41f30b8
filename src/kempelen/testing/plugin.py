"""The pytest fixture `kempelen`: a running server for the test suites of its users."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kempelen.testing.market import Kempelen


@pytest.fixture
def kempelen(tmp_path: Path) -> Iterator[Kempelen]:
    """A market of its own for each test: server, boto3 client, workers, a clock to advance."""
    with Kempelen(tmp_path) as market:
        yield market
