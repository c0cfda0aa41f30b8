"""Signing in and out, and the page that greets whoever is not signed in."""

from http import HTTPStatus

from starlette.responses import Response

from kempelen import credentials
from kempelen.domain.people import Worker
from kempelen.edges.web import sessions, targets
from kempelen.edges.worker.visits import Visit
from kempelen.operations import dispatch, signin
from kempelen.operations.app import App

NAME_LENGTH_MAX = 200
PASSWORD_LENGTH_MAX = 1_000
WRONG = "This name and password do not belong together. Check both; capitals count in the password."
THROTTLED = "There were too many attempts. Wait 15 minutes, then try again."
SUSPENDED = "This account is suspended. Ask the people who run this site."


def landing(visit: Visit) -> Response:
    """What this site is, or on to the HITs."""
    if visit.session is not None:
        return visit.go("/projects")
    return visit.page("landing.html")


def ask(visit: Visit) -> Response:
    """The form."""
    target = targets.safe(visit.query("return_to"))
    if visit.session is not None:
        return visit.go(target)
    return _form(visit, target)


def sign_in(visit: Visit) -> Response:
    """Check name and password; on to where the worker wanted to go.

    A wrong name, a wrong password and an account without one get the same answer after the same
    time.
    """
    fields = dict(visit.form())
    name = fields.get("name", "").strip()
    password = fields.get("password", "")
    target = targets.safe(fields.get("return_to"))
    address = visit.incoming.client
    if dispatch.look(visit.app, signin.is_throttled, name, address):
        return _form(visit, target, name, THROTTLED, HTTPStatus.TOO_MANY_REQUESTS)
    worker = _checked(visit.app, name, password)
    if worker is None:
        dispatch.change(visit.app, signin.note_failure, name, address)
        return _form(visit, target, name, WRONG, HTTPStatus.UNPROCESSABLE_ENTITY)
    if worker.is_suspended:
        return _form(visit, target, name, SUSPENDED, HTTPStatus.FORBIDDEN)
    response = visit.go(target)
    sessions.begin(visit.app, visit.incoming, response, worker.worker_id)
    return response


def sign_out(visit: Visit) -> Response:
    """Close the session and greet."""
    response = visit.go("/")
    sessions.end(visit.app, visit.incoming, response)
    return response


def _checked(app: App, name: str, password: str) -> Worker | None:
    """The worker whose password it is; the hash is renewed when its costs have risen."""
    is_name = 0 < len(name) <= NAME_LENGTH_MAX
    login = dispatch.look(app, signin.find_login, name) if is_name else None
    stored = None if login is None else login.password_hash
    is_right, is_outdated = credentials.verify_password(
        stored, password[:PASSWORD_LENGTH_MAX], is_quick=app.is_testing
    )
    if login is None or not is_right or len(password) > PASSWORD_LENGTH_MAX:
        return None
    if is_outdated:
        renewed = credentials.hash_password(password, is_quick=app.is_testing)
        dispatch.change(app, signin.renew_password_hash, login.worker.worker_id, renewed)
    worker: Worker = login.worker
    return worker


def _form(
    visit: Visit, target: str, name: str = "", problem: str = "", status: int = HTTPStatus.OK
) -> Response:
    response = visit.page("signin.html", status=status, target=target, name=name, problem=problem)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["retry-after"] = str(int(signin.FAILURE_WINDOW.total_seconds()))
    return response
