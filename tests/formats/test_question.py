"""Question documents: which kind they are, what they hold, and what is refused in what order."""

import pytest

from kempelen.domain import errors
from kempelen.domain.question import ExternalQuestion, HTMLQuestion, QuestionForm
from kempelen.formats import external_url, question

BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
FORM = (
    "<Question><QuestionIdentifier>q</QuestionIdentifier><QuestionContent><Text>?</Text>"
    "</QuestionContent><AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question>"
)
BYTES_MAX = 65_535


def html_question(content: str, height: str = "600") -> str:
    return (
        f'<HTMLQuestion xmlns="{BASE}2011-11-11/HTMLQuestion.xsd">'
        f"<HTMLContent><![CDATA[{content}]]></HTMLContent>"
        f"<FrameHeight>{height}</FrameHeight></HTMLQuestion>"
    )


def external_question(url: str, height: str = "0") -> str:
    return (
        f'<ExternalQuestion xmlns="{BASE}2006-07-14/ExternalQuestion.xsd">'
        f"<ExternalURL>{url}</ExternalURL><FrameHeight>{height}</FrameHeight></ExternalQuestion>"
    )


def parsed(
    document: str, *, allow_http: bool = False
) -> QuestionForm | HTMLQuestion | ExternalQuestion:
    return question.parse(document, max_bytes=BYTES_MAX, allow_http=allow_http)


def test_an_html_question() -> None:
    assert parsed(html_question("<!DOCTYPE html><p>a &amp; é", "0450")) == HTMLQuestion(
        content="<!DOCTYPE html><p>a &amp; é", frame_height=450
    )


def test_an_external_question() -> None:
    document = external_question("\n  https://x.org/a?b=1&amp;c=2#d\n", " 400 ")
    assert parsed(document) == ExternalQuestion(url="https://x.org/a?b=1&c=2#d", frame_height=400)


@pytest.mark.parametrize("date", ["2017-11-06", "2005-10-01"])
def test_a_form_in_either_namespace(date: str) -> None:
    document = f'<QuestionForm xmlns="{BASE}{date}/QuestionForm.xsd">{FORM}</QuestionForm>'
    assert isinstance(parsed(document), QuestionForm)


def test_white_space_a_declaration_and_a_prefix_do_not_matter() -> None:
    document = (
        "\n\t <?xml version='1.0' encoding='ASCII'?>\n<!-- mine -->"
        f'<q:ExternalQuestion xmlns:q="{BASE}2006-07-14/ExternalQuestion.xsd">'
        "<q:ExternalURL>https://x.org/é</q:ExternalURL><!-- x --><q:FrameHeight>1</q:FrameHeight>"
        "</q:ExternalQuestion>\n "
    )
    assert parsed(document) == ExternalQuestion(url="https://x.org/é", frame_height=1)


@pytest.mark.parametrize(
    "document",
    [
        "<HTMLQuestion><HTMLContent>a</HTMLContent><FrameHeight>1</FrameHeight></HTMLQuestion>",
        html_question("a").replace("http:", "https:"),
        html_question("a").replace("2011-11-11", "2011-11-12"),
        html_question("a").replace("2011-11-11/HTMLQuestion", "2006-07-14/ExternalQuestion"),
        f'<QuestionForm xmlns="{BASE}2011-11-11/HTMLQuestion.xsd"/>',
        f'<QuestionFormAnswers xmlns="{BASE}2005-10-01/QuestionFormAnswers.xsd"/>',
        f'<Unknown xmlns="{BASE}2017-11-06/QuestionForm.xsd"/>',
    ],
)
def test_other_roots_are_refused(document: str) -> None:
    with pytest.raises(errors.XMLParseError, match=r"Details: cvc-elt\.1: Cannot find the declar"):
        parsed(document)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<FrameHeight>600</FrameHeight>", ""),
        ("<HTMLContent><![CDATA[a]]></HTMLContent>", ""),
        ("600", ""),
        ("600", "-1"),
        ("600", "1.5"),
        ("600", "1234567890"),
        ("600", "tall"),
        ("<FrameHeight>", "<FrameHeight>1</FrameHeight><FrameHeight>"),
        ("<![CDATA[a]]>", "<p>a</p>"),
        ("</HTMLQuestion>", "<Other/></HTMLQuestion>"),
        ("</HTMLQuestion>", "text</HTMLQuestion>"),
        ("<FrameHeight>", "<FrameHeight unit='px'>"),
    ],
)
def test_a_document_must_satisfy_its_schema(old: str, new: str) -> None:
    document = html_question("a")
    assert parsed(document)
    with pytest.raises(errors.XMLParseError) as refusal:
        parsed(document.replace(old, new))
    assert "line 1: " in refusal.value.message


def test_details_are_in_familiar_words() -> None:
    document = html_question("a").replace("<FrameHeight>", "<X/><FrameHeight>")
    with pytest.raises(errors.XMLParseError) as refusal:
        parsed(document)
    assert refusal.value.message == (
        "There was an error parsing the XML question or answer data in your request.  Please make"
        " sure the data is well-formed and validates against the appropriate schema. Details: line"
        " 1: cvc-complex-type.2.4.a: Invalid content was found starting with element 'X'. One of"
        " '{FrameHeight}' is expected."
    )


def test_an_empty_question_is_too_short() -> None:
    with pytest.raises(errors.EmptyQuestion) as refusal:
        parsed("")
    assert refusal.value.message == ("Your request parameter Question  has a minimum length of 1.")
    with pytest.raises(errors.XMLParseError):
        parsed(" ")


def test_the_length_is_counted_in_bytes_with_white_space() -> None:
    document = html_question("é" * 100)
    size = len(document.encode())
    assert question.parse(document, max_bytes=size, allow_http=False)
    for too_long in (document + " ", document.replace("600", "1600")):
        with pytest.raises(errors.TooLong) as refusal:
            question.parse(too_long, max_bytes=size, allow_http=False)
        assert refusal.value.message == (
            f"Your request parameter Question has a maximum length of {size}."
        )


@pytest.mark.parametrize(
    ("content", "details"),
    [
        ("", "The element HTMLContent is empty."),
        (" \n ", "The element HTMLContent is empty."),
        ("<p>\n<!-- a", "line 2 of HTMLContent: A comment is not closed."),
        ("<script>a</scrip>", "line 1 of HTMLContent: The element script is not closed."),
        ("\n\n<textarea>", "line 3 of HTMLContent: The element textarea is not closed."),
        ("<a href='x>", "line 1 of HTMLContent: The value of an attribute is not closed."),
    ],
)
def test_html_that_is_cut_off_is_refused(content: str, details: str) -> None:
    with pytest.raises(errors.HTML5ParseError) as refusal:
        parsed(html_question(content))
    assert refusal.value.facts["details"] == details
    assert "the HTML5 data in your request." in refusal.value.message


@pytest.mark.parametrize("content", ["text", "</p><p>", "<p>no form", "<b><i></b>", "a < b & c"])
def test_html_need_not_be_tidy(content: str) -> None:
    assert parsed(html_question(content)) == HTMLQuestion(content=content, frame_height=600)


HTTP = [
    ("http://localhost:8000/a", True),
    ("http://127.0.0.1/", True),
    ("http://127.9.9.9", True),
    ("http://[::1]:80/", True),
    ("http://10.0.0.1/", True),
    ("http://192.168.1.1/", True),
    ("http://172.16.0.1/", True),
    ("http://[fd00::1]/", True),
    ("http://[::ffff:10.0.0.1]/", True),
    ("http://experiment/", True),
    ("http://box.local/", True),
    ("HTTP://LOCALHOST./", True),
    ("http://example.org/", False),
    ("http://8.8.8.8/", False),
    ("http://[2606:4700::1111]/", False),
    ("http://[::ffff:8.8.8.8]/", False),
    ("http://134744072/", False),
    ("http://0x08080808/", False),
    ("http://127.0.0.1.example.org/", False),
    ("http://localhost.example.org/", False),
    ("http://10.0.0.1.2/", False),
    ("http://0.0.0.0/", False),
]


@pytest.mark.parametrize(("url", "is_private"), HTTP)
def test_http_is_for_private_hosts_where_it_is_allowed(url: str, is_private: bool) -> None:  # noqa: FBT001  # a column of the table
    with pytest.raises(errors.NotHTTPS) as refusal:
        parsed(external_question(url))
    assert refusal.value.message == (
        f'The value "{url}" is not valid for the parameter ExternalURL. This URL must use the'
        " HTTPS protocol.."
    )
    if is_private:
        assert parsed(external_question(url), allow_http=True)
    else:
        with pytest.raises(errors.NotHTTPS):
            parsed(external_question(url), allow_http=True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.org/a",
        "/a",
        "//x.org/a",
        "https:x.org",
        "https:///a",
        "https://",
        "https://?a",
        "https://user@x.org/",
        "https://user:secret@x.org/",
        "https://x.org\\@evil.example/",
        "https://x.org:99999/",
        "https://x.org:a/",
        "https://[::1/",
        "https://x .org/",
        "https://x.org/a\u0085b",
        "https://x.org/a&#9;b",
        "https://x.org/a&#10;b",
        "https://x.org/" + "a" * external_url.CHARACTERS_MAX,
        "javascript:alert(1)",
        "data:text/html,a",
        "blob:https://x.org/a",
        "file:///etc/passwd",
        "ftp://x.org/",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(errors.InvalidParameterValue) as refusal:
        parsed(external_question(url), allow_http=True)
    assert refusal.value.parameter == "ExternalURL"
    assert len(refusal.value.message) < external_url.CHARACTERS_MAX + 100


@pytest.mark.parametrize(
    "url",
    [
        "https://x.org",
        "HTTPS://X.org:8443/a b?c=${d}#e",
        "https://x.org?a",
        "https://x.org/user@home",
        "https://münchen.example/ü",
        "https://127.0.0.1/",
    ],
)
def test_addresses_that_are_good(url: str) -> None:
    assert parsed(external_question(url)) == ExternalQuestion(url=url, frame_height=0)


def test_a_document_is_parsed_once() -> None:
    document = html_question("once")
    assert parsed(document) is parsed("".join(list(document)))
    assert question.parse.cache_info().maxsize is not None


def test_what_was_admitted_stays_readable() -> None:
    """Stricter settings refuse new questions, not the ones that are stored."""
    namespace = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14"
    document = (
        f'<ExternalQuestion xmlns="{namespace}/ExternalQuestion.xsd">'
        "<ExternalURL>http://127.0.0.1:9000/task</ExternalURL><FrameHeight>0</FrameHeight>"
        "</ExternalQuestion>"
    )
    with pytest.raises(errors.NotHTTPS):
        question.parse(document, max_bytes=65_535, allow_http=False)
    with pytest.raises(errors.TooLong):
        question.parse(document, max_bytes=10, allow_http=True)
    assert question.stored(document).kind.value == "ExternalQuestion"
