"""QuestionForm documents as records, and the rules beyond their schema."""

import pytest

from kempelen.domain import errors
from kempelen.domain.question import (
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
from kempelen.formats import question

BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
CONTENT = "<QuestionContent><Text>?</Text></QuestionContent>"
ONE = "<Selection><SelectionIdentifier>one</SelectionIdentifier><Text>One</Text></Selection>"
TWO = "<Selection><SelectionIdentifier>two</SelectionIdentifier><Text>Two</Text></Selection>"
MIME = "<MimeType><Type>image</Type><SubType>gif</SubType></MimeType>"
EMBEDDED = (
    "<EmbeddedBinary><EmbeddedMimeType><Type>video</Type></EmbeddedMimeType>"
    "<DataURL>https://x.org/a</DataURL><AltText/><Width>50%</Width><Height>300</Height>"
    "<ApplicationParameter><Name>loop</Name><Value>true</Value></ApplicationParameter>"
    "<ApplicationParameter><Name>start</Name><Value>3</Value></ApplicationParameter>"
    "</EmbeddedBinary>"
)
FILE = (
    "<FileUploadAnswer><MaxFileSizeInBytes>2000000000</MaxFileSizeInBytes>"
    "<MinFileSizeInBytes>1</MinFileSizeInBytes></FileUploadAnswer>"
)


def asked(answer: str, before: str = "<QuestionIdentifier>q</QuestionIdentifier>") -> str:
    return (
        f"<Question>{before}{CONTENT}<AnswerSpecification>{answer}</AnswerSpecification></Question>"
    )


def parsed(items: str, *, date: str = "2017-11-06", uploads_enabled: bool = False) -> QuestionForm:
    form = question.parse(
        f'<QuestionForm xmlns="{BASE}{date}/QuestionForm.xsd">{items}</QuestionForm>',
        max_bytes=65_535,
        allow_http=False,
        uploads_enabled=uploads_enabled,
    )
    assert isinstance(form, QuestionForm)
    return form


def answer(xml: str) -> FreeText | Selection | FileUpload:
    return parsed(asked(xml)).questions[0].answer


def selection(before: str = "", selections: str = ONE + TWO) -> Selection:
    found = answer(
        f"<SelectionAnswer>{before}<Selections>{selections}</Selections></SelectionAnswer>"
    )
    assert isinstance(found, Selection)
    return found


def refusal_of(items: str) -> str:
    with pytest.raises(errors.XMLParseError) as refusal:
        parsed(items)
    return str(refusal.value.facts["details"])


def test_a_form_keeps_its_order() -> None:
    overview = "<Overview><Title>Hello</Title></Overview>"
    form = parsed(overview + asked("<FreeTextAnswer/>") + overview)
    assert form == QuestionForm(
        items=(
            Overview(content=(Title(text="Hello"),)),
            Question(
                id="q",
                display_name=None,
                required=False,
                content=(Text(text="?"),),
                answer=FreeText(),
            ),
            Overview(content=(Title(text="Hello"),)),
        )
    )


@pytest.mark.parametrize(
    ("written", "required"), [("true", True), ("1", True), ("false", False), (" 0 ", False)]
)
def test_head_of_a_question(written: str, required: bool) -> None:  # noqa: FBT001  # a column of the table
    before = (
        "<QuestionIdentifier>\n my  question \n</QuestionIdentifier>"
        f"<DisplayName>Mine</DisplayName><IsRequired>{written}</IsRequired>"
    )
    found = parsed(asked("<FreeTextAnswer/>", before)).questions[0]
    assert (found.id, found.display_name, found.required) == ("my  question", "Mine", required)


CONTENTS: list[tuple[str, Content]] = [
    ("<Title>a &amp; <![CDATA[<b>]]></Title>", Title(text="a & <b>")),
    ("<Text> a\n b </Text>", Text(text=" a\n b ")),
    ("<Text/>", Text(text="")),
    (
        "<List><ListItem>a</ListItem><ListItem>b</ListItem></List>",
        ListContent(items=("a", "b")),
    ),
    (
        f"<Binary>{MIME}<DataURL> http://x.org/a.gif </DataURL><AltText>A</AltText></Binary>",
        Binary(type=MediaType.IMAGE, subtype="gif", url="http://x.org/a.gif", alt="A"),
    ),
    (
        EMBEDDED,
        EmbeddedBinary(
            type=MediaType.VIDEO,
            subtype=None,
            url="https://x.org/a",
            alt="",
            width="50%",
            height="300",
            parameters=(("loop", "true"), ("start", "3")),
        ),
    ),
    (
        "<FormattedContent><![CDATA[<p>a&nbsp;<b>b</b></p>]]></FormattedContent>",
        Formatted(xhtml="<p>a&nbsp;<b>b</b></p>"),
    ),
]


@pytest.mark.parametrize(
    ("written", "content"), CONTENTS, ids=[type(c).__name__ for _, c in CONTENTS]
)
def test_content(written: str, content: Content) -> None:
    form = parsed(f"<Overview>{written * 2}</Overview>" + asked("<FreeTextAnswer/>"))
    assert form.items[0] == Overview(content=(content, content))


def test_a_free_text_with_everything() -> None:
    assert answer(
        "<FreeTextAnswer><Constraints><IsNumeric minValue='-5' maxValue='+7'/>"
        "<Length minLength='2' maxLength='9'/>"
        "<AnswerFormatRegex regex='^a$' errorText='No a.' flags='i'/>"
        "<AnswerFormatRegex regex='(?=b)'/></Constraints>"
        "<DefaultText>a\r\nb&#13;</DefaultText><NumberOfLinesSuggestion>3</NumberOfLinesSuggestion>"
        "</FreeTextAnswer>"
    ) == FreeText(
        constraints=Constraints(
            numeric=NumericRange(minimum=-5, maximum=7),
            length=LengthRange(minimum=2, maximum=9),
            patterns=(
                AnswerPattern(regex="^a$", flags="i", error_text="No a."),
                AnswerPattern(regex="(?=b)", flags="", error_text="Invalid input supplied."),
            ),
        ),
        default_text="a\nb\n",
        lines=3,
    )


def test_a_free_text_with_nothing() -> None:
    empty = "<FreeTextAnswer><Constraints/><DefaultText/></FreeTextAnswer>"
    assert answer(empty) == FreeText(default_text="")
    numeric = "<FreeTextAnswer><Constraints><IsNumeric/></Constraints></FreeTextAnswer>"
    assert answer(numeric) == FreeText(constraints=Constraints(numeric=NumericRange()))


def test_a_selection_by_default() -> None:
    assert selection() == Selection(
        options=(
            Option(id="one", content=Text(text="One")),
            Option(id="two", content=Text(text="Two")),
        ),
        minimum=1,
        maximum=1,
        style=StyleSuggestion.RADIOBUTTON,
    )


def test_selections_of_every_kind() -> None:
    found = selection(
        selections=(
            f"{ONE}<Selection><SelectionIdentifier>f</SelectionIdentifier>"
            "<FormattedContent>&lt;b&gt;F&lt;/b&gt;</FormattedContent></Selection>"
            f"<Selection><SelectionIdentifier>b</SelectionIdentifier><Binary>{MIME}"
            "<DataURL>https://x.org/a</DataURL><AltText>B</AltText></Binary></Selection>"
            "<OtherSelection><NumberOfLinesSuggestion>2</NumberOfLinesSuggestion></OtherSelection>"
        )
    )
    assert [option.content for option in found.options] == [
        Text(text="One"),
        Formatted(xhtml="<b>F</b>"),
        Binary(type=MediaType.IMAGE, subtype="gif", url="https://x.org/a", alt="B"),
    ]
    assert found.other == FreeText(lines=2)


@pytest.mark.parametrize(
    ("style", "maximum", "expected"),
    [
        ("", 1, "radiobutton"),
        ("", 2, "checkbox"),
        ("radiobutton", 1, "radiobutton"),
        ("radiobutton", 2, "checkbox"),
        ("dropdown", 1, "dropdown"),
        ("dropdown", 2, "checkbox"),
        ("checkbox", 1, "checkbox"),
        ("list", 2, "list"),
        ("combobox", 2, "combobox"),
        ("multichooser", 1, "multichooser"),
    ],
)
def test_the_style_follows_the_count(style: str, maximum: int, expected: str) -> None:
    suggestion = f"<StyleSuggestion>{style}</StyleSuggestion>" if style else ""
    count = f"<MaxSelectionCount>{maximum}</MaxSelectionCount>"
    assert selection(count + suggestion).style == expected


@pytest.mark.parametrize(
    ("counts", "details"),
    [
        ("<MaxSelectionCount>3</MaxSelectionCount>", "MaxSelectionCount is 3, but there are 2"),
        ("<MinSelectionCount>3</MinSelectionCount>", "MinSelectionCount is 3, but there are 2"),
        (
            "<MinSelectionCount>2</MinSelectionCount>",
            "MinSelectionCount 2 is greater than MaxSelectionCount 1.",
        ),
        ("<MaxSelectionCount>0</MaxSelectionCount>", "'0'"),
        ("<MinSelectionCount>-1</MinSelectionCount>", "'-1'"),
    ],
)
def test_counts_that_cannot_be_met(counts: str, details: str) -> None:
    with pytest.raises(errors.XMLParseError) as refusal:
        selection(counts)
    assert details in str(refusal.value.facts["details"])


def test_another_answer_counts_as_a_selection() -> None:
    counts = "<MinSelectionCount>3</MinSelectionCount><MaxSelectionCount>3</MaxSelectionCount>"
    found = selection(counts, f"{ONE}{TWO}<OtherSelection/>")
    assert (found.minimum, found.maximum) == (3, 3)


def with_constraints(constraints: str) -> str:
    return asked(f"<FreeTextAnswer><Constraints>{constraints}</Constraints></FreeTextAnswer>")


@pytest.mark.parametrize(
    ("items", "details"),
    [
        ("", "is expected"),
        ("<Overview><Text>a</Text></Overview>", "at least one Question"),
        (asked("<FreeTextAnswer/>") * 2, "line 1: The QuestionIdentifier 'q' is used twice."),
        (
            asked("<FreeTextAnswer/>", "<QuestionIdentifier> </QuestionIdentifier>"),
            "QuestionIdentifier",
        ),
        (
            asked("<FreeTextAnswer/>", f"<QuestionIdentifier>{'é' * 128}</QuestionIdentifier>"),
            "more than 255 bytes",
        ),
        (asked(""), "AnswerSpecification"),
        (asked("<FreeTextAnswer/><FreeTextAnswer/>"), "FreeTextAnswer"),
        (asked(f"<SelectionAnswer><Selections>{ONE * 2}</Selections></SelectionAnswer>"), "twice"),
        (asked("<SelectionAnswer><Selections/></SelectionAnswer>"), "Selections"),
        (asked("<FreeTextAnswer/>").replace("<Text>?</Text>", ""), "QuestionContent"),
        (
            asked("<FreeTextAnswer/>").replace(
                "<Text>?</Text>", "<Application><Flash/></Application>"
            ),
            "starting with element 'Application'. One of '{",
        ),
        (
            asked("<FreeTextAnswer/>").replace(
                "<Text>?</Text>",
                f"<Binary>{MIME}<DataURL>javascript:alert(1)</DataURL><AltText/></Binary>",
            ),
            "DataURL",
        ),
        (
            asked("<FreeTextAnswer/>")
            .replace(
                "<Text>?</Text>",
                f"<Binary>{MIME}<DataURL>https://x.org</DataURL><AltText/></Binary>",
            )
            .replace("<Type>image", "<Type>application"),
            "'application'",
        ),
        (with_constraints("<IsNumeric minValue='a'/>"), "minValue"),
        (with_constraints("<IsNumeric minValue='1.5'/>"), "minValue"),
        (with_constraints("<IsNumeric minValue='2' maxValue='1'/>"), "minValue 2 is greater than"),
        (with_constraints("<Length minLength='2' maxLength='1'/>"), "minLength 2 is greater than"),
        (with_constraints("<Length maxLength='0'/>"), "maxLength"),
        (with_constraints("<Length minLength='-1'/>"), "minLength"),
        (with_constraints("<Length/><IsNumeric/>"), "starting with element 'IsNumeric'"),
        (with_constraints("<AnswerFormatRegex/>"), "regex"),
        (
            with_constraints("<AnswerFormatRegex regex='(a'/>"),
            "line 1: Unterminated group in the regular expression /(a/.",
        ),
        (with_constraints("<AnswerFormatRegex regex='a' flags='g'/>"), "flags"),
        (
            asked(
                "<FreeTextAnswer><NumberOfLinesSuggestion>0</NumberOfLinesSuggestion>"
                "</FreeTextAnswer>"
            ),
            "NumberOfLinesSuggestion",
        ),
        (asked(FILE), "FileUploadAnswer is not accepted"),
    ],
)
def test_forms_that_are_refused(items: str, details: str) -> None:
    assert details in refusal_of(items)


def test_an_identifier_may_have_255_bytes() -> None:
    identifier = "é" * 127 + "a"
    before = f"<QuestionIdentifier>{identifier}</QuestionIdentifier>"
    assert parsed(asked("<FreeTextAnswer/>", before)).questions[0].id == identifier


def test_formatted_content_is_checked_everywhere() -> None:
    bad = "<FormattedContent>&lt;div/&gt;</FormattedContent>"
    in_overview = f"<Overview>{bad}</Overview>" + asked("<FreeTextAnswer/>")
    in_question = asked("<FreeTextAnswer/>").replace("<Text>?</Text>", bad)
    in_selection = asked(
        "<SelectionAnswer><Selections><Selection><SelectionIdentifier>a</SelectionIdentifier>"
        f"{bad}</Selection></Selections></SelectionAnswer>"
    )
    for items in (in_overview, in_question, in_selection):
        with pytest.raises(errors.XHTMLParseError, match="'div' is not allowed"):
            parsed(items)


def test_files_are_asked_for_in_the_old_namespace_where_uploads_are_enabled() -> None:
    form = parsed(asked(FILE), date="2005-10-01", uploads_enabled=True)
    assert form.questions[0].answer == FileUpload(minimum_bytes=1, maximum_bytes=2_000_000_000)
    for date, uploads_enabled in (("2005-10-01", False), ("2017-11-06", True)):
        with pytest.raises(errors.XMLParseError, match="FileUploadAnswer is not accepted"):
            parsed(asked(FILE), date=date, uploads_enabled=uploads_enabled)


@pytest.mark.parametrize(
    ("old", "new"), [("2000000000", "2000000001"), ("2000000000", "0"), (">1<", ">0<")]
)
def test_sizes_of_files_have_bounds(old: str, new: str) -> None:
    with pytest.raises(errors.XMLParseError, match="FileSizeInBytes"):
        parsed(asked(FILE.replace(old, new)), date="2005-10-01", uploads_enabled=True)


def test_the_smallest_file_is_not_larger_than_the_largest() -> None:
    document = asked(FILE.replace("2000000000", "5").replace(">1<", ">6<"))
    with pytest.raises(errors.XMLParseError, match="MinFileSizeInBytes 6 is greater than"):
        parsed(document, date="2005-10-01", uploads_enabled=True)
