"""HIT layouts as documents: which placeholders a page has, and the question that it becomes.

A placeholder is `${name}`, blanks around the name do not count. Values are inserted as they are,
once: one that has `${…}` itself is not filled in, and escaping is up to whoever gives it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from kempelen.domain import errors
from kempelen.domain.layout import Layout
from kempelen.formats import html, question, xml
from kempelen.formats.html import Kind

PLACEHOLDER: Final = re.compile(r"\$\{[ \t]*([\w.-]+)[ \t]*\}")
_OPENING: Final = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
)
_CLOSING: Final = "]]></HTMLContent><FrameHeight>{height}</FrameHeight></HTMLQuestion>"
_UNESCAPED_BACK_TICK: Final = re.compile(r"\\.|(`)", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidates:
    """What looks like a placeholder, each name once, in the order of the page.

    `likely` are to be filled in; `template_literals` stand only between back-ticks of a script,
    where JavaScript writes its own expressions in the same way.
    """

    likely: tuple[str, ...]
    template_literals: tuple[str, ...]


def candidates(page: str) -> Candidates:
    """The placeholders that a page seems to have; raises html.CutOffError for one cut off."""
    literals = list(_template_literals(page))
    likely: dict[str, None] = {}
    doubtful: dict[str, None] = {}
    for found in PLACEHOLDER.finditer(page):
        is_doubtful = any(start <= found.start() < end for start, end in literals)
        (doubtful if is_doubtful else likely)[found[1]] = None
    return Candidates(
        likely=tuple(likely),
        template_literals=tuple(name for name in doubtful if name not in likely),
    )


def _template_literals(page: str) -> Iterator[tuple[int, int]]:
    """Where the parts between back-ticks of the scripts of a page begin and end."""
    is_script = False
    for token in html.tokens(page):
        if is_script and token.kind is Kind.TEXT:
            ticks = [
                found.start()
                for found in _UNESCAPED_BACK_TICK.finditer(page, token.start, token.end)
                if found[1]
            ]
            yield from zip(ticks[::2], [*ticks[1::2], token.end], strict=False)
        is_script = token.kind is Kind.START_TAG and token.name == "script"


def check_values(values: Mapping[str, str]) -> None:
    """Refuse (InvalidParameterValue) a value with a character that no question can hold."""
    for name, value in values.items():
        if xml.has_impossible(value):
            raise errors.InvalidLayoutParameter(
                value=name[:100],
                name="HITLayoutParameters",
                why="Its value has a control character, which a question cannot hold.",
            )


def expand(layout: Layout, values: Mapping[str, str], max_bytes: int) -> str:
    """The HTMLQuestion that a layout becomes with a value for each placeholder.

    Refusals, in order: TooLong, HTML5ParseError when the values leave the page cut off.
    """
    filled = PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), layout.html)
    document = _document(filled, layout.frame_height)
    if len(document.encode()) > max_bytes:
        raise errors.TooLong(name="Question", maximum=max_bytes)
    question.check_html(filled)
    return document


def _document(page: str, frame_height: int) -> str:
    """A page in the envelope of its schema; the end of a CDATA section in it is taken apart."""
    content = page.replace("]]>", "]]]]><![CDATA[>")
    return _OPENING + content + _CLOSING.format(height=frame_height)


def check_page(page: str, max_bytes: int) -> None:
    """Refuse a page that can be no layout: as `expand` does, and XMLParseError for characters."""
    if xml.has_impossible(page):
        raise errors.XMLParseError(details="The page has a control character.")
    if len(_document(page, 0).encode(errors="replace")) > max_bytes:
        raise errors.TooLong(name="Question", maximum=max_bytes)
    question.check_html(page)
