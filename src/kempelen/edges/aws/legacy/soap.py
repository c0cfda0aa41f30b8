"""Calls of the older API in SOAP 1.1: the same operations and answers in envelopes.

Refusals are no faults here either: they stand in the answer, as in the Query protocol. Faults are
for what is no call at all.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from kempelen.api import types
from kempelen.domain import errors
from kempelen.edges.aws.legacy import faults, information, markup, query
from kempelen.edges.aws.legacy.faults import LegacyFault, PlatformFault
from kempelen.edges.aws.legacy.groups import Hidden
from kempelen.edges.aws.legacy.markup import Style
from kempelen.edges.aws.legacy.query import Call, Callers
from kempelen.edges.aws.legacy.signing import SignedCall
from kempelen.edges.aws.legacy.trees import Tree
from kempelen.edges.http import Incoming
from kempelen.formats import soap
from kempelen.formats.soap import Node, NoEnvelope, SoapCall
from kempelen.operations.app import App

_SIGNED: Final = ("AWSAccessKeyId", "Timestamp", "Signature")
# Proxies that were made from an older schema refuse elements that it does not have.
_LAST_WITHOUT_GROUPS: Final = "2008-08-02"
_LATER_MEMBERS: Final[Hidden] = frozenset(
    {(types.HIT, "hit_group_id"), (types.HIT, "hit_layout_id")}
)


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
    try:
        _check_access(app, incoming)
        received = soap.read(incoming.body)
        call = replace(call, name=query.known(received.node.name), style=_style(received.version))
        body = _answered(call, callers, incoming, received)
    except NoEnvelope as error:
        return _fault(call, "Client", str(error))
    except faults.Forbidden as error:
        return query.failure(call, error)
    except PlatformFault as error:
        who = "Server" if isinstance(error, faults.InternalFailure) else "Client"
        return _fault(call, who, error.message)
    except errors.Refusal as error:
        return _fault(call, "Server", error.message)
    namespace = f'{call.name}Response xmlns="{soap.NAMESPACE}{received.version}"'
    body = body.replace(f"{call.name}Response", namespace, 1)
    return query.response(HTTPStatus.OK, soap.write(body))


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
        query.note(call, incoming, received.version)
        requests = _requests(received.node)
        return query.enveloped(call, *(query.result(call, given) for given in requests))
    except PlatformFault:
        raise
    except LegacyFault as error:
        return query.refused(call, error)


def _requests(node: Node) -> list[Tree]:
    """The requests of a call; without one there is one without parameters."""
    found = [Tree(child) for child in node.children if child.name == "Request"]
    if len(found) > query.REQUESTS_MAX:
        raise faults.RequestTooLarge(f"More than {query.REQUESTS_MAX} requests came in one call.")
    return found or [Tree(Node("Request", "", ()))]


def _style(version: str) -> Style:
    is_early = version <= _LAST_WITHOUT_GROUPS
    return Style(
        is_soap=True, is_early=is_early, hidden=_LATER_MEMBERS if is_early else frozenset()
    )


def _fault(call: Call, who: str, message: str) -> Response:
    fault = markup.element(
        "soapenv:Fault",
        markup.leaf("faultcode", f"soapenv:{who}"),
        markup.leaf("faultstring", call.suffixed(message)),
    )
    return query.response(HTTPStatus.INTERNAL_SERVER_ERROR, soap.write(fault))
