"""The tutorial works as it is written."""

import re
from pathlib import Path

import boto3
import pytest

from kempelen.testing.market import Kempelen

PAGE = Path(__file__).parent.parent.parent / "docs" / "tutorial" / "first-steps.md"


def test_first_steps(
    kempelen: Kempelen, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its programs run one after the other, with a worker doing the HIT in between."""
    publish, read = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.setenv("AWS_ENDPOINT_URL_MTURK", kempelen.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", kempelen.requester.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", kempelen.requester.secret_access_key)
    # What another test told boto3 would be used again.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    names: dict[str, object] = {}
    exec(publish, names)  # noqa: S102 - our own page
    hit = names["hit"]
    assert isinstance(hit, dict)
    assert capsys.readouterr().out == f"{hit['HITId']} Assignable\n"
    worker = kempelen.add_worker("ada")
    worker.do(hit["HITId"], {"bird": {"selections": ["bunting"]}})
    exec(read, names)  # noqa: S102 - our own page
    assert capsys.readouterr().out.splitlines() == [
        f"{worker.worker_id} Approved",
        "review Succeeded Reviewed one known answer; 1/1 correct",
        "approve Succeeded Approved",
    ]
    client = names["mturk"]
    client.close()  # type: ignore[attr-defined]  # boto3 has no types
