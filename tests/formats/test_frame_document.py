"""What a frame shows: the requester's document with its helpers and forms pointed to this site."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.formats import frame_document

ORIGIN = "https://work.example.org"
SUBMIT = "https://work.example.org/mturk/externalSubmit"
HELPER = '<script src="/frame-helper/v1.js"></script>'
REFERENCE = "https://www.mturk.com/mturk/externalSubmit"
EXTERNAL_HIT = "https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"


def assembled(content: str) -> str:
    return frame_document.assemble(content, submit_origin=ORIGIN)


def in_body(body: str) -> str:
    """What becomes of markup in the body of a document."""
    before, after = "<!doctype html><html><head>", f"</head><body>{body}</body></html>"
    start = before + HELPER + "</head><body>"
    document = assembled(before + after)
    assert document.startswith(start)
    return document.removeprefix(start).removesuffix("</body></html>")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<html><head><title>a</title>", "<html><head>{}<title>a</title>"),
        (
            "<!DOCTYPE html>\n<html lang=en>\n<head>\n",
            "<!DOCTYPE html>\n<html lang=en>\n<head>{}\n",
        ),
        ("<html><body>a", "<html>{}<body>a"),
        ("<HTML><HEAD x='>'>a", "<HTML><HEAD x='>'>{}a"),
        ("<!-- a --><html><!-- b --><head>", "<!-- a --><html><!-- b --><head>{}"),
        ("<html><header>a</header>", "<html>{}<header>a</header>"),
        ("<html><body><head>a", "<html>{}<body><head>a"),
        ("<html>text<head>", "<html>{}text<head>"),
        ("<head><script>a</script></head><html>", "<head>{}<script>a</script></head><html>"),
        ("<script>a</script><html><head>", "{}<script>a</script><html><head>"),
        ("<!doctype html><p>a<html>", "<!doctype html>{}<p>a<html>"),
        ("<html><!-- <head> --><head>", "<html><!-- <head> --><head>{}"),
    ],
)
def test_the_helper_is_the_first_script_of_the_head(document: str, expected: str) -> None:
    assert assembled(document) == expected.replace("{}", HELPER)


def test_a_fragment_is_wrapped() -> None:
    assert assembled("<p>{content} & é</p>\r\n") == (
        f'<!doctype html><html><head>{HELPER}<meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        "<body><p>{content} & é</p>\r\n</body></html>"
    )


def test_html_in_a_script_or_comment_is_no_html_element() -> None:
    assert assembled("<!-- <html> --><script>'<html>'</script>").startswith("<!doctype html><html>")


@pytest.mark.parametrize(
    "address",
    [
        EXTERNAL_HIT,
        "http://s3.amazonaws.com/mturk-public/externalHIT_v1.js",
        "//s3.amazonaws.com/mturk-public/externalHIT_v1.js",
        "HTTPS://S3.AmazonAWS.com/mturk-public/externalHIT_v1.js",
        " https://s3.amazonaws.com/mturk-public/externalHIT_v1.js?v=2\n",
        "https&#58;//s3.amazonaws.com/mturk-public/externalHIT_v1.js",
    ],
)
def test_known_scripts_come_from_this_site(address: str) -> None:
    assert in_body(f"<script type=a src='{address}' async></script>") == (
        f'<script type=a src="{ORIGIN}/mturk-public/externalHIT_v1.js" async></script>'
    )


def test_the_checksum_of_a_known_script_goes_with_it() -> None:
    body = f'<script integrity="sha256-x" src={EXTERNAL_HIT} crossorigin></script>'
    assert in_body(body) == f'<script  src="{ORIGIN}/mturk-public/externalHIT_v1.js" ></script>'


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v2.js"></script>',
        '<script src="https://evil.example/mturk-public/externalHIT_v1.js"></script>',
        '<script src="https://s3.amazonaws.com.evil.example/mturk-public/externalHIT_v1.js"></script>',
        '<script src="https://s3.amazonaws.com:8443/mturk-public/externalHIT_v1.js"></script>',
        '<script src="ftp://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script>',
        '<script src="mturk-public/externalHIT_v1.js" integrity=x></script>',
        '<script src="http://[bad/mturk-public/externalHIT_v1.js"></script>',
        f"<script data-src='{EXTERNAL_HIT}'>'<script src={EXTERNAL_HIT}>'</script>",
        f"<img src='{EXTERNAL_HIT}'>",
        f"<!-- <script src='{EXTERNAL_HIT}'></script> -->",
        f"<textarea><form action='{REFERENCE}'></textarea>",
        f"<svg><form action='{REFERENCE}'/></svg>",
        "<form action='https://www.mturk.com/other' target=_top>",
        "<form action='https://notmturk.com/mturk/externalSubmit' target=_top>",
        "<form action='https://mturk.com.evil.example/mturk/externalSubmit'>",
        "<form action='https://mturk.com@evil.example/mturk/externalSubmit'>",
        "<form action='/mturk/externalSubmit' target=_top>",
        "<form action='https://www.mturk.com/mturk/externalSubmit/'>",
        "<form target='_parent'>",
        "<p  CLASS = 'a'\n>é &nbsp; &amp &#0; <br/ ></P >",
    ],
)
def test_everything_else_stays_as_it_is(body: str) -> None:
    assert in_body(body) == body


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (f"<form action='{REFERENCE}'>", f'<form action="{SUBMIT}">'),
        (
            "<FORM METHOD=post ACTION=http://workersandbox.mturk.com/mturk/externalSubmit>",
            f'<FORM METHOD=post ACTION="{SUBMIT}">',
        ),
        ('<form action="//MTurk.com//mturk/externalSubmit">', f'<form action="{SUBMIT}">'),
        (
            f'<form action="{REFERENCE}?a=1&amp;b=2" target="_parent" id="f">',
            f'<form action="{SUBMIT}?a=1&amp;b=2"  id="f">',
        ),
        (f"<form target=_TOP action='{REFERENCE}'>", f'<form  action="{SUBMIT}">'),
        (
            f"<form target=other action='{REFERENCE}'>",
            f'<form target=other action="{SUBMIT}">',
        ),
        (
            f"<form action='{REFERENCE}' action='{REFERENCE}'>",
            f"<form action=\"{SUBMIT}\" action='{REFERENCE}'>",
        ),
        (f"<template><form action='{REFERENCE}'></template>", None),
    ],
)
def test_forms_for_the_marketplace_post_to_this_site(form: str, expected: str | None) -> None:
    assert in_body(form) == (expected or f'<template><form action="{SUBMIT}"></template>')


@pytest.mark.parametrize("content", ["<html><head><script>a", "<p", "<html><!-- a", ""])
def test_a_document_that_is_cut_off_only_gets_the_helper(content: str) -> None:
    document = assembled(content)
    if content:
        assert document == HELPER + content
    else:
        assert document.endswith("</head><body></body></html>")


def test_addresses_are_given_by_the_caller() -> None:
    document = frame_document.assemble(
        f"<html><form action='{REFERENCE}'>",
        submit_origin="http://127.0.0.1:8000/",
        helper_url='/other.js?"',
    )
    assert document == (
        '<html><script src="/other.js?&quot;"></script>'
        '<form action="http://127.0.0.1:8000/mturk/externalSubmit">'
    )


@given(st.text())
def test_any_text_is_kept(content: str) -> None:
    document = assembled(content)
    assert content in document or document.replace(HELPER, "", 1) == content
