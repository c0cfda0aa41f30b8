"""HITs from layouts: what they ask, what they report, and every refusal in order."""

from typing import Any

import pytest

from kempelen.api import types
from kempelen.domain import errors
from kempelen.operations import dispatch, layouts
from kempelen.operations.layouts import LayoutRefused, NewLayout

PAGE = "<!DOCTYPE html><html><body><form><p>${text}</p><img src='${ image_url }'></form></html>"
FILLED = PAGE.replace("${text}", "A cat?").replace("${ image_url }", "https://example.org/1.jpg")


def stored(make: Any, **wanted: Any) -> str:
    """The id of a new layout."""
    wanted = {
        "requester": make.requester.requester_id,
        "name": "Tag",
        "html": PAGE,
        "frame_height": 450,
        **wanted,
    }
    layout, _ = dispatch.change(make.app, layouts.add, NewLayout(**wanted))
    layout_id: str = layout.layout_id
    return layout_id


def given(**values: str) -> tuple[types.HITLayoutParameter, ...]:
    return tuple(types.HITLayoutParameter(name=name, value=value) for name, value in values.items())


def from_layout(make: Any, layout_id: str, **members: Any) -> dict[str, Any]:
    """What CreateHIT is asked for."""
    values = given(text="A cat?", image_url="https://example.org/1.jpg")
    return {
        **make.hit_members(question=None),
        "hit_layout_id": layout_id,
        "hit_layout_parameters": values,
        **members,
    }


def test_a_hit_asks_what_its_layout_says(make: Any) -> None:
    layout_id = stored(make)
    created = make.ask("CreateHIT", **from_layout(make, layout_id)).hit
    assert created.hit_layout_id == layout_id
    assert f"<![CDATA[{FILLED}]]>" in created.question
    assert "<FrameHeight>450</FrameHeight>" in created.question
    asked = from_layout(make, layout_id, hit_type_id=created.hit_type_id)
    wanted = ("hit_type_id", "lifetime_in_seconds", "hit_layout_id", "hit_layout_parameters")
    asked = {name: asked[name] for name in wanted}
    other = make.ask("CreateHITWithHITType", **asked).hit
    for hit in (created, other):
        shown = make.hit(hit.hit_id)
        assert (shown.hit_layout_id, shown.question) == (layout_id, created.question)
    assignment_id = make.done(created.hit_id, tag="cat")
    assert make.assignment(assignment_id).answer.count("cat") == 1


def test_a_hit_of_its_own_question_reports_no_layout(make: Any) -> None:
    assert make.hit(make.create_hit().hit_id).hit_layout_id is None


def test_a_layout_without_placeholders_takes_no_parameters(make: Any) -> None:
    layout_id = stored(make, html="<p>${a}</p>", placeholders=())
    for parameters in (None, ()):
        asked = from_layout(make, layout_id, hit_layout_parameters=parameters)
        assert "<p>${a}</p>" in make.ask("CreateHIT", **asked).hit.question


def test_only_the_listed_placeholders_are_filled_in(make: Any) -> None:
    page = "<p>${a}</p><script>x = `${b} ${c}`; y = '${d}'</script>"
    layout_id = stored(make, html=page, placeholders=("c", "a"))
    asked = from_layout(make, layout_id, hit_layout_parameters=given(a="1", c="3"))
    question = make.ask("CreateHIT", **asked).hit.question
    assert "<p>1</p><script>x = `${b} 3`; y = '${d}'</script>" in question
    refused = make.refusal("CreateHIT", **from_layout(make, layout_id, hit_layout_parameters=()))
    assert '"a"' in refused.message


def test_refusals_come_in_order(make: Any, other_requester: Any) -> None:
    """Values first, then combinations, the token, the layout, its parameters, the funds."""
    own = stored(make, requester=(poor := make.new_requester(balance=1)).requester_id)
    foreign = stored(make)
    make.create_hit(by=poor, reward="0", unique_request_token="used")
    fine = make.hit_members()["question"]
    place = "HITLayoutParameters"
    asked = from_layout(
        make,
        foreign,
        by=poor,
        reward="0.01",
        question=fine,
        unique_request_token="used",
        requester_annotation="a" * 256,
        hit_layout_parameters=(*given(text="\x00", size="1"), *given(text="x")),
    )
    steps: list[tuple[str, dict[str, Any]]] = [
        (
            "Your request parameter RequesterAnnotation has a maximum length of 255.",
            {"requester_annotation": None},
        ),
        (
            f'The value "text" is not valid for the parameter {place}. It is given twice.',
            {"hit_layout_parameters": given(text="\x00", size="1")},
        ),
        (
            (
                f'The value "text" is not valid for the parameter {place}. Its value has a control'
                " character, which a question cannot hold."
            ),
            {"hit_layout_parameters": given(text="x" * 70_000, size="1")},
        ),
        (
            (
                "The combination of parameters supplied to the request is invalid:"
                " Question, HITLayoutId."
            ),
            {"question": None},
        ),
        ("already exists.", {"unique_request_token": None}),
        (f"HIT layout {foreign} does not exist.", {"hit_layout_id": "3UNKNOWN"}),
        ("HIT layout 3UNKNOWN does not exist.", {"hit_layout_id": own}),
        (
            (
                f'The value "size" is not valid for the parameter {place}. The layout has no such'
                " placeholder."
            ),
            {"hit_layout_parameters": given(text="x" * 70_000)},
        ),
        (
            (
                f'The value "image_url" is not valid for the parameter {place}. The layout needs a'
                " value for it."
            ),
            {"hit_layout_parameters": given(text="x" * 70_000, image_url="")},
        ),
        (
            "Your request parameter Question has a maximum length of 65535.",
            {"hit_layout_parameters": given(text="<!--", image_url="")},
        ),
        ("parsing the HTML5 data", {"hit_layout_parameters": given(text="x", image_url="")}),
        ("insufficient funds", {"reward": "0"}),
    ]
    for message, change in steps:
        refused = make.refusal("CreateHIT", **asked)
        assert message in refused.message
        if place in refused.message:
            assert isinstance(refused, errors.InvalidParameterValue)
            assert refused.parameter == place
        asked |= change
    make.ask("CreateHIT", **asked)
    del other_requester


def test_a_hit_type_is_looked_for_before_a_layout(make: Any, other_requester: Any) -> None:
    layout_id = stored(make)
    asked: dict[str, Any] = {
        "hit_type_id": make.create_hit(by=other_requester).hit_type_id,
        "lifetime_in_seconds": 3600,
        "hit_layout_id": "3UNKNOWN",
    }
    steps: list[tuple[type[errors.Refusal], dict[str, Any]]] = [
        (errors.HITTypeDoesNotExist, {"hit_type_id": make.create_hit().hit_type_id}),
        (errors.HITLayoutDoesNotExist, {"hit_layout_id": layout_id}),
        (errors.InvalidLayoutParameter, {}),
    ]
    for refusal, change in steps:
        assert type(make.refusal("CreateHITWithHITType", **asked)) is refusal
        asked |= change


def test_nothing_is_kept_of_a_hit_that_is_refused(make: Any) -> None:
    layout_id = stored(make)
    asked = from_layout(make, layout_id, unique_request_token="once", hit_layout_parameters=())
    make.refusal("CreateHIT", **asked)
    assert make.rows("SELECT count(*) FROM hits") == [(0,)]
    assert make.rows("SELECT count(*) FROM hit_types") == [(0,)]
    make.ask("CreateHIT", **from_layout(make, layout_id, unique_request_token="once"))


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"requester": "Nobody"}, "There is no requester Nobody"),
        ({"name": " "}, "1 to 128 printable characters"),
        ({"name": "x" * 129}, "1 to 128 printable characters"),
        ({"name": "a\nb"}, "1 to 128 printable characters"),
        ({"frame_height": -1}, "must be 0 to"),
        ({"frame_height": 1_000_000_000}, "must be 0 to"),
        ({"html": ""}, "HTMLContent is empty"),
        ({"html": "<!--"}, "not closed"),
        ({"html": "x" * 65_535}, "maximum length of 65535"),
        ({"html": "<p>\x00</p>"}, "control character"),
        ({"placeholders": ("text", "other")}, "no placeholder ${other}"),
    ],
)
def test_what_cannot_be_a_layout(make: Any, wanted: dict[str, Any], told: str) -> None:
    with pytest.raises(LayoutRefused, match=told.replace("$", r"\$")):
        stored(make, **wanted)
    assert make.rows("SELECT count(*) FROM layouts") == [(0,)]


def test_a_requester_is_named_by_id_or_by_a_name_that_only_one_has(make: Any) -> None:
    first, second = make.requester, make.new_requester()
    layout_id = stored(make, requester=second.name)
    layout, owner = dispatch.look(make.app, layouts.shown, layout_id)
    assert (owner, layout.requester_id) == (second, second.requester_id)
    make.app.db.write(lambda connection: connection.execute("UPDATE requesters SET name = 'Same'"))
    with pytest.raises(LayoutRefused) as refused:
        stored(make, requester="Same")
    assert first.requester_id in str(refused.value)
    assert second.requester_id in str(refused.value)


def test_layouts_are_listed_in_the_order_in_which_they_were_made(make: Any) -> None:
    other = make.new_requester()
    made = [stored(make), stored(make, requester=other.requester_id), stored(make)]

    def listed(requester: str | None) -> list[str]:
        found = dispatch.look(make.app, layouts.listed, requester)
        return [layout.layout_id for layout, _ in found]

    assert listed(None) == made
    assert listed(make.requester.requester_id) == [made[0], made[2]]
    assert listed(other.name) == [made[1]]
    with pytest.raises(LayoutRefused):
        listed("Nobody")
    with pytest.raises(LayoutRefused):
        dispatch.look(make.app, layouts.shown, "3UNKNOWN")
