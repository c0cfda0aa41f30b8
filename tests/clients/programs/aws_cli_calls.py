"""Runs commands of the AWS CLI one after the other in one process: a document a line, in and out.

In: arguments, and environ to set for the command. Out: code, output and errors as the shell
would see them. A process of its own for each command would take ten times as long.
"""

import contextlib
import io
import json
import os
import sys
from typing import Any

from awscli.clidriver import create_clidriver


def run(arguments: list[str]) -> dict[str, Any]:
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            code = create_clidriver().main(arguments)
        except SystemExit as ended:
            code = ended.code
    return {"code": code, "output": output.getvalue(), "errors": errors.getvalue()}


for line in sys.stdin:
    call = json.loads(line)
    os.environ.update(call["environ"])
    print(json.dumps(run(call["arguments"])), flush=True)
