"""Calls of the older API in SOAP: the same operations and answers in envelopes.

Refusals are no faults here either: they stand in the answer, as in the Query protocol. Faults are
for what is no call at all.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from kempelen.domain import errors
from kempelen.edges.aws.legacy import echo, faults, information, markup, query, versions
from kempelen.edges.aws.legacy.faults import LegacyFault, PlatformFault
from kempelen.edges.aws.legacy.markup import Style
from kempelen.edges.aws.legacy.query import Call, Callers
from kempelen.edges.aws.legacy.signing import SignedCall
from kempelen.edges.aws.legacy.trees import Tree
from kempelen.edges.http import Incoming
from kempelen.formats import soap
from kempelen.formats.soap import Node, NoEnvelope, SoapCall
from kempelen.operations.app import App

_SIGNED: Final = ("AWSAccessKeyId", "Timestamp", "Signature")
# Clients of old know by the end of this word that they should try again.
_THROTTLED: Final = "Server.ServiceUnavailable"
_LATER_TYPE: Final = "application/soap+xml;charset=UTF-8"
_LATER_CODES: Final = {"Client": "Sender"}


def is_call(incoming: Incoming) -> bool:
    """Whether a request looks like SOAP."""
    if incoming.method != "POST":
        return False
    kind = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
    return (
        kind in {"text/xml", "application/soap+xml"}
        or "soapaction" in incoming.headers
        or soap.is_envelope(incoming.body)
    )


def answer(app: App, callers: Callers, incoming: Incoming) -> Response:
    """Answer one call."""
    call = Call(app=app, name="", request_id=incoming.request_id)
    envelope = soap.ENVELOPE
    try:
        _check_access(app, incoming)
        received = soap.read(incoming.body)
        envelope, version = received.envelope, received.version
        name = query.known(received.node.name)
        call = replace(call, name=name, version=version, style=_style(version))
        body = _answered(call, callers, incoming, received)
    except NoEnvelope as error:
        return _fault(call, error.envelope, "Client", str(error))
    except faults.Forbidden as error:
        return query.failure(call, error)
    except faults.ServiceUnavailable as error:
        return _fault(call, envelope, _THROTTLED, error.message)
    except PlatformFault as error:
        who = "Server" if isinstance(error, faults.InternalFailure) else "Client"
        return _fault(call, envelope, who, error.message)
    except errors.Refusal as error:
        return _fault(call, envelope, "Server", error.message)
    namespace = f'{call.name}Response xmlns="{soap.NAMESPACE}{received.version}"'
    body = body.replace(f"{call.name}Response", namespace, 1)
    return _response(HTTPStatus.OK, body, envelope)


def _check_access(app: App, incoming: Incoming) -> None:
    query.check_access(app, incoming)
    if not app.settings.legacy.soap:
        raise faults.Forbidden("SOAP is switched off here. Use the Query protocol.")


def _answered(call: Call, callers: Callers, incoming: Incoming, received: SoapCall) -> str:
    common = Tree(received.node)
    fields = [(name, common.text(name) or "") for name in _SIGNED]
    signed = SignedCall(
        fields=fields, operation=received.node.name, method="POST", host="", path=incoming.path
    )
    try:
        if call.name != information.NAME or signed.value("AWSAccessKeyId") is not None:
            call = replace(call, requester=callers.of(signed))
        call = replace(call, validate=common.text("Validate"))
        query.note(call, incoming)
        requests = _requests(received.node)
        query.admit(callers, call, requests)
        if any(map(echo.is_wanted, requests)):
            given = echo.arguments(incoming.query_fields())
            call = replace(call, headers=echo.headers(incoming), arguments=given)
        return query.enveloped(call, *(query.result(call, given) for given in requests))
    except PlatformFault:
        raise
    except LegacyFault as error:
        return query.refused(call, error)


def _requests(node: Node) -> list[Tree]:
    """The requests of a call; without one there is one without parameters."""
    found = [Tree(child) for child in node.children if child.name == "Request"]
    return found or [Tree(Node("Request", "", ()))]


def _style(version: str) -> Style:
    is_early = versions.is_early(version)
    hidden = versions.LATER_MEMBERS if is_early else frozenset()
    return Style(is_soap=True, is_early=is_early, hidden=hidden)


def _fault(call: Call, envelope: str, who: str, message: str) -> Response:
    """A fault in the words of the envelope's version."""
    told = call.suffixed(message)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    if who == _THROTTLED:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    if envelope == soap.LATER_ENVELOPE:
        status = HTTPStatus.BAD_REQUEST if who == "Client" else status
        code = markup.leaf("soapenv:Value", f"soapenv:{_LATER_CODES.get(who, 'Receiver')}")
        text = f'<soapenv:Text xml:lang="en">{markup.text(told)}</soapenv:Text>'
        inner = markup.element("soapenv:Code", code) + markup.element("soapenv:Reason", text)
    else:
        code = markup.leaf("faultcode", f"soapenv:{who}")
        if who == _THROTTLED:
            code = f'<faultcode xmlns:aws="http://webservices.amazon.com">aws:{who}</faultcode>'
        inner = code + markup.leaf("faultstring", told)
    return _response(status, markup.element("soapenv:Fault", inner), envelope)


def _response(status: HTTPStatus, body: str, envelope: str) -> Response:
    is_later = envelope == soap.LATER_ENVELOPE
    kind = _LATER_TYPE if is_later else query.CONTENT_TYPE
    return query.response(status, soap.write(body, envelope), kind)
