"""Calls of the older API in the Query protocol: who calls what, and the envelope of the answer.

Nothing of the present API's path is touched: a call comes here when it cannot be one of its own.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog
from starlette.responses import Response

from kempelen.api import shape as shapes
from kempelen.clock import micros
from kempelen.domain import errors
from kempelen.domain.people import Requester
from kempelen.edges import http
from kempelen.edges.aws.access_keys import AccessKeys
from kempelen.edges.aws.legacy import (
    faults,
    information,
    markup,
    names,
    operations,
    reading,
    signing,
    values,
)
from kempelen.edges.aws.legacy.faults import LegacyFault, PlatformFault, RequestFault
from kempelen.edges.aws.legacy.markup import PLAIN, Style
from kempelen.edges.aws.legacy.names import Given, Parameters
from kempelen.edges.aws.legacy.rows import Row
from kempelen.edges.aws.legacy.signing import SERVICE, Acceptance, SignedCall
from kempelen.edges.http import Incoming
from kempelen.operations import dispatch
from kempelen.operations.app import App

CONTENT_TYPE: Final = "text/xml;charset=UTF-8"
REQUESTS_MAX: Final = 100
QUERY_BYTES_MAX: Final = 1_048_576
_NONE_OF_BOTO: Final = frozenset({"Query", "Reason"})
_VALID: Final = markup.element("Request", markup.leaf("IsValid", "True"))
_log = structlog.get_logger("kempelen.legacy")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call under way: its operation by its older name, who makes it, and how it is answered."""

    app: App
    name: str
    request_id: str
    requester: Requester | None = None
    style: Style = PLAIN

    def suffixed(self, message: str) -> str:
        """A message with the market's time in milliseconds, as every message ends."""
        now_ms = micros(self.app.clock.now()) // 1000
        return f"{message} ({now_ms}{' s' if self.app.settings.sandbox else ''})"


class Callers:
    """Who calls: verifies the signatures of one App's callers."""

    def __init__(self, app: App) -> None:
        """Keep the access keys, and what is accepted."""
        self._app = app
        self._keys = AccessKeys(app)
        versions = app.settings.legacy.signature_versions.split(",")
        self._accepted = Acceptance(
            schemes=frozenset(version.strip() for version in versions),
            skew=timedelta(seconds=app.settings.legacy.clock_skew_seconds),
        )

    def of(self, signed: SignedCall) -> Requester:
        """The requester whose key signed a call."""
        now = self._app.wall_clock.now()
        return signing.verify(signed, now, self._keys.find, self._accepted).requester


def answer(app: App, callers: Callers, incoming: Incoming) -> Response:
    """Answer one call; whatever goes wrong is told in the form of the protocol."""
    call = Call(app=app, name="", request_id=incoming.request_id, style=_style(app))
    try:
        check_access(app, incoming)
        signed = _signed(incoming)
        call = replace(call, name=known(signed.operation))
        _check_service(signed.value("Service"))
        if call.name != information.NAME or signed.value("AWSAccessKeyId") is not None:
            call = replace(call, requester=callers.of(signed))
        note(call, incoming, signed.value("Version") or "")
        requests = _parameters(signed, incoming).requests(signed.operation)
        if len(requests) > REQUESTS_MAX:
            raise faults.RequestTooLarge(f"More than {REQUESTS_MAX} requests came in one call.")
        results = [result(call, given) for given in requests]
    except (LegacyFault, errors.Refusal) as error:
        return failure(call, error)
    return response(200, enveloped(call, *results))


def failed(app: App, incoming: Incoming, error: Exception) -> Response:
    """The answer to a call that broke something, or was too large to be read."""
    call = Call(app=app, name="", request_id=incoming.request_id)
    if isinstance(error, http.BodyTooLarge):
        return failure(call, faults.RequestTooLarge(str(error)))
    if isinstance(error, LegacyFault):
        return failure(call, error)
    _log.error("call failed", exc_info=error)
    return failure(call, errors.ServiceFault())


def check_access(app: App, incoming: Incoming) -> None:
    """Refuse while the older API is off, or without TLS where it is wanted."""
    legacy = app.settings.legacy
    if not legacy.enabled:
        raise faults.Forbidden(
            "The older Requester API is switched off here. Use the API of version 2017-01-17 "
            "with an AWS SDK, or have legacy.enabled set."
        )
    if legacy.require_tls and not incoming.is_secure:
        raise faults.Forbidden("The older Requester API is served over TLS only. Use https.")


def known(name: str) -> str:
    """The name of an operation that there is, freed of misprints."""
    if not name:
        raise faults.NoOperation(errors.MissingParameters(names="Operation").message)
    if name in operations.REMOVED:
        raise faults.UnknownOperation("This operation was removed from the service in 2008.")
    row = operations.named(name)
    if row is None and name != information.NAME:
        raise faults.UnknownOperation(
            "The value of the parameter Operation names no operation of this service."
        )
    return information.NAME if row is None else row.name


def note(call: Call, incoming: Incoming, version: str) -> None:
    """Log who calls with what program; never a secret or a signature."""
    _log.debug(
        "call",
        operation=call.name,
        version=version[:20],
        agent=incoming.headers.get("user-agent", "")[:200],
        software=incoming.headers.get("x-amazon-software", "")[:200],
    )


def result(call: Call, given: Given) -> str:
    """The result element of one request, whether it succeeded or failed."""
    row = operations.named(call.name)
    try:
        return _succeeded(call, row, given)
    except shapes.ValidationException as error:
        fault = faults.of_violations(error)
    except errors.Refusal as refusal:
        fault = faults.of_refusal(refusal, None if row is None else row.states)
    except LegacyFault as error:
        fault = error
    if isinstance(fault, PlatformFault | RequestFault):
        raise fault
    request = markup.element("Request", markup.leaf("IsValid", "False"), _listed(call, fault))
    return markup.element(information.RESULT if row is None else row.result, request)


def _succeeded(call: Call, row: Row | None, given: Given) -> str:
    _check_validate(given.text("Validate"))
    if row is None:
        base_url = call.app.settings.app_base_url
        return markup.element(information.RESULT, _VALID, information.of(given, base_url))
    if call.requester is None or call.requester.is_suspended:
        raise errors.PermissionDenied
    if row.instead is not None and given.text(row.instead[0]) is not None:
        row = row.instead[1]
    request = reading.request(row.request, given, row.defaults)
    page = None if row.paging is None else reading.request(row.paging, given, {})
    if row.check is not None:
        row.check(request)
    shapes.check(request)
    found = dispatch.run(call.app, row.found(), call.requester, row.call(request, page))
    shown = found if row.member is None else getattr(found, row.member)
    hidden = row.groups.hidden(reading.words(given, "ResponseGroup"))
    style = replace(call.style, hidden=hidden | call.style.hidden)
    return markup.element(row.result, _VALID, markup.members(shown, style))


def enveloped(call: Call, *results: str) -> str:
    """The answer to a call that reached its operation."""
    request_id = markup.leaf("RequestId", call.request_id)
    request = markup.element("OperationRequest", request_id)
    return markup.element(f"{call.name}Response", request, *results)


def failure(call: Call, error: Exception) -> Response:
    """The answer to a call that reached no operation."""
    fault = error if isinstance(error, LegacyFault) else faults.InternalFailure(str(error))
    if isinstance(fault, RequestFault) and call.name:
        return response(200, refused(call, fault))
    status = fault.status if isinstance(fault, PlatformFault) else faults.InternalFailure.status
    request_id = markup.leaf("RequestID", call.request_id)
    return response(status, markup.element("Response", _listed(call, fault), request_id))


def refused(call: Call, fault: LegacyFault) -> str:
    """The answer to a call that is refused as a whole."""
    request_id = markup.leaf("RequestId", call.request_id)
    request = markup.element("OperationRequest", request_id, _listed(call, fault))
    return markup.element(f"{call.name}Response", request)


def _listed(call: Call, fault: LegacyFault) -> str:
    data = {} if isinstance(fault, PlatformFault) else fault.data
    return markup.errors([(fault.code, call.suffixed(fault.message), data)])


def _style(app: App) -> Style:
    return Style(with_digits=app.settings.legacy.boolean_style == "historic")


def response(status: int, body: str) -> Response:
    """An answer in XML."""
    content = (markup.DECLARATION + body).encode("utf-8", "replace")
    return Response(content, status_code=int(status), headers={"content-type": CONTENT_TYPE})


def _signed(incoming: Incoming) -> SignedCall:
    """Every parameter as it came; those of the body win."""
    posted = incoming.body if incoming.method == "POST" else b""
    if len(incoming.query) > QUERY_BYTES_MAX:
        raise faults.RequestTooLarge(f"The address is longer than {QUERY_BYTES_MAX} bytes.")
    if incoming.query.count(b"&") + posted.count(b"&") > names.FIELDS_MAX:
        raise faults.RequestTooLarge(f"More than {names.FIELDS_MAX} parameters came in one call.")
    fields = [*http.fields_of(posted), *http.fields_of(incoming.query)]
    operation = (value for key, value in fields if key.strip() == "Operation" and value)
    return SignedCall(
        fields=fields,
        operation=next(operation, ""),
        method=incoming.method,
        host=incoming.headers.get("host", ""),
        path=incoming.path,
    )


def _parameters(signed: SignedCall, incoming: Incoming) -> Parameters:
    """The parameters; boto 2 writes Python's None for some that are absent."""
    is_boto = incoming.headers.get("user-agent", "").startswith("Boto/")
    return Parameters.of(
        (key, value)
        for key, value in signed.fields
        if not (is_boto and value == "None" and key in _NONE_OF_BOTO)
    )


def _check_service(service: str | None) -> None:
    if service not in {None, SERVICE}:
        shown = str(service)[:100]
        text = errors.InvalidParameterValue(value=shown, name="Service").message
        raise faults.WrongService(text)


def _check_validate(text: str | None) -> None:
    if text is not None and values.truth(text, "Validate"):
        told = errors.InvalidParameterValue(value=text, name="Validate").message
        raise faults.WrongService(f"{told} A request cannot be tried without being performed.")
