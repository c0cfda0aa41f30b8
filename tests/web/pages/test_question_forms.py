"""A QuestionForm as a page: each kind of content and control, kept values, safe markup."""

from typing import Any

import pytest

from kempelen.domain.question import GivenAnswer, QuestionForm
from kempelen.edges.web import pages, question_form
from kempelen.formats import question

OTHER = " other what"


def parsed(document: str) -> QuestionForm:
    form = question.parse(document, max_bytes=65_535, allow_http=True)
    assert isinstance(form, QuestionForm)
    return form


def rendered(document: str, fields: list[tuple[str, str]] | None = None, **problems: str) -> str:
    """The markup of a form, as it is at first or as it comes back."""
    form = parsed(document)
    given = None if fields is None else question_form.given_of(form, fields)
    view = question_form.view(form, given, problems)
    template = pages.environment().from_string(
        '{% import "question_form.html" as questions %}{{ questions.items(form) }}'
    )
    return " ".join(template.render(form=view).split())


def selection(style: str, count: int = 3, *, most: int = 1, other: str = "") -> str:
    options = "".join(
        f"<Selection><SelectionIdentifier>o{number}</SelectionIdentifier>"
        f"<Text>Option {number}</Text></Selection>"
        for number in range(1, count + 1)
    )
    return (
        f"<SelectionAnswer><MinSelectionCount>0</MinSelectionCount><MaxSelectionCount>{most}"
        f"</MaxSelectionCount><StyleSuggestion>{style}</StyleSuggestion>"
        f"<Selections>{options}{other}</Selections></SelectionAnswer>"
    )


@pytest.mark.parametrize(
    ("style", "most", "wanted", "count"),
    [
        ("radiobutton", 1, 'type="radio" name="what"', 3),
        ("radiobutton", 2, 'type="checkbox" name="what"', 3),
        ("checkbox", 1, 'type="checkbox" name="what"', 3),
        ("checkbox", 2, 'type="checkbox" name="what"', 3),
        ("multichooser", 2, 'type="checkbox" name="what"', 3),
        ("dropdown", 1, '<select id="q1-answer" name="what" aria-', 1),
        ("combobox", 1, '<option value="">Choose…</option>', 1),
        ("dropdown", 2, 'type="checkbox" name="what"', 3),
        ("list", 1, '<select id="q1-answer" name="what" size="3" aria-', 1),
        ("list", 2, '<select id="q1-answer" name="what" size="3" multiple', 1),
    ],
)
def test_selections(ask: Any, style: str, most: int, wanted: Any, count: int) -> None:
    """Each style has its control, which admits one or several as the form does."""
    text = rendered(ask(selection(style, most=most)))
    assert text.count(wanted) == count
    assert text.count("Option ") == 3
    assert ("Choose up to 2." in text) is (most == 2)


def test_long_choices(ask: Any) -> None:
    """A list shows ten rows at most, and a multichooser from sixteen on can be filtered."""
    assert 'size="10"' in rendered(ask(selection("list", 12)))
    assert "data-filter" in rendered(ask(selection("multichooser", 16, most=2)))
    assert "data-filter" not in rendered(ask(selection("multichooser", 15, most=2)))
    assert "data-filter" not in rendered(ask(selection("checkbox", 16, most=2)))


def test_options_that_no_list_can_show(ask: Any) -> None:
    """A drop-down with pictures or markup in its options becomes a group of buttons."""
    content = (
        "<SelectionAnswer><StyleSuggestion>dropdown</StyleSuggestion><Selections>"
        "<Selection><SelectionIdentifier>a</SelectionIdentifier><Binary><MimeType><Type>image"
        "</Type></MimeType><DataURL>https://example.org/a.png</DataURL><AltText>A cat</AltText>"
        "</Binary></Selection><Selection><SelectionIdentifier>b</SelectionIdentifier>"
        "<FormattedContent><![CDATA[<b>Bold</b>]]></FormattedContent></Selection>"
        "</Selections></SelectionAnswer>"
    )
    text = rendered(ask(content))
    assert text.count('type="radio"') == 2
    assert 'alt="A cat"' in text
    assert "<b>Bold</b>" in text
    assert "<select" not in text


def test_other_selection(ask: Any) -> None:
    """The text field for another answer has its label, its default, and its own name."""
    text = rendered(
        ask(selection("radiobutton", other="<OtherSelection/>")), [("what", "o2"), (OTHER, "x")]
    )
    assert '<label for="q1-other">Other</label>' in text
    assert f'<input id="q1-other" name="{OTHER}" type="text" value="x"' in text
    assert text.count(" checked") == 1


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ("", '<input id="q1-answer" name="what" type="text"'),
        ("<NumberOfLinesSuggestion>1</NumberOfLinesSuggestion>", "<input"),
        ("<NumberOfLinesSuggestion>4</NumberOfLinesSuggestion>", 'rows="4"'),
        ("<NumberOfLinesSuggestion>500</NumberOfLinesSuggestion>", 'rows="30"'),
    ],
)
def test_texts(ask: Any, lines: str, wanted: Any) -> None:
    assert wanted in rendered(ask(f"<FreeTextAnswer>{lines}</FreeTextAnswer>"))


@pytest.mark.parametrize(
    ("constraints", "hint"),
    [
        ("<IsNumeric/>", "A number."),
        ("<IsNumeric minValue='1'/>", "A number at least 1."),
        ("<IsNumeric minValue='1' maxValue='5'/>", "A number from 1 to 5."),
        ("<Length minLength='3' maxLength='9'/>", "From 3 to 9 characters."),
        ("<Length maxLength='9'/>", "At most 9 characters."),
        ("<Length minLength='1'/>", None),
    ],
)
def test_hints(ask: Any, constraints: str, hint: str | None) -> None:
    """What is expected stands beside the field before anything is wrong."""
    text = rendered(
        ask(f"<FreeTextAnswer><Constraints>{constraints}</Constraints></FreeTextAnswer>")
    )
    if hint is None:
        assert "q1-hint" not in text
        assert 'class="required">Required' in text
    else:
        assert f'<span id="q1-hint">{hint}</span>' in text
        assert 'aria-describedby="q1-hint"' in text
    assert ('inputmode="decimal"' in text) is ("IsNumeric" in constraints)


def test_defaults_and_kept_values(ask: Any) -> None:
    """A default is there at first, and what was entered afterwards, even nothing."""
    document = ask("<FreeTextAnswer><DefaultText>a &lt;b&gt;</DefaultText></FreeTextAnswer>")
    assert 'value="a &lt;b&gt;"' in rendered(document)
    assert 'value=""' in rendered(document, [("what", "")])
    assert 'value="new"' in rendered(document, [("what", "new")])


def test_lines_are_kept(ask: Any) -> None:
    """A first empty line survives the way through a text area."""
    document = ask(
        "<FreeTextAnswer><NumberOfLinesSuggestion>2</NumberOfLinesSuggestion></FreeTextAnswer>"
    )
    view = question_form.view(parsed(document), {"what": GivenAnswer(text="\n<b>x")})
    template = pages.environment().from_string(
        '{% import "question_form.html" as questions %}{{ questions.items(form) }}'
    )
    assert ">\n\n&lt;b&gt;x</textarea>" in template.render(form=view)


def test_problems(ask: Any) -> None:
    """A problem is text at its field, which is marked as invalid and described by it."""
    text = rendered(ask(), [("what", "x")], what="Write <more>.")
    assert '<p class="problem" id="q1-problem">Write &lt;more&gt;.</p>' in text
    assert 'aria-describedby="q1-problem" aria-invalid="true"' in text
    text = rendered(ask(selection("radiobutton")), [], what="Choose at least 1.")
    assert text.count('aria-invalid="true" aria-describedby="q1-problem"') == 3


def test_requirement_in_words(ask: Any) -> None:
    """Whether an answer is needed is said in text and to screen readers."""
    needed = rendered(ask(required=True))
    assert '<span id="q1-need" class="required">Required</span>' in needed
    assert 'aria-labelledby="q1-label q1-need" aria-required="true"' in needed
    assert '<span id="q1-need">Optional</span>' in rendered(ask())
    assert 'role="radiogroup"' in rendered(ask(selection("radiobutton"), required=True))


def binary(kind: str, address: str, alt: str, subtype: str = "") -> str:
    mime_type = f"<Type>{kind}</Type>" + (f"<SubType>{subtype}</SubType>" if subtype else "")
    return (
        f"<Binary><MimeType>{mime_type}</MimeType><DataURL>https://example.org/{address}</DataURL>"
        f"<AltText>{alt}</AltText></Binary>"
    )


IMAGE = binary("image", "a?b&amp;c", 'A "cat"')
IMAGE_SHOWN = (
    '<img src="https://example.org/a?b&amp;c" alt="A &#34;cat&#34;" loading="lazy"'
    ' referrerpolicy="no-referrer">'
)
AUDIO_SHOWN = (
    '<audio controls preload="metadata" aria-label="A song">'
    ' <source src="https://example.org/a.mp3" type="audio/mpeg">'
    '<source src="https://example.org/a.mp3">'
)
CONTENT = [
    ("<Title>T &amp; U</Title>", '<h4 class="qf-title">T &amp; U</h4>'),
    ("<Text>a &lt;b&gt;</Text>", '<p class="qf-text">a &lt;b&gt;</p>'),
    (
        "<List><ListItem>one</ListItem><ListItem>two</ListItem></List>",
        '<ul class="qf-list"><li>one</li><li>two</li></ul>',
    ),
    (
        "<FormattedContent><![CDATA[<p>a <i>b</i></p>]]></FormattedContent>",
        '<div class="qf-formatted"><p>a <i>b</i></p></div>',
    ),
    (IMAGE, IMAGE_SHOWN),
    (binary("audio", "a.mp3", "A song", "mpeg"), AUDIO_SHOWN),
    (
        binary("video", "a.mp4", "A film"),
        '<video controls preload="metadata" aria-label="A film">',
    ),
]


@pytest.mark.parametrize(("content", "wanted"), CONTENT)
def test_content(ask: Any, content: str, wanted: Any) -> None:
    assert wanted in rendered(ask(content=content))


def test_embedded_binaries(ask: Any) -> None:
    """Sizes become attributes, and the parameters that are understood go to the player."""
    content = (
        "<EmbeddedBinary><EmbeddedMimeType><Type>video</Type></EmbeddedMimeType>"
        "<DataURL>https://example.org/a.mp4</DataURL><AltText>A film</AltText>"
        "<Width>320</Width><Height>50%</Height>"
        "<ApplicationParameter><Name>loop</Name><Value>true</Value></ApplicationParameter>"
        "<ApplicationParameter><Name>autoplay</Name><Value>false</Value></ApplicationParameter>"
        "<ApplicationParameter><Name>start</Name><Value>12</Value></ApplicationParameter>"
        "<ApplicationParameter><Name>onerror</Name><Value>x</Value></ApplicationParameter>"
        "</EmbeddedBinary>"
    )
    text = rendered(ask(content=content))
    assert 'width="320" height="50%" loop>' in text
    assert "a.mp4#t=12" in text
    assert "autoplay" not in text
    assert "onerror" not in text


@pytest.mark.parametrize(
    "hostile",
    [
        "<p><script>alert(1)</script></p>",
        '<p onclick="alert(1)">x</p>',
        '<p><a href="javascript:alert(1)">x</a></p>',
        '<p><img src="data:image/svg+xml,x" alt="x"/></p>',
        '<p style="position:fixed">x</p>',
        "<p><iframe src='https://example.org'/></p>",
        "<form action='/signout'><button>x</button></form>",
        "not <xml",
    ],
)
def test_formatted_content_is_harmless(hostile: str) -> None:
    """What got past the check at creation would still not reach the page."""
    form = parsed_with(hostile)
    view = question_form.view(form)
    template = pages.environment().from_string(
        '{% import "question_form.html" as questions %}{{ questions.items(form) }}'
    )
    text = template.render(form=view).lower()
    inside = text.partition('class="qf-formatted">')[2].partition("</div>")[0]
    for forbidden in ("<script", "onclick", "javascript:", "data:", "style=", "<iframe", "<form"):
        assert forbidden not in inside


def parsed_with(xhtml: str) -> QuestionForm:
    from kempelen.domain.question import Formatted, FreeText, Question  # noqa: PLC0415 - one use

    asked = Question(
        id="what",
        display_name=None,
        required=False,
        content=(Formatted(xhtml=xhtml),),
        answer=FreeText(),
    )
    return QuestionForm(items=(asked,))


def test_patterns_for_the_browser(ask: Any) -> None:
    """Patterns go along as data; the server has judged what it can."""
    specification = (
        "<FreeTextAnswer><Constraints><AnswerFormatRegex regex='^(?=a)&quot;' flags='i' "
        "errorText='Begin with &lt;a&gt;.'/></Constraints></FreeTextAnswer>"
    )
    wanted = (
        'data-patterns="[[&#34;^(?=a)\\&#34;&#34;, &#34;i&#34;, &#34;Begin with &lt;a&gt;.&#34;]]"'
    )
    assert wanted in rendered(ask(specification))


def test_overviews_and_order(ask: Any) -> None:
    """Overviews stand where the document has them, with larger headings."""
    question_text = ask().partition("<Question>")[2]
    head = ask().partition("<Question>")[0]
    overview = "<Overview><Title>Before</Title></Overview>"
    text = rendered(f"{head}{overview}<Question>{question_text}")
    assert text.index('<h2 class="qf-title">Before</h2>') < text.index('id="q2"')


def test_titles_for_the_summary(ask: Any) -> None:
    """A problem is listed under the display name, else the question's own words, else its id."""

    def title(document: str) -> Any:
        view = question_form.view(parsed(document), None, {"what": "x"})
        return view.problems[0].title

    assert title(ask()) == "What is it?"
    assert title(ask(content=f"<Text>{'word ' * 40}</Text>")).endswith("…")
    assert title(ask(content=IMAGE)) == "what"
