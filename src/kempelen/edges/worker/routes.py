"""The paths of the worker site; many of them are those of the original marketplace."""

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from kempelen.edges.http import Edge, Incoming
from kempelen.edges.web import assets
from kempelen.edges.worker import (
    accepting,
    compat,
    dashboard,
    external_submit,
    failures,
    listing,
    messages,
    multipart,
    preview,
    qualification_tests,
    qualifications,
    queue,
    signin,
    submitting,
    work,
)
from kempelen.edges.worker.multipart import Form
from kempelen.edges.worker.visits import open_to_all, signed_in
from kempelen.operations.app import App

# A character of an answer takes up to three bytes of a form for each byte of its own.
FORM_BYTES_PER_BYTE = 3


def routes(app: App) -> list[BaseRoute]:
    """All pages of the worker site."""
    edge = Edge(app=app, failure=failures.failure)
    long = Edge(
        app=app,
        failure=failures.failure,
        body_bytes_max=FORM_BYTES_PER_BYTE * app.settings.answers.max_bytes,
        intake=_intake,
    )
    group = "/projects/{group}/tasks"
    kind = "/qualifications/{type_id}"
    return [
        *assets.routes(app),
        *external_submit.routes(app),
        edge.route("/", open_to_all(signin.landing)),
        edge.route("/signin", open_to_all(signin.ask), "GET"),
        edge.route("/signin", open_to_all(signin.sign_in), "POST"),
        edge.route("/signout", signed_in(signin.sign_out), "POST"),
        edge.route("/help", open_to_all(dashboard.help_page)),
        edge.route("/projects", signed_in(listing.show)),
        edge.route("/requesters/{requester_id}/projects", signed_in(listing.show)),
        edge.route(group, signed_in(preview.show)),
        edge.route(f"{group}/accept_random", signed_in(accepting.accept_random), "GET", "POST"),
        edge.route(f"{group}/{{hit_id}}/accept", signed_in(accepting.accept_hit), "POST"),
        edge.route(f"{group}/{{hit_id}}", signed_in(work.show), "GET"),
        edge.route(f"{group}/{{hit_id}}", signed_in(work.give_back), "POST"),
        edge.route("/tasks", signed_in(queue.show)),
        edge.route("/tasks/finish", signed_in(submitting.finish)),
        long.route("/tasks/{assignment_id}/submit", open_to_all(submitting.submit), "POST"),
        edge.route("/dashboard", signed_in(dashboard.show)),
        edge.route("/qualifications", signed_in(qualifications.show_all)),
        edge.route("/qualifications/assigned", signed_in(qualifications.show_assigned)),
        edge.route("/qualifications/pending", signed_in(qualifications.show_pending)),
        edge.route(kind, signed_in(qualifications.show_type)),
        edge.route(f"{kind}/request", signed_in(qualifications.request), "POST"),
        edge.route(f"{kind}/cancel", signed_in(qualifications.withdraw), "POST"),
        edge.route(f"{kind}/return", signed_in(qualifications.give_back), "POST"),
        edge.route(f"{kind}/test", signed_in(qualification_tests.show), "GET"),
        edge.route(f"{kind}/test", signed_in(qualification_tests.start), "POST"),
        long.route(f"{kind}/test/{{request_id}}", open_to_all(qualification_tests.submit), "POST"),
        edge.route("/messages", signed_in(messages.show_all), "GET"),
        edge.route("/messages", signed_in(messages.mark_all_read), "POST"),
        edge.route("/messages/{thread}", signed_in(messages.show_thread), "GET"),
        edge.route("/mturk/preview", open_to_all(compat.preview)),
        edge.route("/mturk/previewandaccept", open_to_all(compat.accept)),
        edge.route("/mturk/accept", open_to_all(compat.accept)),
        edge.route("/mturk/findhits", open_to_all(compat.find)),
        edge.route("/mturk/viewhits", open_to_all(compat.find)),
        edge.route("/mturk/searchbar", open_to_all(compat.find)),
        edge.route("/mturk/myhits", open_to_all(compat.queue)),
        edge.route("/mturk/findquals", open_to_all(compat.qualifications)),
        edge.route("/mturk/requestqualification", open_to_all(compat.qualification)),
        edge.route("/mturk/dashboard", open_to_all(compat.dashboard)),
        edge.route("/mturk/status", open_to_all(compat.dashboard)),
    ]


def _intake(app: App, incoming: Incoming) -> Form | None:
    """The form of a question that asks for files comes in parts."""
    content_type = incoming.headers.get("content-type", "")
    if not multipart.is_multipart(content_type):
        return None
    settings = app.settings
    return Form(content_type, multipart.limits(settings.uploads, settings.answers.max_bytes))


def elsewhere(app: App) -> ASGIApp:
    """What answers at every address that nobody else has."""
    edge = Edge(app=app, failure=failures.failure)
    return edge.endpoint(failures.not_found)
