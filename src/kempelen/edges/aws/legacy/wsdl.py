"""WSDL and schema of the older API, written from the tables by which it is served.

Own text: structures, requests and results are those of `elements` and `operations`, in the order in
which answers have them.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from kempelen.api import legacy as older
from kempelen.api import types
from kempelen.api.catalogue import OPERATIONS
from kempelen.api.shape import Kind, Moment, Part, Shape, Truth, Whole
from kempelen.edges.aws.legacy import elements, information, markup, operations, versions
from kempelen.edges.aws.legacy.elements import Element
from kempelen.edges.aws.legacy.markup import ordered
from kempelen.edges.aws.legacy.rows import Row
from kempelen.formats import notify_message
from kempelen.formats.soap import NAMESPACE
from kempelen.operations.registry import Operation

_SCHEMA: Final = "http://www.w3.org/2001/XMLSchema"
_SERVICE: Final = "AWSMechanicalTurkRequester"
_ACTION: Final = "http://soap.amazon.com"
_RENAMED: Final = {
    types.ReviewResultDetail: "ReviewResult",
    types.ReviewActionDetail: "ReviewAction",
    older.ReviewReport: "ReviewReport",
}
# Results that are a structure of their own, with the request's validity first.
_RESULT_STRUCTURES: Final = (types.HIT, types.QualificationType, types.Qualification)
_COMMON: Final = """
<xs:complexType name="Price"><xs:sequence><xs:element name="Amount" type="xs:decimal"/>\
<xs:element name="CurrencyCode" type="xs:string"/>\
<xs:element name="FormattedPrice" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType>
<xs:complexType name="KeyValue"><xs:sequence><xs:element name="Key" type="xs:string"/>\
<xs:element name="Value" type="xs:string"/></xs:sequence></xs:complexType>
<xs:complexType name="Error"><xs:sequence><xs:element name="Code" type="xs:string"/>\
<xs:element name="Message" type="xs:string"/>\
<xs:element name="Data" type="tns:KeyValue" minOccurs="0" maxOccurs="unbounded"/>\
</xs:sequence></xs:complexType>
<xs:complexType name="Errors"><xs:sequence>\
<xs:element name="Error" type="tns:Error" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
<xs:complexType name="NamedValue"><xs:attribute name="Name" type="xs:string"/>\
<xs:attribute name="Value" type="xs:string"/></xs:complexType>
<xs:complexType name="HTTPHeaders"><xs:sequence>\
<xs:element name="Header" type="tns:NamedValue" maxOccurs="unbounded"/>\
</xs:sequence></xs:complexType>
<xs:complexType name="Arguments"><xs:sequence>\
<xs:element name="Argument" type="tns:NamedValue" maxOccurs="unbounded"/>\
</xs:sequence></xs:complexType>
<xs:complexType name="OperationRequest"><xs:sequence>\
<xs:element name="HTTPHeaders" type="tns:HTTPHeaders" minOccurs="0"/>\
<xs:element name="RequestId" type="xs:string"/>\
<xs:element name="Arguments" type="tns:Arguments" minOccurs="0"/>\
<xs:element name="Errors" type="tns:Errors" minOccurs="0"/></xs:sequence></xs:complexType>
"""
_VALIDITY: Final = '<xs:element name="Request" type="tns:RequestValidity" minOccurs="0"/>'
_SIMILAR: Final = '<xs:element name="NumberOfSimilarHITs" type="xs:int" minOccurs="0"/>'
_INFORMATION: Final = "".join(
    f'<xs:complexType name="{name}"><xs:sequence>'
    + "".join(
        f'<xs:element name="{item}" type="xs:string" minOccurs="0"/>'
        if inner is None
        else f'<xs:element name="{item}" minOccurs="0"><xs:complexType><xs:sequence>'
        f'<xs:element name="{inner}" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>'
        "</xs:sequence></xs:complexType></xs:element>"
        for item, inner in members
    )
    + "</xs:sequence></xs:complexType>\n"
    for name, members in (
        (
            "OperationInformation",
            (
                ("Name", None),
                ("Description", None),
                ("RequiredParameters", "Parameter"),
                ("AvailableParameters", "Parameter"),
                ("DefaultResponseGroups", "ResponseGroup"),
                ("AvailableResponseGroups", "ResponseGroup"),
            ),
        ),
        (
            "ResponseGroupInformation",
            (
                ("Name", None),
                ("CreationDate", None),
                ("ValidOperations", "Operation"),
                ("Elements", "Element"),
            ),
        ),
    )
)


@lru_cache(maxsize=16)
def schema(version: str) -> str:
    """The schema of every request and answer."""
    namespace = NAMESPACE + version
    rows = list(operations.BY_NAME.values())
    structures = dict.fromkeys(
        shape for row in rows for shape in _structures([_response(row), *row.shapes()])
    )
    results = {row.result: row for row in rows if row.member is None}
    return "".join(
        (
            (
                f'<xs:schema xmlns:xs="{_SCHEMA}" xmlns:tns="{namespace}" '
                f'targetNamespace="{namespace}" elementFormDefault="qualified">'
            ),
            _COMMON,
            _INFORMATION,
            _validity(),
            *(_structure(shape, version) for shape in structures),
            *(_result(row) for row in results.values()),
            _help_types(),
            *(_call(row.name, row.result, _result_type(row)) for row in rows),
            _call(information.NAME, information.RESULT, information.RESULT, is_open=True),
            *(_request(row) for row in rows),
            "</xs:schema>",
        )
    )


def description(version: str, address: str) -> str:
    """The WSDL, with the schema inside."""
    names = [name for name in operations.BY_NAME if versions.has(version, name)]
    service = (
        f'<wsdl:service name="{_SERVICE}"><wsdl:port name="{_SERVICE}Port" '
        f'binding="tns:{_SERVICE}Binding"><soap:address location="{address}"/>'
        "</wsdl:port></wsdl:service>"
    )
    return _document(
        NAMESPACE + version, _SERVICE, [*names, information.NAME], schema(version), service
    )


def notification_schema() -> str:
    """The schema of what is posted to those who asked for notifications over SOAP."""
    namespace = NAMESPACE + notify_message.VERSION
    texts = ("EventType", "HITTypeId", "HITId")
    event = "".join(f'<xs:element name="{name}" type="xs:string"/>' for name in texts)
    event = event.replace("/>", '/><xs:element name="EventTime" type="xs:dateTime"/>', 1)
    event += '<xs:element name="AssignmentId" type="xs:string" minOccurs="0"/>'
    return (
        f'<xs:schema xmlns:xs="{_SCHEMA}" xmlns:tns="{namespace}" '
        f'targetNamespace="{namespace}" elementFormDefault="qualified">'
        + _type("Event", event)
        + _anonymous(
            notify_message.OPERATION,
            '<xs:element name="Signature" type="xs:string"/>'
            '<xs:element name="Timestamp" type="xs:dateTime"/>'
            '<xs:element name="Version" type="xs:string"/>' + _repeated("Event", "tns:Event", "1"),
        )
        + "</xs:schema>"
    )


def notification_description() -> str:
    """The WSDL of those who are notified; where they are is not said."""
    namespace = NAMESPACE + notify_message.VERSION
    names = [notify_message.OPERATION]
    return _document(namespace, notify_message.SERVICE, names, notification_schema(), None)


def _document(
    namespace: str, service_name: str, names: list[str], written: str, service: str | None
) -> str:
    """A WSDL of operations, which answer when there is a service."""
    parts = ("",) if service is None else ("", "Response")
    output = '<wsdl:output><soap:body use="literal"/></wsdl:output>' if service else ""
    return "".join(
        (
            (
                '<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" '
                'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
                f'xmlns:tns="{namespace}" targetNamespace="{namespace}">'
            ),
            f"<wsdl:types>{written}</wsdl:types>",
            *(
                f'<wsdl:message name="{name}{part}">'
                f'<wsdl:part name="body" element="tns:{name}{part}"/></wsdl:message>'
                for name in names
                for part in parts
            ),
            f'<wsdl:portType name="{service_name}PortType">',
            *(
                f'<wsdl:operation name="{name}"><wsdl:input message="tns:{name}"/>'
                + (f'<wsdl:output message="tns:{name}Response"/>' if service else "")
                + "</wsdl:operation>"
                for name in names
            ),
            (
                f'</wsdl:portType><wsdl:binding name="{service_name}Binding" '
                f'type="tns:{service_name}PortType">'
                '<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
            ),
            *(
                f'<wsdl:operation name="{name}"><soap:operation soapAction="{_ACTION}"/>'
                f'<wsdl:input><soap:body use="literal"/></wsdl:input>{output}</wsdl:operation>'
                for name in names
            ),
            f"</wsdl:binding>{service or ''}</wsdl:definitions>",
        )
    )


def _response(row: Row) -> type[Shape]:
    """The shape of what stands in the result."""
    if isinstance(row.operation, Operation):
        found: type[Shape] = row.operation.response
        return found
    if row.pages is not None:
        return row.pages.page
    response = OPERATIONS[row.operation][1]
    if row.member is None:
        return response
    (member,) = (item for item in elements.of(response) if item.attribute == row.member)
    if not isinstance(member.kind, Part):
        raise TypeError(row.name)
    return member.kind.shape


def _structures(shapes: Iterable[type[Shape]]) -> Iterable[type[Shape]]:
    """The structures inside of some, and theirs."""
    for shape in shapes:
        if shape in _RESULT_STRUCTURES:
            yield shape
        for item in elements.of(shape):
            if isinstance(item.kind, Part):
                yield item.kind.shape
                yield from _structures([item.kind.shape])


def _validity() -> str:
    """What stands first in every result: whether the request was good, and on demand itself."""
    names = (*operations.BY_NAME, information.NAME)
    repeated = "".join(f'<xs:element name="{n}Request" type="tns:{n}Request"/>' for n in names)
    return _type(
        "RequestValidity",
        '<xs:element name="IsValid" type="xs:string"/>'
        f'<xs:choice minOccurs="0">{repeated}</xs:choice>'
        '<xs:element name="Errors" type="tns:Errors" minOccurs="0"/>',
    )


def _structure(shape: type[Shape], version: str) -> str:
    validity = _VALIDITY if shape in _RESULT_STRUCTURES else ""
    if shape is not types.HIT or not versions.is_early(version):
        return _type(_name(shape), validity + _members(shape))
    members = (
        _element(item, is_needed=False)
        + (_SIMILAR if item.attribute == markup.BEFORE_SIMILAR else "")
        for item in elements.of(shape)
        if (shape, item.attribute) not in versions.LATER_MEMBERS
    )
    return _type(_name(shape), validity + "".join(members))


def _result(row: Row) -> str:
    return _type(row.result, _VALIDITY + _members(_response(row)))


def _result_type(row: Row) -> str:
    return row.result if row.member is None else _name(_response(row))


def _help_types() -> str:
    inner = "".join(
        f'<xs:element name="{name}" type="tns:{name}" minOccurs="0" maxOccurs="unbounded"/>'
        for name in ("OperationInformation", "ResponseGroupInformation")
    )
    asked = (
        '<xs:element name="HelpType" type="xs:string" minOccurs="0"/>'
        '<xs:element name="About" type="xs:string" maxOccurs="unbounded"/>'
        + _repeated("ResponseGroup", "xs:string", "0")
    )
    return _type(information.RESULT, _VALIDITY + inner) + _type("HelpRequest", asked)


def _request(row: Row) -> str:
    required = row.required()
    written = [
        _element(item, is_needed=name in required) for name, item in row.parameters().items()
    ]
    written.append(_repeated("ResponseGroup", "xs:string", "0"))
    return _type(f"{row.name}Request", "".join(written))


def _call(name: str, result: str, result_type: str, *, is_open: bool = False) -> str:
    """The elements that stand in the bodies of a call and of its answer."""
    occurs = ' minOccurs="0"' if is_open else ""
    common = "".join(
        f'<xs:element name="{part}" type="xs:{kind}"{occurs}/>'
        for part, kind in (
            ("AWSAccessKeyId", "string"),
            ("Timestamp", "dateTime"),
            ("Signature", "string"),
        )
    )
    optional = "".join(
        f'<xs:element name="{part}" type="xs:string" minOccurs="0"/>'
        for part in ("Validate", "Credential")
    )
    given = _anonymous(name, common + optional + _repeated("Request", f"tns:{name}Request", "0"))
    operation = '<xs:element name="OperationRequest" type="tns:OperationRequest"/>'
    told = _anonymous(f"{name}Response", operation + _repeated(result, f"tns:{result_type}", "0"))
    return given + told


def _anonymous(name: str, content: str) -> str:
    return (
        f'<xs:element name="{name}"><xs:complexType><xs:sequence>{content}'
        "</xs:sequence></xs:complexType></xs:element>\n"
    )


def _type(name: str, content: str) -> str:
    return f'<xs:complexType name="{name}"><xs:sequence>{content}</xs:sequence></xs:complexType>\n'


def _members(shape: type[Shape]) -> str:
    return "".join(_element(item, is_needed=False) for item in ordered(shape, is_soap=True))


def _element(item: Element, *, is_needed: bool) -> str:
    kind = "tns:Price" if item.is_price else _kind(item.kind)
    if item.name == "DoubleValue":
        kind = "xs:double"
    least = "1" if is_needed else "0"
    if item.is_list:
        return _repeated(item.name, kind, least)
    return f'<xs:element name="{item.name}" type="{kind}" minOccurs="{least}"/>'


def _repeated(name: str, kind: str, least: str) -> str:
    return f'<xs:element name="{name}" type="{kind}" minOccurs="{least}" maxOccurs="unbounded"/>'


def _kind(kind: Kind) -> str:
    match kind:
        case Part():
            return f"tns:{_name(kind.shape)}"
        case Whole():
            return "xs:long" if kind.name == "Long" else "xs:int"
        case Truth():
            return "xs:boolean"
        case Moment():
            return "xs:dateTime"
        case _:
            return "xs:string"


def _name(shape: type[Shape]) -> str:
    return _RENAMED.get(shape, shape.__name__)
