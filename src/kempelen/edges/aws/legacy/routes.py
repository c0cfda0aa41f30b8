"""Where the older API is found, and how a request is told from one of the present API or the site.

What a request looks like decides, never the version that it names.
"""

import re
from typing import Final

from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from kempelen.clock import micros
from kempelen.edges import http
from kempelen.edges.aws import json_protocol
from kempelen.edges.aws.json_protocol import UnknownOperationException
from kempelen.edges.aws.legacy import query, soap, wsdl
from kempelen.edges.aws.legacy.query import Callers
from kempelen.edges.aws.legacy.signing import SERVICE
from kempelen.edges.aws.rates import Rates
from kempelen.edges.http import Edge, Incoming
from kempelen.formats import published
from kempelen.formats.soap import NEWEST
from kempelen.operations.app import App

_VERSION: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
BODY_BYTES_MAX: Final = 4_194_304
PATHS: Final = ("/onca/xml", "/onca/soap", "/legacy/", "/legacy")
NOTIFICATION: Final = "/AWSMechanicalTurk/2006-05-05/AWSMechanicalTurkRequesterNotification.{kind}"
DATA_SCHEMAS: Final = "/AWSMechanicalTurkDataSchemas/{date}/{name}.xsd"
DESCRIPTIONS: Final = (
    "/AWSMechanicalTurk/{version}/AWSMechanicalTurkRequester.{kind}",
    "/AWSMechanicalTurk/AWSMechanicalTurkRequester.{kind}",
)


class Legacy:
    """The older API of one App: an ASGI application for its root, and routes for other paths."""

    def __init__(self, app: App, rates: Rates | None) -> None:
        """Build the edge."""
        callers = Callers(app, rates)
        edge = Edge(app=app, failure=query.failed, body_bytes_max=BODY_BYTES_MAX)

        def at_root(app: App, incoming: Incoming) -> Response:
            if soap.is_call(incoming):
                return soap.answer(app, callers, incoming)
            if _is_query(incoming):
                return query.answer(app, callers, incoming)
            return _no_operation(app)

        def elsewhere(app: App, incoming: Incoming) -> Response:
            if soap.is_call(incoming):
                return soap.answer(app, callers, incoming)
            return query.answer(app, callers, incoming)

        self.root: ASGIApp = edge.endpoint(at_root)
        self.routes = [Route(path, edge.endpoint(elsewhere)) for path in PATHS]
        self.routes += [edge.route(path, described) for path in DESCRIPTIONS]
        self.routes += [
            edge.route(NOTIFICATION, notification_described),
            edge.route(DATA_SCHEMAS, data_schema),
        ]


def described(app: App, incoming: Incoming) -> Response:
    """The WSDL or the schema of a version; of the newest without one."""
    query.check_access(app, incoming)
    version = incoming.params.get("version", NEWEST)
    kind = incoming.params["kind"]
    if not _VERSION.fullmatch(version) or kind not in {"wsdl", "xsd"}:
        return Response("There is no such description.", status_code=404)
    text = wsdl.schema(version)
    if kind == "wsdl":
        text = wsdl.description(version, f"{app.settings.app_base_url}/?Service={SERVICE}")
    return query.response(200, text)


def notification_described(app: App, incoming: Incoming) -> Response:
    """The WSDL or the schema of notifications over SOAP."""
    query.check_access(app, incoming)
    kind = incoming.params["kind"]
    if kind not in {"wsdl", "xsd"}:
        return Response("There is no such description.", status_code=404)
    is_schema = kind == "xsd"
    return query.response(
        200, wsdl.notification_schema() if is_schema else wsdl.notification_description()
    )


def data_schema(app: App, incoming: Incoming) -> Response:
    """The schema of questions, answers and answer keys, which are those of the present API too."""
    del app
    found = published.schema(incoming.params["date"], incoming.params["name"])
    if found is None:
        return Response("There is no such schema.", status_code=404)
    return Response(found, headers={"content-type": query.CONTENT_TYPE})


def is_call(query_string: bytes) -> bool:
    """Whether a GET of the site's root is a call: it names the service, or is signed."""
    if b"Operation=" not in query_string and b"Service=" not in query_string:
        return False
    return _names_service(dict(http.fields_of(query_string)))


def _is_query(incoming: Incoming) -> bool:
    fields = dict(http.fields_of(incoming.query))
    if incoming.method == "POST":
        fields |= http.fields_of(incoming.body)
    return _names_service(fields)


def _names_service(fields: dict[str, str]) -> bool:
    if fields.get("Service") == SERVICE:
        return True
    return "Operation" in fields and bool({"AWSAccessKeyId", "Signature"} & fields.keys())


def _no_operation(app: App) -> Response:
    """What the present API answers to a request without a target."""
    now_ms = micros(app.clock.now()) // 1000
    status, kind, body = json_protocol.fault(
        UnknownOperationException(), now_ms, sandbox=app.settings.sandbox
    )
    headers = {"content-type": json_protocol.CONTENT_TYPE, "x-amzn-errortype": kind}
    return Response(body, status_code=status, headers=headers)
