"""How a template's answers come: as plain form fields, or as the content of a crowd-form."""

import json
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from kempelen.formats import html

AnswerFormat = Literal["fields", "task-answers", "flatten-objects"]
FIELDS: Final = "fields"
TASK_ANSWERS: Final = "task-answers"
FLATTEN_OBJECTS: Final = "flatten-objects"
TASK_ANSWERS_FIELD: Final = "taskAnswers"
# These make a crowd-form around themselves when they are in none.
_SELF_SUBMITTING: Final = frozenset({"crowd-entity-annotation"})


def answer_format(content: str) -> AnswerFormat:
    """Which of the three formats an HTML template posts its answers in."""
    found: AnswerFormat = FIELDS
    try:
        for token in html.tokens(content):
            if token.kind is not html.Kind.START_TAG:
                continue
            if token.name == "crowd-form":
                wanted = token.attribute("answer-format")
                is_flat = wanted is not None and wanted.value == FLATTEN_OBJECTS
                return FLATTEN_OBJECTS if is_flat else TASK_ANSWERS
            if token.name in _SELF_SUBMITTING:
                found = TASK_ANSWERS
    except html.CutOffError:
        pass
    return found


def flattened(task_answers: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """One field for each leaf, named by its path with points; lists stay whole, as JSON."""
    return tuple(
        field for name, value in task_answers.items() for field in _leaves(str(name), value)
    )


def _leaves(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _leaves(f"{path}.{key}", value[key])
    else:
        yield path, _leaf(value)


def _leaf(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        # JavaScript knows one kind of number and writes 5.0 as 5.
        value = int(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
