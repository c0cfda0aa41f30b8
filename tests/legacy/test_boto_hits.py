"""The life of HITs through boto 2.49, unmodified: from their type to their disposal."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

MTURK = "AWS.MechanicalTurk."


def ids(found: Any) -> list[str]:
    """The ids of the HITs of a result."""
    return [hit.HITId for hit in found]


def refusal(boto2: Any, call: Callable[..., Any], *arguments: Any, **more: Any) -> tuple[str, str]:
    """Code and message with which boto sees a call refused; the HTTP status is 200."""
    with pytest.raises(boto2.Error) as found:
        call(*arguments, **more)
    assert found.value.status == 200
    return found.value.error_code, found.value.error_message.rpartition(" (")[0]


def test_types_are_found_again(turk: Any) -> None:
    """Equal properties are one type, whatever the order of requirements; another reward is not."""
    first = turk.register_hit_type("t", "d", 0.05, 600, keywords=["a", "b"], approval_delay=3600)
    again = turk.register_hit_type("t", "d", 0.05, 600, keywords="a, b", approval_delay=3600)
    other = turk.register_hit_type("t", "d", 0.06, 600, keywords=["a", "b"], approval_delay=3600)
    assert first.status
    assert first[0].HITTypeId == again[0].HITTypeId != other[0].HITTypeId


def test_a_hit_of_a_type(turk: Any, boto2: Any) -> None:
    """The properties of the type win over whatever else is said."""
    type_id = turk.register_hit_type("Title", "d", 0.05, timedelta(minutes=10))[0].HITTypeId
    (hit,) = turk.create_hit(
        hit_type=type_id,
        question=boto2.question.ExternalQuestion("https://example.org/q", 400),
        max_assignments=3,
        lifetime=timedelta(days=1),
        annotation="batch 7",
        response_groups=["Minimal", "HITDetail", "HITQuestion", "HITAssignmentSummary"],
    )
    assert (hit.HITTypeId, hit.Title, hit.RequesterAnnotation) == (type_id, "Title", "batch 7")
    assert (hit.Amount, hit.FormattedPrice, hit.CurrencyCode) == ("0.05", "$0.05", "USD")
    assert (hit.MaxAssignments, hit.NumberOfAssignmentsAvailable) == ("3", "3")
    assert hit.HITStatus == "Assignable"
    assert not hit.expired
    assert "https://example.org/q" in hit.Question


def question_form(boto2: Any) -> Any:
    """A form with an overview, formatted content, choices and a text."""
    made = boto2.question
    overview = made.Overview()
    overview.append_field("Title", "About pictures &amp; words")
    overview.append(made.FormattedContent("<p>Look <b>closely</b>.</p>"))
    content = made.QuestionContent()
    content.append_field("Title", "What is it?")
    choices = made.SelectionAnswer(
        min=1, max=1, style="radiobutton", selections=[("A cat", "cat"), ("A dog", "dog")]
    )
    words = made.QuestionContent()
    words.append_field("Text", "Describe it.")
    form = made.QuestionForm()
    form.append(overview)
    form.append(
        made.Question(
            identifier="kind",
            content=content,
            answer_spec=made.AnswerSpecification(choices),
            is_required=True,
        )
    )
    form.append(
        made.Question(
            identifier="words",
            content=words,
            answer_spec=made.AnswerSpecification(made.FreeTextAnswer()),
        )
    )
    return form


def test_a_question_form_from_beginning_to_end(kempelen: Any, turk: Any, boto2: Any) -> None:
    """Made by boto, done by a worker, its answers parsed by boto, approved and paid."""
    quals = boto2.qualification.Qualifications(
        [
            boto2.qualification.PercentAssignmentsApprovedRequirement("GreaterThanOrEqualTo", 0),
            boto2.qualification.LocaleRequirement("EqualTo", "DE", required_to_preview=True),
        ]
    )
    (hit,) = turk.create_hit(
        questions=question_form(boto2),
        title="t",
        description="d",
        keywords="",
        reward=boto2.price.Price(0.3),
        max_assignments=1,
        qualifications=quals,
    )
    shown = turk.get_hit(hit.HITId)[0]
    assert ET.fromstring(shown.Question).tag.endswith("QuestionForm")  # noqa: S314 - our own
    assert (shown.Country, shown.RequiredToPreview, shown.Amount) == ("DE", "1", "0.30")
    worker = kempelen.add_worker("anna", country="DE")
    worker.do(hit.HITId, {"kind": {"selections": ["cat"]}, "words": "Größe <b>& so</b>"})
    (work,) = turk.get_assignments(hit.HITId)
    assert work.AssignmentStatus == "Submitted"
    answers = {answer.qid: answer.fields for answer in work.answers[0]}
    assert answers == {"kind": ["cat"], "words": ["Größe <b>& so</b>"]}
    turk.approve_assignment(work.AssignmentId, feedback="Good <work>")
    (work,) = turk.get_assignments(
        hit.HITId, status="Approved", response_groups=["AssignmentFeedback"]
    )
    assert work.RequesterFeedback == "Good <work>"
    assert turk.get_account_balance()[0].amount == 10_000.0 - 0.3


def test_a_layout_and_its_parameters_reach_the_operation(turk: Any, boto2: Any) -> None:
    """Layouts are known by id; parameters come as numbered structures."""
    parameters = boto2.layoutparam.LayoutParameters(
        [boto2.layoutparam.LayoutParameter("image", "https://example.org/1.jpg")]
    )
    type_id = turk.register_hit_type("t", "d", 0.05, 600)[0].HITTypeId
    code, message = refusal(
        boto2, turk.create_hit, hit_type=type_id, hit_layout="3NOSUCHLAYOUT",
        layout_params=parameters,
    )  # fmt: skip
    assert code == MTURK + "HITLayoutDoesNotExist"
    assert "3NOSUCHLAYOUT" in message


def test_how_creation_is_refused(old: Any, turk: Any, boto2: Any, publish: Any) -> None:
    """Each with the code that test suites of the time expect."""
    assert old("CreateHIT").code == "AWS.MissingParameters"
    assert refusal(boto2, publish, max_assignments=-1) == (
        "AWS.ParameterOutOfRange",
        "The value -1 is invalid for MaxAssignments. Valid values range from 1 to 1000000000.",
    )
    assert refusal(boto2, publish, lifetime=1)[0] == "AWS.ParameterOutOfRange"
    assert refusal(boto2, publish, max_assignments="abc") == (
        MTURK + "InvalidParameterValue",
        'The value "abc" is not valid for the parameter MaxAssignments.',
    )
    assert refusal(boto2, publish, reward=0.055)[0] == MTURK + "InvalidParameterValue"
    broken = "<QuestionForm><Nothing></QuestionForm>"
    wanted = {"HITTypeId": "3T", "LifetimeInSeconds": "60"}
    answer = old("CreateHIT", **wanted, Question=broken)
    assert answer.code == MTURK + "XMLParseError"
    assert "line 1, column" in answer.message
    assert old("CreateHIT", **wanted).code == MTURK + "InvalidParameterValue"
    both = old("CreateHIT", **wanted, Question=broken, HITLayoutId="3L")
    assert both.code == MTURK + "InvalidParameterValue"
    unknown = boto2.question.ExternalQuestion("https://example.org/", 400)
    assert refusal(boto2, turk.create_hit, hit_type="3NOSUCHTYPE", question=unknown) == (
        MTURK + "InvalidParameterValue",
        'The value "3NOSUCHTYPE" is not valid for the parameter HITTypeId.',
    )


def test_a_token_used_twice(kempelen: Any, old: Any, turk: Any) -> None:
    """The second call names the HIT of the first."""
    type_id = turk.register_hit_type("t", "d", 0.05, 600)[0].HITTypeId
    wanted = {
        "HITTypeId": type_id,
        "LifetimeInSeconds": "60",
        "UniqueRequestToken": "once",
        "Question": EXTERNAL,
    }
    hit_id = old.give("CreateHIT", wanted).text("HIT/HITId")
    again = old.give("CreateHIT", wanted)
    assert again.code == MTURK + "HitAlreadyExists"
    assert again.message == f'The HIT with ID "{hit_id}" already exists.'
    kempelen.advance(hours=25)
    assert old.give("CreateHIT", wanted).is_valid


EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://example.org/</ExternalURL>'
    "<FrameHeight>400</FrameHeight></ExternalQuestion>"
)


def test_too_little_money(kempelen: Any, connect: Any, boto2: Any) -> None:
    """A prepaid requester without enough."""
    poor = kempelen.add_requester("Poor", "0.04")
    connection = connect(key=poor.access_key_id, secret=poor.secret_access_key)
    question = boto2.question.ExternalQuestion("https://example.org/", 400)
    code, _ = refusal(
        boto2, connection.create_hit, question=question, title="t", description="d",
        keywords="k", reward=0.05,
    )  # fmt: skip
    assert code == MTURK + "InsufficientFunds"


# --- reading -----------------------------------------------------------------------------------


def members(hit: Any) -> set[str]:
    """The members of a HIT that boto saw, without those of its envelope."""
    return {name for name in vars(hit) if name not in {"IsValid", "Request", "HIT", "Reward"}}


MINIMAL = {"HITId", "HITTypeId"}
DETAIL = {
    "AssignmentDurationInSeconds", "AutoApprovalDelayInSeconds", "CreationTime", "Description",
    "Expiration", "Keywords", "HITGroupId", "HITReviewStatus", "HITStatus", "MaxAssignments",
    "Title", "Amount", "CurrencyCode", "FormattedPrice",
}  # fmt: skip
COUNTERS = {
    "NumberOfAssignmentsPending",
    "NumberOfAssignmentsAvailable",
    "NumberOfAssignmentsCompleted",
}


def test_response_groups(turk: Any, publish: Any) -> None:
    """Defaults of each operation; exactly what is named, with Minimal in any case."""
    hit_id = publish()
    assert members(turk.get_hit(hit_id)[0]) == MINIMAL | DETAIL | {"Question"}
    assert members(turk.search_hits()[0]) == MINIMAL | DETAIL | COUNTERS
    publish(max_assignments=1)
    turk.expire_hit(hit_id)
    assert members(turk.get_reviewable_hits()[0]) == {"HITId"}
    for names, wanted in (
        (["Minimal"], MINIMAL),
        (["Request"], MINIMAL | {"GetHITRequest", "ResponseGroup"}),
        (["HITQuestion"], MINIMAL | {"Question"}),
        (["HITAssignmentSummary", "Nonsense"], MINIMAL | COUNTERS),
        (["HITDetail", "HITQuestion", "Minimal", "HITAssignmentSummary"],
         MINIMAL | DETAIL | COUNTERS | {"Question"}),
    ):  # fmt: skip
        assert members(turk.get_hit(hit_id, response_groups=names)[0]) == wanted


def test_others_hits_do_not_exist(
    kempelen: Any, turk: Any, connect: Any, boto2: Any, publish: Any
) -> None:
    """Nor do HITs that nobody made."""
    hit_id = publish()
    other = kempelen.add_requester("Other")
    stranger = connect(key=other.access_key_id, secret=other.secret_access_key)
    for call in (stranger.get_hit, stranger.expire_hit, stranger.disable_hit, stranger.dispose_hit):
        assert refusal(boto2, call, hit_id) == (
            MTURK + "HITDoesNotExist",
            f"Hit {hit_id} does not exist.",
        )
    assert stranger.search_hits().TotalNumResults == "0"


@pytest.mark.parametrize(
    ("sort_by", "expected"),
    [
        ("CreationTime", [0, 1, 2]),
        ("Enumeration", [0, 1, 2]),
        ("Title", [1, 2, 0]),
        ("Reward", [2, 0, 1]),
        ("Expiration", [1, 0, 2]),
    ],
)
def test_sorting(kempelen: Any, turk: Any, publish: Any, sort_by: str, expected: list[int]) -> None:
    """By every property, both ways."""
    made = []
    for title, reward, hours in (("c", 0.05, 2), ("a", 0.10, 1), ("b", 0.01, 3)):
        made.append(publish(title=title, reward=reward, lifetime=timedelta(hours=hours)))
        kempelen.advance(seconds=1)
    wanted = [made[index] for index in expected]
    assert ids(turk.search_hits(sort_by=sort_by)) == wanted
    assert ids(turk.search_hits(sort_by=sort_by, sort_direction="Descending")) == wanted[::-1]


def test_equal_keys_in_the_order_of_creation(turk: Any, publish: Any) -> None:
    """So that pages neither repeat nor leave out."""
    made = [publish() for _ in range(5)]
    for direction in ("Ascending", "Descending"):
        pages = [
            ids(
                turk.search_hits(
                    sort_by="Title", sort_direction=direction, page_size=2, page_number=n
                )
            )
            for n in (1, 2, 3)
        ]
        assert [hit_id for page in pages for hit_id in page] == made


def test_pages(turk: Any, boto2: Any, publish: Any) -> None:
    """Counted from 1, with the total; one beyond the end is empty."""
    made = [publish() for _ in range(3)]
    for number, wanted in ((1, made[:2]), (2, made[2:]), (3, [])):
        page = turk.search_hits(page_size=2, page_number=number)
        assert ids(page) == wanted
        assert page.status
        assert (page.NumResults, page.TotalNumResults) == (str(len(wanted)), "3")
        assert page.PageNumber == str(number)
    for wrong in ({"page_size": 101}, {"page_size": 0}, {"page_number": 0}):
        assert refusal(boto2, turk.search_hits, **wrong)[0] == "AWS.ParameterOutOfRange"
    code, message = refusal(boto2, turk.search_hits, sort_by="Colour")
    assert code == "AWS.InvalidEnumeratedParameter"
    assert '"Colour"' in message


def test_reviewable_hits(kempelen: Any, turk: Any, old: Any, publish: Any) -> None:
    """By status, by type, by expiration; both statuses together in either spelling."""
    first, second, third = publish(), publish(), publish(title="Other")
    for hit_id in (first, second, third):
        turk.expire_hit(hit_id)
        kempelen.advance(seconds=1)
    turk.set_reviewing(second)
    assert ids(turk.get_reviewable_hits(sort_by="Expiration")) == [first, third]
    assert ids(turk.get_reviewable_hits(status="Reviewing")) == [second]
    type_id = turk.get_hit(first)[0].HITTypeId
    assert ids(turk.get_reviewable_hits(hit_type=type_id)) == [first]
    path = "GetReviewableHITsResult/HIT/HITId"
    assert old("GetReviewableHITs").texts(path) == [third, first]
    both = old.post(_two_statuses(old))
    assert both.texts(path) == [third, second, first]
    assert both.text("GetReviewableHITsResult/TotalNumResults") == "3"
    assert old("GetReviewableHITs", Status="Reviewable,Reviewing").texts(path) == [
        third,
        second,
        first,
    ]
    turk.set_reviewing(second, revert=True)
    assert ids(turk.get_reviewable_hits(status="Reviewing")) == []


def _two_statuses(old: Any) -> str:
    fields = [*old.signed("GetReviewableHITs").items()]
    return urlencode([*fields, ("Status", "Reviewable"), ("Status", "Reviewing")])


# --- changing ----------------------------------------------------------------------------------


def test_extension_by_assignments_and_time(
    kempelen: Any, turk: Any, old: Any, publish: Any
) -> None:
    """Each by itself, both in one call, neither."""
    hit_id = publish(max_assignments=2)
    before = turk.get_hit(hit_id)[0].Expiration
    turk.extend_hit(hit_id, assignments_increment=3)
    hit = turk.get_hit(hit_id)[0]
    assert (hit.MaxAssignments, hit.Expiration) == ("5", before)
    turk.extend_hit(hit_id, expiration_increment=3600)
    start = kempelen.clock.now()
    assert turk.get_hit(hit_id)[0].Expiration == f"{start + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    both = {"HITId": hit_id, "MaxAssignmentsIncrement": "1", "ExpirationIncrementInSeconds": "60"}
    assert old.give("ExtendHIT", both).is_valid
    hit = turk.get_hit(hit_id)[0]
    assert hit.MaxAssignments == "6"
    assert hit.Expiration == f"{start + timedelta(hours=2, minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    assert turk.extend_hit(hit_id, assignments_increment=0).status
    assert turk.get_account_balance()[0].amount == 10_000.0 - 6 * 0.05


def test_extension_of_an_expired_hit(kempelen: Any, turk: Any, publish: Any) -> None:
    """Time is counted from now, and the HIT is open again."""
    hit_id = publish()
    kempelen.advance(hours=5)
    assert turk.get_hit(hit_id)[0].HITStatus == "Reviewable"
    turk.extend_hit(hit_id, expiration_increment=600)
    hit = turk.get_hit(hit_id)[0]
    wanted = kempelen.clock.now() + timedelta(minutes=10)
    assert (hit.HITStatus, hit.Expiration) == ("Assignable", f"{wanted:%Y-%m-%dT%H:%M:%SZ}")
    kempelen.add_worker("late").do(hit_id, {"tag": "x"})


def test_how_extension_is_refused(turk: Any, old: Any, boto2: Any, publish: Any) -> None:
    """Ten assignments for a HIT made with fewer, numbers out of range, a token used twice."""
    hit_id = publish(max_assignments=9)
    code, _ = refusal(boto2, turk.extend_hit, hit_id, assignments_increment=1)
    assert code == MTURK + "InvalidMaximumAssignmentsIncrease"
    for wrong in ({"expiration_increment": 59}, {"assignments_increment": -1}):
        assert refusal(boto2, turk.extend_hit, hit_id, **wrong)[0] == "AWS.ParameterOutOfRange"
    wanted = {"HITId": hit_id, "ExpirationIncrementInSeconds": "60", "UniqueRequestToken": "tok"}
    before = turk.get_hit(hit_id)[0].Expiration
    assert old.give("ExtendHIT", wanted).is_valid
    moved = turk.get_hit(hit_id)[0].Expiration
    assert moved > before
    again = old.give("ExtendHIT", wanted)
    assert again.code == MTURK + "DuplicateCall"
    assert again.message == 'The idempotency token "tok" has already been processed.'
    assert turk.get_hit(hit_id)[0].Expiration == moved


def test_expiry(kempelen: Any, turk: Any, publish: Any) -> None:
    """An idle HIT is Reviewable at once; one in work only when that is over."""
    idle, busy = publish(), publish()
    worker = kempelen.add_worker("busy")
    worker.accept(busy)
    turk.expire_hit(idle)
    turk.expire_hit(busy)
    assert ids(turk.get_reviewable_hits()) == [idle]
    assert turk.get_hit(idle)[0].expired
    assert turk.get_hit(busy)[0].HITStatus == "Unassignable"
    before = turk.get_hit(idle)[0].Expiration
    kempelen.advance(minutes=5)
    turk.expire_hit(idle)
    assert turk.get_hit(idle)[0].Expiration == before
    kempelen.advance(minutes=6)
    assert set(ids(turk.get_reviewable_hits())) == {idle, busy}


def test_expiry_leaves_complete_work_alone(kempelen: Any, turk: Any, publish: Any) -> None:
    """A HIT whose assignments are all in keeps its expiration."""
    hit_id = publish(max_assignments=1)
    kempelen.add_worker("quick").do(hit_id, {"tag": "x"})
    before = turk.get_hit(hit_id)[0]
    assert before.HITStatus == "Reviewable"
    turk.expire_hit(hit_id)
    assert turk.get_hit(hit_id)[0].Expiration == before.Expiration


def test_disabling(kempelen: Any, turk: Any, boto2: Any, publish: Any) -> None:
    """Submitted work is approved at once, work that is out when it comes in; the HIT is gone."""
    hit_id = publish(max_assignments=3)
    first, second = kempelen.add_worker("first"), kempelen.add_worker("second")
    first.do(hit_id, {"tag": "x"})
    out = second.accept(hit_id)["assignment_id"]
    turk.disable_hit(hit_id)
    assert turk.get_hit(hit_id)[0].HITStatus == "Disposed"
    assert ids(turk.search_hits()) == []
    assert turk.get_account_balance()[0].amount == 10_000.0 - 2 * 0.05
    second.submit(out, {"tag": "y"})
    earned = kempelen.app.db.read(
        lambda connection: connection.execute(
            "SELECT status, count(*) FROM assignments GROUP BY status"
        ).fetchall()
    )
    assert earned == [("Approved", 2)]
    assert turk.get_account_balance()[0].amount == 10_000.0 - 2 * 0.05
    for call in (turk.disable_hit, turk.dispose_hit, turk.expire_hit, turk.set_reviewing):
        code, message = refusal(boto2, call, hit_id)
        assert code == MTURK + "InvalidHITState"
        assert message.startswith("This HIT is currently in the state 'Disposed'.")
    assert refusal(boto2, turk.get_assignments, hit_id)[0] == MTURK + "HITDoesNotExist"


@pytest.mark.parametrize("how", ["returned", "abandoned"])
def test_disabling_while_work_ends_otherwise(
    kempelen: Any, turk: Any, publish: Any, how: str
) -> None:
    """Money that was held for it is free again, and nothing is left to do."""
    hit_id = publish(max_assignments=2)
    worker = kempelen.add_worker("slow")
    assignment_id = worker.accept(hit_id)["assignment_id"]
    turk.disable_hit(hit_id)
    assert turk.get_account_balance()[0].amount == 10_000.0 - 0.05
    if how == "returned":
        worker.return_(assignment_id)
    else:
        kempelen.advance(minutes=11)
    assert turk.get_account_balance()[0].amount == 10_000.0
    assert kempelen.app.db.read(
        lambda connection: connection.execute("SELECT is_disposed, pending FROM hits").fetchall()
    ) == [(1, 0)]


def test_disabling_runs_no_policy_on_late_work(kempelen: Any, turk: Any, old: Any) -> None:
    """It is approved whatever the known answers say."""
    type_id = turk.register_hit_type("t", "d", 0.05, 600)[0].HITTypeId
    known = "AssignmentReviewPolicy."
    hit_id = old.give(
        "CreateHIT",
        {
            "HITTypeId": type_id,
            "LifetimeInSeconds": "3600",
            "Question": EXTERNAL,
            f"{known}PolicyName": "ScoreMyKnownAnswers/2011-09-01",
            f"{known}Parameter.1.Key": "AnswerKey",
            f"{known}Parameter.1.MapEntry.1.Key": "tag",
            f"{known}Parameter.1.MapEntry.1.Value": "dog",
            f"{known}Parameter.2.Key": "RejectIfKnownAnswerScoreIsLessThan",
            f"{known}Parameter.2.Value": "101",
        },
    ).text("HIT/HITId")
    worker = kempelen.add_worker("wrong")
    assignment_id = worker.accept(str(hit_id))["assignment_id"]
    turk.disable_hit(hit_id)
    worker.submit(assignment_id, {"tag": "cat"})
    assert kempelen.app.db.read(
        lambda connection: connection.execute(
            "SELECT a.status, (SELECT count(*) FROM review_runs) FROM assignments a"
        ).fetchall()
    ) == [("Approved", 0)]


def test_disabling_is_for_open_hits(turk: Any, boto2: Any, publish: Any) -> None:
    """A Reviewable one is to be reviewed and disposed of."""
    hit_id = publish()
    turk.expire_hit(hit_id)
    code, message = refusal(boto2, turk.disable_hit, hit_id)
    assert code == MTURK + "InvalidHITState"
    assert message.endswith("status of: Assignable, Unassignable")
    assert refusal(boto2, turk.disable_hit, "3NOPE")[0] == MTURK + "HITDoesNotExist"


def test_disposal(kempelen: Any, turk: Any, old: Any, boto2: Any, publish: Any) -> None:
    """After review only; the HIT vanishes from lists and is shown as Disposed."""
    hit_id = publish(max_assignments=1)
    assert refusal(boto2, turk.dispose_hit, hit_id)[0] == MTURK + "InvalidHITState"
    kempelen.add_worker("quick").do(hit_id, {"tag": "x"})
    assert refusal(boto2, turk.dispose_hit, hit_id)[0] == MTURK + "InvalidHITState"
    turk.reject_assignment(turk.get_assignments(hit_id)[0].AssignmentId)
    assert old("DisposeHIT", HitId=hit_id).is_valid
    assert turk.get_hit(hit_id)[0].HITStatus == "Disposed"
    assert ids(turk.search_hits()) == ids(turk.get_reviewable_hits()) == []
    assert refusal(boto2, turk.extend_hit, hit_id, 1)[0] == MTURK + "InvalidHITState"


def test_reviewing_and_back(turk: Any, boto2: Any, publish: Any) -> None:
    """No toggle: a repeated call is refused."""
    hit_id = publish()
    assert refusal(boto2, turk.set_reviewing, hit_id)[0] == MTURK + "InvalidHITState"
    turk.expire_hit(hit_id)
    turk.set_reviewing(hit_id)
    assert turk.get_hit(hit_id)[0].HITStatus == "Reviewing"
    assert refusal(boto2, turk.set_reviewing, hit_id)[0] == MTURK + "InvalidHITState"
    turk.set_reviewing(hit_id, revert=True)
    assert turk.get_hit(hit_id)[0].HITStatus == "Reviewable"


def test_another_type(turk: Any, boto2: Any, publish: Any) -> None:
    """The HIT takes over all properties."""
    hit_id = publish()
    type_id = turk.register_hit_type("Better", "d", 0.20, 600)[0].HITTypeId
    turk.change_hit_type_of_hit(hit_id, type_id)
    hit = turk.get_hit(hit_id)[0]
    assert (hit.HITTypeId, hit.Title, hit.Amount) == (type_id, "Better", "0.20")
    code, message = refusal(boto2, turk.change_hit_type_of_hit, hit_id, "3NOTYPE")
    assert (code, message) == (
        MTURK + "InvalidParameterValue",
        'The value "3NOTYPE" is not valid for the parameter HITTypeId.',
    )
