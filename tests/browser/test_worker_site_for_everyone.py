"""The worker site for every window and every way of use: phones, themes, keyboards, eyes."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from kempelen.testing.market import Kempelen, Worker

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
LONG = "Donaudampfschifffahrtsgesellschaftskapitaenskajuetenschluessel"
FORM = (
    f'<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd"><Overview><Title>{LONG}</Title>'
    "<FormattedContent><![CDATA[<table border='1'><tr><td><font color='yellow'>One</font></td>"
    f"<td bgcolor='navy'>{LONG}</td><td>{LONG}</td></tr></table>]]></FormattedContent></Overview>"
    "<Question><QuestionIdentifier>kind</QuestionIdentifier><IsRequired>true</IsRequired>"
    f"<QuestionContent><Text>{LONG}?</Text></QuestionContent><AnswerSpecification>"
    "<SelectionAnswer><StyleSuggestion>radiobutton</StyleSuggestion><Selections><Selection>"
    "<SelectionIdentifier>cat</SelectionIdentifier><Text>A cat</Text></Selection><Selection>"
    f"<SelectionIdentifier>dog</SelectionIdentifier><Text>{LONG}</Text></Selection></Selections>"
    "</SelectionAnswer></AnswerSpecification></Question><Question><QuestionIdentifier>why"
    "</QuestionIdentifier><QuestionContent><Text>Why?</Text></QuestionContent>"
    "<AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question></QuestionForm>"
)
TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1
    && !element.closest('.qf-formatted, .filters, .unseen'))
  .map((element) => element.tagName + '.' + element.className)"""
# Contrast of each visible text with what is behind it, by the formula of WCAG 2.
FAINT = """() => {
  const channels = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) { return colour; }
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3
      && node.data.trim() !== '');
    if (!hasText || element.disabled || !element.checkVisibility()) { continue; }
    const one = light(channels(getComputedStyle(element).color));
    const two = light(behind(element));
    const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (contrast < 4.5) {
      faint.push(`${element.tagName}.${element.className}: ${contrast.toFixed(2)}`);
    }
  }
  return faint;
}"""
SMALL = """() => [...document.querySelectorAll('button, input, select, textarea, summary, .button')]
  .filter((element) => element.checkVisibility() && element.type !== 'hidden')
  .map((element) => [element, (element.closest('label') ?? element).getBoundingClientRect()])
  .filter(([element, box]) => box.width < 24 || box.height < 24)
  .map(([element]) => element.outerHTML.slice(0, 80))"""
NAMELESS = """() => [...document.querySelectorAll('a, button, input, select, textarea, iframe')]
  .filter((element) => element.type !== 'hidden' && element.checkVisibility())
  .filter((element) => !(element.innerText ?? '').trim() && !element.labels?.length
    && !element.getAttribute('aria-label') && !element.getAttribute('aria-labelledby')
    && !element.title)
  .map((element) => element.outerHTML.slice(0, 80))"""


class Place:
    """A market with something on every screen, and a worker who holds work."""

    def __init__(self, market: Kempelen) -> None:
        self.market = market
        self.worker = market.add_worker(LONG[:40])
        works = [self._publish(f"{LONG} {number}") for number in range(3)]
        done = self.worker.do(works[0]["HITId"], {"kind": ["cat"]})["assignment_id"]
        market.client.reject_assignment(AssignmentId=done, RequesterFeedback=LONG)
        market.client.notify_workers(
            Subject=LONG, MessageText=f"{LONG}\n\n{LONG}", WorkerIds=[self.worker.worker_id]
        )
        self.held = works[1]
        self.held_id = self.worker.accept(works[1]["HITId"])["assignment_id"]
        self.open = works[2]
        self.tested = self._offer("tested", Test=FORM, TestDurationInSeconds=600)
        self.wanted = self._offer("wanted", Test=FORM, TestDurationInSeconds=90_000)
        asked = self._offer("asked", RetryDelayInSeconds=7200)
        held = self._offer("held", AutoGranted=True, RetryDelayInSeconds=0)
        for type_id in (asked, held):
            self.worker.call("POST", f"/qualification-types/{type_id}/requests")
        self.worker.call("POST", f"/qualification-types/{self.tested}/test")
        required = [
            {"QualificationTypeId": type_id, "Comparator": "Exists"}
            for type_id in (self.tested, self.wanted, asked, held)
        ]
        self.guarded = self._publish("Guarded", QualificationRequirements=required)

    def _offer(self, name: str, **members: Any) -> str:
        made = self.market.client.create_qualification_type(
            Name=f"{LONG} {name}",
            Description=f"{LONG} {LONG}",
            Keywords=LONG,
            QualificationTypeStatus="Active",
            **members,
        )["QualificationType"]
        type_id: str = made["QualificationTypeId"]
        return type_id

    def _publish(self, title: str, **members: Any) -> dict[str, Any]:
        hit: dict[str, Any] = self.market.client.create_hit(
            Title=title,
            Description=f"{LONG} {LONG}",
            Keywords=LONG,
            Reward="0.25",
            AssignmentDurationInSeconds=600,
            LifetimeInSeconds=86_400,
            Question=FORM,
            **members,
        )["HIT"]
        return hit

    @property
    def work(self) -> str:
        """The path of the work page."""
        group, hit = self.held["HITGroupId"], self.held["HITId"]
        return f"/projects/{group}/tasks/{hit}?assignment_id={self.held_id}"

    def screens(self) -> tuple[str, ...]:
        """A path for every screen."""
        group = f"/projects/{self.open['HITGroupId']}/tasks"
        ended = f"/tasks/finish?ticket={LONG}"
        return (
            "/projects",
            "/projects?filters[search_term]=nothing",
            group,
            self.work,
            "/tasks",
            "/dashboard",
            "/messages",
            f"/messages/{self.worker.call('GET', '/messages')['items'][0]['thread_id']}",
            "/help",
            ended,
            f"/projects/{self.guarded['HITGroupId']}/tasks",
            "/qualifications",
            "/qualifications/assigned",
            "/qualifications/pending",
            f"/qualifications/{self.wanted}",
            f"/qualifications/{self.wanted}/test",
            f"/qualifications/{self.tested}",
            f"/qualifications/{self.tested}/test",
        )


@pytest.fixture
def place(kempelen: Kempelen) -> Place:
    """A market with something on every screen."""
    return Place(kempelen)


def sign_in(page: Page, market: Kempelen, worker: Worker) -> None:
    page.goto(f"{market.url}/signin")
    page.get_by_label("Name or Worker ID").fill(worker.name)
    page.get_by_label("Password").fill(worker.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{market.url}/projects")


@pytest.fixture
def page_of(chromium: Browser, place: Place) -> Iterator[Callable[..., Page]]:
    """Open a signed-in window: `page_of(width=320, color_scheme="dark")`."""
    contexts = []

    def opened(width: int = 1280, **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 720}, **options)
        contexts.append(context)
        page = context.new_page()
        sign_in(page, place.market, place.worker)
        return page

    yield opened
    for context in contexts:
        context.close()


def everything(page: Page, place: Place) -> Iterator[str]:
    """Every screen in turn, with all its details open; and a form that came back."""
    for path in place.screens():
        page.goto(place.market.url + path)
        page.evaluate("document.querySelectorAll('details.more').forEach((d) => { d.open = true })")
        yield path
    page.goto(place.market.url + place.work)
    page.get_by_role("button", name="Submit").click()
    page.wait_for_selector("#problems")
    yield "a form with problems"


@pytest.mark.parametrize("width", [320, 390, 768])
def test_no_sideways_scrolling(page_of: Callable[..., Page], place: Place, width: int) -> None:
    """Narrow windows show everything, however long the words are."""
    page = page_of(width)
    for path in everything(page, place):
        assert page.evaluate(TOO_WIDE) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read(page_of: Callable[..., Page], place: Place, theme: str) -> None:
    """In both themes each text stands out from its ground by 4.5 to 1."""
    page = page_of(color_scheme=theme)
    for path in everything(page, place):
        assert page.evaluate(FAINT) == [], path
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", background)[0])
    assert (red < 64) is (theme == "dark")


@pytest.mark.parametrize("width", [320, 1280])
def test_targets_and_names(page_of: Callable[..., Page], place: Place, width: int) -> None:
    """What can be used is large enough for a finger, and has a name to be told by."""
    page = page_of(width)
    for path in everything(page, place):
        assert page.evaluate(SMALL) == [], path
        assert page.evaluate(NAMELESS) == [], path
        assert page.locator("h1").count() == 1, path
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
        assert len(ids) == len(set(ids)), path


def test_only_the_title_stays_on_phones(page_of: Callable[..., Page], place: Place) -> None:
    """Scrolled down, the timer is still in view and takes little of it."""
    page = page_of(390)
    page.goto(place.market.url + place.work)
    page.get_by_role("button", name="Submit").scroll_into_view_if_needed()
    expect(page.get_by_role("timer")).to_be_in_viewport()
    expect(page.get_by_text("Auto-accept next HIT")).not_to_be_in_viewport()
    box = page.locator(".bar-main").bounding_box()
    assert box is not None
    assert box["height"] < 90


def focus(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is called so."""
    current = """() => {
      const at = document.activeElement;
      return [at.textContent, at.labels?.[0]?.textContent, at.getAttribute('name')]
        .filter(Boolean).join(' ').replace(/\\s+/g, ' ');
    }"""
    for _ in range(60):
        page.keyboard.press("Tab")
        if name in page.evaluate(current):
            return
    pytest.fail(f"{name} cannot be reached by Tab")


def test_keyboard_only(chromium: Browser, kempelen: Kempelen) -> None:
    """From the front door to a submitted HIT without a mouse."""
    place = Place(kempelen)
    worker = kempelen.add_worker("Keys")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(kempelen.url)
    focus(page, "Sign in to find HITs")
    page.keyboard.press("Enter")
    page.wait_for_url("**/signin")
    page.keyboard.type(worker.name)
    focus(page, "password")
    page.keyboard.type(worker.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    focus(page, f"Preview {place.open['Title']}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks")
    focus(page, "Accept")
    page.keyboard.press("Enter")
    page.wait_for_url("**assignment_id=**")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to task")).to_be_focused()
    page.keyboard.press("Enter")
    focus(page, "kind")
    page.keyboard.press("Space")
    focus(page, "why")
    page.keyboard.type("It purrs")
    focus(page, "Submit")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Submitted for review")).to_be_visible()
    context.close()


def test_focus_is_visible(page_of: Callable[..., Page], place: Place) -> None:
    """Whatever the Tab key reaches shows it by an outline, and no bar hides it."""
    page = page_of()
    page.goto(place.market.url + place.work)
    for _ in range(25):
        page.keyboard.press("Tab")
        seen = page.evaluate("""() => {
          const at = document.activeElement;
          const style = getComputedStyle(at);
          const box = at.getBoundingClientRect();
          const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
          return {
            isPage: at === document.body,
            outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
            isCovered: top !== null && !at.contains(top) && !top.contains(at),
            what: at.outerHTML.slice(0, 80),
          };
        }""")
        if not seen["isPage"]:
            assert seen["outline"] >= 2, seen["what"]
            assert not seen["isCovered"], seen["what"]


def test_menus_close(page_of: Callable[..., Page], place: Place) -> None:
    """Escape closes a menu and gives the focus back; so does a click elsewhere."""
    page = page_of()
    summary = page.locator(".account > summary")
    summary.click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(summary).to_be_focused()
    summary.click()
    page.get_by_role("heading", level=1).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


def test_less_motion(page_of: Callable[..., Page], place: Place) -> None:
    """Who asked the system for less motion gets none."""
    page = page_of(reduced_motion="reduce")
    style = "getComputedStyle(document.querySelector('.button')).transitionDuration"
    assert page.evaluate(style) in {"0s", "0s, 0s, 0s"}
