"""Layouts as documents: what is a placeholder, and what a page becomes with its values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.domain import errors
from kempelen.domain.layout import Layout
from kempelen.domain.question import HTMLQuestion
from kempelen.formats import layouts, question

MAX = 65_535


def layout(page: str, *placeholders: str, frame_height: int = 0) -> Layout:
    return Layout(
        layout_id="3L",
        requester_id="A1",
        name="A layout",
        html=page,
        placeholders=placeholders,
        frame_height=frame_height,
    )


def read(document: str) -> HTMLQuestion:
    found = question.parse(document, max_bytes=MAX, allow_http=False)
    assert isinstance(found, HTMLQuestion)
    return found


@pytest.mark.parametrize(
    ("page", "likely", "literals"),
    [
        ("<p>none</p>", (), ()),
        ("<p>${a} ${b} ${a}</p>", ("a", "b"), ()),
        ("<p>${ a }${\ta-b.c_1 }${größe}</p>", ("a", "a-b.c_1", "größe"), ()),
        ("<p>${} ${ } ${a b} ${a+b} ${a\n} $ {a} {a} $a</p>", (), ()),
        ("<p title='${a}'>${A}</p><!-- ${c} -->", ("a", "A", "c"), ()),
        ("<p>`${a}`</p>", ("a",), ()),
        (
            "<script>var x = '${a}', y = `${b} and ${c}`, z = '${d}';</script>",
            ("a", "d"),
            ("b", "c"),
        ),
        ("<script>x = `${a}`</script><p>${a}</p>", ("a",), ()),
        (r"<script>x = `\`${a}\``; y = '${b}'</script>", ("b",), ("a",)),
        ("<script>x = `${a}</script><p>${b}</p><script>y = '${c}'</script>", ("b", "c"), ("a",)),
        ("<style>p { content: '${a}' }</style>", ("a",), ()),
    ],
)
def test_what_looks_like_a_placeholder(
    page: str, likely: tuple[str, ...], literals: tuple[str, ...]
) -> None:
    found = layouts.candidates(page)
    assert (found.likely, found.template_literals) == (likely, literals)


def test_values_are_inserted_as_they_are_and_once() -> None:
    page = "<p>${a}-${ b }-${a}-${c}-${}</p>"
    values = {"a": "${b}", "b": r"<b>\1\g<0>&amp;${a}</b>"}
    document = layouts.expand(layout(page, "a", "b", frame_height=450), values, MAX)
    found = read(document)
    assert found.content == r"<p>${b}-<b>\1\g<0>&amp;${a}</b>-${b}-${c}-${}</p>"
    assert found.frame_height == 450


def test_the_document_is_the_envelope_and_the_page() -> None:
    assert layouts.expand(layout("<p>x</p>"), {}, MAX) == (
        '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
        '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<p>x</p>]]></HTMLContent>'
        "<FrameHeight>0</FrameHeight></HTMLQuestion>"
    )


@given(st.text(st.sampled_from("]>[!<a&;"), max_size=12), st.text(max_size=12))
def test_no_value_leaves_its_cdata_section(front: str, back: str) -> None:
    """What the question holds is the page with its value, whatever that is."""
    value = "".join(each for each in front + "]]>" + back if each.isprintable())
    page = "<textarea>${a}</textarea>]]${a}>"
    filled = page.replace("${a}", value)
    try:
        document = layouts.expand(layout(page, "a"), {"a": value}, MAX)
    except errors.HTML5ParseError:
        return
    assert read(document).content == filled


def test_the_size_counts_with_the_envelope_and_in_bytes() -> None:
    empty = len(layouts.expand(layout("<p>${a}</p>", "a"), {"a": ""}, MAX))
    fits = "x" + "€" * ((MAX - empty - 1) // 3)
    room = MAX - empty - len(fits.encode())
    whole = layouts.expand(layout("<p>${a}</p>", "a"), {"a": fits + "y" * room}, MAX)
    assert len(whole.encode()) == MAX
    with pytest.raises(errors.TooLong) as refused:
        layouts.expand(layout("<p>${a}</p>", "a"), {"a": fits + "y" * (room + 1)}, MAX)
    assert refused.value.message == "Your request parameter Question has a maximum length of 65535."


@pytest.mark.parametrize("value", ["<!-- ", "<script>", "<b title='", "<textarea>"])
def test_a_value_must_not_cut_the_page_off(value: str) -> None:
    with pytest.raises(errors.HTML5ParseError):
        layouts.expand(layout("<p>${a}</p>", "a"), {"a": value}, MAX)


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\ud800"])
def test_characters_that_no_question_holds(character: str) -> None:
    with pytest.raises(errors.InvalidParameterValue) as refused:
        layouts.check_values({"a": "fine\t\r\n", "b": character})
    assert refused.value.message == (
        'The value "b" is not valid for the parameter HITLayoutParameters.'
        " Its value has a control character, which a question cannot hold."
    )
    with pytest.raises(errors.XMLParseError):
        layouts.check_page(f"<p>{character}</p>", MAX)


@pytest.mark.parametrize(
    ("page", "refusal"),
    [
        ("", errors.HTML5ParseError),
        (" \n", errors.HTML5ParseError),
        ("<script>x", errors.HTML5ParseError),
        ("€" * 22_000, errors.TooLong),
    ],
)
def test_pages_that_can_be_no_layout(page: str, refusal: type[errors.Refusal]) -> None:
    with pytest.raises(refusal):
        layouts.check_page(page, MAX)
