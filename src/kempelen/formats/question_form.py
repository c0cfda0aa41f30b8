"""A validated QuestionForm element as a record, with the rules that its schema cannot express."""

from typing import NoReturn

from lxml import etree

from kempelen.domain import errors
from kempelen.domain.question import (
    DEFAULT_ERROR_TEXT,
    AnswerPattern,
    Binary,
    Constraints,
    Content,
    EmbeddedBinary,
    FileUpload,
    Formatted,
    FreeText,
    LengthRange,
    ListContent,
    MediaType,
    NumericRange,
    Option,
    Overview,
    Question,
    QuestionForm,
    Selection,
    StyleSuggestion,
    Text,
    Title,
)
from kempelen.formats import formatted_content, regex, xml

IDENTIFIER_BYTES_MAX = 255
_XML_SPACE = " \t\r\n"
# They offer one selection only; with more, the author meant check boxes.
_SINGLE_STYLES = (StyleSuggestion.RADIOBUTTON, StyleSuggestion.DROPDOWN)


def from_element(root: etree._Element, *, accepts_files: bool) -> QuestionForm:
    """The form that an element describes, which its schema has admitted.

    Refuses with XMLParseError what the schema does not see, and with XHTMLParseError formatted
    content outside the subset; without `accepts_files` also questions for files.
    """
    items: list[Overview | Question] = []
    seen: set[str] = set()
    for element in root:
        if _name(element) == "Overview":
            items.append(Overview(content=_contents(element)))
            continue
        question = _question(element, accepts_files=accepts_files)
        if question.id in seen:
            _refuse(element, f"The QuestionIdentifier '{question.id}' is used twice.")
        seen.add(question.id)
        items.append(question)
    if not seen:
        _refuse(root, "A QuestionForm needs at least one Question.")
    return QuestionForm(items=tuple(items))


def _question(element: etree._Element, *, accepts_files: bool) -> Question:
    children = _by_name(element)
    question_id = _trimmed(children["QuestionIdentifier"])
    if len(question_id.encode()) > IDENTIFIER_BYTES_MAX:
        _refuse(element, f"A QuestionIdentifier has more than {IDENTIFIER_BYTES_MAX} bytes.")
    display_name = children.get("DisplayName")
    required = children.get("IsRequired")
    return Question(
        id=question_id,
        display_name=None if display_name is None else _text(display_name),
        required=required is not None and _trimmed(required) in ("true", "1"),
        content=_contents(children["QuestionContent"]),
        answer=_answer(children["AnswerSpecification"][0], accepts_files=accepts_files),
    )


def _answer(element: etree._Element, *, accepts_files: bool) -> FreeText | Selection | FileUpload:
    kind = _name(element)
    if kind == "FreeTextAnswer":
        return _free_text(element)
    if kind == "SelectionAnswer":
        return _selection(element)
    if not accepts_files:
        _refuse(
            element,
            "FileUploadAnswer is not accepted. Ask for an address or a text, or let the people"
            " who run this site enable uploads and use the schema of 2005-10-01.",
        )
    maximum, minimum = (int(_text(child)) for child in element)
    _check_order(element, minimum, maximum, "MinFileSizeInBytes", "MaxFileSizeInBytes")
    return FileUpload(minimum_bytes=minimum, maximum_bytes=maximum)


def _free_text(element: etree._Element) -> FreeText:
    children = _by_name(element)
    constraints = children.get("Constraints")
    default_text = children.get("DefaultText")
    lines = children.get("NumberOfLinesSuggestion")
    return FreeText(
        constraints=Constraints() if constraints is None else _constraints(constraints),
        default_text=None if default_text is None else xml.clean(_text(default_text)),
        lines=1 if lines is None else int(_text(lines)),
    )


def _constraints(element: etree._Element) -> Constraints:
    numeric = length = None
    patterns = []
    for child in element:
        kind = _name(child)
        if kind == "IsNumeric":
            numeric = NumericRange(
                minimum=_bound(child, "minValue"), maximum=_bound(child, "maxValue")
            )
            _check_order(child, numeric.minimum, numeric.maximum, "minValue", "maxValue")
        elif kind == "Length":
            length = LengthRange(
                minimum=_bound(child, "minLength"), maximum=_bound(child, "maxLength")
            )
            _check_order(child, length.minimum, length.maximum, "minLength", "maxLength")
        else:
            patterns.append(_pattern(child))
    return Constraints(numeric=numeric, length=length, patterns=tuple(patterns))


def _pattern(element: etree._Element) -> AnswerPattern:
    pattern = element.get("regex", "")
    problem = regex.problem(pattern)
    if problem is not None:
        _refuse(element, f"{problem}.")
    return AnswerPattern(
        regex=pattern,
        flags=element.get("flags", ""),
        error_text=element.get("errorText") or DEFAULT_ERROR_TEXT,
    )


def _selection(element: etree._Element) -> Selection:
    children = _by_name(element)
    *selections, last = children["Selections"]
    other = None
    if _name(last) == "OtherSelection":
        other = _free_text(last)
    else:
        selections.append(last)
    options = tuple(_option(selection) for selection in selections)
    if len({option.id for option in options}) < len(options):
        _refuse(element, "A SelectionIdentifier is used twice in one question.")
    # A text in the other field counts as one selection.
    offered = len(options) + (other is not None)
    minimum = _count(children.get("MinSelectionCount"), offered)
    maximum = _count(children.get("MaxSelectionCount"), offered)
    _check_order(element, minimum, maximum, "MinSelectionCount", "MaxSelectionCount")
    return Selection(
        options=options,
        minimum=minimum,
        maximum=maximum,
        style=_style(children.get("StyleSuggestion"), maximum),
        other=other,
    )


def _option(element: etree._Element) -> Option:
    identifier, shown = element
    if _name(shown) == "Binary":
        return Option(id=_trimmed(identifier), content=_binary(shown))
    if _name(shown) == "FormattedContent":
        return Option(id=_trimmed(identifier), content=_formatted(shown))
    return Option(id=_trimmed(identifier), content=Text(text=_text(shown)))


def _style(element: etree._Element | None, maximum: int) -> StyleSuggestion:
    by_count = StyleSuggestion.CHECKBOX if maximum > 1 else StyleSuggestion.RADIOBUTTON
    if element is None:
        return by_count
    style = StyleSuggestion(_trimmed(element))
    return by_count if style in _SINGLE_STYLES and maximum > 1 else style


def _contents(element: etree._Element) -> tuple[Content, ...]:
    return tuple(_content(child) for child in element)


def _content(element: etree._Element) -> Content:
    kind = _name(element)
    if kind == "Title":
        return Title(text=_text(element))
    if kind == "List":
        return ListContent(items=tuple(_text(item) for item in element))
    if kind == "Binary":
        return _binary(element)
    if kind == "EmbeddedBinary":
        return _embedded_binary(element)
    if kind == "FormattedContent":
        return _formatted(element)
    return Text(text=_text(element))


def _formatted(element: etree._Element) -> Formatted:
    xhtml = _text(element)
    formatted_content.check(xhtml)
    return Formatted(xhtml=xhtml)


def _binary(element: etree._Element) -> Binary:
    mime_type, address, alt = element
    media, subtype = _mime_type(mime_type)
    return Binary(type=media, subtype=subtype, url=_trimmed(address), alt=_text(alt))


def _embedded_binary(element: etree._Element) -> EmbeddedBinary:
    mime_type, address, alt, width, height, *parameters = element
    media, subtype = _mime_type(mime_type)
    return EmbeddedBinary(
        type=media,
        subtype=subtype,
        url=_trimmed(address),
        alt=_text(alt),
        width=_trimmed(width),
        height=_trimmed(height),
        parameters=tuple((_trimmed(name), _text(value)) for name, value in parameters),
    )


def _mime_type(element: etree._Element) -> tuple[MediaType, str | None]:
    children = _by_name(element)
    subtype = children.get("SubType")
    return MediaType(_trimmed(children["Type"])), (
        None if subtype is None else _trimmed(subtype) or None
    )


def _bound(element: etree._Element, attribute: str) -> int | None:
    value = element.get(attribute)
    return None if value is None else int(value)


def _count(element: etree._Element | None, offered: int) -> int:
    if element is None:
        return 1
    count = int(_text(element))
    if count > offered:
        _refuse(element, f"{_name(element)} is {count}, but there are {offered} selections.")
    return count


def _check_order(
    element: etree._Element, low: int | None, high: int | None, low_name: str, high_name: str
) -> None:
    if low is not None and high is not None and low > high:
        _refuse(element, f"{low_name} {low} is greater than {high_name} {high}.")


def _refuse(element: etree._Element, reason: str) -> NoReturn:
    details = f"line {element.sourceline}: {reason}"
    raise errors.XMLParseError(details=details[: xml.DETAILS_CHARACTERS_MAX])


def _by_name(element: etree._Element) -> dict[str, etree._Element]:
    return {_name(child): child for child in element}


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _text(element: etree._Element) -> str:
    return element.text or ""


def _trimmed(element: etree._Element) -> str:
    return _text(element).strip(_XML_SPACE)
