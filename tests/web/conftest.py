"""What the tests of the worker API share: a client for it, and questions of each kind."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3

from kempelen.testing.market import Kempelen, Worker

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the worker API answered; `headers` by lower-case name."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The code of a problem document."""
        assert self.headers["content-type"] == "application/problem+json"
        assert self.body["status"] == self.status
        code: str = self.body["code"]
        return code


@dataclass
class Api:
    """Calls the worker API of one server; keeps what it exchanged."""

    pool: urllib3.PoolManager
    url: str
    exchanged: list[tuple[str, str, Answer]] = field(default_factory=list)

    def __call__(
        self,
        worker: Worker | None,
        method: str,
        path: str,
        body: object = None,
        **headers: str,
    ) -> Answer:
        """Send a request; `body` is JSON unless it is bytes; underscores in names are dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if worker is not None:
            named["authorization"] = f"Bearer {worker.token}"
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        response = self.pool.request(
            method, f"{self.url}/api/worker/v1{path}", body=data, headers=named
        )
        answer = Answer(
            status=response.status,
            body=json.loads(response.data) if response.data else None,
            headers={name.lower(): value for name, value in response.headers.items()},
        )
        self.exchanged.append((method, path, answer))
        return answer

    def accept(self, worker: Worker, hit: dict[str, Any]) -> str:
        """Accept a HIT; returns the assignment id."""
        answer = self(worker, "POST", f"/hits/{hit['HITId']}/accept")
        assert answer.status == 201, answer
        assignment_id: str = answer.body["assignments"][0]["assignment_id"]
        return assignment_id


@pytest.fixture
def api(kempelen: Kempelen) -> Iterator[Api]:
    """A client of the worker API of `kempelen`."""
    with urllib3.PoolManager(retries=False, maxsize=40, block=True) as pool:
        yield Api(pool, kempelen.url)


@pytest.fixture
def publish(kempelen: Kempelen) -> Any:
    """Create a HIT: `publish(question, Title=…)` gives the HIT of CreateHIT."""

    def create(question: str, **members: Any) -> dict[str, Any]:
        wanted = {
            "Title": "Describe a picture",
            "Description": "Say what you see",
            "Keywords": "picture, text",
            "Reward": "0.05",
            "AssignmentDurationInSeconds": 600,
            "LifetimeInSeconds": 86_400,
            "MaxAssignments": 3,
            "Question": question,
            **members,
        }
        hit: dict[str, Any] = kempelen.client.create_hit(**wanted)["HIT"]
        return hit

    return create


@pytest.fixture
def html_question() -> str:
    """An HTMLQuestion with a few fields."""
    return html_question_of(
        '<form name="mturk_form"><input type="hidden" name="assignmentId" value="">'
        '<label for="what">What is it?</label><input id="what" name="what" required>'
        '<label><input type="checkbox" name="seen" value="cat"> A cat</label>'
        '<label><input type="checkbox" name="seen" value="dog"> A dog</label>'
        '<input type="submit" name="go"></form>'
    )


@pytest.fixture
def crowd_question() -> Any:
    """An HTMLQuestion with a crowd-form: `crowd_question(attributes)`."""
    return lambda attributes="": html_question_of(
        f'<crowd-form {attributes}><crowd-classifier name="kind" header="Which?" '
        "categories=\"['Cat', 'Dog']\"></crowd-classifier></crowd-form>"
    )


def html_question_of(content: str) -> str:
    """The document of an HTMLQuestion."""
    return (
        f'<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
        f"<!DOCTYPE html><html><body>{content}</body></html>]]></HTMLContent>"
        "<FrameHeight>400</FrameHeight></HTMLQuestion>"
    )


@pytest.fixture
def external_question() -> str:
    """An ExternalQuestion whose address has a query and a fragment."""
    return (
        f'<ExternalQuestion xmlns="{SCHEMAS}/2006-07-14/ExternalQuestion.xsd">'
        "<ExternalURL>https://example.org/task?set=4#top</ExternalURL>"
        "<FrameHeight>500</FrameHeight></ExternalQuestion>"
    )


@pytest.fixture
def form_question() -> str:
    """A QuestionForm: a required number, a text with a default, toppings with another."""
    return f"""<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd">
<Overview><Title>Pizza</Title><Text>Tell us.</Text></Overview>
<Question><QuestionIdentifier>age</QuestionIdentifier><DisplayName>Your age</DisplayName>
<IsRequired>true</IsRequired><QuestionContent><Text>How old are you?</Text></QuestionContent>
<AnswerSpecification><FreeTextAnswer><Constraints><IsNumeric minValue="18" maxValue="120"/>
</Constraints></FreeTextAnswer></AnswerSpecification></Question>
<Question><QuestionIdentifier>note</QuestionIdentifier><IsRequired>false</IsRequired>
<QuestionContent><FormattedContent><![CDATA[<b>Anything</b> else?]]></FormattedContent>
</QuestionContent><AnswerSpecification><FreeTextAnswer><DefaultText>nothing</DefaultText>
<NumberOfLinesSuggestion>3</NumberOfLinesSuggestion></FreeTextAnswer></AnswerSpecification>
</Question>
<Question><QuestionIdentifier>toppings</QuestionIdentifier><IsRequired>false</IsRequired>
<QuestionContent><Text>Which?</Text></QuestionContent><AnswerSpecification><SelectionAnswer>
<MinSelectionCount>0</MinSelectionCount><MaxSelectionCount>3</MaxSelectionCount>
<StyleSuggestion>checkbox</StyleSuggestion><Selections>
<Selection><SelectionIdentifier>ham</SelectionIdentifier><Text>Ham</Text></Selection>
<Selection><SelectionIdentifier>olives</SelectionIdentifier><Text>Olives</Text></Selection>
<OtherSelection/></Selections></SelectionAnswer></AnswerSpecification></Question>
</QuestionForm>"""


def _choice(question_id: str, *ids: str) -> str:
    options = "".join(
        f"<Selection><SelectionIdentifier>{each}</SelectionIdentifier><Text>{each}</Text>"
        "</Selection>"
        for each in ids
    )
    return (
        f"<Question><QuestionIdentifier>{question_id}</QuestionIdentifier><IsRequired>true"
        f"</IsRequired><QuestionContent><Text>The {question_id}?</Text></QuestionContent>"
        f"<AnswerSpecification><SelectionAnswer><Selections>{options}</Selections>"
        "</SelectionAnswer></AnswerSpecification></Question>"
    )


def _keyed(question_id: str, selection: str, score: int) -> str:
    return (
        f"<Question><QuestionIdentifier>{question_id}</QuestionIdentifier><AnswerOption>"
        f"<SelectionIdentifier>{selection}</SelectionIdentifier><AnswerScore>{score}</AnswerScore>"
        "</AnswerOption></Question>"
    )


QUALIFICATION_TEST = (
    f'<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd">'
    f"{_choice('move', 'C', 'D')}{_choice('fruit', 'apples', 'pears')}</QuestionForm>"
)
ANSWER_KEY = (
    f'<AnswerKey xmlns="{SCHEMAS}/2005-10-01/AnswerKey.xsd">'
    f"{_keyed('move', 'D', 5)}{_keyed('fruit', 'apples', 10)}"
    "<QualificationValueMapping><PercentageMapping><MaximumSummedScore>15</MaximumSummedScore>"
    "</PercentageMapping></QualificationValueMapping></AnswerKey>"
)


@pytest.fixture
def offer(kempelen: Kempelen) -> Any:
    """Create a qualification type: `offer(with_test=True, Name=…)` gives its id.

    The test has two questions, `move` (D is right) and `fruit` (apples), and ten minutes.
    """

    def create(*, with_test: bool = False, **members: Any) -> str:
        wanted: dict[str, Any] = {
            "Name": "Chess",
            "Description": "Plays chess",
            "QualificationTypeStatus": "Active",
        }
        if with_test:
            wanted |= {
                "Test": QUALIFICATION_TEST,
                "AnswerKey": ANSWER_KEY,
                "TestDurationInSeconds": 600,
            }
        made = kempelen.client.create_qualification_type(**wanted | members)
        type_id: str = made["QualificationType"]["QualificationTypeId"]
        return type_id

    return create
