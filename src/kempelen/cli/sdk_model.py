"""`kempelen sdk-model`: the service model for releases of botocore that do not bring one."""

import argparse
import json
import shlex
from pathlib import Path

from kempelen.api import service_model
from kempelen.cli import opening, options
from kempelen.cli.options import CommandRefused, Subparsers

_DESCRIPTION = """\
Write the service model of the 39 operations where botocore finds it, so that boto3.client("mturk")
and "aws mturk" also work in releases that no longer bring one. Prints the two lines to use it."""
_EXAMPLES = """\
  kempelen sdk-model --out ~/mturk-model
  kempelen sdk-model --out model --url https://turk.example.org
  eval "$(kempelen sdk-model --out model)" """.rstrip()


def add_parser(subparsers: Subparsers) -> None:
    """Describe the command."""
    parser = options.new_parser(
        subparsers,
        "sdk-model",
        summary="keep boto3 and the AWS CLI able to speak to the server",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "--out", metavar="DIR", required=True, help="the folder, for AWS_DATA_PATH; made if missing"
    )
    options.add_address(parser)


def run(args: argparse.Namespace) -> int:
    """Write the documents, print how to use them."""
    url = opening.address(args)
    folder = Path(args.out).expanduser().resolve()
    target = folder / service_model.SERVICE / service_model.API_VERSION
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, document in service_model.documents().items():
            text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
            (target / f"{name}.json").write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"The model cannot be written: {error}. Choose another folder with --out."
        raise CommandRefused(message) from None
    print(f"export AWS_DATA_PATH={shlex.quote(str(folder))}")
    print(f"export AWS_ENDPOINT_URL_MTURK={shlex.quote(url)}")
    return 0
