"""A QuestionForm as what a template shows: pieces of content, controls, kept values, problems.

The rules about answers are in `domain.question`; nothing here decides whether one is acceptable.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import shorten
from types import MappingProxyType

from markupsafe import Markup

from kempelen.api.work import LooseFile
from kempelen.domain import files, question
from kempelen.domain.question import (
    Binary,
    Constraints,
    Content,
    EmbeddedBinary,
    FileUpload,
    Formatted,
    FreeText,
    GivenAnswer,
    ListContent,
    Overview,
    Question,
    QuestionForm,
    Selection,
    StyleSuggestion,
    Text,
    Title,
)
from kempelen.formats import answers, formatted_content
from kempelen.settings import Uploads

LINES_MAX = 30
LIST_ROWS_MAX = 10
FILTER_FROM = 16
TITLE_LENGTH_MAX = 80
_NO_MARKUP = Markup()
_KINDS = {
    "image/*": "a picture",
    "audio/*": "a sound",
    "video/*": "a video",
    "application/pdf": "a PDF document",
    "text/plain": "plain text",
}
NO_FILES: Mapping[str, LooseFile] = MappingProxyType({})
NO_PROBLEMS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A piece of content; `kind` is title, text, list, formatted, image, audio or video."""

    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    markup: Markup = _NO_MARKUP
    url: str = ""
    mime_type: str | None = None
    width: str = ""
    height: str = ""
    autoplay: bool = False
    loop: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TextBox:
    """A text control; more than one line makes it a text area."""

    name: str
    element_id: str
    value: str
    lines: int
    is_numeric: bool
    patterns: tuple[question.AnswerPattern, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One option of a selection."""

    element_id: str
    value: str
    label: Piece
    is_chosen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """A selection; `kind` is radio, checkbox or select. `rows` is 1 for a drop-down."""

    kind: str
    name: str
    element_id: str
    choices: tuple[Choice, ...]
    rows: int
    is_multiple: bool
    has_filter: bool
    other: TextBox | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FileBox:
    """A control for a file; `kept` is the key of one that came before, described by `kept_text`."""

    name: str
    element_id: str
    accept: str
    kept_name: str
    kept: str = ""
    kept_text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileTerms:
    """Which files may be sent, and those that have come, by question id."""

    uploads: Uploads
    kept: Mapping[str, LooseFile]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One question with its control; `first_id` is where a link to it leads."""

    element_id: str
    first_id: str
    display_name: str | None
    title: str
    content: tuple[Piece, ...]
    is_required: bool
    hint: str
    problem: str | None
    box: TextBox | None = None
    choices: Choices | None = None
    file: FileBox | None = None

    @property
    def described_by(self) -> str:
        """The ids of the hint and the problem, as far as they are there."""
        ids = [f"{self.element_id}-hint"] if self.hint else []
        if self.problem is not None:
            ids.append(f"{self.element_id}-problem")
        return " ".join(ids)


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """Content between the questions."""

    content: tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FormView:
    """All of a form in order; `problems` are the fields that need attention."""

    items: tuple[Field | Section, ...]
    problems: tuple[Field, ...]
    has_media: bool
    has_files: bool


NO_TERMS = FileTerms(uploads=Uploads(), kept=NO_FILES)


def view(
    form: QuestionForm,
    given: Mapping[str, GivenAnswer] | None = None,
    problems: Mapping[str, str] = NO_PROBLEMS,
    terms: FileTerms = NO_TERMS,
) -> FormView:
    """A form as it is shown; `given` keeps the values of a form that was sent before."""
    items: list[Field | Section] = []
    for index, item in enumerate(form.items, 1):
        if isinstance(item, Overview):
            items.append(Section(content=tuple(map(_piece, item.content))))
        else:
            kept = None if given is None else given.get(item.id, question.NOTHING)
            items.append(_field(item, f"q{index}", kept, problems.get(item.id), terms))
    fields = tuple(item for item in items if isinstance(item, Field))
    return FormView(
        items=tuple(items),
        problems=tuple(field for field in fields if field.problem is not None),
        has_media=any(_is_media(piece) for item in items for piece in _pieces(item)),
        has_files=any(field.file is not None for field in fields),
    )


def given_of(form: QuestionForm, fields: Iterable[tuple[str, str]]) -> dict[str, GivenAnswer]:
    """What the fields of a form that was sent say about each question, unchecked."""
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    given = {}
    for item in form.questions:
        own = values.get(item.id, [])
        if isinstance(item.answer, Selection):
            other = values.get(answers.other_field(item.id), [None])[-1]
            given[item.id] = GivenAnswer(selections=tuple(filter(None, own)), other=other)
        else:
            given[item.id] = GivenAnswer(text=own[-1] if own else None)
    return given


def pattern_list(patterns: Iterable[question.AnswerPattern]) -> str:
    """Patterns for the script of the page, which knows those that the server cannot judge."""
    return json.dumps([[item.regex, item.flags, item.error_text] for item in patterns])


def _field(
    item: Question,
    element_id: str,
    given: GivenAnswer | None,
    problem: str | None,
    terms: FileTerms,
) -> Field:
    specification = item.answer
    box = choices = file = None
    if isinstance(specification, FreeText):
        kept = None if given is None else given.text
        value = specification.default_text if kept is None else kept
        box = _box(specification, item.id, f"{element_id}-answer", value)
    elif isinstance(specification, Selection):
        choices = _choices(specification, item.id, element_id, given or question.NOTHING)
    elif terms.uploads.enabled:
        file = _file_box(item.id, element_id, terms)
    return Field(
        element_id=element_id,
        first_id=_first_id(element_id, choices),
        display_name=item.display_name,
        title=_title(item),
        content=tuple(map(_piece, item.content)),
        is_required=item.must_be_answered,
        hint=_hint(specification, terms.uploads),
        problem=problem,
        box=box,
        choices=choices,
        file=file,
    )


def _file_box(question_id: str, element_id: str, terms: FileTerms) -> FileBox:
    kept = terms.kept.get(question_id)
    return FileBox(
        name=question_id,
        element_id=f"{element_id}-answer",
        accept=",".join(terms.uploads.types),
        kept_name=answers.kept_file_field(question_id),
        kept="" if kept is None else kept.key,
        kept_text="" if kept is None else f"{kept.name} ({files.in_words(kept.size_bytes)})",
    )


def _title(item: Question) -> str:
    """What a question is called where there is little room."""
    if item.display_name:
        return item.display_name
    texts = [piece.text for piece in item.content if isinstance(piece, Title | Text)]
    return shorten(" ".join(texts), TITLE_LENGTH_MAX, placeholder="…") or item.id


def _first_id(element_id: str, choices: Choices | None) -> str:
    if choices is None or choices.kind == "select" or not choices.choices:
        return f"{element_id}-answer"
    return choices.choices[0].element_id


def _box(specification: FreeText, name: str, element_id: str, value: str | None) -> TextBox:
    return TextBox(
        name=name,
        element_id=element_id,
        value=value or "",
        lines=min(max(specification.lines, 1), LINES_MAX),
        is_numeric=specification.constraints.numeric is not None,
        patterns=specification.constraints.patterns,
    )


def _choices(selection: Selection, name: str, element_id: str, given: GivenAnswer) -> Choices:
    kind, rows = _kind(selection)
    other = None
    if selection.other is not None:
        value = selection.other.default_text if given is question.NOTHING else given.other
        field = answers.other_field(name)
        other = _box(selection.other, field, f"{element_id}-other", value)
    return Choices(
        kind=kind,
        name=name,
        element_id=f"{element_id}-answer",
        choices=tuple(
            Choice(
                element_id=f"{element_id}-{index}",
                value=option.id,
                label=_piece(option.content),
                is_chosen=option.id in given.selections,
            )
            for index, option in enumerate(selection.options, 1)
        ),
        rows=rows,
        is_multiple=selection.maximum > 1,
        has_filter=(
            selection.style is StyleSuggestion.MULTICHOOSER
            and len(selection.options) >= FILTER_FROM
        ),
        other=other,
    )


def _kind(selection: Selection) -> tuple[str, int]:
    """The control and its rows; what a drop-down or a list cannot show becomes a group."""
    style = selection.style
    is_multiple = selection.maximum > 1
    is_group = "checkbox" if is_multiple else "radio"
    rows = min(len(selection.options), LIST_ROWS_MAX)
    if not all(isinstance(option.content, Text) for option in selection.options):
        return is_group, 0
    if style is StyleSuggestion.LIST:
        return "select", max(rows, 2)
    if style in {StyleSuggestion.DROPDOWN, StyleSuggestion.COMBOBOX}:
        return "select", max(rows, 2) if is_multiple else 1
    if style in {StyleSuggestion.CHECKBOX, StyleSuggestion.MULTICHOOSER}:
        return "checkbox", 0
    return is_group, 0


def _hint(specification: FreeText | Selection | FileUpload, uploads: Uploads) -> str:
    """What is expected, before anything is wrong."""
    if isinstance(specification, FreeText):
        return _text_hint(specification.constraints)
    if isinstance(specification, FileUpload):
        return _file_hint(specification, uploads)
    low, high = specification.minimum, specification.maximum
    if high <= 1:
        return ""
    if low == high:
        return f"Choose {high}."
    return f"Choose {low} to {high}." if low > 1 else f"Choose up to {high}."


def _file_hint(upload: FileUpload, uploads: Uploads) -> str:
    if not uploads.enabled:
        return "Files cannot be sent on this site."
    least = files.in_words(upload.minimum_bytes)
    most = files.in_words(min(upload.maximum_bytes, uploads.max_file_bytes))
    size = f"of at most {most}" if upload.minimum_bytes <= 1 else f"of {least} to {most}"
    kinds = [_KINDS.get(media_type, media_type) for media_type in uploads.types]
    words = f"{', '.join(kinds[:-1])} or {kinds[-1]}" if len(kinds) > 1 else "".join(kinds)
    return f"A file {size}: {words}."


def _text_hint(constraints: Constraints) -> str:
    sentences = []
    if constraints.numeric is not None:
        number = constraints.numeric
        sentences.append(f"A number{_bounds(number.minimum, number.maximum)}.")
    length = constraints.length
    if length is not None and ((length.minimum or 0) > 1 or length.maximum is not None):
        low = length.minimum if (length.minimum or 0) > 1 else None
        bounds = _bounds(low, length.maximum).lstrip()
        sentences.append(f"{bounds[:1].upper()}{bounds[1:]} characters.")
    return " ".join(sentences)


def _bounds(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f" at least {low}"
    return "" if high is None else f" at most {high}"


def _piece(content: Content) -> Piece:
    if isinstance(content, Title):
        return Piece(kind="title", text=content.text)
    if isinstance(content, Text):
        return Piece(kind="text", text=content.text)
    if isinstance(content, ListContent):
        return Piece(kind="list", items=content.items)
    if isinstance(content, Formatted):
        # The sanitiser admits a fixed list of elements and attributes and escapes the rest.
        markup = Markup(formatted_content.sanitised(content.xhtml))  # noqa: S704 - as said above
        return Piece(kind="formatted", markup=markup)
    return _media(content)


def _media(content: Binary | EmbeddedBinary) -> Piece:
    mime_type = f"{content.type.value}/{content.subtype}" if content.subtype else None
    if isinstance(content, Binary):
        return Piece(
            kind=content.type.value, text=content.alt, url=content.url, mime_type=mime_type
        )
    parameters = {name.lower(): value.strip().lower() for name, value in content.parameters}
    start = parameters.get("start", "")
    is_start = start.isascii() and start.isdigit() and "#" not in content.url
    return Piece(
        kind=content.type.value,
        text=content.alt,
        url=f"{content.url}#t={start}" if is_start else content.url,
        mime_type=mime_type,
        width=content.width,
        height=content.height,
        autoplay=parameters.get("autoplay") in {"true", "1"},
        loop=parameters.get("loop") in {"true", "1"},
    )


def _pieces(item: Field | Section) -> tuple[Piece, ...]:
    if isinstance(item, Section) or item.choices is None:
        return item.content
    return (*item.content, *(choice.label for choice in item.choices.choices))


def _is_media(piece: Piece) -> bool:
    return piece.kind in {"image", "audio", "video"} or "<img" in piece.markup
