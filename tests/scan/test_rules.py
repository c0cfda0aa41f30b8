"""What each rule finds in lines as people write them, and what it must leave alone."""

from urllib.parse import urlsplit

import pytest

from kempelen.scan import rules

URL = "http://127.0.0.1:8800"
KNOWN = rules.facts(urlsplit(URL))


def found(line: str, suffix: str = ".py") -> list[tuple[str, str]]:
    return [(rule.kind, text) for _, rule, text, _ in rules.in_line(line, suffix, KNOWN)]


def edited(line: str, suffix: str = ".py") -> str:
    """The line with its mechanical edits."""
    for start, rule, text, _ in sorted(rules.in_line(line, suffix, KNOWN), key=lambda hit: -hit[0]):
        if rule.replacement is not None:
            new = rule.replacement.format_map(KNOWN)
            line = line[:start] + new + line[start + len(text) :]
    return line


@pytest.mark.parametrize(
    ("suffix", "line", "kind", "after"),
    [
        (
            ".py",
            "endpoint_url='https://mturk-requester-sandbox.us-east-1.amazonaws.com',",
            "endpoint",
            "endpoint_url='http://127.0.0.1:8800',",
        ),
        (
            ".js",
            "endpoint: 'https://mturk-requester.us-east-1.amazonaws.com:443/'",
            "endpoint",
            "endpoint: 'http://127.0.0.1:8800/'",
        ),
        (
            ".json",
            r'{"endpoint": "https:\/\/mturk-requester.us-east-1.amazonaws.com"}',
            "endpoint",
            '{"endpoint": "http://127.0.0.1:8800"}',
        ),
        (
            ".r",
            'svc <- paws::mturk(config = list(endpoint = "https://MTurk-Requester.us-east-1.amazonaws.com"))',
            "endpoint",
            'svc <- paws::mturk(config = list(endpoint = "http://127.0.0.1:8800"))',
        ),
        (
            ".sh",
            "aws mturk list-hits --endpoint-url https://mturk-requester-sandbox.us-east-1.amazonaws.com",
            "endpoint",
            "aws mturk list-hits --endpoint-url http://127.0.0.1:8800",
        ),
        (
            ".html",
            '<form action="https://www.mturk.com/mturk/externalSubmit" method="post">',
            "external-submit",
            '<form action="http://127.0.0.1:8800/mturk/externalSubmit" method="post">',
        ),
        (
            ".html",
            '<script src="//s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script>',
            "external-hit-script",
            '<script src="http://127.0.0.1:8800/mturk-public/externalHIT_v1.js"></script>',
        ),
        (
            ".html",
            "<script src='https://mturk-public.s3.us-east-1.amazonaws.com/externalHIT_v1.js'>",
            "external-hit-script",
            "<script src='http://127.0.0.1:8800/mturk-public/externalHIT_v1.js'>",
        ),
        (
            ".py",
            'print(f"https://workersandbox.mturk.com/mturk/preview?groupId={group}")',
            "worker-site",
            'print(f"http://127.0.0.1:8800/mturk/preview?groupId={group}")',
        ),
        (
            ".md",
            "See it at https://worker.mturk.com.",
            "worker-site",
            "See it at http://127.0.0.1:8800.",
        ),
        (
            ".properties",
            r"service_url=https\://mechanicalturk.sandbox.amazonaws.com/?Service=AWSMechanicalTurkRequester",
            "legacy-endpoint",
            "service_url=http://127.0.0.1:8800/?Service=AWSMechanicalTurkRequester",
        ),
        (
            ".cs",
            'string url = "https://mechanicalturk.amazonaws.com?Service=AWSMechanicalTurkRequester";',
            "legacy-endpoint",
            'string url = "http://127.0.0.1:8800?Service=AWSMechanicalTurkRequester";',
        ),
        (
            ".java",
            "config.setServiceURL(ClientConfig.SANDBOX_SERVICE_URL);",
            "legacy-constant",
            f'config.setServiceURL("{URL}/?Service=AWSMechanicalTurkRequester");',
        ),
    ],
)
def test_mechanical(suffix: str, line: str, kind: str, after: str) -> None:
    assert [each for each, _ in found(line, suffix)] == [kind]
    assert edited(line, suffix) == after
    assert found(after, suffix) == []


@pytest.mark.parametrize(
    ("suffix", "line", "kind"),
    [
        (
            ".java",
            'new EndpointConfiguration("mturk-requester-sandbox.us-east-1.amazonaws.com", REGION)',
            "endpoint-host",
        ),
        (
            ".py",
            'f"https://mturk-requester{suffix}.us-east-1.amazonaws.com"',
            "endpoint-parts",
        ),
        (
            ".js",
            "'https://mturk-requester' + (live ? '' : '-sandbox') + '.us-east-1.amazonaws.com'",
            "endpoint-parts",
        ),
        (
            ".html",
            '<script src="https://assets.crowd.aws/crowd-html-elements.js">',
            "crowd-elements",
        ),
        (".py", "'https://requestersandbox.mturk.com/mturk/manageHITs'", "requester-site"),
        (".py", "HOST = 'requester.mturk.com'", "requester-site"),
        (".rb", "host = 'workersandbox.mturk.com'", "worker-site-host"),
        (
            ".py",
            'url = "https://" + ("www" if live else "workersandbox") + ".mturk.com"',
            "site-parts",
        ),
        (".jsx", "const url = `https://${prefix}.mturk.com/mturk/externalSubmit`;", "site-parts"),
        (".py", "HOST = 'mechanicalturk.sandbox.amazonaws.com'", "legacy-host"),
        (".py", "from boto.mturk.connection import MTurkConnection", "boto2"),
        (".ipynb", r'    "import boto.mturk.question as q\n",', "boto2"),
        (".py", "conn = boto.connect_mturk(KEY, SECRET)", "boto2"),
        (".pl", "my $mturk = Net::Amazon::MechanicalTurk->new();", "perl-sdk"),
        (
            ".rb",
            "@mturk = Amazon::WebServices::MechanicalTurkRequester.new :Host => :Sandbox",
            "ruby-sdk",
        ),
        (".rb", "RTurk.setup(ENV['KEY'], ENV['SECRET'], :sandbox => true)", "rturk"),
        (".r", "library(pyMTurkR)", "pymturkr"),
        (".r", "options(MTurkR.sandbox = TRUE)", "mturkr"),
        (".txt", "launch_in_sandbox_mode = true", "psiturk"),
        (".txt", "recruiter = mturk", "dallinger"),
        (".py", "    mturk_hit_settings=dict(", "otree"),
        (".yaml", "    _provider_type: mturk_sandbox", "mephisto"),
        (".py", "from parlai.mturk.core.mturk_manager import MTurkManager", "parlai"),
        (".js", "const mturk = require('mturk-api');", "mturk-api"),
    ],
)
def test_for_somebody_who_knows_the_program(suffix: str, line: str, kind: str) -> None:
    assert [each for each, _ in found(line, suffix)] == [kind]
    assert edited(line, suffix) == line


@pytest.mark.parametrize(
    ("suffix", "line"),
    [
        # The names of XML schemas are no addresses.
        (
            ".xml",
            'xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/"',
        ),
        (
            ".json",
            r'"xmlns": "http:\/\/mechanicalturk.amazonaws.com\/AWSMechanicalTurkDataSchemas"',
        ),
        # The name of the service in signatures.
        (".py", 'AWSRequestsAuth(aws_service="mturk-requester", aws_region="us-east-1")'),
        (".js", "form.action = turkSubmitTo + '/mturk/externalSubmit';"),
        (".py", 'client = boto3.client("mturk")'),
        (
            ".py",
            '"https://mturk.community/how-to", "https://notmturk.com/", "https://mturk.com.org"',
        ),
        (".py", "mail = 'mturk-requester@example.org'"),
        (".py", "https://github.com/x/mturk-requester-tools"),
        (".js", "options(MTurkR.sandbox = TRUE)"),
        (".py", "launch_in_sandbox_mode = true"),
        (".py", "URL = 'https://www.mturk.com'  # kempelen: ignore"),
    ],
)
def test_left_alone(suffix: str, line: str) -> None:
    assert found(line, suffix) == []


def test_several_in_a_line_are_all_found() -> None:
    line = (
        "urls = {'https://mturk-requester.us-east-1.amazonaws.com': 'https://www.mturk.com',"
        " 'https://mturk-requester-sandbox.us-east-1.amazonaws.com':"
        " 'https://workersandbox.mturk.com'}"
    )
    assert len(found(line)) == 4
    assert edited(line) == f"urls = {{'{URL}': '{URL}', '{URL}': '{URL}'}}"


def test_the_edit_names_host_port_and_security() -> None:
    line = "MTurkConnection(host='mechanicalturk.amazonaws.com')"
    known = rules.facts(urlsplit("https://turk.example.org"))
    edits = [edit for _, _, _, edit in rules.in_line(line, ".py", known)]
    assert all("turk.example.org" in edit for edit in edits)
    assert "port=443, is_secure=True" in " ".join(edits)


def test_every_rule_has_a_line_here() -> None:
    """A rule that nothing proves is none."""
    marks = [*test_mechanical.pytestmark, *test_for_somebody_who_knows_the_program.pytestmark]  # type: ignore[attr-defined]
    proved = {kind for mark in marks for case in mark.args[1] for kind in case}
    assert {rule.kind for rule in rules.RULES} <= proved
