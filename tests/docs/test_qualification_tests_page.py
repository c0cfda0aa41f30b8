"""The how-to of qualification tests: its programs run, and the scores are what it says."""

import re
from pathlib import Path
from typing import Any

import boto3
import pytest

from kempelen.testing.market import Kempelen

PAGE = (
    Path(__file__).parent.parent.parent / "docs" / "how-to" / "qualification-tests.md"
).read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    ("wing", "waders", "score"),
    [
        ("finch", ["heron", "stilt"], 100),
        ("finch", ["heron"], 67),
        ("robin", ["heron", "stilt"], 67),
        ("finch", ["stilt"], 0),
        ("robin", [], -33),
    ],
)
def test_the_programs_run(
    kempelen: Kempelen,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    wing: str,
    waders: list[str],
    score: int,
) -> None:
    """A worker takes the test; a score of 80 opens the HIT."""
    monkeypatch.setenv("KEMPELEN_URL", kempelen.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", kempelen.requester.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", kempelen.requester.secret_access_key)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    make, grade, who = PROGRAMS
    names: dict[str, Any] = {"__name__": "requester"}
    exec(make, names)  # noqa: S102 - our own page
    worker = kempelen.add_worker()
    type_id = names["birds"]["QualificationTypeId"]
    attempt = worker.call("POST", f"/qualification-types/{type_id}/test")
    answers = {"wing": [wing], "waders": waders}
    worker.call(
        "POST", f"/qualification-tests/{attempt['attempt_id']}/submit", {"answers": answers}
    )
    exec(grade, names)  # noqa: S102 - our own page
    assert capsys.readouterr().out == ""
    exec(who, names)  # noqa: S102 - our own page
    assert capsys.readouterr().out.split() == [worker.worker_id, str(score)]
    group = worker.call("GET", f"/hit-groups/{names['hit']['HITGroupId']}")
    assert group["caller"]["can_accept"] is (score >= 80)
