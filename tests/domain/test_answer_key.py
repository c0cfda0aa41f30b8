"""Scores of qualification tests: exact sets, defaults, and the four ways from sum to value."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.domain import answer_key
from kempelen.domain.answer_key import (
    VALUE_MAX,
    VALUE_MIN,
    AnswerKey,
    AnswerOption,
    KeyQuestion,
    PercentageMapping,
    QualificationValueMapping,
    RangeMapping,
    ScaleMapping,
    SummedScoreRange,
)
from kempelen.domain.answers import Answer, Answers, of_values

INTEGERS = st.integers(VALUE_MIN, VALUE_MAX)
SELECTIONS = st.frozensets(st.sampled_from("abcd"))


def option(score: int, *selections: str) -> AnswerOption:
    return AnswerOption(selections=frozenset(selections), score=score)


def selected(**chosen: str) -> Answers:
    """Answers by question; the letters of a word are its selections."""
    return Answers(
        tuple(Answer(question_id=name, selections=tuple(word)) for name, word in chosen.items())
    )


def summing(mapping: QualificationValueMapping | None, summed: int) -> AnswerKey:
    """A key whose sum is always this one."""
    question = KeyQuestion(question_id="q", options=(option(0, "x"),), default_score=summed)
    return AnswerKey(questions=(question,), mapping=mapping)


CHESS = AnswerKey(
    questions=(
        KeyQuestion(question_id="nextmove", options=(option(5, "D"),)),
        KeyQuestion(question_id="fruit", options=(option(10, "a"),)),
    ),
    mapping=PercentageMapping(maximum_summed_score=15),
)


@pytest.mark.parametrize(
    ("nextmove", "fruit", "summed", "percent"),
    [("D", "p", 5, 33), ("D", "a", 15, 100), ("C", "a", 10, 67), ("C", "p", 0, 0), ("", "", 0, 0)],
)
def test_percentages(nextmove: str, fruit: str, summed: int, percent: int) -> None:
    answers = selected(nextmove=nextmove, fruit=fruit)
    assert answer_key.summed_score(CHESS, answers) == summed
    assert answer_key.value(CHESS, answers) == percent


@pytest.mark.parametrize(
    ("chosen", "score"),
    [("ab", 5), ("ba", 5), ("b", -1), ("a", 2), ("abc", -1), ("", -1)],
)
def test_only_the_exact_set_scores(chosen: str, score: int) -> None:
    question = KeyQuestion(
        question_id="q", options=(option(2, "a"), option(5, "a", "b")), default_score=-1
    )
    assert answer_key.value(AnswerKey(questions=(question,)), selected(q=chosen)) == score


def test_the_first_of_equal_options_scores() -> None:
    question = KeyQuestion(question_id="q", options=(option(3, "a", "b"), option(7, "b", "a")))
    assert question.score("ab") == 3


def test_questions_outside_of_the_key_add_nothing_and_unanswered_ones_their_default() -> None:
    question = KeyQuestion(question_id="q", options=(option(3, "a"),), default_score=-2)
    key = AnswerKey(questions=(question,))
    assert answer_key.value(key, selected(q="a", other="a")) == 3
    assert answer_key.value(key, Answers()) == -2
    assert answer_key.value(key, Answers((of_values("q", ("a",)),))) == -2


RANGES = RangeMapping(
    ranges=(
        SummedScoreRange(inclusive_lower_bound=5, inclusive_upper_bound=7, qualification_value=5),
        SummedScoreRange(inclusive_lower_bound=8, inclusive_upper_bound=10, qualification_value=10),
        SummedScoreRange(inclusive_lower_bound=7, inclusive_upper_bound=12, qualification_value=-3),
    ),
    out_of_range_qualification_value=0,
)


@pytest.mark.parametrize(
    ("summed", "value"),
    [(4, 0), (5, 5), (7, 5), (8, 10), (10, 10), (11, -3), (12, -3), (13, 0), (-6, 0)],
)
def test_ranges(summed: int, value: int) -> None:
    assert answer_key.value(summing(RANGES, summed), Answers()) == value


@pytest.mark.parametrize(
    ("summed", "multiplier", "value"),
    [
        (5, "3", 15),
        (5, "0.5", 3),
        (-5, "0.5", -3),
        (3, "0.5", 2),
        (5, "-0.1", -1),
        (1, "0.4999999999999999999999", 0),
        (1, "0.5", 1),
        (7, "0", 0),
        (2_000_000_000, "3", VALUE_MAX),
        (-2_000_000_000, "3", VALUE_MIN),
    ],
)
def test_scales(summed: int, multiplier: str, value: int) -> None:
    mapping = ScaleMapping(summed_score_multiplier=Decimal(multiplier))
    assert answer_key.value(summing(mapping, summed), Answers()) == value


@pytest.mark.parametrize(
    ("summed", "maximum", "value"),
    [(1, 200, 1), (-1, 200, -1), (1, 201, 0), (3, 8, 38), (-3, 8, -38), (30, 15, 200), (0, 7, 0)],
)
def test_percentages_round_half_away_from_zero_and_may_exceed_100(
    summed: int, maximum: int, value: int
) -> None:
    mapping = PercentageMapping(maximum_summed_score=maximum)
    assert answer_key.value(summing(mapping, summed), Answers()) == value


@given(numerator=st.integers(-(10**12), 10**12), denominator=st.sampled_from([1, 2, 4, 8, 125]))
def test_rounding_is_what_decimal_calls_half_up(numerator: int, denominator: int) -> None:
    with localcontext(prec=60):
        exact = Decimal(numerator) / denominator
        wanted = int(exact.to_integral_value(rounding=ROUND_HALF_UP))
    assert answer_key.rounded(Fraction(numerator, denominator)) == wanted


@given(summed=INTEGERS, maximum=st.integers(1, VALUE_MAX))
def test_rounding_is_odd_and_never_further_than_a_half(summed: int, maximum: int) -> None:
    exact = Fraction(100 * summed, maximum)
    found = answer_key.rounded(exact)
    assert abs(found - exact) <= Fraction(1, 2)
    assert answer_key.rounded(-exact) == -found


@given(
    options=st.lists(st.tuples(SELECTIONS.filter(bool), INTEGERS), min_size=1, max_size=6),
    default=INTEGERS,
    chosen=SELECTIONS,
)
def test_a_question_scores_as_a_look_into_a_table_would(
    options: list[tuple[frozenset[str], int]], default: int, chosen: frozenset[str]
) -> None:
    table = dict(reversed(options))
    question = KeyQuestion(
        question_id="q",
        options=tuple(AnswerOption(selections=each, score=score) for each, score in options),
        default_score=default,
    )
    assert question.score(tuple(chosen)) == table.get(chosen, default)


@given(
    scores=st.lists(INTEGERS, min_size=1, max_size=5),
    mapping=st.one_of(
        st.none(),
        st.builds(PercentageMapping, maximum_summed_score=st.integers(1, VALUE_MAX)),
        st.builds(
            ScaleMapping,
            summed_score_multiplier=st.decimals(allow_nan=False, allow_infinity=False, places=6),
        ),
        st.just(RANGES),
    ),
)
def test_every_key_gives_a_value_of_32_bits(
    scores: list[int], mapping: QualificationValueMapping | None
) -> None:
    key = AnswerKey(
        questions=tuple(
            KeyQuestion(question_id=str(n), options=(option(score, "x"),))
            for n, score in enumerate(scores)
        ),
        mapping=mapping,
    )
    answers = Answers(
        tuple(Answer(question_id=str(n), selections=("x",)) for n in range(len(scores)))
    )
    assert answer_key.summed_score(key, answers) == sum(scores)
    assert VALUE_MIN <= answer_key.value(key, answers) <= VALUE_MAX
