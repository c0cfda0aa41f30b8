"""A worker reads what requesters write, in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from kempelen.testing.market import Kempelen

QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html><html><body><form>'
    "<input name='tag'></form></body></html>]]></HTMLContent><FrameHeight>0</FrameHeight>"
    "</HTMLQuestion>"
)


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_message_is_found_read_and_done_with(
    chromium: Browser, kempelen: Kempelen, *, has_scripts: bool
) -> None:
    """From the number in the navigation to the text, with scripts and without."""
    worker = kempelen.add_worker("Maria")
    client: Any = kempelen.client
    hit = client.create_hit(
        Title="Tag",
        Description="Tag it",
        Reward="0.05",
        LifetimeInSeconds=3600,
        AssignmentDurationInSeconds=600,
        Question=QUESTION,
    )["HIT"]
    done = worker.do(hit["HITId"], {"tag": "cat"})["assignment_id"]
    client.approve_assignment(AssignmentId=done)
    client.notify_workers(
        Subject="More pictures",
        MessageText="Dear worker,\n\n<b>owls</b> come tomorrow.",
        WorkerIds=[worker.worker_id],
    )
    client.send_bonus(
        WorkerId=worker.worker_id, BonusAmount="0.50", AssignmentId=done, Reason="Careful"
    )
    context = chromium.new_context(java_script_enabled=has_scripts)
    page = context.new_page()
    page.goto(f"{kempelen.url}/signin")
    page.get_by_label("Name or Worker ID").fill(worker.name)
    page.get_by_label("Password").fill(worker.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects")
    page.get_by_role("navigation", name="Main").get_by_text("Messages").click()
    rows = page.get_by_role("row")
    expect(rows).to_have_count(3)
    expect(page.get_by_text("1 new", exact=True)).to_have_count(2)
    page.get_by_role("link", name="More pictures").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("More pictures")
    text = page.locator(".message-text")
    assert text.inner_text() == "Dear worker,\n\n<b>owls</b> come tomorrow."
    expect(page.locator(".message").get_by_text("New", exact=True)).to_be_visible()
    expect(page.locator(".site-nav .count")).to_have_text("with 1 new")
    page.reload()
    expect(page.locator(".message").get_by_text("New", exact=True)).to_have_count(0)
    page.get_by_role("link", name="All messages").click()
    expect(page.get_by_text("1 new", exact=True)).to_have_count(1)
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("status")).to_have_text("All messages are marked as read.")
    expect(page.locator(".site-nav .count")).to_have_count(0)
    expect(page.get_by_role("button", name="Mark all as read")).to_have_count(0)
    context.close()
