"""The worker site in a real browser: finding, doing and returning HITs, timers, comfort."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from kempelen.testing.market import Kempelen

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"


def options(*names: str) -> str:
    return "".join(
        f"<Selection><SelectionIdentifier>{name.lower()}</SelectionIdentifier>"
        f"<Text>{name}</Text></Selection>"
        for name in names
    )


def question(question_id: str, answer: str, *, required: bool = False) -> str:
    return (
        f"<Question><QuestionIdentifier>{question_id}</QuestionIdentifier>"
        f"<DisplayName>The {question_id}</DisplayName>"
        f"<IsRequired>{str(required).lower()}</IsRequired>"
        f"<QuestionContent><Text>About the {question_id}?</Text></QuestionContent>"
        f"<AnswerSpecification>{answer}</AnswerSpecification></Question>"
    )


def selection(style: str, names: tuple[str, ...], most: int = 1, other: str = "") -> str:
    return (
        f"<SelectionAnswer><MinSelectionCount>1</MinSelectionCount><MaxSelectionCount>{most}"
        f"</MaxSelectionCount><StyleSuggestion>{style}</StyleSuggestion>"
        f"<Selections>{options(*names)}{other}</Selections></SelectionAnswer>"
    )


def form(*questions: str) -> str:
    head = f'<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd">'
    return f"{head}{''.join(questions)}</QuestionForm>"


OTHER = "<OtherSelection/>"
NUMBER = "<Constraints><IsNumeric minValue='0' maxValue='99'/></Constraints>"
CODE = (
    "<Constraints><AnswerFormatRegex regex='^(?=[A-Z])[A-Z0-9]+$' "
    "errorText='Begin with a capital.'/></Constraints>"
)
EVERY_CONTROL = form(
    question("age", f"<FreeTextAnswer>{NUMBER}</FreeTextAnswer>", required=True),
    question(
        "story",
        "<FreeTextAnswer><NumberOfLinesSuggestion>3</NumberOfLinesSuggestion></FreeTextAnswer>",
    ),
    question("mood", selection("radiobutton", ("Glad", "Sad"), other=OTHER), required=True),
    question("goods", selection("checkbox", ("Fruit", "Fish", "Bread"), 2)),
    question("season", selection("dropdown", ("Spring", "Autumn")), required=True),
    question("light", selection("combobox", ("Sun", "Lamp"), other=OTHER)),
    question("colours", selection("list", ("Red", "Green", "Blue"), 2)),
    question("places", selection("multichooser", tuple(f"P{n}" for n in range(20)), 3)),
)
SIMPLE = form(question("thing", "<FreeTextAnswer/>", required=True))


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def any_page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A page with and without scripts."""
    context = chromium.new_context(java_script_enabled=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own."""
    made = chromium.new_context()
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose console stays clean: nothing fails, and no policy stops anything."""
    made = context.new_page()
    complaints: list[str] = []
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield made
    assert [text for text in complaints if "(Unprocessable" not in text] == []


def publish(market: Kempelen, document: str, **members: Any) -> dict[str, Any]:
    wanted = {
        "Title": "Describe a market",
        "Description": "A few questions.",
        "Reward": "0.25",
        "AssignmentDurationInSeconds": 600,
        "LifetimeInSeconds": 86_400,
        "Question": document,
        **members,
    }
    hit: dict[str, Any] = market.client.create_hit(**wanted)["HIT"]
    return hit


def sign_in(page: Page, market: Kempelen, target: str = "/projects") -> None:
    """Open a page that needs a session, and sign in there."""
    worker = market.add_worker()
    page.goto(market.url + target)
    page.get_by_label("Name or Worker ID").fill(worker.name)
    page.get_by_label("Password").fill(worker.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(market.url + target)


def accept(page: Page, market: Kempelen, hit: dict[str, Any]) -> None:
    sign_in(page, market, f"/projects/{hit['HITGroupId']}/tasks")
    page.get_by_role("button", name="Accept", exact=True).click()
    page.wait_for_url(re.compile("assignment_id="))


def answers(market: Kempelen, hit: dict[str, Any]) -> list[str]:
    found = market.client.list_assignments_for_hit(HITId=hit["HITId"])["Assignments"]
    return [re.sub(r"^.*?<Answer>", "<Answer>", item["Answer"]) for item in found]


def given(question_id: str, *values: str) -> str:
    return (
        f"<Answer><QuestionIdentifier>{question_id}</QuestionIdentifier>{''.join(values)}</Answer>"
    )


def chosen(*ids: str) -> tuple[str, ...]:
    return tuple(f"<SelectionIdentifier>{item}</SelectionIdentifier>" for item in ids)


@pytest.mark.engines("sqlite", "postgresql")
def test_from_the_front_door_to_submission(any_page: Page, kempelen: Kempelen) -> None:
    """Sign in, find, preview, accept, answer every kind of control, submit."""
    page = any_page
    hit = publish(kempelen, EVERY_CONTROL)
    worker = kempelen.add_worker("Maria")
    page.goto(kempelen.url)
    page.get_by_role("link", name="Sign in to find HITs").click()
    page.get_by_label("Name or Worker ID").fill("maria")
    page.get_by_label("Password").fill(worker.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Search").fill("market")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Preview Describe a market").click()
    expect(page.get_by_role("button", name="Submit")).to_be_disabled()
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Describe a market")
    page.get_by_role("textbox", name=re.compile("The age")).fill(" 42 ")
    page.get_by_role("textbox", name=re.compile("The story")).fill("Line one\nLine <two>")
    page.get_by_label("Glad").check()
    page.get_by_label("Fruit").check()
    page.get_by_label("Bread").check()
    page.get_by_role("combobox", name=re.compile("The season")).select_option("Autumn")
    page.get_by_role("group", name=re.compile("The light")).get_by_label("Other").fill("the moon")
    page.get_by_role("listbox", name=re.compile("The colours")).select_option(["Blue", "Red"])
    page.get_by_label("P7", exact=True).check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Submitted for review: $0.25")).to_be_visible()
    assert answers(kempelen, hit) == [
        "".join(
            (
                given("age", "<FreeText> 42 </FreeText>"),
                given("story", "<FreeText>Line one\nLine &lt;two&gt;</FreeText>"),
                given("mood", *chosen("glad")),
                given("goods", *chosen("fruit", "bread")),
                given("season", *chosen("autumn")),
                given("light", "<OtherSelectionText>the moon</OtherSelectionText>"),
                given("colours", *chosen("red", "blue")),
                given("places", *chosen("p7")),
                "</QuestionFormAnswers>",
            )
        )
    ]


def test_answers_that_are_not_right_yet(any_page: Page, kempelen: Kempelen) -> None:
    """Everything stays as it was entered; the summary leads to each field."""
    page = any_page
    hit = publish(kempelen, EVERY_CONTROL)
    accept(page, kempelen, hit)
    page.get_by_role("textbox", name=re.compile("The age")).fill("many")
    page.get_by_role("textbox", name=re.compile("The story")).fill("\n A  story ")
    for name in ("Fruit", "Fish", "Bread", "P3"):
        page.get_by_label(name, exact=True).check()
    page.get_by_role("listbox", name=re.compile("The colours")).select_option("Green")
    page.get_by_role("button", name="Submit").click()
    summary = page.locator("#problems")
    expect(summary.get_by_role("listitem")).to_have_text(
        [
            "The age: Enter a number.",
            "The mood: Choose at least 1.",
            "The goods: Choose at most 2; 3 chosen now.",
            "The season: Choose at least 1.",
        ]
    )
    expect(page.get_by_role("textbox", name=re.compile("The age"))).to_have_value("many")
    story = page.get_by_role("textbox", name=re.compile("The story"))
    expect(story).to_have_value("\n A  story ")
    for name in ("Fruit", "Fish", "Bread", "P3"):
        expect(page.get_by_label(name, exact=True)).to_be_checked()
    expect(page.get_by_role("listbox", name=re.compile("The colours"))).to_have_values(["green"])
    age = page.get_by_role("textbox", name=re.compile("The age"))
    expect(age).to_have_attribute("aria-invalid", "true")
    expect(age).to_have_accessible_description(re.compile("Enter a number"))
    summary.get_by_role("link", name="The mood").click()
    expect(page).to_have_url(re.compile("#q3-1$"))
    age.fill("9")
    page.get_by_label("Glad").check()
    page.get_by_label("Fish").uncheck()
    page.get_by_role("combobox", name=re.compile("The season")).select_option("Spring")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Submitted for review")).to_be_visible()
    assert len(answers(kempelen, hit)) == 1


def test_returning(any_page: Page, kempelen: Kempelen) -> None:
    """Return asks once, without leaving the page."""
    page = any_page
    hit = publish(kempelen, SIMPLE)
    accept(page, kempelen, hit)
    expect(page.get_by_role("button", name="Yes, return it")).to_be_hidden()
    page.get_by_text("Return", exact=False).first.click()
    page.get_by_role("button", name="Yes, return it").click()
    expect(page.get_by_text("Returned: Describe a market.")).to_be_visible()
    shown = kempelen.client.get_hit(HITId=hit["HITId"])["HIT"]
    assert shown["NumberOfAssignmentsPending"] == 0


def test_the_timer(page: Page, kempelen: Kempelen) -> None:
    """It counts from the server's time, whatever the device believes, and warns in words."""
    hit = publish(kempelen, SIMPLE)
    page.clock.install(time="2019-02-03T04:05:06")
    accept(page, kempelen, hit)
    timer = page.get_by_role("timer")
    announced = page.locator("#time-announcement")
    expect(timer).to_have_text(re.compile(r"^(10:00|9:5\d)$"))
    expect(announced).to_be_empty()
    page.clock.fast_forward("04:00")
    expect(timer).to_have_text(re.compile(r"^5:5\d|6:00$"))
    page.clock.run_for(61_000)
    expect(announced).to_have_text("5 minutes left")
    expect(announced).to_have_attribute("aria-live", "polite")
    page.clock.run_for(240_000)
    expect(announced).to_have_text("1 minute left")
    expect(page.locator("#time-up")).to_be_hidden()


def test_time_is_up(page: Page, kempelen: Kempelen) -> None:
    """The form becomes read-only, the page says so, and the answers can be copied."""
    hit = publish(kempelen, EVERY_CONTROL)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.clock.install()
    accept(page, kempelen, hit)
    age = page.get_by_role("textbox", name=re.compile("The age"))
    age.fill("42")
    page.get_by_label("Glad").check()
    page.clock.run_for(601_000)
    notice = page.locator("#time-up")
    expect(notice).to_be_visible()
    expect(notice).to_be_focused()
    expect(page.get_by_role("timer")).to_have_text("Time is up")
    expect(page.locator("#time-announcement")).to_have_attribute("aria-live", "assertive")
    expect(age).not_to_be_editable()
    expect(page.get_by_label("Glad")).to_be_disabled()
    expect(page.get_by_role("button", name="Submit")).to_be_disabled()
    notice.get_by_role("button", name="Copy my answers").click()
    expect(notice.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "The age\nAbout the age?\n42" in copied.replace("\n\n", "\n")
    assert "Glad" in copied
    notice.get_by_role("link", name="Find more HITs").click()
    page.wait_for_url(f"{kempelen.url}/projects")


def test_the_queue(page: Page, kempelen: Kempelen) -> None:
    """Every HIT has its own time; the count is in the header; Work leads on."""
    accept(page, kempelen, publish(kempelen, SIMPLE, Title="Short"))
    for title, seconds in (("Long", 90_000), ("Longest", 400_000)):
        hit = publish(kempelen, SIMPLE, Title=title, AssignmentDurationInSeconds=seconds)
        page.goto(f"{kempelen.url}/projects/{hit['HITGroupId']}/tasks")
        page.get_by_role("button", name="Accept", exact=True).click()
        page.wait_for_url(re.compile("assignment_id="))
    page.get_by_role("link", name="Queue with 3 to do").click()
    times = page.get_by_role("timer")
    expect(times.nth(0)).to_have_text(re.compile(r"^(10:00|9:5\d)$"))
    expect(times.nth(1)).to_have_text(re.compile(r"^(25:00:00|24:59:5\d)$"))
    expect(times.nth(2)).to_have_text("4 days")
    page.get_by_role("link", name="Work on Long", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Long")


def test_leaving_asks_first(page: Page, kempelen: Kempelen) -> None:
    """Changed answers are not left by accident, unchanged ones without a question."""
    accept(page, kempelen, publish(kempelen, SIMPLE))
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    work = page.url
    page.get_by_role("link", name="Dashboard").click()
    page.wait_for_url(f"{kempelen.url}/dashboard")
    page.goto(work)
    page.get_by_role("textbox", name=re.compile("The thing")).fill("x")
    page.get_by_role("link", name="Dashboard").click(no_wait_after=True)
    page.wait_for_function("document.querySelector('#answer-form') !== null")
    assert asked == ["beforeunload"]
    assert page.url == work
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Submitted for review")).to_be_visible()
    assert asked == ["beforeunload"]


def test_patterns_of_browsers(page: Page, kempelen: Kempelen) -> None:
    """A pattern that only JavaScript knows is checked before the form leaves."""
    hit = publish(kempelen, form(question("code", f"<FreeTextAnswer>{CODE}</FreeTextAnswer>")))
    accept(page, kempelen, hit)
    code = page.get_by_role("textbox", name=re.compile("The code"))
    code.fill("7B")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Begin with a capital.")).to_be_visible()
    expect(code).to_be_focused()
    expect(code).to_have_attribute("aria-invalid", "true")
    assert answers(kempelen, hit) == []
    code.fill("B7")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Submitted for review")).to_be_visible()


def test_long_choices_are_filtered(page: Page, kempelen: Kempelen) -> None:
    """The filter hides what does not match, never what is chosen, and submits nothing."""
    accept(page, kempelen, publish(kempelen, EVERY_CONTROL))
    page.get_by_label("P3", exact=True).check()
    field = page.get_by_label("Filter the choices")
    field.fill("p1")
    expect(page.get_by_label("P12", exact=True)).to_be_visible()
    expect(page.get_by_label("P2", exact=True)).to_be_hidden()
    expect(page.get_by_label("P3", exact=True)).to_be_visible()
    field.press("Enter")
    expect(page.locator("#problems")).to_have_count(0)


def test_copying_ids(page: Page, kempelen: Kempelen) -> None:
    """The buttons beside ids put them on the clipboard."""
    publish(kempelen, SIMPLE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, kempelen, "/dashboard")
    page.locator("main").get_by_role("button", name="Copy").click()
    expect(page.locator("main").get_by_role("button", name="Copied")).to_be_visible()
    worker_id = page.locator("main code").inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == worker_id


def test_the_next_hit(page: Page, kempelen: Kempelen) -> None:
    """With the box ticked, submitting leads straight to the next HIT of the group."""
    hits = [publish(kempelen, SIMPLE, MaxAssignments=1) for _ in range(2)]
    accept(page, kempelen, hits[0])
    first = page.url
    page.get_by_label("Auto-accept next HIT").check()
    page.get_by_role("textbox", name=re.compile("The thing")).fill("x")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Next HIT accepted.")).to_be_visible()
    assert page.url != first
    expect(page.get_by_label("Auto-accept next HIT")).to_be_checked()
