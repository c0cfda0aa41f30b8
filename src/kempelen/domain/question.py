"""Questions as records, and which answers to a QuestionForm are acceptable.

Not their documents: XML and HTML are read by the formats layer.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from kempelen.domain import work_errors
from kempelen.domain.answers import Answer, Answers, UploadedFile, of_values

FREE_TEXT_CHARACTERS_MAX = 65_535
DEFAULT_ERROR_TEXT = "Invalid input supplied."
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)

Matches = Callable[[str, str, str], bool]


class QuestionKind(StrEnum):
    """The three documents that a HIT's Question can be."""

    QUESTION_FORM = "QuestionForm"
    HTML_QUESTION = "HTMLQuestion"
    EXTERNAL_QUESTION = "ExternalQuestion"


class MediaType(StrEnum):
    """What a binary shows."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"


class StyleSuggestion(StrEnum):
    """How selections are offered."""

    RADIOBUTTON = "radiobutton"
    DROPDOWN = "dropdown"
    CHECKBOX = "checkbox"
    LIST = "list"
    COMBOBOX = "combobox"
    MULTICHOOSER = "multichooser"


@dataclass(frozen=True, kw_only=True, slots=True)
class Title:
    """A heading."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Plain text whose line breaks are kept."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListContent:
    """A bulleted list of plain texts."""

    items: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Binary:
    """An image, sound or film at an http or https address."""

    type: MediaType
    subtype: str | None
    url: str
    alt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbeddedBinary:
    """A binary with a size (pixels, or text such as `50%`) and parameters for its player."""

    type: MediaType
    subtype: str | None
    url: str
    alt: str
    width: str
    height: str
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Formatted:
    """A fragment in the XHTML subset, as the requester wrote it; render it sanitised only."""

    xhtml: str


Content = Title | Text | ListContent | Binary | EmbeddedBinary | Formatted


@dataclass(frozen=True, kw_only=True, slots=True)
class NumericRange:
    """The answer must be a decimal number within inclusive bounds."""

    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LengthRange:
    """Inclusive bounds for the number of characters, white space included."""

    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerPattern:
    """A JavaScript regular expression that must be found in the answer."""

    regex: str
    flags: str = ""
    error_text: str = DEFAULT_ERROR_TEXT


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraints:
    """What a text must satisfy."""

    numeric: NumericRange | None = None
    length: LengthRange | None = None
    patterns: tuple[AnswerPattern, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FreeText:
    """A text is asked for; `lines` is how many the control should show."""

    constraints: Constraints = Constraints()
    default_text: str | None = None
    lines: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One selection that is offered."""

    id: str
    content: Text | Formatted | Binary


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Between `minimum` and `maximum` options are asked for; `other` adds a text field."""

    options: tuple[Option, ...]
    minimum: int = 1
    maximum: int = 1
    style: StyleSuggestion = StyleSuggestion.RADIOBUTTON
    other: FreeText | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FileUpload:
    """A file is asked for, of a size in bytes within inclusive bounds."""

    minimum_bytes: int
    maximum_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """Content between the questions."""

    content: tuple[Content, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One question; `required` is what its author wrote."""

    id: str
    display_name: str | None
    required: bool
    content: tuple[Content, ...]
    answer: FreeText | Selection | FileUpload

    @property
    def must_be_answered(self) -> bool:
        """Required by its author, or by a minimum length."""
        if self.required or not isinstance(self.answer, FreeText):
            return self.required
        length = self.answer.constraints.length
        return length is not None and (length.minimum or 0) > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionForm:
    """Overviews and questions in the order in which they are shown."""

    kind: ClassVar[QuestionKind] = QuestionKind.QUESTION_FORM
    items: tuple[Overview | Question, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions alone."""
        return tuple(item for item in self.items if isinstance(item, Question))


@dataclass(frozen=True, kw_only=True, slots=True)
class HTMLQuestion:
    """A page of the requester's, shown in a sandboxed frame; height in pixels, 0 to fit."""

    kind: ClassVar[QuestionKind] = QuestionKind.HTML_QUESTION
    content: str
    frame_height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ExternalQuestion:
    """A page on another site, shown in a frame; height in pixels, 0 to fit."""

    kind: ClassVar[QuestionKind] = QuestionKind.EXTERNAL_QUESTION
    url: str
    frame_height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenAnswer:
    """What a worker gave for one question, before it is checked.

    `file_problem` is why a file that came for it was not taken.
    """

    text: str | None = None
    selections: tuple[str, ...] = ()
    other: str | None = None
    file: UploadedFile | None = None
    file_problem: str | None = None


NOTHING = GivenAnswer()


def checked(form: QuestionForm, given: Mapping[str, GivenAnswer], matches: Matches) -> Answers:
    """The answers to a form, in the order of its questions.

    Refuses with InvalidAnswers, which names every question with a problem at once.
    `matches(regex, flags, text)` looks for a pattern; a question that `given` does not mention
    was left as it was shown.
    """
    problems = dict.fromkeys(
        given.keys() - {question.id for question in form.questions},
        "There is no question with this id.",
    )
    found = []
    for question in form.questions:
        answer, problem = _checked(question, given.get(question.id), matches)
        if problem is not None:
            problems[question.id] = problem
        if answer is not None:
            found.append(answer)
    if problems:
        raise work_errors.InvalidAnswers(problems)
    return Answers(tuple(found))


def _checked(
    question: Question, given: GivenAnswer | None, matches: Matches
) -> tuple[Answer | None, str | None]:
    """The answer to one question, and what is wrong with it."""
    specification = question.answer
    if isinstance(specification, FreeText):
        default = specification.default_text or ""
        text = default if given is None or given.text is None else given.text
        problem = _text_problem(
            specification.constraints, text, matches, required=question.must_be_answered
        )
        return of_values(question.id, (text,)), problem
    if isinstance(specification, Selection):
        return _checked_selection(question, specification, given or NOTHING, matches)
    return _checked_file(question, specification, given or NOTHING)


def _text_problem(
    constraints: Constraints, text: str, matches: Matches, *, required: bool
) -> str | None:
    """The first rule that a text breaks, as a sentence; patterns see the empty text too."""
    if required and not text:
        return "This question needs an answer."
    for problem in (
        _numeric_problem(constraints.numeric, text),
        _length_problem(constraints.length, text),
    ):
        if problem is not None:
            return problem
    for pattern in constraints.patterns:
        if not matches(pattern.regex, pattern.flags, text):
            return pattern.error_text
    return None


def _numeric_problem(numeric: NumericRange | None, text: str) -> str | None:
    trimmed = text.strip()
    if numeric is None or not trimmed:
        return None
    if _NUMBER.fullmatch(trimmed) is None:
        return "Enter a number."
    number = Decimal(trimmed)
    if numeric.minimum is not None and number < numeric.minimum:
        return f"Enter a number that is at least {numeric.minimum}."
    if numeric.maximum is not None and number > numeric.maximum:
        return f"Enter a number that is at most {numeric.maximum}."
    return None


def _length_problem(length: LengthRange | None, text: str) -> str | None:
    maximum = FREE_TEXT_CHARACTERS_MAX
    if length is not None and length.maximum is not None:
        maximum = length.maximum
    if len(text) > maximum:
        return f"Enter at most {maximum} characters; there are {len(text)} now."
    minimum = 0 if length is None else length.minimum or 0
    if len(text) < minimum:
        return f"Enter at least {minimum} characters; there are {len(text)} now."
    return None


def _checked_selection(
    question: Question,
    selection: Selection,
    given: GivenAnswer,
    matches: Matches,
) -> tuple[Answer, str | None]:
    """Selections in the order of the options; a filled other field counts as one of them."""
    chosen = tuple(option.id for option in selection.options if option.id in given.selections)
    other = given.other or None
    answer = Answer(question_id=question.id, selections=chosen, other_text=other)
    unknown = set(given.selections) - set(chosen)
    if unknown:
        return answer, f"{min(unknown)[:100]} is not one of the choices."
    if given.text is not None:
        return answer, "Choose among the selections of this question."
    if other is not None and selection.other is None:
        return answer, "This question has no field for another answer."
    count = len(chosen) + (other is not None)
    if question.required and count == 0:
        return answer, f"Choose at least {max(selection.minimum, 1)}."
    if 0 < count < selection.minimum:
        return answer, f"Choose at least {selection.minimum}; {count} chosen now."
    if count > selection.maximum:
        return answer, f"Choose at most {selection.maximum}; {count} chosen now."
    if other is not None and selection.other is not None:
        constraints = selection.other.constraints
        return answer, _text_problem(constraints, other, matches, required=True)
    return answer, None


def _checked_file(
    question: Question, upload: FileUpload, given: GivenAnswer
) -> tuple[Answer | None, str | None]:
    if given.file_problem is not None:
        return None, given.file_problem
    file = given.file
    if file is None:
        return None, "This question needs a file." if question.required else None
    return Answer(question_id=question.id, file=file), size_problem(upload, file.size_bytes)


def size_problem(upload: FileUpload, size_bytes: int) -> str | None:
    """What is wrong with the size of a file for a question."""
    if upload.minimum_bytes <= size_bytes <= upload.maximum_bytes:
        return None
    return (
        f"Choose a file of {upload.minimum_bytes} to {upload.maximum_bytes} bytes;"
        f" this one has {size_bytes}."
    )
