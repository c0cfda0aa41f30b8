"""The pytest plugin: a fixture in anybody's suite, and nothing of the server before it is used."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "test-your-code.md"

SUITE = """
    import pytest

    @pytest.mark.parametrize("number", [1, 2])
    def test_each_test_has_a_market_of_its_own(kempelen, number):
        mturk = kempelen.client
        assert mturk.get_account_balance()["AvailableBalance"] == "10000.00"
        assert mturk.list_hits()["NumResults"] == 0
        mturk.create_hit(
            Title="Name the animal",
            Description="One word",
            Reward="0.10",
            MaxAssignments=1,
            AssignmentDurationInSeconds=600,
            LifetimeInSeconds=86400,
            Question=QUESTION,
        )

    QUESTION = (
        '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/'
        'AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd">'
        '<HTMLContent><![CDATA[<!DOCTYPE html><form><input name="label"></form>]]></HTMLContent>'
        '<FrameHeight>300</FrameHeight></HTMLQuestion>'
    )
"""
SUITE_WITHOUT = """
    import sys

    def test_nothing_of_the_server_is_imported():
        names = {name for name in sys.modules if name.startswith("kempelen")}
        assert names <= {"kempelen", "kempelen.testing", "kempelen.testing.plugin"}
"""


def test_the_fixture_gives_each_test_a_market(pytester: pytest.Pytester) -> None:
    """With warnings as errors: no socket and no file stays open."""
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)


def test_the_fixture_is_listed_with_its_meaning(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--fixtures")
    result.stdout.fnmatch_lines(["kempelen*plugin.py*", "*A market of its own for each test*"])


def test_a_suite_that_does_not_ask_pays_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE_WITHOUT)
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)


def test_the_market_needs_no_boto3_until_its_client_is_used() -> None:
    program = "import sys, kempelen.testing.market; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_examples_of_the_how_to_pass(pytester: pytest.Pytester) -> None:
    """docs/how-to/test-your-code.md shows three suites; each is run as it stands."""
    blocks = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    pytester.makepyfile(**{f"test_block_{number}": block for number, block in enumerate(blocks)})
    result = pytester.runpytest_subprocess("-W", "error")
    result.assert_outcomes(passed=3)
