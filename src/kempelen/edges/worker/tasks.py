"""What has to be done in a HIT as a page shows it: a form of the site, or a frame."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kempelen.api import work
from kempelen.domain.question import GivenAnswer, QuestionForm
from kempelen.edges.web import frames, question_form
from kempelen.edges.web.frames import Frame
from kempelen.edges.web.headers import Openings
from kempelen.edges.web.question_form import FileTerms, FormView
from kempelen.formats import question
from kempelen.operations.app import App


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownTask:
    """Either a form or a frame, and what the page's headers must open for it."""

    hit_id: str
    form: FormView | None = None
    frame: Frame | None = None
    openings: Openings


def form_of(task: work.Task) -> QuestionForm | None:
    """The questions of a task, unless they are in a frame."""
    parsed = question.stored(task.question)
    return parsed if isinstance(parsed, QuestionForm) else None


def shown(
    app: App,
    task: work.Task,
    *,
    worker_id: str,
    ends_at: datetime,
    given: Mapping[str, GivenAnswer] | None = None,
    problems: Mapping[str, str] = question_form.NO_PROBLEMS,
    kept: Mapping[str, work.LooseFile] = question_form.NO_FILES,
) -> ShownTask:
    """A task for its page; `ends_at` is the deadline, or now for a preview."""
    frame = frames.frame_of(app, task, worker_id=worker_id, expires_at=ends_at + frames.LEEWAY)
    if frame is not None:
        openings = Openings(frame_src=frame.src, frame_allow=frame.allow)
        return ShownTask(hit_id=task.hit_id, frame=frame, openings=openings)
    form = form_of(task)
    view = None
    if form is not None:
        terms = FileTerms(uploads=app.settings.uploads, kept=kept)
        view = question_form.view(form, given, problems, terms)
    openings = Openings(media=view is not None and view.has_media)
    return ShownTask(hit_id=task.hit_id, form=view, openings=openings)
