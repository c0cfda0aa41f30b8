"""A tokenizer for HTML that keeps every character: start tags, end tags, comments, text.

Not a parser: it builds no tree. It knows of the structure only what decides where markup ends: raw
text elements, and SVG or MathML, where those names are ordinary elements.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from html import unescape
from html.entities import html5
from typing import NamedTuple

_SPACE = "\t\n\f\r "
_NAME_END = rf"(?=[{_SPACE}/>])"
_TAG_NAME = re.compile(rf"[A-Za-z][^{_SPACE}/>]*")
_BETWEEN_ATTRIBUTES = re.compile(rf"[{_SPACE}/]*")
_ATTRIBUTE_NAME = re.compile(rf"[^{_SPACE}/>][^{_SPACE}/>=]*")
_EQUALS = re.compile(rf"[{_SPACE}]*=[{_SPACE}]*")
_UNQUOTED = re.compile(rf"[^{_SPACE}>]*")
_COMMENT_END = re.compile("--!?>")
_REFERENCE = re.compile("&(?:#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);?")
_SCRIPT_MARK = re.compile(rf"<!--|-->|<(/?)script{_NAME_END}", re.IGNORECASE)
_RAW_TEXT = frozenset({"iframe", "noembed", "noframes", "style", "textarea", "title", "xmp"})
_RAW_TEXT_ENDS = {
    name: re.compile(rf"</{name}{_NAME_END}", re.IGNORECASE) for name in sorted(_RAW_TEXT)
}
# The two languages that HTML may contain, and the elements of theirs that hold HTML again.
_INTEGRATION = {
    "math": frozenset({"mi", "mn", "mo", "ms", "mtext"}),
    "svg": frozenset({"desc", "foreignobject", "title"}),
}
# These cannot be inside SVG or MathML; they end it.
_BREAKOUT = re.compile(
    "b|big|blockquote|body|br|center|code|dd|div|dl|dt|em|embed|h[1-6]|head|hr|i|img|li|listing"
    "|menu|meta|nobr|ol|p|pre|ruby|s|small|span|strong|strike|sub|sup|table|tt|u|ul|var"
)
_BREAKOUT_FONT = frozenset({"color", "face", "size"})

# Most documents consist of nothing but what this describes, which is then whole: text, comments,
# tags with plain attributes, and raw text without anything that might be a tag or a comment.
# There is no group to capture: Python 3.11 fails on those inside of possessive repetitions.
_PLAIN_ATTRIBUTES = (
    r"(?>[ \t\n]+[a-z_:@][-\w:.@]*+(?: *= *(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'<>]++))?)*+[ \t\n]*+/?"
)
_PLAIN = re.compile(
    r"(?>[^<]++"
    r"|</?(?!(?:iframe|math|noembed|noframes|plaintext|script|style|svg|textarea|title|xmp)\b)"
    rf"[a-z][-a-z0-9]*+{_PLAIN_ATTRIBUTES}>"
    + "".join(
        rf"|<{name}{_PLAIN_ATTRIBUTES}>(?>[^<]++|<(?![!/s]))*+</{name} *+>"
        for name in ("script", "style", "textarea", "title")
    )
    + r"|<!--(?!-?>)(?>[^-]++|-(?!-))*+-->"
    r"|<!doctype[^>]*+>"
    r")*+",
    re.ASCII | re.IGNORECASE,
)


class CutOffError(ValueError):
    """The document ends inside a tag, a comment or a raw text element."""

    def __init__(self, what: str, position: int) -> None:
        """Keep what is not closed, and where it begins."""
        super().__init__(f"{what} is not closed")
        self.what = what
        self.position = position


class Kind(StrEnum):
    """What a token is."""

    TEXT = "text"
    START_TAG = "start tag"
    END_TAG = "end tag"
    COMMENT = "comment"
    DOCTYPE = "doctype"


# Tuples, because a document has thousands of them.
class Attribute(NamedTuple):
    """An attribute with its value decoded, and where it is written.

    `start` is the position of its name, `end` the one after its value and quotes; `value_start`
    is where the value, quotes included, begins.
    """

    name: str
    value: str
    start: int
    value_start: int
    end: int


class Token(NamedTuple):
    """The part of a document between two positions; tags have a lower-case name.

    `attributes` holds the first of each name. `is_foreign` is true inside SVG and MathML.
    """

    kind: Kind
    start: int
    end: int
    name: str = ""
    attributes: tuple[Attribute, ...] = ()
    is_self_closing: bool = False
    is_foreign: bool = False

    def attribute(self, name: str) -> Attribute | None:
        """The attribute with this name."""
        return next((found for found in self.attributes if found.name == name), None)


def tokens(html: str) -> Iterator[Token]:
    """The tokens of a document, which together are the whole of it.

    Raises CutOffError where the document ends too early.
    """
    return _Tokenizer(html).run()


def check_whole(html: str) -> None:
    """Raise CutOffError if a document ends inside a tag, a comment or a raw text element."""
    if _PLAIN.fullmatch(html) is None:
        for _ in tokens(html):
            pass


class _Tokenizer:
    def __init__(self, html: str) -> None:
        self.html = html
        self.at = 0
        self.text_start = 0
        # Open elements of SVG and MathML, and the elements of theirs that hold HTML again.
        self.open: list[str] = []

    def run(self) -> Iterator[Token]:
        html = self.html
        while (found := html.find("<", self.at)) >= 0:
            self.at = found
            following = html[found + 1 : found + 2]
            if following.isascii() and following.isalpha():
                yield from self.pending_text(found)
                tag = self.tag(Kind.START_TAG, found + 1)
                yield tag
                yield from self.raw_text(tag)
            elif following == "/" and _TAG_NAME.match(html, found + 2):
                yield from self.pending_text(found)
                yield self.tag(Kind.END_TAG, found + 2)
            elif following in ("!", "?") or html.startswith("/", found + 1, len(html) - 1):
                yield from self.pending_text(found)
                yield self.declaration()
            else:
                self.at += 1
        self.at = len(html)
        yield from self.pending_text(self.at)

    def pending_text(self, end: int) -> Iterator[Token]:
        if end > self.text_start:
            yield Token(Kind.TEXT, self.text_start, end)
        self.text_start = end

    def move_to(self, end: int) -> None:
        self.at = self.text_start = end

    def declaration(self) -> Token:
        """A comment, a doctype, or something that browsers take for a comment."""
        html, start = self.html, self.at
        kind = Kind.COMMENT
        if html.startswith("<!--", start):
            # The dashes that begin a comment may also end it: `<!-->` and `<!--->` are whole.
            if html.startswith((">", "->"), start + 4):
                end = html.index(">", start) + 1
            else:
                found = _COMMENT_END.search(html, start + 4)
                end = 0 if found is None else found.end()
        elif html.startswith("<![CDATA[", start) and self.is_foreign():
            kind = Kind.TEXT
            closing = html.find("]]>", start)
            end = 0 if closing < 0 else closing + 3
        else:
            if html[start : start + 9].lower() == "<!doctype":
                kind = Kind.DOCTYPE
            end = html.find(">", start + 2) + 1
        if end == 0:
            raise CutOffError("A comment" if kind is Kind.COMMENT else f"A {kind.value}", start)
        self.move_to(end)
        return Token(kind, start, end)

    def tag(self, kind: Kind, name_start: int) -> Token:
        html, start = self.html, self.at
        found = _TAG_NAME.match(html, name_start)
        name = _lower(found[0]) if found else ""
        at = found.end() if found else name_start
        attributes: dict[str, Attribute] = {}
        while True:
            between = _BETWEEN_ATTRIBUTES.match(html, at)
            end = at if between is None else between.end()
            if html.startswith(">", end):
                break
            if end == len(html):
                raise CutOffError(f"A tag of the element {name[:50]}", start)
            attribute = self.attribute(end, start)
            attributes.setdefault(attribute.name, attribute)
            at = attribute.end
        self.move_to(end + 1)
        token = Token(
            kind,
            start,
            end + 1,
            name,
            tuple(attributes.values()),
            is_self_closing=end > at and html[end - 1] == "/",
            is_foreign=self.is_foreign(),
        )
        return self.placed(token)

    def attribute(self, start: int, tag_start: int) -> Attribute:
        html = self.html
        name = _ATTRIBUTE_NAME.match(html, start)
        name_end = start + 1 if name is None else name.end()
        equals = _EQUALS.match(html, name_end)
        if equals is None:
            value_start = value_end = name_end
            value = ""
        else:
            value_start = equals.end()
            quote = html[value_start : value_start + 1]
            if quote in ('"', "'"):
                closing = html.find(quote, value_start + 1)
                if closing < 0:
                    raise CutOffError("The value of an attribute", tag_start)
                value_end = closing + 1
                value = html[value_start + 1 : closing]
            else:
                unquoted = _UNQUOTED.match(html, value_start)
                value_end = value_start if unquoted is None else unquoted.end()
                value = html[value_start:value_end]
        return Attribute(
            _lower(html[start:name_end]), _decoded(value), start, value_start, value_end
        )

    def raw_text(self, tag: Token) -> Iterator[Token]:
        """The content of an element in which tags have no meaning, up to its end tag."""
        if tag.is_foreign:
            return
        if tag.name == "plaintext":
            self.at = len(self.html)
            return
        if tag.name == "script":
            end = self.script_end()
        elif tag.name in _RAW_TEXT:
            found = _RAW_TEXT_ENDS[tag.name].search(self.html, self.at)
            end = None if found is None else found.start()
        else:
            return
        if end is None:
            raise CutOffError(f"The element {tag.name}", tag.start)
        yield from self.pending_text(end)
        self.at = end
        yield self.tag(Kind.END_TAG, end + 2)

    def script_end(self) -> int | None:
        """Where a script ends: one inside `<!--` may contain a script element of its own."""
        at = self.at
        is_commented = is_nested = False
        while (mark := _SCRIPT_MARK.search(self.html, at)) is not None:
            at = mark.end()
            if mark[0] == "<!--":
                is_commented = True
                # Its dashes may be those of `-->`.
                at -= 2
            elif mark[0] == "-->":
                is_commented = is_nested = False
            elif not mark[1]:
                is_nested = is_commented
            elif not is_nested:
                return mark.start()
            else:
                is_nested = False
        return None

    def is_foreign(self) -> bool:
        return bool(self.open) and self.open[-1] in _INTEGRATION

    def placed(self, token: Token) -> Token:
        """The token, knowing whether it is an element of SVG or MathML."""
        if token.kind is Kind.END_TAG:
            if token.name in self.open:
                del self.open[_last_index(self.open, token.name) :]
            return token
        if token.is_foreign and _breaks_out(token):
            while self.is_foreign():
                self.open.pop()
            return token._replace(is_foreign=False)
        opens = token.name in _INTEGRATION or (
            token.is_foreign and token.name in _INTEGRATION[self.open[-1]]
        )
        if opens and not token.is_self_closing:
            self.open.append(token.name)
        return token


def _breaks_out(token: Token) -> bool:
    if token.name == "font":
        return any(attribute.name in _BREAKOUT_FONT for attribute in token.attributes)
    return _BREAKOUT.fullmatch(token.name) is not None


def _last_index(names: list[str], name: str) -> int:
    return len(names) - 1 - names[::-1].index(name)


def _lower(name: str) -> str:
    """Lower case, of ASCII letters only."""
    return (
        name.lower() if name.isascii() else re.sub("[A-Z]+", lambda found: found[0].lower(), name)
    )


def _decoded(value: str) -> str:
    """The value of an attribute with its character references resolved."""
    return _REFERENCE.sub(_character, value) if "&" in value else value


def _character(reference: re.Match[str]) -> str:
    text = reference[0]
    if text.startswith("&#"):
        return unescape(text)
    # `&copy=` is part of a query, not a copyright sign; so is `&copying`.
    if not text.endswith(";") and reference.string.startswith("=", reference.end()):
        return text
    return html5.get(text[1:], text)
