"""A real browser for the tests of pages: Chromium, as it is installed on the machine."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = (
    "These tests need Chromium. Install it (Debian, Ubuntu: apt-get install chromium; anywhere: "
    "python -m playwright install chromium), or name an executable in KEMPELEN_CHROMIUM."
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser that KEMPELEN_CHROMIUM names, the first on the PATH, or Playwright's own."""
    path = os.environ.get("KEMPELEN_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        path = path or playwright.chromium.executable_path
        if not Path(path).is_file():
            pytest.fail(f"There is no browser at {path}. {ADVICE}")
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()
