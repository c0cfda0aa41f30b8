"""Calls of the older API in the Query protocol: who calls what, and the envelope of the answer.

Nothing of the present API's path is touched: a call comes here when it cannot be one of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog
from starlette.responses import Response

from kempelen.api import shape as shapes
from kempelen.api import types
from kempelen.api.shape import Shape
from kempelen.clock import micros
from kempelen.domain import errors
from kempelen.domain.people import Requester
from kempelen.edges import http
from kempelen.edges.aws.access_keys import AccessKeys
from kempelen.edges.aws.legacy import (
    echo,
    elements,
    faults,
    information,
    markup,
    names,
    operations,
    reading,
    signing,
    values,
    versions,
)
from kempelen.edges.aws.legacy.faults import LegacyFault, PlatformFault, RequestFault
from kempelen.edges.aws.legacy.markup import PLAIN, Style
from kempelen.edges.aws.legacy.names import Given, Parameters
from kempelen.edges.aws.legacy.rows import Row
from kempelen.edges.aws.legacy.signing import SERVICE, Acceptance, SignedCall
from kempelen.edges.aws.rates import Rates
from kempelen.edges.http import Incoming
from kempelen.operations import dispatch
from kempelen.operations.app import App
from kempelen.operations.legacy import hits

CONTENT_TYPE: Final = "text/xml;charset=UTF-8"
REQUESTS_MAX: Final = 100
QUERY_BYTES_MAX: Final = 1_048_576
_NONE_OF_BOTO: Final = frozenset({"Query", "Reason"})
_log = structlog.get_logger("kempelen.legacy")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call under way: its operation by its older name, who makes it, and how it is answered.

    `validate` is the text of that parameter, for all of its requests; `headers` and `arguments`
    are what an answer repeats of the call.
    """

    app: App
    name: str
    request_id: str
    requester: Requester | None = None
    style: Style = PLAIN
    version: str = ""
    validate: str | None = None
    headers: str = ""
    arguments: str = ""

    def suffixed(self, message: str) -> str:
        """A message with the market's time in milliseconds, as every message ends."""
        now_ms = micros(self.app.clock.now()) // 1000
        return f"{message} ({now_ms}{' s' if self.app.settings.sandbox else ''})"


class Callers:
    """Who calls: verifies the signatures of one App's callers, and knows how often they may."""

    def __init__(self, app: App, rates: Rates | None) -> None:
        """Keep the access keys, and what is accepted."""
        self.rates = rates
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
        call = replace(
            call, version=signed.value("Version") or "", validate=signed.value("Validate")
        )
        note(call, incoming)
        requests = _parameters(signed, incoming).requests(signed.operation)
        admit(callers, call, requests)
        if any(map(echo.is_wanted, requests)):
            fields = echo.arguments(signed.fields)
            call = replace(call, headers=echo.headers(incoming), arguments=fields)
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


def admit(callers: Callers, call: Call, requests: Sequence[Given]) -> None:
    """Refuse a call with too many requests, or of somebody who makes too many calls."""
    if len(requests) > REQUESTS_MAX:
        raise faults.RequestTooLarge(f"More than {REQUESTS_MAX} requests came in one call.")
    row = operations.named(call.name)
    if row is None or call.requester is None or callers.rates is None:
        return
    writes = row.chosen(requests[0]).found().writes
    who = call.requester.requester_id
    if not callers.rates.admits(who, writes=writes, number=len(requests)):
        raise faults.ServiceUnavailable("The rate of requests is exceeded. Try again later.")


def note(call: Call, incoming: Incoming) -> None:
    """Log who calls with what program; never a secret or a signature."""
    _log.debug(
        "call",
        operation=call.name,
        version=call.version[:20],
        agent=incoming.headers.get("user-agent", "")[:200],
        software=incoming.headers.get("x-amazon-software", "")[:200],
    )


def result(call: Call, given: Given) -> str:
    """The result element of one request, whether it succeeded or failed."""
    row = operations.named(call.name)
    name = information.RESULT if row is None else row.result
    repeated = ""
    try:
        _check_requester(call, row)
        asked = () if row is None else _asked(row.chosen(given), given)
        if echo.is_wanted(given):
            repeated = echo.request(row, asked, given, call.style)
        content = _performed(call, row, asked, given)
        return markup.element(name, _request("True", repeated), content)
    except shapes.ValidationException as error:
        fault = faults.of_violations(error)
    except errors.Refusal as refusal:
        fault = faults.of_refusal(refusal, None if row is None else row.states)
    except LegacyFault as error:
        fault = error
    if isinstance(fault, PlatformFault | RequestFault):
        raise fault
    return markup.element(name, _request("False", repeated, _listed(call, fault)))


def _request(validity: str, *content: str) -> str:
    return markup.element("Request", markup.leaf("IsValid", validity), *content)


def _check_requester(call: Call, row: Row | None) -> None:
    is_nobody = call.requester is None or call.requester.is_suspended
    if row is not None and is_nobody:
        raise errors.PermissionDenied


def _asked(row: Row, given: Given) -> tuple[Shape, ...]:
    """The request, and which page of it when it has pages."""
    request = reading.request(row.request, given, row.defaults)
    pages = () if row.paging is None else (reading.request(row.paging, given, {}),)
    if row.check is not None:
        row.check(request)
    shapes.check(request)
    return (request, *pages)


def _performed(call: Call, row: Row | None, asked: tuple[Shape, ...], given: Given) -> str:
    """What follows in the result; nothing when the request is only to be looked at."""
    is_trial = call.validate is not None and values.truth(call.validate, "Validate")
    if row is None:
        told = information.of(given, call.app.settings.app_base_url)
        return "" if is_trial else told
    row = row.chosen(given)
    operation, request = row.found(), row.call(*asked)
    if is_trial:
        dispatch.prepare(call.app, operation, request)
        return ""
    found = dispatch.run(call.app, operation, call.requester, request)
    shown = found if row.member is None else getattr(found, row.member)
    hidden = row.groups.hidden(reading.words(given, "ResponseGroup"))
    style = replace(call.style, hidden=hidden | call.style.hidden)
    if versions.is_early(call.version) and (types.HIT, markup.BEFORE_SIMILAR) not in hidden:
        groups = {hit.hit_group_id for hit in _hits(shown) if hit.hit_group_id is not None}
        style = replace(style, open_hits=dispatch.look(call.app, hits.open_hits, groups))
    return markup.members(shown, style)


def _hits(shown: Shape) -> list[types.HIT]:
    """The HITs that an answer shows."""
    found = [shown]
    for item in elements.of(type(shown)):
        value = getattr(shown, item.attribute)
        found += value if isinstance(value, tuple) else (value,)
    return [item for item in found if isinstance(item, types.HIT)]


def enveloped(call: Call, *results: str) -> str:
    """The answer to a call that reached its operation."""
    request_id = markup.leaf("RequestId", call.request_id)
    request = markup.element("OperationRequest", call.headers, request_id, call.arguments)
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


def response(status: int, body: str, content_type: str = CONTENT_TYPE) -> Response:
    """An answer in XML."""
    content = (markup.DECLARATION + body).encode("utf-8", "replace")
    return Response(content, status_code=int(status), headers={"content-type": content_type})


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
