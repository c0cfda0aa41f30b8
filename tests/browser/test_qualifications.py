"""Qualifications in a real browser: a timed test, and what it opens; and a test that ran out."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kempelen.testing.market import Kempelen, Worker

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"


def choice(question_id: str, text: str, *names: str) -> str:
    options = "".join(
        f"<Selection><SelectionIdentifier>{name.lower()}</SelectionIdentifier><Text>{name}</Text>"
        "</Selection>"
        for name in names
    )
    return (
        f"<Question><QuestionIdentifier>{question_id}</QuestionIdentifier><IsRequired>true"
        f"</IsRequired><QuestionContent><Text>{text}</Text></QuestionContent><AnswerSpecification>"
        f"<SelectionAnswer><Selections>{options}</Selections></SelectionAnswer>"
        "</AnswerSpecification></Question>"
    )


def keyed(question_id: str, selection: str) -> str:
    return (
        f"<Question><QuestionIdentifier>{question_id}</QuestionIdentifier><AnswerOption>"
        f"<SelectionIdentifier>{selection}</SelectionIdentifier><AnswerScore>1</AnswerScore>"
        "</AnswerOption></Question>"
    )


TEST = (
    f'<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd">'
    f"{choice('wing', 'Which has white bars on its wings?', 'Finch', 'Robin')}"
    f"{choice('song', 'Which sings at night?', 'Swallow', 'Nightingale')}</QuestionForm>"
)
KEY = (
    f'<AnswerKey xmlns="{SCHEMAS}/2005-10-01/AnswerKey.xsd">'
    f"{keyed('wing', 'finch')}{keyed('song', 'nightingale')}"
    "<QualificationValueMapping><PercentageMapping><MaximumSummedScore>2</MaximumSummedScore>"
    "</PercentageMapping></QualificationValueMapping></AnswerKey>"
)
QUESTION = (
    f'<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd">'
    f"{choice('bird', 'Which bird is it?', 'Finch', 'Robin')}</QuestionForm>"
)


class Birds:
    """A requester who wants workers that know birds: a type with a test, and a guarded HIT."""

    def __init__(self, market: Kempelen, **members: Any) -> None:
        self.market = market
        client = market.client
        made = client.create_qualification_type(
            Name="Bird names",
            Description="Knows birds",
            QualificationTypeStatus="Active",
            Test=TEST,
            AnswerKey=KEY,
            TestDurationInSeconds=600,
            **members,
        )["QualificationType"]
        self.type_id: str = made["QualificationTypeId"]
        self.hit = client.create_hit(
            Title="Name the bird",
            Description="Look at a picture",
            Reward="0.05",
            AssignmentDurationInSeconds=600,
            LifetimeInSeconds=86_400,
            Question=QUESTION,
            QualificationRequirements=[
                {
                    "QualificationTypeId": self.type_id,
                    "Comparator": "GreaterThanOrEqualTo",
                    "IntegerValues": [80],
                }
            ],
        )["HIT"]

    def scores(self, status: str = "Granted") -> list[tuple[str, int]]:
        """Who holds the qualification, and with which value."""
        found = self.market.client.list_workers_with_qualification_type(
            QualificationTypeId=self.type_id, Status=status
        )["Qualifications"]
        return [(item["WorkerId"], item["IntegerValue"]) for item in found]


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


def sign_in(page: Page, market: Kempelen) -> Worker:
    worker = market.add_worker()
    page.goto(f"{market.url}/projects")
    page.get_by_label("Name or Worker ID").fill(worker.name)
    page.get_by_label("Password").fill(worker.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{market.url}/projects")
    return worker


@pytest.mark.engines("sqlite", "postgresql")
def test_a_timed_test_opens_a_guarded_hit(any_page: Page, kempelen: Kempelen) -> None:
    """Why not, Qualify, Start, answer, submit, score, Accept, submit the HIT."""
    page = any_page
    birds = Birds(kempelen, RetryDelayInSeconds=0)
    worker = sign_in(page, kempelen)
    group = page.get_by_role("listitem").filter(has_text="Name the bird")
    expect(group).to_contain_text("Why not? You do not meet: Bird names is not less than 80.")
    expect(group.get_by_role("button", name="Accept & Work")).to_have_count(0)
    group.get_by_role("link", name="Qualify Bird names").click()
    expect(page.get_by_role("heading", name="Bird names")).to_be_visible()
    expect(page.get_by_text("10 minutes", exact=True)).to_be_visible()
    page.get_by_role("button", name="Start test").click()
    expect(page.get_by_role("timer")).to_be_visible()

    page.get_by_label("Robin").check()
    page.get_by_role("button", name="Submit test").click()
    expect(page.get_by_role("heading", name="1 answer needs your attention")).to_be_visible()
    expect(page.get_by_label("Robin")).to_be_checked()
    page.reload()
    page.goto(f"{kempelen.url}/qualifications/pending")
    page.get_by_role("link", name="Go on with the test").click()
    page.get_by_label("Robin").check()
    page.get_by_label("Nightingale").check()
    page.get_by_role("button", name="Submit test").click()
    expect(page.get_by_role("status")).to_contain_text("Your score is 50.")
    assert birds.scores() == [(worker.worker_id, 50)]

    page.get_by_role("link", name="Retake test").click()
    page.get_by_role("button", name="Start test").click()
    page.get_by_label("Finch").check()
    page.get_by_label("Nightingale").check()
    page.get_by_role("button", name="Submit test").click()
    expect(page.get_by_role("status")).to_contain_text("Your score is 100.")
    assert birds.scores() == [(worker.worker_id, 100)]

    page.get_by_role("link", name="HITs", exact=True).click()
    page.get_by_role("button", name="Accept & Work Name the bird").click()
    page.wait_for_url(re.compile("assignment_id="))
    page.get_by_label("Finch").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("status").first).to_contain_text("Submitted for review")
    (done,) = kempelen.client.list_assignments_for_hit(HITId=birds.hit["HITId"])["Assignments"]
    assert done["WorkerId"] == worker.worker_id


def test_the_time_of_a_test_runs_out_in_the_page(context: BrowserContext, kempelen: Any) -> None:
    """The timer locks the questions, and the page says that the test has ended."""
    birds = Birds(kempelen)
    page = context.new_page()
    page.clock.install()
    sign_in(page, kempelen)
    page.goto(f"{kempelen.url}/qualifications/{birds.type_id}/test")
    page.get_by_role("button", name="Start test").click()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(10:00|9:5\d)$"))
    page.get_by_label("Finch").check()
    page.clock.run_for(601_000)
    notice = page.locator("#time-up")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text("The test has ended")
    expect(page.get_by_label("Finch")).to_be_disabled()
    expect(page.get_by_role("button", name="Submit test")).to_be_disabled()
    kempelen.advance(minutes=10)
    notice.get_by_role("link", name="About this qualification").click()
    expect(page.get_by_text("The time for your test ran out")).to_be_visible()
    expect(page.get_by_text("Nothing was graded.")).to_be_visible()


def test_answers_that_come_too_late(any_page: Page, kempelen: Kempelen) -> None:
    """They are refused with what happened, nothing is graded, and they can be copied."""
    page = any_page
    birds = Birds(kempelen, RetryDelayInSeconds=3600)
    sign_in(page, kempelen)
    page.goto(f"{kempelen.url}/qualifications/{birds.type_id}/test")
    page.get_by_role("button", name="Start test").click()
    page.get_by_label("Finch").check()
    page.get_by_label("Nightingale").check()
    kempelen.advance(minutes=10)
    page.get_by_role("button", name="Submit test").click()
    expect(page.get_by_role("heading", name="The time ran out")).to_be_visible()
    expect(page.get_by_text("they were not stored, and nothing was graded")).to_be_visible()
    expect(page.get_by_label("Your answers, to copy")).to_have_value(
        "wing: finch\nsong: nightingale"
    )
    assert birds.scores() == []
    page.goto(f"{kempelen.url}/qualifications/{birds.type_id}/test")
    expect(page.get_by_text("The time for your last attempt ran out")).to_be_visible()
    expect(page.get_by_role("button", name="Start test")).to_have_count(0)
    kempelen.advance(hours=1)
    page.reload()
    expect(page.get_by_role("button", name="Start test")).to_be_visible()


def test_asking_and_giving_back(any_page: Page, kempelen: Kempelen) -> None:
    """A type that is granted at once: request it from the list, and return it."""
    page = any_page
    kempelen.client.create_qualification_type(
        Name="Terms",
        Description="Agrees to the terms",
        QualificationTypeStatus="Active",
        AutoGranted=True,
        AutoGrantedValue=7,
    )
    sign_in(page, kempelen)
    page.get_by_role("link", name="Qualifications").click()
    page.get_by_role("link", name="Find qualifications").click()
    page.get_by_label("Search").fill("terms")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Request Terms").click()
    expect(page.get_by_role("status")).to_contain_text("You now have the qualification Terms.")
    page.get_by_role("link", name="Assigned").click()
    row = page.get_by_role("row").filter(has_text="Terms")
    expect(row).to_contain_text("7")
    row.get_by_text("Return", exact=False).first.click()
    page.get_by_role("button", name="Yes, give it back").click()
    expect(page.get_by_role("status")).to_contain_text("You gave back Terms.")
    expect(page.get_by_role("row").filter(has_text="Terms")).to_have_count(0)
