"""The question of a HIT as the task that the worker API shows."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from kempelen.api import tasks, work
from kempelen.domain import question
from kempelen.domain.question import (
    Binary,
    Constraints,
    Content,
    EmbeddedBinary,
    FileUpload,
    Formatted,
    FreeText,
    HTMLQuestion,
    ListContent,
    Question,
    QuestionForm,
    Selection,
    Title,
)
from kempelen.edges.web import frames
from kempelen.formats import crowd_form, form_fields, formatted_content
from kempelen.formats import question as question_format
from kempelen.operations.app import App

DOCUMENTS_KEPT = 256


def shown(app: App, task: work.Task, *, worker_id: str, expires_at: datetime) -> tasks.Task:
    """A task with its form, its document, or its address; `expires_at` is when a frame's ends."""
    parsed = question_format.stored(task.question)
    questions = form(parsed) if isinstance(parsed, QuestionForm) else None
    html = external = None
    frame = frames.frame_of(app, task, worker_id=worker_id, expires_at=expires_at)
    if frame is not None and isinstance(parsed, HTMLQuestion):
        html = tasks.HTMLTask(
            document=parsed.content,
            frame_url=frame.src,
            frame_height=frame.height,
            fields=_fields(parsed.content),
            answer_format=_answer_format(parsed.content),
        )
    elif frame is not None:
        external = tasks.ExternalTask(url=frame.src, frame_height=frame.height)
    return tasks.Task(
        mode=task.mode,
        kind=task.kind,
        hit_id=task.hit_id,
        assignment_id=task.assignment_id,
        question_form=questions,
        html=html,
        external=external,
    )


@lru_cache(maxsize=DOCUMENTS_KEPT)
def _fields(content: str) -> list[tasks.Field]:
    return [
        tasks.Field(
            name=field.name,
            control=field.control,
            label=field.label,
            required=field.required,
            options=[
                tasks.FieldOption(value=option.value, label=option.label)
                for option in field.options
            ],
        )
        for field in form_fields.fields(content)
    ]


@lru_cache(maxsize=DOCUMENTS_KEPT)
def _answer_format(content: str) -> crowd_form.AnswerFormat:
    return crowd_form.answer_format(content)


def form(parsed: QuestionForm) -> tasks.QuestionFormTask:
    """The questions of a form in the order in which they are shown."""
    return tasks.QuestionFormTask(
        items=[
            _question(item)
            if isinstance(item, Question)
            else tasks.OverviewItem(content=_contents(item.content))
            for item in parsed.items
        ]
    )


def _question(item: Question) -> tasks.QuestionItem:
    return tasks.QuestionItem(
        id=item.id,
        display_name=item.display_name,
        required=item.must_be_answered,
        content=_contents(item.content),
        answer=_answer(item.answer),
    )


def _answer(
    asked: FreeText | Selection | FileUpload,
) -> tasks.FreeTextAnswer | tasks.SelectionAnswer | tasks.FileAnswer:
    if isinstance(asked, FreeText):
        return tasks.FreeTextAnswer(
            default=asked.default_text or "",
            lines=asked.lines,
            constraints=_constraints(asked.constraints),
        )
    if isinstance(asked, FileUpload):
        return tasks.FileAnswer(size=tasks.Bounds(min=asked.minimum_bytes, max=asked.maximum_bytes))
    other = asked.other
    return tasks.SelectionAnswer(
        style=asked.style.value,
        min=asked.minimum,
        max=asked.maximum,
        options=[
            tasks.Option(id=option.id, content=_contents([option.content]))
            for option in asked.options
        ],
        other=None
        if other is None
        else tasks.OtherField(constraints=_constraints(other.constraints)),
    )


def _constraints(constraints: Constraints) -> tasks.TextConstraints:
    return tasks.TextConstraints(
        numeric=_bounds(constraints.numeric),
        length=_bounds(constraints.length),
        patterns=[
            tasks.Pattern(regex=item.regex, flags=item.flags, message=item.error_text)
            for item in constraints.patterns
        ],
    )


def _bounds(given: question.NumericRange | question.LengthRange | None) -> tasks.Bounds | None:
    return None if given is None else tasks.Bounds(min=given.minimum, max=given.maximum)


def _contents(items: Sequence[Content]) -> list[tasks.Content]:
    return [_content(item) for item in items]


def _content(item: Content) -> tasks.Content:
    if isinstance(item, Title):
        return tasks.Content(type="title", text=item.text)
    if isinstance(item, ListContent):
        return tasks.Content(type="list", items=list(item.items))
    if isinstance(item, Binary | EmbeddedBinary):
        return tasks.Content(type=item.type.value, url=item.url, alt=item.alt)
    if isinstance(item, Formatted):
        return tasks.Content(type="html", html=formatted_content.sanitised(item.xhtml))
    return tasks.Content(type="text", text=item.text)
