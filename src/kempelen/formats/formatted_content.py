"""FormattedContent: is a text in the XHTML subset, and the same text as harmless HTML.

Both know the list of xhtml_subset: the check refuses, the rendering leaves out.
"""

import re
from functools import lru_cache
from html import escape
from html.entities import name2codepoint

from lxml import etree

from kempelen.domain import errors
from kempelen.formats import presentation, xhtml_subset, xml

_NAMESPACE = "http://www.w3.org/1999/xhtml"
_PREFIX = f"{{{_NAMESPACE}}}"
_ENTITY = re.compile(r"<!\[CDATA\[.*?\]\]>|&([A-Za-z][A-Za-z0-9]*);", re.DOTALL)
_XML_ENTITIES = frozenset({"amp", "apos", "gt", "lt", "quot"})
_RENDERED_SCHEMES = frozenset({"http", "https", "mailto"})
_SPACE = " \t\r\n"
_LINK = ' target="_blank" rel="noopener noreferrer nofollow"'
_MEDIA = ' loading="lazy" referrerpolicy="no-referrer"'
# Names of frames, shortcuts and anchors mean nothing on a page that is not the author's.
_NOT_RENDERED = re.compile(
    "accesskey|axis|char|charoff|charset|headers|longdesc|nohref|rel|rev|tabindex|target"
)
_COORDINATES = ("coords", "shape")


def check(xhtml: str) -> None:
    """Refuse (XHTMLParseError) a text that is not in the XHTML subset."""
    root = _read(xhtml)
    for element in root.iter():
        reason = _problem(element)
        if reason is not None:
            details = f"line {element.sourceline}: {reason}"
            raise errors.XHTMLParseError(details=details[: xml.DETAILS_CHARACTERS_MAX])


@lru_cache(maxsize=256)
def sanitised(xhtml: str) -> str:
    """The text as HTML that can stand in a page of ours.

    What the subset does not have is left out with its content; a text that is not XML is shown
    as it is.
    """
    try:
        root = _read(xhtml)
    except errors.XHTMLParseError:
        return escape(xhtml)
    parts: list[str] = []
    _render_content(root, "", parts)
    return "".join(parts)


def _read(xhtml: str) -> etree._Element:
    document = (
        f'<FormattedContent xmlns="{_NAMESPACE}">{_without_entities(xhtml)}</FormattedContent>'
    )
    # The document around it was measured already.
    size = len(document.encode(errors="replace"))
    return xml.read(document, size, refuse=errors.XHTMLParseError, keep_comments=True)


def _without_entities(xhtml: str) -> str:
    """The text with the named characters of XHTML as numbers."""

    def number(found: re.Match[str]) -> str:
        name = found[1]
        if name is None or name in _XML_ENTITIES or name not in name2codepoint:
            return found[0]
        return f"&#{name2codepoint[name]};"

    return _ENTITY.sub(number, xhtml)


def _problem(element: etree._Element) -> str | None:
    """What the subset does not have, of an element and its direct content."""
    if not isinstance(element.tag, str):
        return "Comments and processing instructions are not allowed."
    parent = element.getparent()
    if parent is None:
        return None if not element.attrib else "The content is not self-contained."
    name = _name(element)
    if name not in xhtml_subset.ATTRIBUTES:
        return f"The element '{etree.QName(element).localname[:50]}' is not allowed."
    if not _may_contain(_name(parent), name):
        return f"The element '{name}' is not allowed inside '{_shown_name(parent)}'."
    if name in xhtml_subset.WITHOUT_TEXT and _has_text(element):
        return f"Text is not allowed directly inside the element '{name}'."
    return _attribute_problem(element, name)


def _attribute_problem(element: etree._Element, name: str) -> str | None:
    missing = xhtml_subset.REQUIRED.get(name, frozenset()) - {str(key) for key in element.attrib}
    if missing:
        return f"The element '{name}' needs the attribute '{min(missing)}'."
    allowed = xhtml_subset.allowed_attributes(name)
    for key, value in element.attrib.items():
        attribute = str(key)
        if attribute not in allowed:
            return f"The attribute '{attribute[:50]}' is not allowed in the element '{name}'."
        if attribute in xhtml_subset.URL_ATTRIBUTES and xhtml_subset.scheme(str(value)) is None:
            return (
                f"The value of '{attribute}' must be an absolute address that begins with one of"
                f" {', '.join(sorted(xhtml_subset.SCHEMES))}."
            )
    return None


def _may_contain(parent: str, name: str) -> bool:
    return name in xhtml_subset.CHILDREN[parent]


def _has_text(element: etree._Element) -> bool:
    texts = [element.text, *(child.tail for child in element)]
    return any(text and text.strip(_SPACE) for text in texts)


def _render_content(element: etree._Element, name: str, parts: list[str]) -> None:
    with_text = name not in xhtml_subset.WITHOUT_TEXT
    if element.text and with_text:
        parts.append(escape(element.text))
    for child in element:
        child_name = _name(child)
        if child_name in xhtml_subset.ATTRIBUTES and _may_contain(name, child_name):
            _render(child, child_name, parts)
        if child.tail and with_text:
            parts.append(escape(child.tail))


def _render(element: etree._Element, name: str, parts: list[str]) -> None:
    written, classes = _attributes(element, name)
    if classes:
        written["class"] = " ".join(classes)
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in written.items())
    if name in ("a", "area") and "href" in written:
        attributes += _LINK
    elif name == "img":
        attributes += _MEDIA
    parts.append(f"<{name}{attributes}>")
    if name in xhtml_subset.EMPTY:
        return
    if name == "pre" and (element.text or "").startswith("\n"):
        # HTML drops the first line end of a pre.
        parts.append("\n")
    _render_content(element, name, parts)
    parts.append(f"</{name}>")


def _attributes(element: etree._Element, name: str) -> tuple[dict[str, str], list[str]]:
    """The attributes to write, and the classes that stand for those that say how things look."""
    written: dict[str, str] = {}
    classes: list[str] = []
    allowed = xhtml_subset.allowed_attributes(name)
    for key, raw in element.attrib.items():
        attribute, value = str(key), str(raw)
        if attribute not in allowed or _NOT_RENDERED.fullmatch(attribute):
            continue
        if presentation.is_presentation(name, attribute):
            classes += presentation.classes(name, attribute, value)
        elif _is_rendered(name, attribute, value):
            written[attribute] = value.strip(_SPACE)
    return written, classes


def _is_rendered(name: str, attribute: str, value: str) -> bool:
    if attribute in xhtml_subset.URL_ATTRIBUTES:
        return xhtml_subset.scheme(value) in _RENDERED_SCHEMES
    if attribute == "usemap":
        return value.startswith("#")
    if name == "a":
        return attribute not in ("name", "type", *_COORDINATES)
    return True


def _name(element: etree._Element) -> str:
    """The name in the namespace of XHTML; "" for the root, "?" for whatever is none."""
    if not isinstance(element.tag, str):
        return "?"
    if element.getparent() is None:
        return ""
    return element.tag.removeprefix(_PREFIX) if element.tag.startswith(_PREFIX) else "?"


def _shown_name(element: etree._Element) -> str:
    return _name(element) or "FormattedContent"
