"""Fields of a requester's HTML, found without running it."""

import time

import pytest

from kempelen.formats import form_fields
from kempelen.formats.form_fields import FieldOption, FormField


def found(content: str) -> list[tuple[str, str, str, bool]]:
    return [
        (item.name, item.control, item.label, item.required) for item in form_fields.fields(content)
    ]


def options(content: str) -> list[tuple[str, str]]:
    (field,) = form_fields.fields(content)
    return [(option.value, option.label) for option in field.options]


@pytest.mark.parametrize(
    ("element", "control"),
    [
        ("<input name=a>", "text"),
        ("<input name=a type=email>", "text"),
        ("<input name=a type=NUMBER>", "number"),
        ("<input name=a type=range>", "range"),
        ("<input name=a type=hidden>", "hidden"),
        ("<input name=a type=file>", "file"),
        ("<textarea name=a></textarea>", "textarea"),
        ("<select name=a></select>", "select"),
        ("<crowd-slider name=a></crowd-slider>", "crowd-slider"),
    ],
)
def test_controls(element: str, control: str) -> None:
    assert found(f"<form>{element}</form>") == [("a", control, "", False)]


def test_what_is_no_field() -> None:
    content = (
        "<input type=submit name=a><input type=button name=b><input type=image name=c>"
        "<input><input name=''><input name=assignmentId><input name=workerId>"
        "<crowd-form name=d></crowd-form><crowd-button name=e></crowd-button>"
        "<script>document.write('<input name=f>')</script><!-- <input name=g> -->"
        "<textarea name=h><input name=i></textarea>"
    )
    assert [name for name, *_ in found(content)] == ["h"]


def test_labels() -> None:
    content = (
        '<label for="x">First &amp; <b>last</b>\n name</label><input id="x" name="a" required>'
        "<label>Around <input name=b> it</label>"
        "<input name=c id=y><label for=y>After</label>"
        "<label for=nobody>Lost</label>"
        '<crowd-input name=d label="Said" required></crowd-input>'
    )
    assert found(content) == [
        ("a", "text", "First & last name", True),
        ("b", "text", "Around it", False),
        ("c", "text", "After", False),
        ("d", "crowd-input", "Said", True),
    ]


def test_groups_of_choices() -> None:
    content = (
        "<fieldset><legend>Size</legend>"
        "<label><input type=radio name=s value=S> Small</label>"
        "<input type=radio name=s value=L id=l><label for=l>Large</label></fieldset>"
        "<input type=checkbox name=c>"
    )
    assert form_fields.fields(content) == (
        FormField(
            name="s",
            control="radio",
            label="Size",
            required=False,
            options=(
                FieldOption(value="S", label="Small"),
                FieldOption(value="L", label="Large"),
            ),
        ),
        FormField(
            name="c",
            control="checkbox",
            label="",
            required=False,
            options=(FieldOption(value="on", label=""),),
        ),
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "<select name=a><option value=''>-<option>Deep  red<option value=b>Blue</select>",
            [("", "-"), ("Deep red", "Deep red"), ("b", "Blue")],
        ),
        (
            "<crowd-classifier name=a categories=\"['Cat', 'Dog']\"></crowd-classifier>",
            [("Cat", "Cat"), ("Dog", "Dog")],
        ),
        (
            '<crowd-bounding-box name=a labels=\'[{"label": "Car"}, 5]\'></crowd-bounding-box>',
            [("Car", "Car")],
        ),
        ('<crowd-classifier name=a categories="${labels}"></crowd-classifier>', []),
        (
            "<crowd-radio-button name=a value=y>Yes <b>it is</b></crowd-radio-button>",
            [("y", "Yes it is")],
        ),
    ],
)
def test_options(content: str, expected: list[tuple[str, str]]) -> None:
    assert options(content) == expected


def test_a_document_that_is_cut_off_gives_what_there_was() -> None:
    assert found("<input name=a><select name=b><option>x<input name='c") == [
        ("a", "text", "", False),
        ("b", "select", "", False),
    ]


@pytest.mark.parametrize("piece", ["<label>x", "<option>x", "<legend>x</b>", "<select name=a>"])
def test_captions_that_are_never_closed_cost_little(piece: str) -> None:
    started = time.process_time()
    form_fields.fields(piece * 8000)
    assert time.process_time() - started < 2
