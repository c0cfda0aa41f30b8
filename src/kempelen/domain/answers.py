"""Answers of one submission as records, in the order in which they are reported.

Not their document: the QuestionFormAnswers text is written and read by the formats layer.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadedFile:
    """A file that a worker sent: the opaque key it is stored under, and its size in bytes."""

    key: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What was answered to one question: a text, selections with other text, or a file.

    `values` holds the values of `free_text` before they were joined with `|`.
    """

    question_id: str
    free_text: str | None = None
    selections: tuple[str, ...] = ()
    other_text: str | None = None
    values: tuple[str, ...] = ()
    file: UploadedFile | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers of a submission."""

    answers: tuple[Answer, ...] = ()


def of_values(question_id: str, values: tuple[str, ...]) -> Answer:
    """A text answer; several values of one field are reported joined, without escaping."""
    return Answer(question_id=question_id, free_text="|".join(values), values=values)


def value_sets(given: Answers) -> dict[str, frozenset[str]]:
    """The values per question that review policies compare (docs/reference/review-policies.md).

    Unjoined, trimmed, without empty ones; question ids are trimmed too. Files count as nothing.
    """
    found: dict[str, set[str]] = {}
    for answer in given.answers:
        values = [*_text_values(answer), *answer.selections]
        if answer.other_text is not None:
            values.append(answer.other_text)
        trimmed = (value.strip() for value in values)
        found.setdefault(answer.question_id.strip(), set()).update(filter(None, trimmed))
    return {question_id: frozenset(values) for question_id, values in found.items()}


def joined(given: Answers) -> dict[str, str]:
    """The joined text per question, only where one field was sent with several values."""
    return {
        answer.question_id.strip(): "|".join(answer.values).strip()
        for answer in given.answers
        if len(answer.values) > 1
    }


def to_plain(given: Answers) -> list[dict[str, object]]:
    """The answers as lists and dicts of text, for storage as JSON; `from_plain` reads them."""
    return [_plain(answer) for answer in given.answers]


def from_plain(plain: object) -> Answers:
    """The answers that `to_plain` wrote."""
    if not isinstance(plain, list):
        message = "stored answers are not a list"
        raise TypeError(message)
    return Answers(tuple(_answer(item) for item in plain))


def _text_values(answer: Answer) -> tuple[str, ...]:
    if answer.values or answer.free_text is None:
        return answer.values
    return (answer.free_text,)


def _plain(answer: Answer) -> dict[str, object]:
    plain: dict[str, object] = {"id": answer.question_id}
    if answer.free_text is not None:
        plain["values"] = list(_text_values(answer))
    elif answer.file is not None:
        plain["file"] = [answer.file.key, str(answer.file.size_bytes)]
    else:
        plain["selections"] = list(answer.selections)
        if answer.other_text is not None:
            plain["other"] = answer.other_text
    return plain


def _answer(plain: Mapping[str, object]) -> Answer:
    question_id = str(plain["id"])
    if "values" in plain:
        return of_values(question_id, _texts(plain["values"]))
    if "file" in plain:
        key, size = _texts(plain["file"])
        return Answer(question_id=question_id, file=UploadedFile(key=key, size_bytes=int(size)))
    other = plain.get("other")
    return Answer(
        question_id=question_id,
        selections=_texts(plain["selections"]),
        other_text=None if other is None else str(other),
    )


def _texts(plain: object) -> tuple[str, ...]:
    if not isinstance(plain, list):
        message = "stored values are not a list"
        raise TypeError(message)
    return tuple(str(item) for item in plain)
