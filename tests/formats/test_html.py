"""The tokenizer keeps every character, and sees the tags that html5lib sees."""

import time
from typing import Any

import pytest
from html5lib import HTMLParser
from html5lib._tokenizer import HTMLTokenizer
from html5lib.constants import tokenTypes
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kempelen.formats import html
from kempelen.formats.html import Kind, Token

Tags = list[tuple[str, dict[str, str]]]

CORPUS = [
    "<!DOCTYPE html><html><head><title>A <b> title</title></head><body>x</body></html>",
    "<p class=a id='b' data-x=\"c\" hidden>text</p>",
    "<a href=x?a=1&b=2&copy=3&copy4&amp;&eacute;&#233;&#xe9>",
    "<a title='a>b' href=\"c<d\">x</a>",
    "<img src=a.png/><br/><img src='a.png'/>",
    "<input a b=1 b=2 B=3 / c = d>",
    "<DIV ID=A>x</DiV>",
    "<a\n\thref\n=\n'x'\n>",
    "<a =b=c d==e>",
    "<a'b\"c=d>",
    "<script>if (a < b && '</div>') {}</script><p>",
    "<script>document.write('<script>x<\\/script>')</script><p>",
    "<script><!-- <script> </script> --></script><p>",
    "<script><!-- <script> </script> <b> </script><p>",
    "<script><!--></script><p>",
    "<script><!---></script><p>",
    "<script><!--</script><p>",
    "<SCRIPT SRC=a></SCRIPT x=1><p>",
    "<script></scripty></script><p>",
    "<style>a > b { content: '<p>' }</style><p>",
    "<textarea><form></textarea ><p>",
    "<title></titl></title/><p>",
    "<iframe><p></iframe><xmp><p></xmp><noembed><p></noembed><p>",
    "<plaintext><p></plaintext>",
    "<!-- <p> --><p><!----><p><!--><p><!---><p><!--a--!><p><!-- -- ><p> -->",
    "<!doctype><?php <p> ?><!x <p><//x <p></><p>",
    "a < b <3 <> </ 5> <p>",
    "<svg><title><a></a></title><style><g/></style></svg><p>",
    "<svg><style/><script/><title/></svg><textarea><p></textarea>",
    "<svg><style><b></style><p></svg><style><p></style>",
    "<svg><foreignObject><textarea><p></textarea></foreignObject><style><a></style></svg>",
    "<svg><![CDATA[<p>]]><g></svg><![CDATA[<p>]]>",
    "<math><mi><style><p></style></mi><style><g></style></math><p>",
    "<svg><font><style><g></style></font></svg><svg><font color=a><style><g></style>",
    "</p x='>'><p></p/>",
    "<x-y z-w=1></x-y><crowd-form answer-format='flatten-objects'>",
    "<É a><pÉ É=É>",
]
CUT_OFF = {
    "<p": "A tag of the element p",
    "<p class='a": "The value of an attribute",
    "a<p class=a": "A tag of the element p",
    "</p": "A tag of the element p",
    "<!-- a": "A comment",
    "<!-- a --": "A comment",
    "<!": "A comment",
    "<?php": "A comment",
    "<!doctype html": "A doctype",
    "<script>a": "The element script",
    "<script><!-- <script> </script>": "The element script",
    "<style>a</styl": "The element style",
    "<textarea>": "The element textarea",
    "<title>a</title ": "A tag of the element title",
    "<svg><![CDATA[a": "A text",
}
PARTS = st.sampled_from(
    [
        *("<div>", "</div>", "<br/>", "<p class=a/b/>", "<form/ action = x>", "<input a a=2 A=3>"),
        *("<script>", "</script>", "</script >", "<SCRIPT A>", "<script/>", "<!--", "-->", "--!>"),
        *("<title>", "</title>", "<style>", "</style>", "<textarea>", "</textarea>", "<title/>"),
        *("<a href='x&amp;y&copy=1&copy'>", "<img src=\"a>b\" x = 'y'/>", "<!doctype html>"),
        *("<!", "<?", "</", "<", ">", "x", "'", '"', "=", "&lt;", "-", "--", "\n", "<plaintext>"),
        *("<svg><title>x</title></svg>", "<svg><style/></svg>", "<xmp>", "</xmp>", "]]>"),
    ]
)


class _Recorder(HTMLTokenizer):  # type: ignore[misc]  # html5lib has no type information
    def emitCurrentToken(self) -> None:  # noqa: N802  # html5lib's name
        super().emitCurrentToken()
        token = self.currentToken
        if token["type"] == tokenTypes["StartTag"]:
            self.parser.seen.append((token["name"], dict(token["data"])))


class _Oracle(HTMLParser):  # type: ignore[misc]  # html5lib has no type information
    def mainLoop(self) -> None:  # noqa: N802  # html5lib's name
        self.seen: list[Any] = []
        self.tokenizer.__class__ = _Recorder
        super().mainLoop()


def seen_by_html5lib(document: str) -> Tags:
    oracle = _Oracle()
    oracle.parse(document)
    return list(oracle.seen)


def start_tags(tokens: list[Token]) -> Tags:
    return [
        (token.name, {attribute.name: attribute.value for attribute in token.attributes})
        for token in tokens
        if token.kind is Kind.START_TAG
    ]


def check_whole(document: str, tokens: list[Token]) -> None:
    """The tokens are the document, and attributes are where they say."""
    assert "".join(document[token.start : token.end] for token in tokens) == document
    ends = [0, *(token.end for token in tokens)]
    assert [token.start for token in tokens] == ends[:-1]
    for token in tokens:
        for attribute in token.attributes:
            written = document[attribute.start : attribute.end]
            assert written.lower().startswith(attribute.name.lower())
            assert token.start < attribute.start <= attribute.value_start <= attribute.end
            assert attribute.end < token.end


def whole_tokens(document: str) -> list[Token] | None:
    """The tokens, checked to be the document; None when it is cut off, where a tag may begin."""
    try:
        tokens = list(html.tokens(document))
    except html.CutOffError as error:
        cut_off = error.position
        with pytest.raises(html.CutOffError):
            html.check_whole(document)
    else:
        html.check_whole(document)
        check_whole(document, tokens)
        return tokens
    assert document[cut_off] == "<"
    return None


@pytest.mark.parametrize("document", CORPUS)
def test_tags_are_those_of_html5lib(document: str) -> None:
    tokens = list(html.tokens(document))
    check_whole(document, tokens)
    assert start_tags(tokens) == seen_by_html5lib(document)


@settings(max_examples=500, deadline=None)
@given(st.lists(PARTS, max_size=14).map("".join))
@example("<script><!--<script></script><!--</script>")
def test_any_mixture_of_tags_is_read_like_html5lib(document: str) -> None:
    tokens = whole_tokens(document)
    if tokens is not None:
        assert start_tags(tokens) == seen_by_html5lib(document)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="<>/!-= \n'\"abASCRIPTscript&;é\x00\U0001f600"))
def test_any_text_is_kept_whole(document: str) -> None:
    whole_tokens(document)


PLAIN_PARTS = st.sampled_from(
    [
        *(
            "<",
            ">",
            "</",
            "<!--",
            "-->",
            "-",
            "<p ",
            "<p",
            "a",
            "a=b",
            "='",
            "'",
            '"',
            " ",
            "/",
            "=",
        ),
        *(
            "<script",
            "<script>",
            "</script>",
            "<style>",
            "</style>",
            "<title>",
            "</title",
            "<textarea/>",
        ),
        *(
            "</textarea>",
            "<s",
            "<!doctype",
            "!",
            "<svg>",
            "<xmp>",
            "\n",
            "b='c'",
            "</p>",
            "<script-x>",
        ),
    ]
)


@settings(max_examples=2000, deadline=None)
@given(st.lists(PLAIN_PARTS, max_size=10).map("".join))
@example("<script>a</script-x>")
@example("<title/>a</title>")
@example("<!--->a-->")
@example("<a b='c'd>")
def test_the_quick_look_agrees_with_the_tokens(document: str) -> None:
    if html._PLAIN.fullmatch(document) is not None:
        assert whole_tokens(document) is not None


def test_the_quick_look_is_enough_for_most_documents() -> None:
    document = (
        "<!DOCTYPE html>\n<!-- a - b --><html lang='en'><head><title>a</title>"
        "<script src=https://x.org/a.js?b=1 async></script>"
        "<script>for (i = 0; i<n; i++) { if (a < b) f(i); }</script>"
        "<style type = 'text/css'>a > b {}</style></head><body onload=\"f('<p>')\">"
        "<crowd-form answer-format='flatten-objects'><input name=a required/><br /></crowd-form>"
        "<textarea rows=3>\n</textarea ></body></html>"
    )
    assert html._PLAIN.fullmatch(document) is not None
    assert whole_tokens(document) is not None


@pytest.mark.parametrize(("document", "what"), CUT_OFF.items())
def test_documents_that_are_cut_off_are_told(document: str, what: str) -> None:
    with pytest.raises(html.CutOffError) as cut_off:
        list(html.tokens(document))
    assert cut_off.value.what == what


def test_kinds_names_and_values() -> None:
    document = "<!doctype html><!-- c --><A HREF='&lt;&amp;'>t</a>"
    tokens = list(html.tokens(document))
    assert [(token.kind, token.name) for token in tokens] == [
        (Kind.DOCTYPE, ""),
        (Kind.COMMENT, ""),
        (Kind.START_TAG, "a"),
        (Kind.TEXT, ""),
        (Kind.END_TAG, "a"),
    ]
    href = tokens[2].attribute("href")
    assert href is not None
    assert href.value == "<&"
    assert document[href.value_start : href.end] == "'&lt;&amp;'"
    assert tokens[2].attribute("title") is None


def test_elements_of_svg_are_foreign_until_html_comes_again() -> None:
    document = "<svg><a></a><desc><b></b></desc><g></g></svg><i></i><svg><use/></svg><math/><s/>"
    foreign = {
        token.name
        for token in html.tokens(document)
        if token.kind is Kind.START_TAG and token.is_foreign
    }
    assert foreign == {"a", "desc", "g", "use"}


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<!",
        "<a ",
        "</",
        "<a b=",
        "<!-->",
        "<script><!--",
        "<p>",
        "&",
        "<svg>",
        "</svg>",
        "<a b='",
        "-",
        " ",
    ],
)
def test_the_time_grows_with_the_length_only(unit: str) -> None:
    began = time.process_time()
    try:
        html.check_whole(unit * 40_000)
        for _ in html.tokens(unit * 40_000):
            pass
    except html.CutOffError:
        pass
    assert time.process_time() - began < 2
