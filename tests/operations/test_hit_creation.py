"""CreateHIT, CreateHITType and CreateHITWithHITType: what they make and what they refuse."""

from typing import Any

import pytest

from kempelen.api import types
from kempelen.domain import errors, system_types

HOUR = 3600
START = 1_767_614_400.0
LAYOUT = "3LAYOUT00000000000000000000000"
EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2006-07-14/ExternalQuestion.xsd"><ExternalURL>{url}</ExternalURL>'
    "<FrameHeight>400</FrameHeight></ExternalQuestion>"
)


def requirement(**members: Any) -> types.QualificationRequirement:
    return types.QualificationRequirement(
        **{
            "qualification_type_id": system_types.PERCENT_APPROVED,
            "comparator": "GreaterThan",
            "integer_values": (90,),
            **members,
        }
    )


def policy(name: str = "SimplePlurality/2011-09-01", **parameters: str) -> types.ReviewPolicy:
    parameters = {"QuestionIds": "tag", "QuestionAgreementThreshold": "50", **parameters}
    return types.ReviewPolicy(
        policy_name=name,
        parameters=tuple(
            types.PolicyParameter(key=key, values=(value,)) for key, value in parameters.items()
        ),
    )


def test_a_hit_has_every_member(make: Any) -> None:
    hit = make.create_hit(
        keywords="image, tag",
        reward="0.5",
        max_assignments=3,
        auto_approval_delay_in_seconds=60,
        requester_annotation="batch 7",
        qualification_requirements=(requirement(),),
    )
    members = make.hit_members()
    assert hit == types.HIT(
        hit_id=hit.hit_id,
        hit_type_id=hit.hit_type_id,
        hit_group_id=hit.hit_group_id,
        hit_layout_id=None,
        creation_time=START,
        title=members["title"],
        description=members["description"],
        question=members["question"],
        keywords="image, tag",
        hit_status="Assignable",
        max_assignments=3,
        reward="0.50",
        auto_approval_delay_in_seconds=60,
        expiration=START + HOUR,
        assignment_duration_in_seconds=600,
        requester_annotation="batch 7",
        qualification_requirements=(
            requirement(required_to_preview=False, actions_guarded="Accept"),
        ),
        hit_review_status="NotReviewed",
        number_of_assignments_pending=0,
        number_of_assignments_available=3,
        number_of_assignments_completed=0,
    )
    assert make.hit(hit.hit_id) == hit
    assert make.events(hit.hit_id) == ["HITCreated"]
    ids = {hit.hit_id, hit.hit_type_id, hit.hit_group_id}
    assert len(ids) == 3
    assert all(len(found) == 30 and found.startswith("3") for found in ids)


def test_defaults(make: Any) -> None:
    hit = make.create_hit(reward="0")
    assert (hit.max_assignments, hit.reward) == (1, "0.00")
    assert hit.auto_approval_delay_in_seconds == 2_592_000
    assert (hit.keywords, hit.requester_annotation) == (None, None)
    assert hit.qualification_requirements == ()


def test_equal_properties_are_one_hit_type(make: Any, other_requester: Any) -> None:
    asked = {
        key: value
        for key, value in make.hit_members().items()
        if key not in {"question", "lifetime_in_seconds"}
    }

    def hit_type(**members: Any) -> str:
        by = members.pop("by", None)
        answer = make.ask("CreateHITType", by=by, **{**asked, **members})
        return str(answer.hit_type_id)

    first = hit_type()
    assert make.create_hit().hit_type_id == first
    assert hit_type(reward="00.05", keywords="") == first
    assert hit_type(auto_approval_delay_in_seconds=2_592_000) == first
    assert hit_type(reward="0.5") == hit_type(reward="0.50")
    one, two = requirement(), requirement(comparator="LessThan")
    both = hit_type(qualification_requirements=(one, two))
    assert hit_type(qualification_requirements=(two, one)) == both
    explicit = requirement(actions_guarded="Accept")
    assert hit_type(qualification_requirements=(explicit, two)) == both
    different = [
        first,
        both,
        hit_type(title="tag a picture"),
        hit_type(description="Choose the tags that fit "),
        hit_type(keywords="a"),
        hit_type(reward="0.06"),
        hit_type(assignment_duration_in_seconds=601),
        hit_type(auto_approval_delay_in_seconds=0),
        hit_type(by=other_requester),
    ]
    assert len(set(different)) == len(different)


def test_required_to_preview_is_the_older_name_of_a_guard(make: Any) -> None:
    older = make.create_hit(qualification_requirements=(requirement(required_to_preview=True),))
    newer = make.create_hit(
        qualification_requirements=(requirement(actions_guarded="PreviewAndAccept"),)
    )
    assert older.hit_type_id == newer.hit_type_id
    assert older.qualification_requirements[0].actions_guarded == "PreviewAndAccept"
    guarded = requirement(actions_guarded="Accept", required_to_preview=False)
    assert make.create_hit(qualification_requirements=(guarded,)).hit_id


def test_a_hit_of_a_registered_type(make: Any) -> None:
    first = make.create_hit(keywords="a", reward="0.20")
    made = make.ask(
        "CreateHITWithHITType",
        hit_type_id=first.hit_type_id,
        lifetime_in_seconds=60,
        max_assignments=2,
        question=first.question,
        requester_annotation="second",
    ).hit
    assert (made.hit_type_id, made.hit_group_id) == (first.hit_type_id, first.hit_group_id)
    assert (made.keywords, made.reward, made.title) == ("a", "0.20", first.title)
    assert (made.max_assignments, made.expiration) == (2, START + 60)
    assert made.requester_annotation == "second"
    assert made.hit_id != first.hit_id
    assert make.hit(made.hit_id) == made


def test_refusals_of_create_hit_come_in_order(make: Any) -> None:
    poor = make.new_requester(balance=100)
    first = make.create_hit(by=poor, reward="0", unique_request_token="used")
    asked: dict[str, Any] = {
        "max_assignments": 0,
        "auto_approval_delay_in_seconds": -1,
        "lifetime_in_seconds": 29,
        "assignment_duration_in_seconds": 31_536_001,
        "reward": "9" * 500,
        "title": "",
        "keywords": "k" * 1001,
        "description": "d" * 2001,
        "question": "<nonsense/>",
        "requester_annotation": "a" * 256,
        "qualification_requirements": (
            requirement(actions_guarded="Accept", required_to_preview=True),
        )
        * 11,
        "assignment_review_policy": policy(),
        "hit_review_policy": policy("Nobody/2000-01-01"),
        "hit_layout_id": LAYOUT,
        "unique_request_token": "used",
    }
    good = make.hit_members()
    steps: list[tuple[str, dict[str, Any]]] = [
        (
            "The value 0 is invalid for MaxAssignments. Valid values range from 1 to 1000000000.",
            {"max_assignments": 1},
        ),
        (
            (
                "The value -1 is invalid for AutoApprovalDelayInSeconds."
                " Valid values range from 0 to 2592000."
            ),
            {"auto_approval_delay_in_seconds": 0},
        ),
        (
            (
                "The value 29 is invalid for LifetimeInSeconds."
                " Valid values range from 30 to 31536000."
            ),
            {"lifetime_in_seconds": 30},
        ),
        (
            (
                "The value 31536001 is invalid for AssignmentDurationInSeconds."
                " Valid values range from 30 to 31536000."
            ),
            {"assignment_duration_in_seconds": 30},
        ),
        (f'The value "{"9" * 100}" is not valid for the parameter Reward.', {"reward": "0.02"}),
        ("Your request parameter Title has a minimum length of 1.", {"title": "t" * 129}),
        ("Your request parameter Title has a maximum length of 128.", {"title": "t" * 128}),
        ("Your request parameter Keywords has a maximum length of 1000.", {"keywords": "k" * 1000}),
        (
            "Your request parameter Description has a maximum length of 2000.",
            {"description": "d" * 2000},
        ),
        (
            "Your request parameter RequesterAnnotation has a maximum length of 255.",
            {"requester_annotation": "a" * 255},
        ),
        (
            'The value "11" is not valid for the parameter QualificationRequirement.',
            {"qualification_requirements": asked["qualification_requirements"][:1]},
        ),
        (
            'The value "SimplePlurality/2011-09-01" is not valid for the parameter PolicyName.',
            {"assignment_review_policy": None},
        ),
        (
            'The value "Nobody/2000-01-01" is not valid for the parameter PolicyName.',
            {"hit_review_policy": None},
        ),
        (
            (
                "The combination of parameters supplied to the request is invalid:"
                " ActionsGuarded, RequiredToPreview."
            ),
            {"qualification_requirements": None},
        ),
        (
            (
                "The combination of parameters supplied to the request is invalid:"
                " Question, HITLayoutId."
            ),
            {"question": None},
        ),
        (
            f'The HIT with ID "{first.hit_id}" already exists.',
            {"unique_request_token": "fresh"},
        ),
        (
            f"HIT layout {LAYOUT} does not exist.",
            {"hit_layout_id": None, "question": good["question"]},
        ),
        (
            (
                "This Requester has insufficient funds in their account"
                " to complete this transaction."
                f" Please visit {make.app.settings.app_base_url}/prepayments/new"
                " to purchase Prepaid HITs."
            ),
            {"reward": "0.01"},
        ),
    ]
    for message, repair in steps:
        assert make.refusal("CreateHIT", by=poor, **asked).message == message
        asked |= repair
    assert make.ask("CreateHIT", by=poor, **asked).hit.hit_status == "Assignable"


def test_refusals_of_create_hit_with_hit_type_come_in_order(
    make: Any, other_requester: Any
) -> None:
    own = make.create_hit().hit_type_id
    foreign = make.create_hit(by=other_requester).hit_type_id
    used = make.create_hit(unique_request_token="used").hit_id
    asked: dict[str, Any] = {
        "hit_type_id": foreign,
        "max_assignments": 1_000_000_001,
        "lifetime_in_seconds": 31_536_001,
        "question": "",
        "hit_review_policy": policy(QuestionIds=""),
        "unique_request_token": "used",
    }
    steps: list[tuple[type[errors.Refusal], dict[str, Any]]] = [
        (errors.ParameterOutOfRange, {"max_assignments": 1}),
        (errors.ParameterOutOfRange, {"lifetime_in_seconds": 31_536_000}),
        (errors.EmptyQuestion, {"question": None}),
        (errors.InvalidParameterValue, {"hit_review_policy": None}),
        (errors.MissingParameters, {"question": make.hit_members()["question"]}),
        (errors.HitAlreadyExists, {"unique_request_token": None}),
        (errors.HITTypeDoesNotExist, {"hit_type_id": own, "question": None}),
    ]
    for expected, repair in steps:
        refusal = make.refusal("CreateHITWithHITType", **asked)
        assert isinstance(refusal, expected), refusal
        if expected is errors.HitAlreadyExists:
            assert used in refusal.message
        asked |= repair
    asked["hit_layout_id"] = LAYOUT
    refusal = make.refusal("CreateHITWithHITType", **asked)
    assert isinstance(refusal, errors.HITLayoutDoesNotExist)


def test_refusals_of_create_hit_type_come_in_order(make: Any) -> None:
    asked: dict[str, Any] = {
        "auto_approval_delay_in_seconds": 2_592_001,
        "assignment_duration_in_seconds": 29,
        "reward": "12345678",
        "title": "",
        "keywords": "k" * 1001,
        "description": "",
        "qualification_requirements": (
            requirement(actions_guarded="Accept", required_to_preview=True, integer_values=()),
        ),
    }
    steps: list[tuple[str, dict[str, Any]]] = [
        ("AutoApprovalDelayInSeconds", {"auto_approval_delay_in_seconds": 2_592_000}),
        ("AssignmentDurationInSeconds", {"assignment_duration_in_seconds": 31_536_000}),
        ("Reward", {"reward": "9999999.99"}),
        ("Title", {"title": "t"}),
        ("Keywords", {"keywords": ""}),
        ("Description", {"description": "d"}),
        (
            "IntegerValues",
            {
                "qualification_requirements": (
                    requirement(actions_guarded="Accept", required_to_preview=True),
                )
            },
        ),
    ]
    for name, repair in steps:
        assert make.refusal("CreateHITType", **asked).parameter == name
        asked |= repair
    refusal = make.refusal("CreateHITType", **asked)
    assert isinstance(refusal, errors.InvalidParameterCombination)


def test_qualification_types_that_nobody_knows_are_refused(make: Any) -> None:
    unknown = requirement(qualification_type_id="3UNKNOWN")
    refusal = make.refusal("CreateHIT", **make.hit_members(qualification_requirements=(unknown,)))
    assert refusal.message == (
        'The value "3UNKNOWN" is not valid for the parameter QualificationRequirement.'
    )


@pytest.mark.parametrize(
    ("question", "code", "part"),
    [
        ("", "InvalidParameterValue", "Your request parameter Question  has a minimum length"),
        ("x" * 65_536, "InvalidParameterValue", "has a maximum length of 65535."),
        ("plain text", "XMLParseError", "Details: "),
        ("<QuestionForm/>", "XMLParseError", "Details: "),
        (
            EXTERNAL.format(url="http://example.com/task"),
            "InvalidParameterValue",
            "This URL must use the HTTPS protocol..",
        ),
        (EXTERNAL.format(url="ftp://example.com/"), "InvalidParameterValue", "ExternalURL"),
    ],
)
def test_questions_that_are_refused(make: Any, question: str, code: str, part: str) -> None:
    refusal = make.refusal("CreateHIT", **make.hit_members(question=question))
    assert refusal.code == f"AWS.MechanicalTurk.{code}"
    assert part in refusal.message


def test_a_layout_needs_parameters_and_parameters_a_layout(make: Any) -> None:
    parameters = (types.HITLayoutParameter(name="url", value="x"),)
    refusal = make.refusal("CreateHIT", **make.hit_members(hit_layout_parameters=parameters))
    assert isinstance(refusal, errors.MissingParameters)


def test_what_was_refused_leaves_nothing_behind(make: Any) -> None:
    poor = make.new_requester(balance=100)
    refusal = make.refusal("CreateHIT", by=poor, **make.hit_members(unique_request_token="t"))
    assert isinstance(refusal, errors.InsufficientFunds)
    assert make.ask("ListHITs", by=poor).num_results == 0
    assert make.rows("SELECT * FROM events") == make.rows("SELECT * FROM hit_types") == []
    assert make.create_hit(by=poor, reward="0.01", unique_request_token="t").hit_id


def test_sums_that_no_ledger_could_hold_are_refused(make: Any) -> None:
    members = make.hit_members(reward="9999999.99", max_assignments=1_000_000_000)
    assert isinstance(make.refusal("CreateHIT", **members), errors.InsufficientFunds)
    assert make.create_hit(reward="0.99", max_assignments=1_000_000_000).hit_id
