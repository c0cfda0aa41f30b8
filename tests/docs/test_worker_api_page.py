"""The reference of the worker API: complete, and its examples are what the server speaks."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # the package has no type information
import pytest

from kempelen.edges.worker import api
from kempelen.testing.market import Kempelen

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "worker-api.md"
TEXT = PAGE.read_text(encoding="utf-8")
QUESTION = """<QuestionForm xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas\
/2017-11-06/QuestionForm.xsd"><Question><QuestionIdentifier>bird</QuestionIdentifier>
<QuestionContent><Text>Which?</Text></QuestionContent><AnswerSpecification><SelectionAnswer>
<Selections><Selection><SelectionIdentifier>finch</SelectionIdentifier><Text>Finch</Text></Selection>
</Selections></SelectionAnswer></AnswerSpecification></Question></QuestionForm>"""
# The schemas of the examples, in the order of the page.
EXAMPLES = [
    "ProblemDocument",
    "GetMeResponse",
    "ListHitGroupsResponse",
    "AcceptBody",
    "ListMyAssignmentsResponse",
    "SubmitBody",
    "SubmitAssignmentResponse",
    "UploadFileResponse",
    "ReturnBody",
    "ListQueueResponse",
    "ListOwnQualificationsResponse",
    "SearchQualificationTypesResponse",
    "QualificationTest",
    "SubmitTestBody",
    "ListMessagesResponse",
    "ShowMessagesResponse",
    "MarkMessagesReadResponse",
    "Task",
    "Task",
]


def test_every_endpoint_has_its_heading() -> None:
    wanted = {f"{endpoint.method} {endpoint.path}" for endpoint in api.ENDPOINTS}
    headings = re.findall(r"^### ((?:GET|POST|PATCH|PUT|DELETE) .*)$", TEXT, re.MULTILINE)
    assert set(headings) == wanted
    assert len(headings) == len(wanted)


def _examples() -> list[Any]:
    found = re.findall(r"^```json\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    return [json.loads(example) for example in found]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_have_the_shapes_of_the_description(number: int) -> None:
    examples = _examples()
    assert len(examples) == len(EXAMPLES)
    components = json.loads(api.openapi())["components"]
    name = EXAMPLES[number]
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    jsonschema.Draft202012Validator(schema).validate(examples[number])
    described = set(components["schemas"][name]["properties"])
    assert examples[number].keys() <= described


def test_the_worker_in_python(
    kempelen: Kempelen, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It does all HITs of a group, one after the other."""
    for _ in range(3):
        kempelen.client.create_hit(
            Title="Name the bird",
            Description="Look at the picture",
            Reward="0.05",
            AssignmentDurationInSeconds=600,
            LifetimeInSeconds=3600,
            MaxAssignments=1,
            Question=QUESTION,
        )
    worker = kempelen.add_worker()
    monkeypatch.setenv("KEMPELEN_URL", kempelen.url)
    monkeypatch.setenv("KEMPELEN_WORKER_TOKEN", worker.token)
    (program,) = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    exec(program, {"__name__": "worker"})  # noqa: S102 - our own page
    *done, last = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in done] == ["submitted"] * 3
    assert last == "3 submitted"
