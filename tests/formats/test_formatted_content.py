"""FormattedContent: the subset is admitted, everything else refused, and rendering is harmless."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempelen.domain import errors
from kempelen.formats import formatted_content, html, xhtml_subset

ADMITTED = [
    "",
    "plain text &amp; more",
    "caf&eacute;&nbsp;&mdash;&#233;&#xe9;",
    "<h1 align='center'>a</h1><p>b<br/>c</p><hr/>",
    "<p title='t' dir='rtl' lang='he'>a <b>b</b> <font color='red' size='+1'>d</font></p>",
    "<a href='https://x.org/?a=1&amp;b=2' target='_blank'>a</a>",
    "<a href='mailto:a@x.org'>a</a><a href='news:comp.lang'>b</a><a href='ftp://x.org/a'>c</a>",
    "<img src='http://x.org/a.png' alt='' width='10' height='10'/>",
    "<ul><li>a<ul type='disc'><li>b</li></ul></li></ul><ol start='3'><li value='4'>c</li></ol>",
    "<dl><dt>a</dt><dd><p>b</p></dd></dl>",
    (
        "<table border='1'>\n<colgroup><col width='5'/></colgroup><thead><tr><th/></tr></thead>"
        "<tbody><tr>\n<td bgcolor='#ff0000' colspan='2'><p>b</p><table><tr><td/></tr></table></td>"
        "</tr></tbody></table>"
    ),
    (
        "<map name='m'><area alt='a' href='https://x.org' shape='rect' coords='0,0,1,1'/></map>"
        "<img src='https://x.org/a' alt='a' usemap='#m'/>"
    ),
    "<blockquote cite='https://x.org'><center>a</center></blockquote><pre width='3'>c</pre>",
    "<del cite='http://x.org' datetime='2020-01-01'>a</del><ins>b</ins>",
    "<![CDATA[<script>&nbsp;]]>",
]
REFUSED = {
    "<p>a": "mismatch",
    "<P>a</P>": "'P' is not allowed",
    "<p align=center>a</p>": "AttValue",
    "<b><i></b></i>": "mismatch",
    "a < b": "StartTag",
    "&undefined;": "undefined",
    "<!-- a -->": "Comments",
    "<?php a?>": "processing instructions",
    "<script>a</script>": "'script' is not allowed",
    "<style>a</style>": "'style' is not allowed",
    "<div>a</div>": "'div' is not allowed",
    "<span>a</span>": "'span' is not allowed",
    "<iframe src='https://x.org'/>": "'iframe' is not allowed",
    "<form/>": "'form' is not allowed",
    "<svg xmlns='http://www.w3.org/2000/svg'><b/></svg>": "'svg' is not allowed",
    "<b xmlns=''>a</b>": "'b' is not allowed",
    "<x:b xmlns:x='urn:x'/>": "'b' is not allowed",
    "<p class='a'>b</p>": "'class' is not allowed",
    "<p style='a'>b</p>": "'style' is not allowed",
    "<p id='a'>b</p>": "'id' is not allowed",
    "<p onclick='a'>b</p>": "'onclick' is not allowed",
    "<p xml:lang='en'>b</p>": "lang' is not allowed",
    "<b align='left'>b</b>": "'align' is not allowed",
    "<br lang='en'/>": "'lang' is not allowed",
    "<img src='https://x.org'/>": "needs the attribute 'alt'",
    "<img alt='a'/>": "needs the attribute 'src'",
    "<map><p>a</p></map>": "needs the attribute 'name'",
    "<map name='m'><area/></map>": "needs the attribute 'alt'",
    "<a href='javascript:alert(1)'>a</a>": "'href' must be an absolute address",
    "<a href='JaVa&#10;Script:alert(1)'>a</a>": "'href' must be an absolute address",
    "<a href='data:text/html,a'>a</a>": "'href' must be an absolute address",
    "<a href='/relative'>a</a>": "'href' must be an absolute address",
    "<a href='//x.org'>a</a>": "'href' must be an absolute address",
    "<a href='https:relative'>a</a>": "'href' must be an absolute address",
    "<a href='#a'>a</a>": "'href' must be an absolute address",
    "<a href=''>a</a>": "'href' must be an absolute address",
    "<img src='x.png' alt='a'/>": "'src' must be an absolute address",
    "<q cite='vbscript:a'>a</q>": "'cite' must be an absolute address",
    "<li>a</li>": "'li' is not allowed inside 'FormattedContent'",
    "<td>a</td>": "'td' is not allowed inside 'FormattedContent'",
    "<ul><p>a</p></ul>": "'p' is not allowed inside 'ul'",
    "<ul>a<li>b</li></ul>": "Text is not allowed directly inside the element 'ul'",
    "<table><tr>a</tr></table>": "Text is not allowed directly inside the element 'tr'",
    "<p><ul><li>a</li></ul></p>": "'ul' is not allowed inside 'p'",
    "<a href='https://x.org'><a>b</a></a>": "'a' is not allowed inside 'a'",
    "<br>a</br>": "Text is not allowed directly inside the element 'br'",
    "<pre><img src='https://x.org' alt=''/></pre>": "'img' is not allowed inside 'pre'",
    "a</FormattedContent><FormattedContent xmlns='http://www.w3.org/1999/xhtml'>b": "Extra content",
    "a</FormattedContent><!--": "Comment not terminated",
}
RENDERED = [
    ("a &lt;b&gt; &amp; &nbsp;&eacute;", "a &lt;b&gt; &amp; \u00a0é"),
    ("<p>a<br/>b</p>", "<p>a<br>b</p>"),
    (
        "<a href=' https://x.org/?a=1&amp;b=&quot;2 ' target='_top' rel='x' name='n'>a</a>",
        (
            '<a href="https://x.org/?a=1&amp;b=&quot;2" target="_blank"'
            ' rel="noopener noreferrer nofollow">a</a>'
        ),
    ),
    ("<a href='ftp://x.org'>a</a>", "<a>a</a>"),
    ("<a href='javascript:alert(1)'>a</a>", "<a>a</a>"),
    ("<a href='https:logout'>a</a>", "<a>a</a>"),
    (
        "<img src='https://x.org/a' alt='&lt;A&gt;' align='left' border='0' width='5'/>",
        (
            '<img src="https://x.org/a" alt="&lt;A&gt;" width="5" class="qf-align-left"'
            ' loading="lazy" referrerpolicy="no-referrer">'
        ),
    ),
    ("<p align='Center'>a</p>", '<p class="qf-align-center">a</p>'),
    ("<p align='x\" onclick=a'>a</p>", "<p>a</p>"),
    (
        "<font color='#FE0102' size='+9' face='x'>a</font><font color='url(a)' size='0'>b</font>",
        '<font class="qf-color-red qf-size-7">a</font><font class="qf-size-1">b</font>',
    ),
    (
        "<table border='1' bgcolor='silver'><tr valign='top'><td nowrap=''>a</td></tr></table>",
        (
            '<table class="qf-border qf-background-silver"><tr class="qf-valign-top">'
            '<td class="qf-nowrap">a</td></tr></table>'
        ),
    ),
    (
        "<ul type='square' compact='compact'><li>a</li></ul>",
        '<ul class="qf-list-square qf-compact"><li>a</li></ul>',
    ),
    ("<pre>\n a</pre>", "<pre>\n\n a</pre>"),
    ("<p title='&quot;>&lt;'>a</p>", '<p title="&quot;&gt;&lt;">a</p>'),
    (
        "<map name='m'><area alt='a' href='https://x.org' target='x' coords='1'/></map>",
        (
            '<map name="m"><area alt="a" href="https://x.org" coords="1"'
            ' target="_blank" rel="noopener noreferrer nofollow"></map>'
        ),
    ),
    ("<img src='https://x.org' alt='' usemap='https://x.org'/>", None),
    ("a<script>b</script>c<div>d<p>e</p></div>f<!-- g -->h<?i?>j", "acfhj"),
    ("<p class='a' style='b' id='c' onclick='d'>e</p>", "<p>e</p>"),
    (
        "</FormattedContent><script>a</script>",
        "&lt;/FormattedContent&gt;&lt;script&gt;a&lt;/script&gt;",
    ),
    ("<p>a", "&lt;p&gt;a"),
    ("<b><p>a</p>b</b>", "<b>b</b>"),
    ("<ul>a<li>b</li></ul>", "<ul><li>b</li></ul>"),
    ("<svg xmlns='http://www.w3.org/2000/svg'><b/></svg>a", "a"),
    ("<b xmlns='urn:x'>a</b>c", "c"),
    ("<![CDATA[<script>]]>", "&lt;script&gt;"),
]
NAMES = [*sorted(xhtml_subset.ATTRIBUTES), "script", "div", "svg", "form", "x:y"]
ATTRIBUTES = sorted(
    {name for names in xhtml_subset.ATTRIBUTES.values() for name in names}
    | {"onclick", "style", "id", "class", "srcdoc", "title"}
)
VALUES = [
    "a",
    "\"'&<>",
    "javascript:alert(1)",
    "https://x.org",
    "data:,a",
    "#m",
    "left",
    "red",
    "1",
]


# An element that can be around one that cannot stand alone.
AROUND = {
    **dict.fromkeys(["col", "colgroup", "tbody", "tfoot", "thead", "tr"], "table"),
    **dict.fromkeys(["td", "th"], "tr"),
    **dict.fromkeys(["dd", "dt"], "dl"),
    **dict.fromkeys(["li"], "ul"),
    **dict.fromkeys(["area"], "map"),
}


def written(name: str, attributes: dict[str, str], content: str) -> str:
    escaped = "".join(
        f' {key}="{value.replace("&", "&amp;").replace("<", "&lt;").replace(chr(34), "&quot;")}"'
        for key, value in attributes.items()
    )
    return f"<{name}{escaped}>{content}</{name}>"


FRAGMENTS = st.recursive(
    st.sampled_from(["", "a", "&lt;script&gt;", "&nbsp;", "<!-- a -->", "<![CDATA[<b>]]>"]),
    lambda inner: st.builds(
        written,
        st.sampled_from(NAMES),
        st.dictionaries(st.sampled_from(ATTRIBUTES), st.sampled_from(VALUES), max_size=3),
        st.lists(inner, max_size=3).map("".join),
    ),
    max_leaves=12,
)
RENDERED_ATTRIBUTES = {"class", "loading", "referrerpolicy", "rel", "target"}


@pytest.mark.parametrize("xhtml", ADMITTED)
def test_the_subset_is_admitted(xhtml: str) -> None:
    formatted_content.check(xhtml)


@pytest.mark.parametrize("name", sorted(xhtml_subset.ATTRIBUTES))
def test_every_element_is_rendered_under_its_name(name: str) -> None:
    """In the elements that it needs around it."""
    chain = [name]
    while name not in xhtml_subset.CHILDREN[""]:
        name = AROUND[name]
        chain.insert(0, name)
    needed = {"img": {"alt": "", "src": "https://x.org"}, "area": {"alt": ""}, "map": {"name": "m"}}
    xhtml = ""
    for element in reversed(chain):
        xhtml = written(element, needed.get(element, {}), xhtml)
    formatted_content.check(xhtml)
    assert re.findall(r"<([a-z0-9]+)", formatted_content.sanitised(xhtml)) == chain


@pytest.mark.parametrize(("xhtml", "details"), REFUSED.items())
def test_everything_else_is_refused(xhtml: str, details: str) -> None:
    with pytest.raises(errors.XHTMLParseError) as refusal:
        formatted_content.check(xhtml)
    assert details in str(refusal.value.facts["details"])
    assert refusal.value.code == "AWS.MechanicalTurk.XHTMLParseError"


@pytest.mark.parametrize(("xhtml", "expected"), RENDERED)
def test_rendering(xhtml: str, expected: str | None) -> None:
    found = formatted_content.sanitised(xhtml)
    if expected is None:
        assert "usemap" not in found
    else:
        assert found == expected


@settings(max_examples=400, deadline=None)
@given(FRAGMENTS | st.text())
def test_rendering_contains_only_what_is_allowed(xhtml: str) -> None:
    rendered = formatted_content.sanitised(xhtml)
    open_elements: list[str] = []
    for token in html.tokens(rendered):
        assert token.kind in (html.Kind.START_TAG, html.Kind.END_TAG, html.Kind.TEXT)
        if token.kind is html.Kind.END_TAG:
            assert open_elements.pop() == token.name
        if token.kind is not html.Kind.START_TAG:
            continue
        allowed = xhtml_subset.allowed_attributes(token.name) | RENDERED_ATTRIBUTES
        for attribute in token.attributes:
            assert attribute.name in allowed
            if attribute.name in xhtml_subset.URL_ATTRIBUTES:
                assert attribute.value == "https://x.org"
            if attribute.name == "class":
                assert re.fullmatch(
                    r"qf-[a-z]+(-[a-z0-9]+)?( qf-[a-z]+(-[a-z0-9]+)?)*", attribute.value
                )
        if token.attribute("href") is not None:
            rel = token.attribute("rel")
            assert rel is not None
            assert rel.value == "noopener noreferrer nofollow"
        if token.name not in xhtml_subset.EMPTY:
            open_elements.append(token.name)
    assert open_elements == []


@settings(max_examples=200, deadline=None)
@given(FRAGMENTS)
def test_what_is_admitted_loses_no_text(xhtml: str) -> None:
    try:
        formatted_content.check(xhtml)
    except errors.XHTMLParseError:
        return
    texts = re.sub(r"<!\[CDATA\[(.*?)\]\]>", "&lt;b&gt;", xhtml)
    texts = re.sub(r"<[^>]*>", "", texts).replace("&nbsp;", "\u00a0")
    assert re.sub(r"<[^>]*>", "", formatted_content.sanitised(xhtml)) == texts


def test_large_content_is_quick() -> None:
    began = time.process_time()
    xhtml = "<p>a</p>" * 8_000 + "&nu;" * 100
    formatted_content.check(xhtml)
    assert len(formatted_content.sanitised(xhtml)) == 8 * 8_000 + 100
    assert time.process_time() - began < 2
