"""The subset of XHTML that FormattedContent may use: elements, attributes, nesting, addresses.

As data; formatted_content checks with it and renders by it.
"""

import re


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CELL_ALIGNMENT = "align char charoff valign"
_CELL = "abbr axis bgcolor colspan headers height nowrap rowspan scope width"

# Element -> its own attributes.
ATTRIBUTES: dict[str, frozenset[str]] = {
    name: _names(attributes)
    for names, attributes in (
        (
            "a",
            "accesskey charset coords href hreflang name rel rev shape tabindex target type",
        ),
        ("area", "alt coords href nohref shape target"),
        ("b big br center cite code dd dl dt em i small strong sub sup u", ""),
        ("blockquote q", "cite"),
        ("col colgroup", f"{_CELL_ALIGNMENT} span width"),
        ("del ins", "cite datetime"),
        ("font", "color face size"),
        ("h1 h2 h3 h4 h5 h6 p", "align"),
        ("hr", "align noshade size width"),
        ("img", "align alt border height hspace ismap longdesc src usemap vspace width"),
        ("li", "type value"),
        ("map", "name"),
        ("ol", "compact start type"),
        ("ul", "compact type"),
        ("pre", "width"),
        (
            "table",
            "align bgcolor border cellpadding cellspacing frame rules summary width",
        ),
        ("tbody tfoot thead", _CELL_ALIGNMENT),
        ("td th", f"{_CELL_ALIGNMENT} {_CELL}"),
        ("tr", f"{_CELL_ALIGNMENT} bgcolor"),
    )
    for name in names.split()
}
REQUIRED: dict[str, frozenset[str]] = {
    "area": frozenset({"alt"}),
    "img": frozenset({"alt", "src"}),
    "map": frozenset({"name"}),
}
URL_ATTRIBUTES = frozenset({"cite", "href", "longdesc", "src"})
SCHEMES = _names("ftp gopher http https mailto news nntp telnet")
EMPTY = _names("area br col hr img")

_INLINE = _names("a b big br cite code del em font i img ins map q small strong sub sup u")
_BLOCKS = _names("blockquote center dl h1 h2 h3 h4 h5 h6 hr ol p pre table ul")
_FLOW = _INLINE | _BLOCKS
_FLOW_PARENTS = "blockquote center dd del ins li td th"
_ROWS = frozenset({"tr"})
# Element -> what may be directly inside it; "" stands for the content itself.
CHILDREN: dict[str, frozenset[str]] = (
    dict.fromkeys(ATTRIBUTES, _INLINE)
    | dict.fromkeys(EMPTY, frozenset())
    | dict.fromkeys(_FLOW_PARENTS.split(), _FLOW)
    | {
        "": _FLOW,
        "a": _INLINE - {"a"},
        "pre": _INLINE - {"big", "font", "img", "small", "sub", "sup"},
        "dl": frozenset({"dd", "dt"}),
        "ol": frozenset({"li"}),
        "ul": frozenset({"li"}),
        "map": _BLOCKS | {"area", "del", "ins"},
        "table": frozenset({"col", "colgroup", "tbody", "tfoot", "thead", "tr"}),
        "colgroup": frozenset({"col"}),
        "tbody": _ROWS,
        "tfoot": _ROWS,
        "thead": _ROWS,
        "tr": frozenset({"td", "th"}),
    }
)
# In these, text is only white space.
WITHOUT_TEXT = EMPTY | {
    "colgroup",
    "dl",
    "map",
    "ol",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
}

_ADDRESS = re.compile(
    r"(?:(https?|ftp|gopher|telnet|nntp)://[^/?#\\\s]|(mailto|news):\S)", re.IGNORECASE
)


def allowed_attributes(name: str) -> frozenset[str]:
    """The attributes of an element, those of every element included."""
    common = {"title"} if name == "br" else {"dir", "lang", "title"}
    return ATTRIBUTES[name] | common


def scheme(address: str) -> str | None:
    """The scheme of an absolute address, if it is one that may be used."""
    found = _ADDRESS.match(address.strip(" \t\r\n"))
    return None if found is None else (found[1] or found[2]).lower()
