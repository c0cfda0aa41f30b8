"""Make sure that there is a Chromium for the browser tests; install one when there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = (
    "The browser tests need Chromium. Install it (Debian, Ubuntu: apt-get install chromium), or\n"
    "name an executable in KEMPELEN_CHROMIUM."
)


def found() -> str | None:
    """The path of a usable browser, from KEMPELEN_CHROMIUM, the PATH or Playwright's own."""
    named = os.environ.get("KEMPELEN_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    return playwrights_own()


def playwrights_own() -> str | None:
    """The browser that `playwright install` puts into the user's cache."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - slow to import

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install() -> None:
    """Try the ways that work on different machines, the quietest first."""
    print("Installing Chromium for the browser tests (once)", flush=True)
    attempts = [[sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]]
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        attempts = [
            [apt, "update", "-qq"],
            [apt, "install", "-y", "-qq", "--no-install-recommends", "chromium"],
            *attempts,
        ]
    for command in attempts:
        subprocess.run(
            command,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
        if found():
            return


def main() -> int:
    """Find, else install; say what to do when neither works."""
    if not found():
        install()
    if not found():
        print(ADVICE, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
