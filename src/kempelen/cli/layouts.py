"""`kempelen layout add|list|show`: HIT layouts, also while a server is running."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from kempelen.cli import opening, options
from kempelen.cli.options import CommandRefused, Subparsers
from kempelen.domain.layout import Layout
from kempelen.domain.people import Requester
from kempelen.formats import layouts as documents
from kempelen.operations import dispatch, layouts
from kempelen.operations.layouts import LayoutRefused, NewLayout

PAGE_BYTES_MAX = 1_048_576
_EXAMPLES = """\
  kempelen layout add tag.html --requester "My lab" --name "Tag a picture"
  kempelen layout list
  kempelen layout show 3QZKTSEXAMPLE00000000000000001"""
_ADD = """\
Store an HTML page as a HIT layout. Its ${name} are placeholders, which CreateHIT fills in with
HITLayoutParameters. Those between back-ticks in a script are taken for JavaScript and stay."""
_ADD_EXAMPLES = """\
  kempelen layout add tag.html --requester "My lab" --name "Tag a picture"
  kempelen layout add tag.html --requester "My lab" --name "Tag" --frame-height 600 --json
  kempelen layout add app.html --requester "My lab" --name "App" --placeholder image_url"""
_LIST = """\
List HIT layouts in the order in which they were made."""
_LIST_EXAMPLES = """\
  kempelen layout list
  kempelen layout list --requester "My lab" --json"""
_SHOW = """\
Show a HIT layout, its placeholders, and a line of Python that creates a HIT from it."""
_SHOW_EXAMPLES = """\
  kempelen layout show 3QZKTSEXAMPLE00000000000000001
  kempelen layout show 3QZKTSEXAMPLE00000000000000001 --html > tag.html"""
_REQUESTER = "the requester, by id or name"
_JSON = "print one JSON object, nothing else"


def add_parser(subparsers: Subparsers) -> None:
    """Describe the commands."""
    parser = options.new_parser(
        subparsers,
        "layout",
        summary="store pages with placeholders as HIT layouts",
        description="HIT layouts.",
        examples=_EXAMPLES,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_add_parser(actions)
    listing = options.new_parser(
        actions,
        "list",
        summary="list HIT layouts",
        description=_LIST,
        examples=_LIST_EXAMPLES,
    )
    listing.add_argument("--requester", metavar="REQUESTER", help=f"only those of {_REQUESTER}")
    listing.add_argument("--json", action="store_true", help="print a JSON list, nothing else")
    options.add_installation(listing)
    show = options.new_parser(
        actions, "show", summary="show a HIT layout", description=_SHOW, examples=_SHOW_EXAMPLES
    )
    show.add_argument("layout", metavar="LAYOUT", help="the HITLayoutId")
    form = show.add_mutually_exclusive_group()
    form.add_argument("--html", action="store_true", help="print the page, nothing else")
    form.add_argument("--json", action="store_true", help=_JSON)
    options.add_installation(show)


def _add_add_parser(actions: Subparsers) -> None:
    add = options.new_parser(
        actions,
        "add",
        summary="store a page as a HIT layout",
        description=_ADD,
        examples=_ADD_EXAMPLES,
    )
    add.add_argument("file", metavar="FILE", type=Path, help="the page, HTML in UTF-8")
    add.add_argument("--requester", metavar="REQUESTER", required=True, help=_REQUESTER)
    add.add_argument("--name", metavar="NAME", required=True, help="what the layout is called")
    add.add_argument(
        "--frame-height",
        metavar="PIXELS",
        type=int,
        default=0,
        help="the height of the frame, 0 for that of the window (default: 0)",
    )
    add.add_argument(
        "--placeholder",
        metavar="NAME",
        action="append",
        help="fill in this one; repeat it, and all others stay as they are (default: see above)",
    )
    add.add_argument("--json", action="store_true", help=_JSON)
    options.add_installation(add)


def run(args: argparse.Namespace) -> int:
    """Carry out the one that was given."""
    try:
        if args.action == "add":
            return _add(args)
        return _list(args) if args.action == "list" else _show(args)
    except LayoutRefused as refused:
        raise CommandRefused(str(refused)) from None


def _add(args: argparse.Namespace) -> int:
    page = _read(args.file)
    wanted = NewLayout(
        requester=args.requester,
        name=args.name,
        html=page,
        placeholders=None if args.placeholder is None else tuple(args.placeholder),
        frame_height=args.frame_height,
    )
    with opening.guest(opening.load(args)) as app:
        layout, owner = dispatch.change(app, layouts.add, wanted)
    if args.json:
        print(json.dumps(_members(layout)))
    else:
        _print_facts(layout, owner)
    return 0


def _read(path: Path) -> str:
    """The text of a page; CommandRefused for a file that is none."""
    try:
        with path.open("rb") as file:
            data = file.read(PAGE_BYTES_MAX + 1)
        if len(data) > PAGE_BYTES_MAX:
            raise CommandRefused(f"{path} is larger than {PAGE_BYTES_MAX} bytes. Shorten it.")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise CommandRefused(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandRefused(f"{path} is not in UTF-8. Save it in this encoding.") from None


def _list(args: argparse.Namespace) -> int:
    with opening.guest(opening.load(args)) as app:
        found: list[tuple[Layout, Requester]] = dispatch.look(app, layouts.listed, args.requester)
    if args.json:
        print(json.dumps([_members(layout) for layout, _ in found]))
        return 0
    if not found:
        print("There is no HIT layout. `kempelen layout add` stores one.")
        return 0
    rows = [("HITLAYOUTID", "REQUESTER", "NAME", "PLACEHOLDERS")]
    rows += [
        (layout.layout_id, owner.name, layout.name, ", ".join(layout.placeholders) or "-")
        for layout, owner in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join((*cells, row[-1])))
    return 0


def _show(args: argparse.Namespace) -> int:
    with opening.guest(opening.load(args)) as app:
        layout, owner = dispatch.look(app, layouts.shown, args.layout)
    if args.html:
        print(layout.html, end="")
    elif args.json:
        print(json.dumps({**_members(layout), "Html": layout.html}))
    else:
        _print_facts(layout, owner)
    return 0


def _members(layout: Layout) -> Mapping[str, object]:
    return {
        "HITLayoutId": layout.layout_id,
        "RequesterId": layout.requester_id,
        "Name": layout.name,
        "Placeholders": layout.placeholders,
        "FrameHeight": layout.frame_height,
    }


def _print_facts(layout: Layout, owner: Requester) -> None:
    """What there is to know, and how to use it."""
    facts = {
        "HITLayoutId": layout.layout_id,
        "Requester": f"{owner.name} ({owner.requester_id})",
        "Name": layout.name,
        "Placeholders": ", ".join(layout.placeholders) or "none",
        "FrameHeight": str(layout.frame_height),
    }
    found = documents.candidates(layout.html)
    kept = [
        name
        for name in (*found.likely, *found.template_literals)
        if name not in layout.placeholders
    ]
    if kept:
        facts["Left as text"] = ", ".join(f"${{{name}}}" for name in kept)
    width = max(map(len, facts))
    for name, value in facts.items():
        print(f"{name:{width}}  {value}")
    print()
    print("With boto3, a HIT from this layout:")
    print(f"  {_python(layout)}")


def _python(layout: Layout) -> str:
    """A line of Python that creates a HIT, ready but for the values."""
    parameters = [{"Name": name, "Value": "..."} for name in layout.placeholders]
    given = f", HITLayoutParameters={json.dumps(parameters)}" if parameters else ""
    return (
        f"client.create_hit(Title={json.dumps(layout.name)}, Description={json.dumps(layout.name)},"
        ' Reward="0.05", LifetimeInSeconds=86400, AssignmentDurationInSeconds=600,'
        f' HITLayoutId="{layout.layout_id}"{given})'
    )
