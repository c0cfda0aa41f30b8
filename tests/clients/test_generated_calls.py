"""Calls made up from botocore's model of the service, right and nearly right, over HTTP.

Whatever is asked, the answer is never a 500; a refusal has a documented type and code; and of a
success botocore finds exactly the members that were sent, which are those of our shapes.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kempelen.api import catalogue
from kempelen.operations import served
from kempelen.testing.market import Kempelen
from kempelen.testing.worker import Worker

MODEL = ServiceModel(Loader().load_service_model("mturk", "service-2"), "mturk")
ERRORS_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
HTML = (
    f'<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
    "<!DOCTYPE html><form><input name='tag'></form>]]></HTMLContent><FrameHeight>0</FrameHeight>"
    "</HTMLQuestion>"
)
EXTERNAL = (
    f'<ExternalQuestion xmlns="{SCHEMAS}/2006-07-14/ExternalQuestion.xsd"><ExternalURL>'
    "https://example.org/</ExternalURL><FrameHeight>0</FrameHeight></ExternalQuestion>"
)
FORM = (
    f'<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd"><Question>'
    "<QuestionIdentifier>tag</QuestionIdentifier><QuestionContent><Text>What?</Text>"
    "</QuestionContent><AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question>"
    "</QuestionForm>"
)
KEY = (
    f'<AnswerKey xmlns="{SCHEMAS}/2005-10-01/AnswerKey.xsd"><Question><QuestionIdentifier>tag'
    "</QuestionIdentifier></Question></AnswerKey>"
)
SETTINGS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class World:
    """What a requester has: names of things that exist, by the member that takes them."""

    client: Any
    known: dict[str, list[Any]]
    exchanges: list[tuple[int, Any]] = field(default_factory=list)

    def ask(self, name: str, members: Mapping[str, Any]) -> tuple[int, Any, Any]:
        """The status, the body as it was sent, and what botocore made of it."""
        self.exchanges.clear()
        method = self.client.meta.method_to_api_mapping
        (called,) = [each for each, operation in method.items() if operation == name]
        try:
            parsed = getattr(self.client, called)(**members)
        except ClientError as error:
            parsed = error.response
        ((status, body),) = self.exchanges
        return status, body, parsed


@pytest.fixture
def world(
    market: Kempelen,
    session: boto3.session.Session,
    workers: list[Worker],
    ask_for: Callable[[str, Worker], str],
    hand_in_file: Callable[[Worker, str], str],
) -> Iterator[World]:
    """A requester with HITs in several states and work to decide about."""
    requester = market.add_requester("A lab")
    client = session.client(
        "mturk",
        endpoint_url=market.url,
        aws_access_key_id=requester.access_key_id,
        aws_secret_access_key=requester.secret_access_key,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    made = World(client=client, known={})
    made.known = {
        **populate(client, workers),
        **qualify(client, workers, ask_for),
        "WorkerId": [worker.worker_id for worker in workers],
        "WorkerIds": [[worker.worker_id for worker in workers]],
        "Question": [HTML, EXTERNAL, FORM],
        "Test": [FORM],
        "AnswerKey": [KEY],
        "QuestionIdentifier": ["photo"],
        "Destination": ["lab@example.org"],
        "Transport": ["Email"],
        "Version": ["2006-05-05", "2014-08-15"],
    }
    made.known["AssignmentId"].append(hand_in_file(workers[2], made.known["HITId"][3]))
    client.meta.events.register(
        "before-parse.mturk.*",
        lambda response_dict, **_: made.exchanges.append(
            (response_dict["status_code"], json.loads(response_dict["body"]))
        ),
    )
    yield made
    client.close()


def populate(client: Any, workers: list[Worker]) -> dict[str, list[Any]]:
    """HITs that are out, done, being reviewed and expired; work submitted, approved, rejected."""
    hit_type = {
        "Title": "Tag",
        "Description": "One word",
        "Reward": "0.05",
        "AssignmentDurationInSeconds": 600,
    }
    hits = [
        client.create_hit(**hit_type, MaxAssignments=most, LifetimeInSeconds=3600, Question=HTML)[
            "HIT"
        ]
        for most in (1, 2, 3, 12, 1, 2)
    ]
    hit_ids = [hit["HITId"] for hit in hits]
    for hit_id, worker in zip(hit_ids[:3], workers, strict=True):
        worker.do(hit_id, {"tag": "dog"})
    workers[0].do(hit_ids[2], {"tag": "cat"})
    workers[1].do(hit_ids[2], {"tag": "cat"})
    workers[0].do(hit_ids[4], {"tag": "dog"})
    for hit_id in hit_ids[4:]:
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    found = [
        item["AssignmentId"]
        for hit_id in hit_ids
        for item in client.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    ]
    client.approve_assignment(AssignmentId=found[0])
    client.reject_assignment(AssignmentId=found[1], RequesterFeedback="No")
    client.update_hit_review_status(HITId=hit_ids[0])
    other = client.create_hit_type(**{**hit_type, "Reward": "0.06"})["HITTypeId"]
    return {
        "HITId": hit_ids,
        "HITTypeId": [hits[0]["HITTypeId"], other],
        "AssignmentId": found,
        "NextToken": [client.list_hits(MaxResults=1)["NextToken"]],
    }


def qualify(
    client: Any, workers: list[Worker], ask_for: Callable[[str, Worker], str]
) -> dict[str, list[Any]]:
    """Qualification types, of which one has a test; some granted, some asked for."""
    made = [
        client.create_qualification_type(
            Name=name, Description="Dogs", QualificationTypeStatus="Active", **members
        )["QualificationType"]["QualificationTypeId"]
        for name, members in (
            ("Granted", {}),
            ("Asked for", {}),
            ("Tested", {"Test": FORM, "TestDurationInSeconds": 60}),
        )
    ]
    for worker in workers:
        client.associate_qualification_with_worker(
            QualificationTypeId=made[0], WorkerId=worker.worker_id, IntegerValue=7
        )
    requests = [ask_for(made[1], worker) for worker in workers]
    return {"QualificationTypeId": made, "QualificationRequestId": requests}


# --- right calls -----------------------------------------------------------------------------

NUMBERS = {
    "AssignmentDurationInSeconds": (30, 3600),
    "LifetimeInSeconds": (30, 3600),
    "AutoApprovalDelayInSeconds": (0, 3600),
    "MaxAssignments": (1, 20),
    "NumberOfAdditionalAssignments": (1, 3),
    "TestDurationInSeconds": (1, 3600),
    "RetryDelayInSeconds": (0, 3600),
}
TEXTS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=30
)


def usual(name: str, shape: Shape, world: World) -> st.SearchStrategy[Any]:
    """What programs send: things that exist, texts and numbers that the rules allow."""
    if name in world.known:
        return st.sampled_from(world.known[name])
    match shape.type_name:
        case "structure":
            return structures(shape, world)
        case "list":
            return st.lists(usual("", shape.member, world), max_size=2)
        case "boolean":
            return st.booleans()
        case "timestamp":
            return st.integers(0, 4_000_000_000).map(lambda each: datetime.fromtimestamp(each, UTC))
        case "integer" | "long":
            low, high = NUMBERS.get(name, (1, 100))
            return st.integers(low, high)
    return strings(shape)


def strings(shape: Shape) -> st.SearchStrategy[str]:
    if shape.enum:
        return st.sampled_from(shape.enum)
    match shape.metadata.get("pattern"):
        case "^[A-Z0-9]+$":
            return st.text("ABC012", min_size=1, max_size=30)
        case "^A[A-Z0-9]+$":
            return st.text("ABC012", min_size=1, max_size=13).map("A".__add__)
        case r"^[0-9]+(\.)?[0-9]{0,2}$":
            return st.sampled_from(["0.01", "0.05", "1", "2.", "1.5"])
    longest = shape.metadata.get("max", 30)
    return TEXTS.map(lambda text: (text * shape.metadata.get("min", 1))[:longest])


def structures(shape: Shape, world: World) -> st.SearchStrategy[dict[str, Any]]:
    """What is required, and up to three of the rest, of which Question is nearly always one."""
    rest = sorted(set(shape.members) - set(shape.required_members))
    chosen = st.sets(st.sampled_from(rest), max_size=3) if rest else st.just(set())
    if "Question" in rest:
        chosen = chosen.map(lambda names: names | {"Question"})

    def fill(names: set[str]) -> st.SearchStrategy[dict[str, Any]]:
        wanted = [*shape.required_members, *sorted(names)]
        return st.fixed_dictionaries(
            {name: usual(name, shape.members[name], world) for name in wanted}
        )

    return chosen.flatmap(fill)


# --- nearly right calls ----------------------------------------------------------------------

WRONG: dict[str, list[Any]] = {
    "string": ["", " ", "x" * 70_000, "a\nb", "\x00", "\x0b", "é😀", "-1", "0.001", "1e9", 7, True],
    "integer": [0, -1, 101, 2**31 - 1, 2**31, -(2**31) - 1, 2**70, 1.5, 3.0, "3", True],
    "long": [0, -1, 2**31, 2**63 - 1, 2**63, 2.5, "60", False],
    "boolean": ["true", 0, 1],
    "timestamp": [0],
}


def nearly(shape: Shape, world: World) -> st.SearchStrategy[dict[str, Any]]:
    """A right call with one member left out or spoilt, perhaps deep inside."""

    def spoil(right: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        if not right:
            return st.just(right)
        return st.sampled_from(sorted(right)).flatmap(
            lambda name: st.one_of(
                spoilt(right[name], shape.members[name]).map(lambda bad: {**right, name: bad}),
                st.just({each: right[each] for each in right if each != name}),
            )
        )

    return structures(shape, world).flatmap(spoil)


def spoilt(value: Any, shape: Shape) -> st.SearchStrategy[Any]:
    match shape.type_name:
        case "structure":
            if not value:
                return st.just(value)
            return st.sampled_from(sorted(value)).flatmap(
                lambda name: spoilt(value[name], shape.members[name]).map(
                    lambda bad: {**value, name: bad}
                )
            )
        case "list":
            item = value[0] if value else None
            if item is None:
                return st.just([]) if shape.member.type_name == "structure" else st.just([""] * 3)
            return spoilt(item, shape.member).map(lambda bad: [*value, bad])
    wrong: st.SearchStrategy[Any] = st.sampled_from(WRONG[shape.type_name])
    return wrong


# --- what must hold --------------------------------------------------------------------------

PAGE = ERRORS_PAGE.read_text(encoding="utf-8")
BEFORE_OPERATIONS = set(re.findall(r"^\| (\w+Exception)\b", PAGE, re.MULTILINE))
DOCUMENTED = set(re.findall(r"^\| \w+ \| (\w+) \| `([\w.]+)` \|", PAGE, re.MULTILINE))


def check(world: World, name: str, members: dict[str, Any]) -> bool:
    """Ask, and look at the answer from all sides; returns whether the call succeeded."""
    status, body, parsed = world.ask(name, members)
    assert status in (200, 400), (name, members, body)
    if status == 400:
        check_refusal(body, parsed)
        return False
    _, response = catalogue.OPERATIONS[name]
    assert msgspec.to_builtins(msgspec.convert(body, response)) == immutable(body)
    del parsed["ResponseMetadata"]
    assert parsed == as_parsed(body, MODEL.operation_model(name).output_shape)
    return True


def check_refusal(body: Any, parsed: Any) -> None:
    kind = body["__type"]
    assert parsed["Error"]["Code"] == kind
    message = body.get("Message", body.get("message"))
    assert message
    assert parsed["Error"]["Message"] == message
    if kind in BEFORE_OPERATIONS:
        assert "TurkErrorCode" not in body
    else:
        assert (kind, body["TurkErrorCode"]) in DOCUMENTED
        assert re.search(r" \(\d{13}\)$", message)


def as_parsed(value: Any, shape: Shape) -> Any:
    """JSON as botocore is to give it: every member that was sent, and times as times."""
    match shape.type_name:
        case "structure":
            return {name: as_parsed(item, shape.members[name]) for name, item in value.items()}
        case "list":
            return [as_parsed(item, shape.member) for item in value]
        case "timestamp":
            return datetime.fromtimestamp(value, UTC)
    return value


def immutable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: immutable(item) for name, item in value.items()}
    return tuple(map(immutable, value)) if isinstance(value, list) else value


def each(strategy: Callable[[Shape, World], st.SearchStrategy[Any]]) -> Callable[..., int]:
    """Ask an operation many times; returns how often it succeeded."""

    def ask(world: World, name: str) -> int:
        shape = MODEL.operation_model(name).input_shape
        succeeded = 0

        @SETTINGS
        @given(members=strategy(shape, world))
        def calls(members: dict[str, Any]) -> None:
            nonlocal succeeded
            succeeded += check(world, name, members)

        calls()
        return succeeded

    return ask


@pytest.mark.parametrize("name", sorted(served.BY_NAME))
def test_right_calls(world: World, name: str) -> None:
    """And not all of them may be refused, or nothing would be proved."""
    assert each(structures)(world, name) > 0


@pytest.mark.parametrize("name", sorted(served.BY_NAME))
def test_nearly_right_calls(world: World, name: str) -> None:
    each(nearly)(world, name)
