"""The pytest fixture `kempelen`: a running server for the test suites of its users.

pytest imports this module in every suite of an environment, so it imports nothing of the server
before a test asks for the fixture.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kempelen.testing.market import Kempelen


@pytest.fixture
def kempelen(tmp_path: Path) -> Iterator["Kempelen"]:
    """A market of its own for each test: server, boto3 client, workers, a clock to advance.

    def test_my_pipeline(kempelen):
        hit = publish(kempelen.client)["HIT"]
        alice = kempelen.add_worker()
        alice.do(hit["HITId"], {"label": "cat"})
        kempelen.advance(days=2)
    """
    from kempelen.testing.market import Kempelen  # noqa: PLC0415 - slow, and rarely needed

    with Kempelen(tmp_path) as market:
        yield market
