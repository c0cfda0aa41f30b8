"""Review results under the older keys that the documentation's sample shows.

AgreedWithPlurality, PluralityAnswer and PluralityLevel are told beside the present keys of a run
of SimplePlurality, for programs that were written after the sample.
"""

from itertools import groupby

from kempelen.api import types
from kempelen.domain import answers
from kempelen.domain.hit import HIT
from kempelen.store import assignments
from kempelen.store.tx import Tx

_RENAMED = {"AgreedAnswer": "PluralityAnswer", "AnswerAgreementScore": "PluralityLevel"}
Values = dict[str, dict[str, frozenset[str]]]


def added(
    tx: Tx, hit: HIT, found: list[types.ReviewResultDetail]
) -> list[types.ReviewResultDetail]:
    """The results of a HIT's runs, each run followed by its results under the older keys."""
    given: Values = {
        item.assignment.assignment_id: answers.value_sets(answers.from_plain(item.values))
        for item in assignments.all_of_hit(tx, hit.hit_id)
    }
    agreed = _agreed_answers(found)
    whole = []
    for action_id, run in groupby(found, key=lambda item: item.action_id):
        results = list(run)
        whole += results
        whole += _agreements(results, given, agreed.get(action_id, {}))
        whole += [_copy(item, _RENAMED[item.key or ""]) for item in results if item.key in _RENAMED]
    return whole


def _agreed_answers(
    found: list[types.ReviewResultDetail],
) -> dict[str | None, dict[str, str]]:
    agreed: dict[str | None, dict[str, str]] = {}
    for item in found:
        if item.key == "AgreedAnswer":
            agreed.setdefault(item.action_id, {})[item.question_id or ""] = item.value or ""
    return agreed


def _agreements(
    results: list[types.ReviewResultDetail], given: Values, agreed: dict[str, str]
) -> list[types.ReviewResultDetail]:
    """Whether each worker gave the answer that was agreed on, question by question."""
    considered = [item for item in results if item.key == "PluralityAnswersCorrect"]
    return [
        types.ReviewResultDetail(
            action_id=item.action_id,
            subject_id=item.subject_id,
            subject_type=item.subject_type,
            question_id=question_id,
            key="AgreedWithPlurality",
            value=str(int(_joined(given, item.subject_id or "", question_id) == answer)),
        )
        for question_id, answer in agreed.items()
        for item in considered
    ]


def _joined(given: Values, assignment_id: str, question_id: str) -> str:
    values = given.get(assignment_id, {}).get(question_id.strip(), frozenset())
    return "|".join(sorted(values))


def _copy(item: types.ReviewResultDetail, key: str) -> types.ReviewResultDetail:
    return types.ReviewResultDetail(
        action_id=item.action_id,
        subject_id=item.subject_id,
        subject_type=item.subject_type,
        question_id=item.question_id,
        key=key,
        value=item.value,
    )
