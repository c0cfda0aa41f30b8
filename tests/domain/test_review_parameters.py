"""Which parameters of review policies are understood, and what the others are told."""

from typing import Any

import pytest

from kempelen.domain import errors
from kempelen.domain.review.policy import MapEntry, Parameter, ReviewPolicy, ReviewPolicyLevel
from kempelen.domain.review.score_my_known_answers import (
    KnownAnswersParameters,
    ScoreMyKnownAnswers,
)
from kempelen.domain.review.simple_plurality import SimplePlurality, SimplePluralityParameters
from kempelen.domain.review.thresholds import Decisions, Extension

KNOWN = "ScoreMyKnownAnswers/2011-09-01"
PLURALITY = "SimplePlurality/2011-09-01"
POLICIES: dict[str, ReviewPolicy[Any]] = {
    KNOWN: ScoreMyKnownAnswers(),
    PLURALITY: SimplePlurality(),
}


def given(key: str, *values: str) -> Parameter:
    """A parameter with values."""
    return Parameter(key=key, values=values)


def key_of(*question_ids: str, key: str = "AnswerKey") -> Parameter:
    """An answer key with the value "x" for each question."""
    entries = tuple(MapEntry(key=question_id, values=("x",)) for question_id in question_ids)
    return Parameter(key=key, map_entries=entries)


REQUIRED = {
    KNOWN: (key_of("q"),),
    PLURALITY: (given("QuestionIds", "q"), given("QuestionAgreementThreshold", "50")),
}


def known(*more: Parameter, ignore_unknown: bool = False) -> KnownAnswersParameters:
    """Read parameters of ScoreMyKnownAnswers, with an answer key."""
    parameters = (*REQUIRED[KNOWN], *more)
    return ScoreMyKnownAnswers().parse(parameters, ignore_unknown=ignore_unknown)


def plurality(*more: Parameter, ignore_unknown: bool = False) -> SimplePluralityParameters:
    """Read parameters of SimplePlurality, with the two that are required."""
    parameters = (*REQUIRED[PLURALITY], *more)
    return SimplePlurality().parse(parameters, ignore_unknown=ignore_unknown)


def refusal(policy: str, *more: Parameter, required: bool = True) -> errors.Refusal:
    """The refusal of parameters, beside those that are required."""
    parameters = (*REQUIRED[policy], *more) if required else more
    with pytest.raises(errors.Refusal) as raised:
        POLICIES[policy].parse(parameters, ignore_unknown=False)
    return raised.value


def test_names_and_levels() -> None:
    """Both policies are known by the names that MTurk gave them, each at its level."""
    assert [(name, policy.name, policy.level) for name, policy in POLICIES.items()] == [
        (KNOWN, KNOWN, ReviewPolicyLevel.ASSIGNMENT),
        (PLURALITY, PLURALITY, ReviewPolicyLevel.HIT),
    ]


def test_defaults_of_known_answers() -> None:
    """Without thresholds nothing follows from the score; extensions end at 5 assignments."""
    read = known()
    assert read.decisions == Decisions(
        approve_at_least=None, approve_reason="", reject_less_than=None, reject_reason=""
    )
    assert read.extension == Extension(
        less_than=None, maximum_assignments=5, minimum_time_seconds=0
    )


def test_every_parameter_of_known_answers() -> None:
    """Each parameter is read into its place."""
    read = known(
        given("ApproveIfKnownAnswerScoreIsAtLeast", "80"),
        given("ApproveReason", "Well done."),
        given("RejectIfKnownAnswerScoreIsLessThan", "40"),
        given("RejectReason", "Too many control questions were wrong."),
        given("ExtendIfKnownAnswerScoreIsLessThan", "81"),
        given("ExtendMaximumAssignments", "3"),
        given("ExtendMinimumTimeInSeconds", "3600"),
    )
    assert read.decisions == Decisions(
        approve_at_least=80,
        approve_reason="Well done.",
        reject_less_than=40,
        reject_reason="Too many control questions were wrong.",
    )
    assert read.extension == Extension(
        less_than=81, maximum_assignments=3, minimum_time_seconds=3600
    )


def test_defaults_of_plurality() -> None:
    """What documentation calls required but real requests leave out has a default."""
    read = plurality()
    assert read.disregard_rejected is False
    assert read.disregard_known_answer_score_less_than is None
    assert read.extension == Extension(
        less_than=None, maximum_assignments=None, minimum_time_seconds=0
    )
    assert read.decisions == Decisions()


def test_every_parameter_of_plurality() -> None:
    """Each parameter is read into its place; there is no approve reason."""
    read = plurality(
        given("DisregardAssignmentIfRejected", "T"),
        given("DisregardAssignmentIfKnownAnswerScoreIsLessThan", "70"),
        given("ExtendIfHITAgreementScoreIsLessThan", "100"),
        given("ExtendMaximumAssignments", "7"),
        given("ExtendMinimumTimeInSeconds", "60"),
        given("ApproveIfWorkerAgreementScoreIsAtLeast", "66"),
        given("RejectIfWorkerAgreementScoreIsLessThan", "34"),
        given("RejectReason", "Others disagree."),
    )
    assert read == SimplePluralityParameters(
        question_ids=("q",),
        agreement_threshold=50,
        disregard_rejected=True,
        disregard_known_answer_score_less_than=70,
        extension=Extension(less_than=100, maximum_assignments=7, minimum_time_seconds=60),
        decisions=Decisions(
            approve_at_least=66,
            approve_reason="",
            reject_less_than=34,
            reject_reason="Others disagree.",
        ),
    )


@pytest.mark.parametrize(
    "key", ["QuestionIds", "QuestionIDs", "questionids", " QUESTIONIDS ", "QuestionIds\t"]
)
def test_keys_are_trimmed_and_compared_without_case(key: str) -> None:
    """Published requests spell keys in several ways."""
    parameters = (given(key, "q"), given("questionagreementTHRESHOLD ", "50"))
    read = SimplePlurality().parse(parameters, ignore_unknown=False)
    assert (read.question_ids, read.agreement_threshold) == (("q",), 50)


def test_extension_key_with_a_trailing_blank() -> None:
    """A published sample has a blank behind ExtendMaximumAssignments."""
    assert known(given("ExtendMaximumAssignments ", "9")).extension.maximum_assignments == 9


def test_alias_of_the_approve_threshold() -> None:
    """IsNotLessThan says the same as IsAtLeast."""
    read = plurality(given("ApproveIfWorkerAgreementScoreIsNotLessThan", "75"))
    assert read.decisions.approve_at_least == 75


def test_a_key_and_its_alias_are_the_same_key() -> None:
    """Given together they would contradict each other."""
    alias = "ApproveIfWorkerAgreementScoreIsNotLessThan"
    refused = refusal(
        PLURALITY, given("ApproveIfWorkerAgreementScoreIsAtLeast", "75"), given(alias, "75")
    )
    assert refused.message == f'The value "{alias}" is not valid for the parameter Parameters.'


@pytest.mark.parametrize("policy", [KNOWN, PLURALITY])
def test_extend_assignments_is_accepted_and_means_nothing(policy: str) -> None:
    """Published samples have it, whatever its values are."""
    without = POLICIES[policy].parse(REQUIRED[policy], ignore_unknown=False)
    extra = given("extendAssignments", "many", "more")
    assert POLICIES[policy].parse((*REQUIRED[policy], extra), ignore_unknown=False) == without


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        (KNOWN, "ApproveIfKnownAnswerScoreIsAtleastt"),
        (KNOWN, "QuestionIds"),
        (KNOWN, "ApproveIfWorkerAgreementScoreIsNotLessThan"),
        (PLURALITY, "ApproveReason"),
        (PLURALITY, "AnswerKey"),
        (PLURALITY, ""),
    ],
)
def test_unknown_keys_are_refused(policy: str, key: str) -> None:
    """A typing mistake that nobody notices costs money."""
    refused = refusal(policy, given(key, "1"))
    assert isinstance(refused, errors.InvalidPolicyParameter)
    assert refused.type == "ParameterValidationError"
    assert refused.message == f'The value "{key}" is not valid for the parameter Parameters.'


def test_unknown_keys_can_be_ignored() -> None:
    """The setting lets them pass, even twice."""
    extra = (given("Colour", "red"), given("Colour", "blue"))
    assert known(*extra, ignore_unknown=True) == known()
    assert plurality(*extra, ignore_unknown=True) == plurality()


@pytest.mark.parametrize("ignore_unknown", [False, True])
def test_keys_given_twice_are_refused(*, ignore_unknown: bool) -> None:
    """Spelled differently they are the same key still."""
    with pytest.raises(errors.InvalidPolicyParameter) as raised:
        known(
            given("RejectReason", "a"),
            given(" rejectreason", "a"),
            ignore_unknown=ignore_unknown,
        )
    assert raised.value.message == (
        'The value "rejectreason" is not valid for the parameter Parameters.'
    )


@pytest.mark.parametrize(
    ("policy", "parameters", "missing"),
    [
        (KNOWN, (), "AnswerKey"),
        (KNOWN, (given("ApproveIfKnownAnswerScoreIsAtLeast", "80"),), "AnswerKey"),
        (PLURALITY, (given("QuestionAgreementThreshold", "50"),), "QuestionIds"),
        (PLURALITY, (given("QuestionIds", "q"),), "QuestionAgreementThreshold"),
        (
            PLURALITY,
            (*REQUIRED[PLURALITY], given("ExtendIfHITAgreementScoreIsLessThan", "50")),
            "ExtendMaximumAssignments",
        ),
    ],
)
def test_missing_parameters(policy: str, parameters: tuple[Parameter, ...], missing: str) -> None:
    """The refusal names what is missing."""
    refused = refusal(policy, *parameters, required=False)
    assert (refused.type, refused.code) == ("RequestError", "AWS.MissingParameters")
    assert refused.message == (
        f"Your request is missing required parameters. Required parameters include: {missing}."
    )


def test_extension_parameters_alone_have_no_effect() -> None:
    """Without the threshold there is nothing to extend for."""
    read = plurality(
        given("ExtendMaximumAssignments", "5"), given("ExtendMinimumTimeInSeconds", "60")
    )
    assert read.extension.less_than is None


def test_extension_without_a_time_adds_none() -> None:
    """ExtendMinimumTimeInSeconds is documented as required; real requests work without it."""
    read = plurality(
        given("ExtendIfHITAgreementScoreIsLessThan", "50"), given("ExtendMaximumAssignments", "5")
    )
    assert read.extension == Extension(less_than=50, maximum_assignments=5, minimum_time_seconds=0)


RANGES = [
    (KNOWN, "ApproveIfKnownAnswerScoreIsAtLeast", 0, 101),
    (KNOWN, "RejectIfKnownAnswerScoreIsLessThan", 0, 101),
    (KNOWN, "ExtendIfKnownAnswerScoreIsLessThan", 0, 101),
    (KNOWN, "ExtendMaximumAssignments", 2, 25),
    (KNOWN, "ExtendMinimumTimeInSeconds", 60, 31_536_000),
    (PLURALITY, "DisregardAssignmentIfKnownAnswerScoreIsLessThan", 0, 101),
    (PLURALITY, "ExtendIfHITAgreementScoreIsLessThan", 1, 100),
    (PLURALITY, "ExtendMaximumAssignments", 1, 1_000_000_000),
    (PLURALITY, "ExtendMinimumTimeInSeconds", 60, 31_536_000),
    (PLURALITY, "ApproveIfWorkerAgreementScoreIsAtLeast", 0, 101),
    (PLURALITY, "RejectIfWorkerAgreementScoreIsLessThan", 0, 101),
]


def filled(policy: str, key: str, value: str) -> Any:
    """The parameters read with one integer, and what has to go with it."""
    more = [given(key, value)]
    if policy == PLURALITY and key == "ExtendIfHITAgreementScoreIsLessThan":
        more.append(given("ExtendMaximumAssignments", "5"))
    return POLICIES[policy].parse((*REQUIRED[policy], *more), ignore_unknown=False)


@pytest.mark.parametrize(("policy", "key", "minimum", "maximum"), RANGES)
def test_both_bounds_are_accepted(policy: str, key: str, minimum: int, maximum: int) -> None:
    """Each bound gives parameters of its own."""
    lowest, highest = filled(policy, key, str(minimum)), filled(policy, key, str(maximum))
    assert lowest != highest


@pytest.mark.parametrize(("policy", "key", "minimum", "maximum"), RANGES)
def test_values_out_of_range(policy: str, key: str, minimum: int, maximum: int) -> None:
    """The refusal names the value and the range."""
    beyond = [maximum + 1, 10**20]
    if minimum > 0:
        beyond.append(minimum - 1)
    if key == "ExtendMinimumTimeInSeconds":
        beyond.append(1)
    for value in beyond:
        refused = refusal(policy, given(key, str(value)))
        assert isinstance(refused, errors.ParameterOutOfRange)
        assert refused.type == "ParameterValidationError"
        assert refused.message == (
            f"The value {value} is invalid for {key}. "
            f"Valid values range from {minimum} to {maximum}."
        )


@pytest.mark.parametrize("value", ["0", "100"])
def test_bounds_of_the_agreement_threshold(value: str) -> None:
    """0 and 100 are thresholds, 101 is none."""
    parameters = (given("QuestionIds", "q"), given("QuestionAgreementThreshold", value))
    read = SimplePlurality().parse(parameters, ignore_unknown=False)
    assert read.agreement_threshold == int(value)
    refused = refusal(
        PLURALITY,
        given("QuestionIds", "q"),
        given("QuestionAgreementThreshold", "101"),
        required=False,
    )
    assert refused.message == (
        "The value 101 is invalid for QuestionAgreementThreshold. Valid values range from 0 to 100."
    )


@pytest.mark.parametrize("policy", [KNOWN, PLURALITY])
def test_zero_is_accepted_as_time(policy: str) -> None:
    """0 means that no time is added, although the range begins at 60."""
    read = filled(policy, "ExtendMinimumTimeInSeconds", "0")
    assert read.extension.minimum_time_seconds == 0


def test_absurdly_long_numbers_are_out_of_range() -> None:
    """Thousands of digits are refused like any large number."""
    refused = refusal(KNOWN, given("ExtendMaximumAssignments", "9" * 5000))
    assert isinstance(refused, errors.ParameterOutOfRange)


@pytest.mark.parametrize(
    ("text", "value"), [("80", 80), (" 80 ", 80), ("080", 80), ("0", 0), ("000", 0)]
)
def test_integers(text: str, value: int) -> None:
    """Blanks around an integer, and zeros before it, do no harm."""
    read = known(given("ApproveIfKnownAnswerScoreIsAtLeast", text))
    assert read.decisions.approve_at_least == value


@pytest.mark.parametrize(
    "text", ["", " ", "eighty", "80%", "8 0", "+80", "-1", "80.0", "0x50", "8e1", "1_0", "٨٠", "²"]
)
def test_what_is_no_integer(text: str) -> None:
    """Digits and nothing else make an integer."""
    refused = refusal(KNOWN, given("ApproveIfKnownAnswerScoreIsAtLeast", text))
    assert isinstance(refused, errors.InvalidPolicyParameter)
    assert refused.message == (
        f'The value "{text}" is not valid for the parameter ApproveIfKnownAnswerScoreIsAtLeast.'
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("T", True),
        ("t", True),
        ("true", True),
        ("TRUE", True),
        ("F", False),
        ("f", False),
        ("False", False),
        (" T ", True),
    ],
)
def test_booleans(text: str, *, value: bool) -> None:
    """T and F, also spelled out, in any case."""
    assert plurality(given("DisregardAssignmentIfRejected", text)).disregard_rejected is value


@pytest.mark.parametrize("text", ["", "yes", "1", "0", "Tr", "falsch"])
def test_what_is_no_boolean(text: str) -> None:
    """Nothing else is a boolean."""
    assert refusal(PLURALITY, given("DisregardAssignmentIfRejected", text)).message == (
        f'The value "{text}" is not valid for the parameter DisregardAssignmentIfRejected.'
    )


SCALARS = [
    (KNOWN, "ApproveIfKnownAnswerScoreIsAtLeast"),
    (KNOWN, "RejectReason"),
    (PLURALITY, "DisregardAssignmentIfRejected"),
    (PLURALITY, "ExtendMaximumAssignments"),
]


@pytest.mark.parametrize(("policy", "key"), SCALARS)
def test_scalars_have_exactly_one_value(policy: str, key: str) -> None:
    """No value, several values and a map are refused alike."""
    for parameter, shown in [
        (Parameter(key=key), ""),
        (given(key), ""),
        (given(key, "5", "6"), "5, 6"),
        (key_of("q", key=key), ""),
        (Parameter(key=key, values=("5",), map_entries=key_of("q").map_entries), "5"),
    ]:
        refused = refusal(policy, parameter)
        assert isinstance(refused, errors.InvalidPolicyParameter)
        assert refused.message == f'The value "{shown}" is not valid for the parameter {key}.'


@pytest.mark.parametrize(
    ("policy", "key"),
    [(KNOWN, "ApproveReason"), (KNOWN, "RejectReason"), (PLURALITY, "RejectReason")],
)
def test_length_of_reasons(policy: str, key: str) -> None:
    """1024 characters, whatever their bytes, are accepted as they are; one more is too long."""
    longest = " " + "é" * 1023
    decisions = (
        POLICIES[policy]
        .parse((*REQUIRED[policy], given(key, longest)), ignore_unknown=False)
        .decisions
    )
    assert longest in {decisions.approve_reason, decisions.reject_reason}
    refused = refusal(policy, given(key, longest + "x"))
    assert isinstance(refused, errors.TooLong)
    assert refused.message == f"Your request parameter {key} has a maximum length of 1024."


def test_reasons_are_what_workers_can_read() -> None:
    """Line breaks and tabs are fine, control characters are refused as in any feedback."""
    assert known(given("RejectReason", "a\tb\r\nc")).decisions.reject_reason == "a\tb\r\nc"
    assert known(given("RejectReason", "")).decisions.reject_reason == ""
    assert refusal(KNOWN, given("RejectReason", "a\x07b")).message == (
        'The value "a\\x07b" is not valid for the parameter RejectReason.'
    )


def test_reject_threshold_above_approve_threshold() -> None:
    """Allowed; what becomes of it is decided when both actions are carried out."""
    read = known(
        given("ApproveIfKnownAnswerScoreIsAtLeast", "50"),
        given("RejectIfKnownAnswerScoreIsLessThan", "60"),
    )
    assert (read.decisions.approve_at_least, read.decisions.reject_less_than) == (50, 60)


def test_more_assignments_than_nine_are_accepted() -> None:
    """Whether a HIT may reach 10 assignments is decided when it is extended."""
    assert known(given("ExtendMaximumAssignments", "12")).extension.maximum_assignments == 12


def test_unknown_keys_are_refused_before_values() -> None:
    """Keys are looked at first, whatever else is wrong."""
    refused = refusal(
        KNOWN, given("ApproveIfKnownAnswerScoreIsAtLeast", "x"), given("Colour", "red")
    )
    assert refused.message == 'The value "Colour" is not valid for the parameter Parameters.'
