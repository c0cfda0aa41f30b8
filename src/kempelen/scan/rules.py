"""What is looked for, as data: a pattern, what it is, and the edit that makes it run here.

A rule with a `replacement` is mechanical: putting that in the place of what was found is right
wherever it stands. The others need somebody who knows the program; `edit` says what to do. Both
are templates: `{url}` is the address of the server, `{host}`, `{port}` and `{is_secure}` its
parts, `{found}` what was found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult

#: A line with this is left alone.
IGNORED: Final = "kempelen: ignore"

# What every rule needs at least; most files and lines have none of it.
_SIGNS: Final = ("turk", "crowd.aws", "service_url", "launch_in_sandbox_mode")
# JSON may escape slashes, Java's property files escape colons, pages leave the scheme out.
_SLASH = r"\\?/"
_SCHEME = rf"(?:https?\\?:)?(?:{_SLASH}){{2}}"
_HOST_ENDS = r"(?![\w-]|\.\w)"
_SITE = rf"(?:(?:www|worker|workersandbox)\.)?mturk\.com{_HOST_ENDS}"
_ENDPOINT = rf"mturk-requester(?:-sandbox)?\.[a-z0-9-]+\.amazonaws\.com(?::[0-9]+)?{_HOST_ENDS}"
# The same host is part of the names of XML schemas, which are names and no addresses.
_LEGACY = rf"mechanicalturk(?:\.sandbox)?\.amazonaws\.com{_HOST_ENDS}(?!{_SLASH}AWSMechanicalTurk)"
_BUCKET = (
    rf"(?:s3[\w.-]*\.amazonaws\.com{_SLASH}mturk-public|mturk-public\.s3[\w.-]*\.amazonaws\.com)"
)
_PACKAGE = (
    "The addresses are inside the package: kempelen scan --fix on the folder where it is installed"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One kind of finding. `suffixes` limits it to files so named; none means all files."""

    kind: str
    what: str
    pattern: re.Pattern[str]
    edit: str
    replacement: str | None = None
    suffixes: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something found in a line of a file; columns count from 1. `new` replaces `found`."""

    path: str
    line: int
    column: int
    kind: str
    what: str
    found: str
    edit: str
    new: str | None


def _rule(
    kind: str,
    what: str,
    pattern: str,
    *,
    edit: str = "Write {new}",
    replacement: str | None = None,
    suffixes: str = "",
) -> Rule:
    return Rule(
        kind=kind,
        what=what,
        pattern=re.compile(pattern, re.IGNORECASE),
        edit=edit,
        replacement=replacement,
        suffixes=frozenset(suffixes.split()),
    )


_PYTHON = ".py .pyw .ipynb"
_R = ".r .rmd .qmd .rprofile .ipynb"
_RUBY = ".rb .rake .ru"
_SETTINGS = ".txt .cfg .ini .conf .dallingerconfig .psiturkconfig"

#: In order: where two find the same place, the first one counts.
RULES: Final = (
    _rule(
        "endpoint",
        "address of the Requester API",
        _SCHEME + _ENDPOINT,
        replacement="{url}",
    ),
    _rule(
        "endpoint-host",
        "host name of the Requester API",
        rf"(?<![\w./-]){_ENDPOINT}",
        edit="Write {host_port}; requests to it begin with {scheme}://",
    ),
    _rule(
        "endpoint-parts",
        "address of the Requester API, put together from parts",
        rf"{_SCHEME}mturk-requester(?![\w])",
        edit="Put {url} in the place of the whole expression",
    ),
    _rule(
        "external-submit",
        "address that answers are posted to",
        rf"{_SCHEME}{_SITE}(?:{_SLASH})+mturk{_SLASH}externalSubmit",
        edit="Post to turkSubmitTo + '/mturk/externalSubmit', or write {new}",
        replacement="{url}/mturk/externalSubmit",
    ),
    _rule(
        "external-hit-script",
        "script for external questions",
        rf"{_SCHEME}{_BUCKET}{_SLASH}externalHIT_v1\.js",
        replacement="{url}/mturk-public/externalHIT_v1.js",
    ),
    _rule(
        "crowd-elements",
        "script of the crowd elements",
        rf"{_SCHEME}assets\.crowd\.aws(?:{_SLASH}[\w./-]*)?",
        edit=(
            "Runs as long as workers' browsers can load it from Amazon; plain form fields run "
            "without"
        ),
    ),
    _rule(
        "requester-site",
        "link to the requester site",
        rf"(?:{_SCHEME})?(?<![\w.-])requester(?:sandbox)?\.mturk\.com{_HOST_ENDS}",
        edit="Link to the group of the HIT, {url}/projects/GROUP_ID/tasks, or remove it",
    ),
    _rule(
        "worker-site",
        "link to the worker site",
        _SCHEME + _SITE,
        replacement="{url}",
    ),
    _rule(
        "worker-site-host",
        "host name of the worker site",
        rf"(?<![\w.@/-])(?:www|worker|workersandbox)\.mturk\.com{_HOST_ENDS}",
        edit="Write {host_port}; links to it begin with {scheme}://",
    ),
    _rule(
        "site-parts",
        "host name of the site, put together from parts",
        r"""(?<=["'`}\])])\.mturk\.com(?![\w-])""",
        edit="Put {url} in the place of the whole expression",
    ),
    _rule(
        "legacy-endpoint",
        "address of the API of 2014",
        _SCHEME + _LEGACY,
        replacement="{url}",
    ),
    _rule(
        "legacy-host",
        "host name of the API of 2014",
        rf"(?<![\w./-]){_LEGACY}",
        edit="Write {host} as host, {port} as port; in boto also is_secure={is_secure}",
    ),
    _rule(
        "legacy-constant",
        "address of the API of 2014, by its name in Amazon's Java SDK",
        r"\bClientConfig\.(?:SANDBOX|PRODUCTION)_SERVICE_URL\b",
        replacement='"{url}/?Service=AWSMechanicalTurkRequester"',
        suffixes=".java .scala .kt .groovy .clj .jsp",
    ),
    _rule(
        "boto2",
        "boto 2, which speaks the API of 2014",
        r"\b(?:from|import)\s+boto\.mturk\b|\bboto\.connect_mturk\s*\(|\bMTurkConnection\s*\(",
        edit=(
            'Call boto3.client("mturk", endpoint_url="{url}"), or pass host="{host}", port={port}, '
            "is_secure={is_secure} to MTurkConnection"
        ),
        suffixes=_PYTHON,
    ),
    _rule(
        "perl-sdk",
        "Amazon's Perl SDK, which speaks the API of 2014",
        r"\bNet::Amazon::MechanicalTurk->new\b",
        edit='Pass serviceUrl => "{url}/?Service=AWSMechanicalTurkRequester"',
        suffixes=".pl .pm .t .cgi",
    ),
    _rule(
        "ruby-sdk",
        "Amazon's old Ruby SDK, which speaks the API of 2014",
        r"\bAmazon::WebServices::MechanicalTurkRequester\.new\b",
        edit='Pass :Host => "{url}/?Service=AWSMechanicalTurkRequester"',
        suffixes=_RUBY,
    ),
    _rule(
        "rturk",
        "RTurk, which chooses between sandbox and production itself",
        r"\bRTurk(?:\.setup|::Requester\.new)\b",
        edit=_PACKAGE,
        suffixes=_RUBY,
    ),
    _rule(
        "mturkr",
        "MTurkR, which chooses between sandbox and production itself",
        r"\b(?:library|require)\(\s*[\"']?MTurkR[\"']?\s*\)|\bMTurkR\.sandbox\b",
        edit=_PACKAGE,
        suffixes=_R,
    ),
    _rule(
        "pymturkr",
        "pyMTurkR, which chooses between sandbox and production itself",
        r"\b(?:library|require)\(\s*[\"']?pyMTurkR[\"']?\s*\)|\bpyMTurkR\.sandbox\b",
        edit=_PACKAGE,
        suffixes=_R,
    ),
    _rule(
        "psiturk",
        "psiTurk, which chooses between sandbox and production itself",
        r"^\s*(?:launch_in_sandbox_mode|use_psiturk_ad_server)\s*[=:]",
        edit=_PACKAGE,
        suffixes=_SETTINGS,
    ),
    _rule(
        "dallinger",
        "Dallinger, which chooses between sandbox and production itself",
        r"^\s*recruiter\s*=\s*(?:mturk|mturklarge)\b",
        edit=_PACKAGE,
        suffixes=_SETTINGS,
    ),
    _rule(
        "otree",
        "oTree, which chooses between sandbox and production itself",
        r"\bmturk_hit_settings\b",
        edit=_PACKAGE,
        suffixes=_PYTHON,
    ),
    _rule(
        "mephisto",
        "Mephisto, which chooses between sandbox and production itself",
        r"\bmturk_sandbox\b|\bprovider\s*[:=]\s*[\"']?mturk\b",
        edit=_PACKAGE,
        suffixes=".yaml .yml .py .sh",
    ),
    _rule(
        "parlai",
        "ParlAI, which chooses between sandbox and production itself",
        r"\bparlai\.mturk\b",
        edit=_PACKAGE,
        suffixes=_PYTHON,
    ),
    _rule(
        "mturk-api",
        "a package for Node that chooses between sandbox and production itself",
        r"""(?:require\(|from)\s*["']mturk-api["']""",
        edit=_PACKAGE,
        suffixes=".js .mjs .cjs .ts .coffee",
    ),
)


def facts(url: SplitResult) -> dict[str, str]:
    """What the templates may name of an address without a slash at its end."""
    is_secure = url.scheme == "https"
    return {
        "url": url.geturl(),
        "scheme": url.scheme,
        "host": url.hostname or "",
        "port": str(url.port or (443 if is_secure else 80)),
        "host_port": url.netloc,
        "is_secure": str(is_secure),
    }


def may_be_in(text: str) -> bool:
    """Whether it is worth looking into a text; quick, as nearly all texts are not."""
    lowered = text.lower()
    return any(sign in lowered for sign in _SIGNS)


def in_line(line: str, suffix: str, known: dict[str, str]) -> Iterator[tuple[int, Rule, str, str]]:
    """What rules find in a line: its place, the rule, what is there, the edit in words."""
    if not may_be_in(line) or IGNORED in line:
        return
    taken: list[tuple[int, int]] = []
    for rule in RULES:
        if rule.suffixes and suffix not in rule.suffixes:
            continue
        for hit in rule.pattern.finditer(line):
            start, end = hit.span()
            if any(start < stop and begin < end for begin, stop in taken):
                continue
            taken.append((start, end))
            new = (rule.replacement or "").format_map(known)
            yield start, rule, hit[0], rule.edit.format_map({**known, "new": new})
