"""Finding and accepting HITs: the list, previews, old addresses, and what stands in the way."""

import re
from typing import Any

import pytest

from kempelen.testing.market import Kempelen

NORWAY = {
    "QualificationTypeId": "00000000000000000071",
    "Comparator": "EqualTo",
    "LocaleValues": [{"Country": "NO"}],
}


def titles(shown: Any) -> list[str]:
    """The titles of a list in order."""
    assert shown.status == 200
    return re.findall(r'<h2><a href="[^"]*">([^<]*)</a></h2>', shown.text)


@pytest.fixture
def three(publish: Any, ask: Any) -> list[dict[str, Any]]:
    """Three groups: cheap and old, dear, and one for Norwegians."""
    return [
        publish(ask(), Title="Cheap cats", Reward="0.02", Keywords="animal"),
        publish(ask(), Title="Dear dogs", Reward="1.50", Keywords="animal"),
        publish(ask(), Title="Fish", Reward="0.10", QualificationRequirements=[NORWAY]),
    ]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", {"Cheap cats", "Dear dogs", "Fish"}),
        ("filters[search_term]=ANIMAL", {"Cheap cats", "Dear dogs"}),
        ("filters[search_term]=animal+dogs", {"Dear dogs"}),
        ("filters[qualified]=true", {"Cheap cats", "Dear dogs"}),
        ("filters[min_reward]=0.1", {"Dear dogs", "Fish"}),
        ("filters[min_reward]=$0,1", {"Dear dogs", "Fish"}),
        ("filters[min_reward]=lots&sort=worst&page_size=7&page_number=x", None),
    ],
)
def test_filters(guest: Any, three: Any, query: str, wanted: Any) -> None:
    """Filters narrow the list, and what they cannot mean is left out."""
    shown = guest.get(f"/projects?{query}")
    assert set(titles(shown)) == (wanted or {"Cheap cats", "Dear dogs", "Fish"})
    hidden = 3 - len(titles(shown))
    assert ("filters hide" in shown.words) is (hidden > 0)


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        ("reward_desc", ["Dear dogs", "Fish", "Cheap cats"]),
        ("reward_asc", ["Cheap cats", "Fish", "Dear dogs"]),
    ],
)
def test_order(guest: Any, three: Any, sort: str, wanted: Any) -> None:
    assert titles(guest.get(f"/projects?sort={sort}")) == wanted


def test_why_not(guest: Any, three: Any) -> None:
    """A group that one does not qualify for says what is missing, and offers no Accept."""
    shown = guest.get("/projects?filters[search_term]=fish")
    assert "Why not? You do not meet: Location is NO." in shown.words
    assert "Accept &amp; Work" not in shown.text
    assert "Not met" in shown.words


def test_pages(guest: Any, publish: Any, ask: Any) -> None:
    """Twenty groups to a page; the links keep the filters, and the last page is the end."""
    for number in range(45):
        publish(ask(), Title=f"Number {number:02}", Reward=f"0.{number + 10}")
    address = "/projects?filters[search_term]=number&sort=reward_asc"
    pages = [titles(guest.get(f"{address}&page_number={page}")) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert [*pages[0], *pages[1], *pages[2]] == [f"Number {number:02}" for number in range(45)]
    shown = guest.get(f"{address}&page_number=2")
    assert "Page 2 of 3" in shown.words
    assert re.findall(r"page_number=(\d)", shown.text) == ["3", "3"]
    assert shown.text.count("filters%5Bsearch_term%5D=number") == 4
    assert guest.get(f"{address}&page_number=99").target.endswith("page_number=3")
    assert len(titles(guest.get(f"{address}&page_size=50"))) == 45


def test_nothing_to_do(guest: Any) -> None:
    shown = guest.get("/projects")
    assert "No HITs are available right now" in shown.words
    assert 'href="/dashboard"' in shown.text


def test_nothing_matches(guest: Any, three: Any) -> None:
    """An empty list offers to leave out each filter."""
    shown = guest.get("/projects?filters[search_term]=zebra&filters[qualified]=true")
    assert "No HITs match" in shown.words
    assert 'href="/projects?filters%5Bsearch_term%5D=zebra"' in shown.text
    assert 'href="/projects?filters%5Bqualified%5D=true"' in shown.text


def test_hits_of_one_requester(guest: Any, kempelen: Kempelen, three: Any, ask: Any) -> None:
    other = kempelen.client_of(kempelen.add_requester("Northern Lights"))
    other.create_hit(
        Title="Elsewhere",
        Description="x",
        Reward="0.01",
        AssignmentDurationInSeconds=60,
        LifetimeInSeconds=3600,
        Question=ask(),
    )
    requester_id = kempelen.requester.requester_id
    shown = guest.get(f"/requesters/{requester_id}/projects?sort=reward_desc")
    assert titles(shown) == ["Dear dogs", "Fish", "Cheap cats"]
    assert "HITs of Test requester" in shown.words


def test_preview(guest: Any, three: Any) -> None:
    """The task with all controls, and a Submit that waits for Accept."""
    hit = three[0]
    shown = guest.get(f"/projects/{hit['HITGroupId']}/tasks")
    assert "Accept the HIT before you start." in shown.words
    assert '<button type="submit" class="button primary" disabled>Submit</button>' in shown.text
    assert f'action="/projects/{hit["HITGroupId"]}/tasks/{hit["HITId"]}/accept"' in shown.text


def test_preview_by_hit_type_and_by_hit(guest: Any, three: Any) -> None:
    """A HIT type's id leads to its group; a HIT without an assignment is shown as a preview."""
    group = f"/projects/{three[0]['HITGroupId']}/tasks"
    assert guest.get(f"/projects/{three[0]['HITTypeId']}/tasks").target == group
    shown = guest.get(f"{group}/{three[0]['HITId']}")
    assert "Accept the HIT before you start." in shown.words
    assert guest.get(f"{group}/{three[1]['HITId']}").status == 404
    assert guest.get("/projects/3NOSUCHGROUP/tasks").status == 404


def test_skip(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """Skipping shows another HIT of the group."""
    first, second = publish(ask()), publish(ask())
    group = f"/projects/{first['HITGroupId']}/tasks"
    assert second["HITGroupId"] == first["HITGroupId"]
    for skipped, wanted in ((first, second), (second, first)):
        shown = guest.get(f"{group}?skip={skipped['HITId']}")
        assert f'/tasks/{wanted["HITId"]}/accept"' in shown.text


@pytest.mark.parametrize(
    ("guarded", "status", "text"),
    [
        ("Accept", 200, "Why not?"),
        ("PreviewAndAccept", 200, "This HIT has no preview for you"),
        ("DiscoverPreviewAndAccept", 404, "There is nothing here"),
    ],
)
def test_guarded_groups(
    guest: Any, publish: Any, ask: Any, guarded: str, status: int, text: str
) -> None:
    """What a requirement guards is not shown, and cannot be accepted by its address."""
    required = [{**NORWAY, "ActionsGuarded": guarded}]
    hit = publish(ask(content="<Text>The riddle</Text>"), QualificationRequirements=required)
    shown = guest.get(f"/projects/{hit['HITGroupId']}/tasks")
    assert shown.status == status
    assert text in shown.words
    assert ("The riddle" in shown.words) is (guarded == "Accept")
    path = f"/projects/{hit['HITGroupId']}/tasks/{hit['HITId']}/accept"
    assert guest.post_with_token(path).status == (404 if status == 404 else 403)


def test_accepting(guest: Any, three: Any) -> None:
    """Accepting leads to the work page; accepting again to the same one."""
    work = guest.accept(three[0])
    shown = guest.get(work)
    assert "Time left" in shown.words
    assert "1 of 1 in queue" in shown.words
    assert guest.accept(three[0]) == work
    assert "You had accepted this HIT already" in guest.get(work).words
    assert "You had accepted" not in guest.get(work).words


def test_accepting_by_address(guest: Any, three: Any) -> None:
    """Only what the worker opened accepts; what a page or a prefetch opens asks first."""
    path = f"/projects/{three[0]['HITGroupId']}/tasks/accept_random"
    asking = [
        guest.get(path, Sec_Fetch_Site="cross-site"),
        guest.get(path, Sec_Fetch_Site="same-site"),
        guest.get(path, Sec_Fetch_Dest="image"),
        guest.get(path, Sec_Fetch_Dest="iframe"),
        guest.get(path, Sec_Purpose="prefetch"),
        guest.send("GET", path, None, {}),
    ]
    for shown in asking:
        assert shown.status == 200
        assert "Accept this HIT?" in shown.words
    headers = {"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"}
    assert guest.send("HEAD", path, None, headers).status == 200
    assert "Your queue is empty" in guest.get("/tasks").words
    assert "assignment_id=" in guest.send("GET", path, None, headers).target


def test_accepting_some(guest: Any, three: Any) -> None:
    path = f"/projects/{three[0]['HITTypeId']}/tasks/accept_random"
    assert three[0]["HITId"] in guest.post_with_token(path).target
    again = guest.post_with_token(path)
    assert again.status == 409
    assert "This HIT is no longer available" in again.words
    assert "Nothing is available in this group" in again.words


def test_a_hit_that_others_took(guest: Any, stranger: Any, publish: Any, ask: Any) -> None:
    """When the previewed HIT is gone, the page shows another one of the group."""
    first = publish(ask(), MaxAssignments=1)
    second = publish(ask(), MaxAssignments=1)
    stranger.accept(first)
    path = f"/projects/{first['HITGroupId']}/tasks/{first['HITId']}/accept"
    shown = guest.post_with_token(path)
    assert shown.status == 409
    assert f'/tasks/{second["HITId"]}/accept"' in shown.text


def test_a_full_queue(guest: Any, kempelen: Kempelen, publish: Any, ask: Any) -> None:
    """The queue's page says that it is full."""
    for _ in range(25):
        guest.accept(publish(ask()))
    path = f"/projects/{publish(ask())['HITGroupId']}/tasks/accept_random"
    shown = guest.post_with_token(path)
    assert shown.target == "/tasks"
    assert "You hold 25 HITs, which is the limit." in guest.get("/tasks").words


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/mturk/preview?groupId={group}", "/projects/{group}/tasks"),
        ("/mturk/preview?groupId={type}", "/projects/{type}/tasks"),
        ("/mturk/previewandaccept?groupId={group}", "/projects/{group}/tasks/accept_random"),
        ("/mturk/accept?groupId={type}", "/projects/{type}/tasks/accept_random"),
        ("/mturk/preview", "/projects"),
        ("/mturk/preview?groupId=//evil.example", "/projects"),
        ("/mturk/preview?groupId=..%2f..%2fsignout", "/projects"),
        ("/mturk/findhits", "/projects"),
        ("/mturk/viewhits", "/projects"),
        (
            "/mturk/searchbar?searchWords=red+cats%26",
            "/projects?filters%5Bsearch_term%5D=red+cats%26",
        ),
        (
            "/mturk/searchbar?selectedSearchType=hitgroups&requesterId=A1B2",
            "/requesters/A1B2/projects",
        ),
        ("/mturk/myhits", "/tasks"),
        ("/mturk/dashboard", "/dashboard"),
        ("/mturk/status", "/dashboard"),
    ],
)
def test_old_addresses(visitor: Any, publish: Any, ask: Any, old: str, new: str) -> None:
    """Bookmarks of the original marketplace need another host name only."""
    hit = publish(ask())
    ids = {"group": hit["HITGroupId"], "type": hit["HITTypeId"]}
    shown = visitor.get(old.format(**ids))
    assert shown.status == 302
    assert shown.target == new.format(**ids)


def test_addresses_of_nothing(guest: Any) -> None:
    """A page says what to do next, and forgives a slash too many."""
    shown = guest.get("/nowhere/at/all")
    assert shown.status == 404
    assert 'href="/projects"' in shown.text
    assert guest.get("/projects/").target == "/projects"
    assert guest.get("//").status == 404


def test_help(visitor: Any) -> None:
    assert "stays at 100% until" in visitor.get("/help").words
