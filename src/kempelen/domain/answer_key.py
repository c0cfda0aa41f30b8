"""The key of a qualification test: what answers score, and which value a worker gets for the sum.

Not its document, which the formats layer reads; not who may take the test.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kempelen.domain.answers import Answers

# Qualification values are signed integers of 32 bits.
VALUE_MIN = -(1 << 31)
VALUE_MAX = (1 << 31) - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerOption:
    """A set of selections, and what exactly this set scores."""

    selections: frozenset[str]
    score: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyQuestion:
    """The options of one question; anything else, also no selection, scores the default."""

    question_id: str
    options: tuple[AnswerOption, ...]
    default_score: int = 0

    def score(self, chosen: Collection[str]) -> int:
        """The score of the first option that is the set of what was chosen."""
        selections = frozenset(chosen)
        return next(
            (option.score for option in self.options if option.selections == selections),
            self.default_score,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PercentageMapping:
    """The value is the sum in percent of a maximum, which the sum may exceed."""

    maximum_summed_score: int

    def value(self, summed: int) -> int:
        """The nearest whole percentage."""
        return rounded(Fraction(100 * summed, self.maximum_summed_score))


@dataclass(frozen=True, kw_only=True, slots=True)
class ScaleMapping:
    """The value is the sum times a decimal number."""

    summed_score_multiplier: Decimal

    def value(self, summed: int) -> int:
        """The nearest integer to the product."""
        return rounded(summed * Fraction(self.summed_score_multiplier))


@dataclass(frozen=True, kw_only=True, slots=True)
class SummedScoreRange:
    """A value for all sums between two inclusive bounds."""

    inclusive_lower_bound: int
    inclusive_upper_bound: int
    qualification_value: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RangeMapping:
    """The value is that of the first range which has the sum."""

    ranges: tuple[SummedScoreRange, ...]
    out_of_range_qualification_value: int

    def value(self, summed: int) -> int:
        """The value of the sum's range, or the one for sums outside of all ranges."""
        return next(
            (
                each.qualification_value
                for each in self.ranges
                if each.inclusive_lower_bound <= summed <= each.inclusive_upper_bound
            ),
            self.out_of_range_qualification_value,
        )


QualificationValueMapping = PercentageMapping | ScaleMapping | RangeMapping


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerKey:
    """What the questions of a test score; the value is their sum, unless a mapping says else."""

    questions: tuple[KeyQuestion, ...]
    mapping: QualificationValueMapping | None = None


def summed_score(key: AnswerKey, given: Answers) -> int:
    """The sum over the key's questions; other questions of the test add nothing."""
    chosen = {answer.question_id: answer.selections for answer in given.answers}
    return sum(question.score(chosen.get(question.question_id, ())) for question in key.questions)


def value(key: AnswerKey, given: Answers) -> int:
    """The qualification value that these answers earn.

    A sum or product beyond 32 bits gives the nearest value that a qualification can have.
    """
    summed = summed_score(key, given)
    mapped = summed if key.mapping is None else key.mapping.value(summed)
    return min(max(mapped, VALUE_MIN), VALUE_MAX)


def rounded(exact: Fraction) -> int:
    """The nearest integer; halves go away from zero."""
    magnitude = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return -magnitude if exact < 0 else magnitude
