"""Shapes of a task in the worker API: what has to be done, for programs without a browser."""

from typing import Literal

from kempelen.api.work import WorkShape


class Content(WorkShape, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of what is shown; which members it has depends on `type`."""

    type: Literal["title", "text", "list", "image", "audio", "video", "html"]
    text: str | None = None
    items: list[str] | None = None
    url: str | None = None
    alt: str | None = None
    html: str | None = None


class Bounds(WorkShape, frozen=True, kw_only=True):
    """Inclusive bounds; null where there is none."""

    min: int | None
    max: int | None


class Pattern(WorkShape, frozen=True, kw_only=True):
    """A JavaScript regular expression that must be found, and what is said when it is not."""

    regex: str
    flags: str
    message: str


class TextConstraints(WorkShape, frozen=True, kw_only=True):
    """What a text must satisfy."""

    numeric: Bounds | None
    length: Bounds | None
    patterns: list[Pattern]


class FreeTextAnswer(WorkShape, frozen=True, kw_only=True, tag_field="kind", tag="free_text"):
    """A text is asked for."""

    default: str
    lines: int
    constraints: TextConstraints


class Option(WorkShape, frozen=True, kw_only=True):
    """One of the selections."""

    id: str
    content: list[Content]


class OtherField(WorkShape, frozen=True, kw_only=True):
    """A text field beside the options."""

    constraints: TextConstraints


class SelectionAnswer(WorkShape, frozen=True, kw_only=True, tag_field="kind", tag="selection"):
    """Between `min` and `max` options are asked for."""

    style: Literal["radiobutton", "checkbox", "list", "dropdown", "combobox", "multichooser"]
    min: int
    max: int
    options: list[Option]
    other: OtherField | None


class FileAnswer(WorkShape, frozen=True, kw_only=True, tag_field="kind", tag="file"):
    """A file of a size in bytes is asked for."""

    size: Bounds


class OverviewItem(WorkShape, frozen=True, kw_only=True, tag_field="type", tag="overview"):
    """Content between the questions."""

    content: list[Content]


class QuestionItem(WorkShape, frozen=True, kw_only=True, tag_field="type", tag="question"):
    """One question; its id is the key of the answer."""

    id: str
    display_name: str | None
    required: bool
    content: list[Content]
    answer: FreeTextAnswer | SelectionAnswer | FileAnswer


class QuestionFormTask(WorkShape, frozen=True, kw_only=True):
    """A QuestionForm in the order in which it is shown."""

    items: list[OverviewItem | QuestionItem]


class FieldOption(WorkShape, frozen=True, kw_only=True):
    """A value that a field offers."""

    value: str
    label: str


class Field(WorkShape, frozen=True, kw_only=True):
    """A field found in the HTML without running it; scripts may add others."""

    name: str
    control: str
    label: str
    required: bool
    options: list[FieldOption]


class HTMLTask(WorkShape, frozen=True, kw_only=True):
    """An HTMLQuestion: its document, where it can be opened in a browser, what it asks for."""

    document: str
    frame_url: str
    frame_height: int
    fields: list[Field]
    answer_format: Literal["fields", "task-answers", "flatten-objects"]


class ExternalTask(WorkShape, frozen=True, kw_only=True):
    """An ExternalQuestion: its address with the parameters of this worker and assignment."""

    url: str
    frame_height: int


class Task(WorkShape, frozen=True, kw_only=True, omit_defaults=True):
    """What has to be done; the member that belongs to `kind` is there, the others are absent."""

    mode: Literal["preview", "work"]
    kind: Literal["QuestionForm", "HTMLQuestion", "ExternalQuestion"]
    hit_id: str
    assignment_id: str | None
    question_form: QuestionFormTask | None = None
    html: HTMLTask | None = None
    external: ExternalTask | None = None
